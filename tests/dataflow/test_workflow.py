from __future__ import annotations

import threading

import pytest

from swf.dataflow import (
    Group,
    Workflow,
    exceptions,
    futures,
    run_local,
)
from swf.exceptions import InvalidTypeError, ValidationError


class Basic(Workflow):
    def run(self, x, t=30):
        y = self.submit(self.acts.increment, x)
        self.submit(self.acts.echo, y, t).wait()
        z = self.submit(self.acts.double, y)
        return z.result


def test_basic_workflow_returns_its_result(acts):
    Basic.acts = acts

    assert run_local(Basic, 1, 5) == 4


def test_arguments_of_run_may_have_any_name(acts):
    class Child(Workflow):
        def run(self, workflow, executor):
            return [workflow, executor]

    class Parent(Workflow):
        def run(self, workflow, what):
            child = self.submit(Child, workflow=workflow, executor=2)
            activity = self.submit(acts.echo, what=what, activity=4)
            return [*child.result, activity.result[1]]

    assert run_local(Parent, workflow=1, what=3) == [1, 2, {"what": 3, "activity": 4}]


def test_run_local_raises_the_failure_of_the_workflow(acts):
    class Fails(Workflow):
        def run(self):
            self.fail("no stock", {"left": 0})

    with pytest.raises(exceptions.ExecutionError) as caught:
        run_local(Fails)

    assert (caught.value.status, caught.value.reason) == ("FAILED", "no stock")
    assert caught.value.details == {"left": 0}


def test_bug_in_run_leaves_the_execution_open(make_local):
    class Buggy(Workflow):
        def run(self):
            return self.no_such_thing

    local = make_local(Buggy)
    execution = local.start(Buggy)

    with pytest.raises(AttributeError, match="no_such_thing"):
        local.run(execution)
    assert execution.upstream().status == "OPEN"


def test_errors_in_fails_on_fail_the_execution(run):
    def refuse(self):
        raise LookupError("unknown order")

    with pytest.raises(exceptions.ExecutionError, match="LookupError: unknown order"):
        run(refuse, attributes={"fails_on": (LookupError,)})


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        (lambda timer: timer.cancel() and timer.result, "TaskCanceled"),
        (lambda timer: timer.wait(timeout=1), "TimeoutError"),
    ],
    ids=["canceled", "too late"],
)
def test_uncaught_task_error_fails_the_execution(run, what, reason):
    def code(self):
        what(self.submit(self.start_timer("t", 600)))

    with pytest.raises(exceptions.ExecutionError, match=reason):
        run(code)


def test_workflow_may_override_init_and_submit(make_local, acts):
    class Keeps(Workflow):
        def __init__(self, executor):
            super().__init__(executor)
            self.futures = []

        def submit(self, *args, **kwargs):
            self.futures.append(super().submit(*args, **kwargs))
            return self.futures[-1]

        def run(self):
            self.submit(acts.double, 1)
            self.submit(acts.double, 2)
            results = futures.wait(*self.futures)
            return results, self.executor.history.first.name

    local = make_local(Keeps)

    assert local.result(local.start(Keeps)) == ([2, 4], "WorkflowExecutionStarted")


def test_history_ends_at_the_replayed_decision(make_local, acts):
    class Looks(Workflow):
        name = "looks at its history"

        def run(self):
            self.submit(acts.failing).wait()
            self.submit(self.record_marker("seen", len(self.executor.history))).wait()
            working = self.submit(acts.double, 1)
            self.sleep(1)
            self.submit(self.record_marker("seen", len(self.executor.history))).wait()
            return working.result

        def should_cancel(self, history):
            return not history.open_activities

        def on_task_failure(self, ctx):
            return ctx.decide_retry(len(ctx.history)) if ctx.retry_count == 0 else None

    local = make_local(Looks)
    execution = local.start(Looks)
    while "double" not in str(execution.history().activities.keys()):
        local.step()
    execution.request_cancel()

    assert local.result(execution) == 2
    assert [marker.details for marker in execution.history().markers["seen"]] == [20, 36]


def test_map_and_starmap_submit_in_one_decision(history_of, acts):
    def many(self):
        doubled = self.map(acts.double, [1, 2, 3])
        echoed = self.starmap(acts.echo, [(1, 2), (3,)])
        assert futures.wait(*doubled) == [2, 4, 6]
        assert [each.result[0] for each in echoed] == [[1, 2], [3]]

    history = history_of(many)

    assert history.execution.close_status == "COMPLETED"
    assert len(history.decision_batches()[0].decisions) == 5


