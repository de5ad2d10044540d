from __future__ import annotations

import pytest

from swf.dataflow import (
    ActivityTask,
    Middleware,
    Workflow,
)
from swf.dataflow.activity import Activity
from swf.exceptions import ValidationError


@pytest.mark.parametrize(
    ("decide", "outcome"),
    [
        (lambda ctx: ctx.decide_abort(), (None, "ValueError: call 1", 1)),
        (lambda ctx: ctx.decide_ignore(), (None, None, 1)),
        (lambda ctx: ctx.decide_retry(), (2, None, 2)),
        (lambda ctx: ctx.decide_retry(retry_wait_timeout=30), (2, None, 2)),
        (lambda ctx: None, (2, None, 2)),
    ],
    ids=["abort", "ignore", "retry now", "retry later", "no opinion"],
)
def test_hook_decides_the_reaction_to_a_failure(history_of, decide, outcome, failing_times):
    flaky = Activity(failing_times(1), name="flaky", retry=1)

    def workflow(self):
        future = self.submit(flaky)
        error = future.exception
        return [future.result, None if error is None else error.reason]

    def on_task_failure(self, ctx):
        assert (ctx.task_error, ctx.task_message) == ("ValueError", "call 1")
        assert (ctx.attempt_number, ctx.retry_count, ctx.task_name) == (1, 0, "flaky")
        return decide(ctx)

    history = history_of(
        workflow, activities=[flaky], attributes={"on_task_failure": on_task_failure}
    )

    attempts = len(history.activities["flaky-1"].attempts)
    assert (*history.execution.result, attempts) == outcome


def test_hook_may_retry_with_other_arguments(run, failing_times):
    picky = Activity(failing_times(1), name="picky")

    def workflow(self):
        self.submit(picky, "wrong").wait()

    def on_task_failure(self, ctx):
        assert ctx.decision is ctx.Decision.none
        ctx.a_task.args = ("right",)
        return ctx.decide_retry(60)

    inputs = []

    class Recorder(Middleware):
        def pre(self, context):
            inputs.append(context.task.input["args"])

    run(
        workflow,
        activities=[picky],
        middleware=[Recorder()],
        attributes={"on_task_failure": on_task_failure},
    )

    assert inputs == [["wrong"], ["right"]]


def test_hook_may_submit_a_substitute(run, acts):
    def workflow(self):
        independent = self.submit(acts.double, 1)
        return [
            self.submit(acts.failing).result,
            self.submit(acts.failing).result,
            independent.result,
        ]

    def on_task_failure(self, ctx):
        return ctx.decide_handled(None, self.submit(acts.double, ctx.current_started_decision_id))

    first, second, independent = run(workflow, attributes={"on_task_failure": on_task_failure})

    assert 0 < first < second
    assert independent == 2


@pytest.mark.parametrize("decide", ["decide_ignore", "decide_handled"])
def test_hook_may_set_the_result_of_the_future(run, acts, decide):
    def workflow(self):
        return self.submit(acts.failing).result

    def on_task_failure(self, ctx):
        ctx.future.set_finished("own")
        return ctx.decide_ignore() if decide == "decide_ignore" else ctx.decide_handled(ctx.a_task)

    assert run(workflow, attributes={"on_task_failure": on_task_failure}) == "own"


def test_hook_may_replace_the_task(run, acts):
    def workflow(self):
        return self.submit(acts.failing).result

    def on_task_failure(self, ctx):
        return ctx.decide_handled(ActivityTask(acts.double, 21))

    assert run(workflow, attributes={"on_task_failure": on_task_failure}) == 42


@pytest.mark.parametrize(
    ("decide", "field"),
    [
        (lambda ctx: "ignore", "on_task_failure"),
        (lambda ctx: ctx.Decision.ignore, "on_task_failure"),
        (lambda ctx: setattr(ctx, "decision", "ignore"), "decision"),
        (lambda ctx: ctx.decide_handled(None), "a_task"),
        (lambda ctx: ctx.decide_handled("another"), "a_task"),
        (lambda ctx: ctx.decide_handled(ctx.a_task, "its future"), "future"),
        (lambda ctx: ctx.decide_retry(-1), "retry_wait_timeout"),
        (lambda ctx: ctx.decide_retry("soon"), "retry_wait_timeout"),
    ],
)
def test_invalid_decision_of_the_hook_is_refused(run, acts, decide, field):
    def workflow(self):
        return self.submit(acts.failing).result

    def on_task_failure(self, ctx):
        return decide(ctx)

    with pytest.raises(ValidationError) as caught:
        run(workflow, attributes={"on_task_failure": on_task_failure})

    assert caught.value.field == field


def test_hook_may_cancel_the_task(run, acts):
    def workflow(self):
        return self.submit(acts.failing).wait().cancelled

    def on_task_failure(self, ctx):
        return ctx.decide_cancel()

    assert run(workflow, attributes={"on_task_failure": on_task_failure}) is True


def test_context_names_the_task_error_in_a_failed_child(make_local, acts):
    contexts = []

    class Child(Workflow):
        name, raises_on_failure = "child", False

        def run(self):
            return self.submit(acts.failing_loudly, "broken").result

    class Parent(Workflow):
        name = "parent"

        def run(self):
            self.submit(Child).wait()

        def on_task_failure(self, ctx):
            contexts.append((ctx.task_error, ctx.task_message))

    local = make_local(Parent, Child)
    local.run(local.start(Parent))

    assert set(contexts) == {("ValueError", "broken")}


def test_event_of_context_has_retry_and_state_of_simpleflow(run, failing_times):
    flaky = Activity(failing_times(2), name="flaky", retry=2)
    events = []

    def workflow(self):
        return self.submit(flaky).result

    def on_task_failure(self, ctx):
        events.append((ctx.event["retry"], ctx.event["state"]))

    run(workflow, activities=[flaky], attributes={"on_task_failure": on_task_failure})

    assert events[-2:] == [(0, "failed"), (1, "failed")]


def test_changed_event_of_context_changes_no_history(make_local):
    class Child(Workflow):
        name, raises_on_failure = "child", False

        def run(self):
            self.fail("broken")

    class Parent(Workflow):
        name = "parent"

        def run(self):
            self.submit(Child).wait()
            [child] = self.executor.history.children.values()
            failed = self.executor.history.event(child.closed_event_id)
            return failed.workflow_execution["workflowId"]

        def on_task_failure(self, ctx):
            ctx.event["workflowExecution"]["workflowId"] = "changed"

    local = make_local(Parent, Child)

    assert local.result(local.start(Parent)).startswith("child")
