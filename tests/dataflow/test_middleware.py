from __future__ import annotations

from swf.dataflow import (
    Middleware,
)


def test_middleware_without_failed_hook_is_supported(run, acts):
    class Plain:
        def pre(self, context):
            pass

        def post(self, context, result=None):
            pass

    def workflow(self):
        return self.submit(acts.failing, "the cause").exception.reason

    assert run(workflow, middleware=[Plain()]) == "ValueError: the cause"


def test_middleware_runs_around_each_activity(run, acts):
    calls = []

    class Recorder(Middleware):
        def pre(self, context):
            calls.append(("pre", context.activity.callable.__name__))

        def post(self, context, result=None):
            calls.append(("post", result))

        def failed(self, context, error):
            calls.append(("failed", str(error)))

    def workflow(self):
        self.submit(acts.double, 1).wait()
        self.submit(acts.failing, "so").wait()

    run(workflow, middleware=[Recorder()])

    assert calls == [("pre", "double"), ("post", 2), ("pre", "failing"), ("failed", "so")]