def test_execution_completes_after_all_submitted_tasks(history_of, acts):
    def forgets(self):
        self.submit(acts.double, self.submit(acts.increment, 1))
        return "done"

    history = history_of(forgets)

    assert history.execution.result == "done"
    assert [a.state for a in history.activities.values()] == ["completed", "completed"]


def test_unobserved_failure_with_raises_on_failure_fails_the_execution(history_of, acts):
    def forgets(self):
        self.submit(acts.failing_loudly, "broken")

    assert "ValueError: broken" in history_of(forgets).execution.reason


@pytest.mark.parametrize(
    "forgets",
    [
        lambda self, loud, acts: self.submit(acts.double, loud),
        lambda self, loud, acts: self.submit(acts.echo, {"a": [loud]}),
        lambda self, loud, acts: self.submit(acts.double, self.submit(acts.double, loud)),
        lambda self, loud, acts: self.submit(self.record_marker("paid", loud)),
        lambda self, loud, acts: self.submit(Group((acts.double, loud))),
    ],
    ids=["an argument", "within an argument", "of an argument", "a marker", "in a group"],
)
@pytest.mark.parametrize("what", ["activity", "child", "group"])
def test_failure_passed_as_argument_fails_the_execution(make_local, acts, forgets, what):
    class Failing(Workflow):
        name = "failing"

        def run(self):
            self.fail("broken")

    class Forgets(Workflow):
        name = "forgets"

        def run(self):
            tasks = {
                "activity": (acts.failing_loudly, "broken"),
                "child": (Failing,),
                "group": (Group((acts.failing_loudly, "broken")),),
            }
            forgets(self, self.submit(*tasks[what]), acts)
            return "done"

    local = make_local(Forgets, Failing)
    closed = local.run(local.start(Forgets))

    assert closed.close_status == "FAILED"
    assert "broken" in closed.history().execution.reason


def test_wait_observes_all_failures(run, acts):
    def waits(self):
        with pytest.raises(exceptions.TaskException):
            futures.wait(*self.map(acts.failing_loudly, range(2)))
        return "handled"

    assert run(waits) == "handled"


def test_submit_refuses_values_that_are_no_task(run):
    def submits(self):
        with pytest.raises(InvalidTypeError, match="must be an activity"):
            self.submit(len, [1])

    run(submits)


def test_run_context_identifies_the_execution(make_local):
    class Tells(Workflow):
        name, version, tag_list = "tells", "7", ["a", "b"]

        def run(self):
            return self.get_run_context()

    local = make_local(Tells)
    execution = local.start(Tells)

    assert local.result(execution) == {
        "name": "tells",
        "version": "7",
        "domain_name": "local",
        "workflow_id": execution.workflow_id,
        "run_id": execution.run_id,
        "tag_list": ["a", "b"],
        "continued_execution_run_id": None,
        "parent_workflow_id": None,
        "parent_run_id": None,
    }


def test_time_random_and_uuid_are_deterministic(run, acts):
    def draws(self):
        before = (self.now(), self.random.random(), self.uuid())
        self.submit(acts.echo, *before).wait()
        after = (self.now(), self.random.random(), self.uuid())
        self.submit(acts.echo, *after).wait()
        return before[1] != after[1] and before[2] != after[2] and before[0] <= after[0]

    assert run(draws) is True


def test_workflow_log_is_silent_during_replay(make_local, acts, caplog):
    class Logs(Workflow):
        def run(self):
            self.log.warning("begins")
            self.submit(acts.double, 1).wait()
            self.submit(acts.double, 2).wait()
            self.log.warning("ends")

    local = make_local(Logs)
    local.run(local.start(Logs))

    assert [r.message for r in caplog.records] == ["begins", "ends"]


def test_workflow_log_is_silent_in_threads_and_children(make_local, acts, caplog):
    class Talks(Workflow):
        def run(self):
            thread = threading.Thread(target=self.log.info, args=("in a thread",))
            thread.start()
            thread.join()
            self.log.getChild("part").info("of a part")
            self.submit(acts.double, 1).wait()
            self.submit(acts.double, 2).wait()

    local = make_local(Talks)
    with caplog.at_level("INFO", logger="swf.execution"):
        local.run(local.start(Talks))

    lines = [(r.name, r.getMessage()) for r in caplog.records if r.name.startswith("swf.execution")]
    assert lines == [("swf.execution", "in a thread"), ("swf.execution.part", "of a part")]


def test_close_hooks_run_once_after_the_close_event(make_local):
    calls = []

    class Hooked(Workflow):
        def run(self, fails):
            if fails:
                self.fail("so", "it is")

        def on_completed(self, history):
            calls.append("completed")

        def on_failure(self, history, reason, details=None):
            calls.append((reason, details))

        def after_closed(self, history):
            calls.append("closed")

    local = make_local(Hooked)
    local.run(local.start(Hooked, False))
    local.run(local.start(Hooked, True))

    assert calls == ["completed", "closed", ("so", "it is"), "closed"]


def test_decisions_beyond_the_request_limit_are_sent_later(history_of, acts):
    def many(self):
        return len(futures.wait(self.map(acts.double, ["x" * 20_000] * 60)))

    history = history_of(many)

    assert history.execution.result == 60
    assert len(history.decision_batches()[0].decisions) < 60
    assert len(history.activities) == 60


def test_max_open_activity_count_limits_open_activities(history_of, acts):
    def many(self):
        futures.wait(self.map(acts.double, range(7)))

    history = history_of(many, attributes={"max_open_activity_count": 3})

    assert len(history.decision_batches()[0].decisions) == 3
    assert len(history.activities) == 7


@pytest.mark.parametrize("hook", ["before_replay", "after_replay"])
def test_submit_outside_of_workflow_code_is_refused(run, acts, hook):
    refused = []

    def submits(self, history):
        with pytest.raises(exceptions.ExecutionBlocked, match="outside of workflow code"):
            self.submit(acts.double, 1)
        refused.append(hook)

    def workflow(self):
        return self.submit(acts.double, 1).result

    assert run(workflow, attributes={hook: submits}) == 2
    assert refused


def test_workflow_continues_as_new_by_its_return_value(make_local, acts):
    class Counts(Workflow):
        name = "counts"

        def run(self, rest, total=0):
            if not rest:
                return total
            total += self.submit(acts.double, rest[0]).result
            return self.continue_as_new(rest[1:], total=total)

    local = make_local(Counts)

    assert local.result(local.start(Counts, [1, 2, 3])) == 12


def test_signal_details_have_the_id_of_the_event(make_local):
    class Waits(Workflow):
        name = "waits"

        def run(self):
            self.submit(self.wait_signal("go")).wait()
            return self.get_event_details("signal", "go"), self.get_event_details("signal", "no")

    local = make_local(Waits)
    handle = local.start(Waits)
    local.run_until_idle()
    handle.signal("go", "x")
    details, missing = local.result(handle)

    events = handle.history()
    assert events.event(details["event_id"]).name == "WorkflowExecutionSignaled"
    assert (details["name"], details["input"], missing) == ("go", "x", None)


def test_executor_knows_its_task_list(run):
    def workflow(self):
        return self.executor.task_list

    assert run(workflow) == "local"


class InvalidId(Workflow):
    name = "invalid id"

    @classmethod
    def get_workflow_id(cls):
        return "a:b"

    def run(self): ...


class InvalidTags(Workflow):
    name = "invalid tags"

    @classmethod
    def get_tag_list(cls):
        return list("abcdef")

    def run(self): ...


@pytest.mark.parametrize(
    ("make_task", "field"),
    [
        (lambda self: self.record_marker("m" * 300), "marker_name"),
        (lambda self: self.signal("s" * 300), "signal_name"),
        (lambda self: InvalidId, "workflow_id"),
        (lambda self: InvalidTags, "tag_list"),
    ],
    ids=["marker", "signal", "workflow id", "tags"],
)
def test_name_that_the_service_refuses_raises_from_submit(run, make_task, field):
    def workflow(self):
        with pytest.raises(ValidationError) as caught:
            self.submit(make_task(self))
        return caught.value.field

    assert run(workflow) == field


def test_submit_refuses_arguments_for_a_task(run):
    def workflow(self):
        with pytest.raises(InvalidTypeError, match="must be submitted without arguments"):
            self.submit(self.record_marker("m"), 1)

    run(workflow)
