"""Each row of the migration table for simpleflow is true, shown with its programming model."""

from __future__ import annotations

import importlib
import re
from datetime import datetime, timezone
from pathlib import Path

import pytest

from swf.codecs import ClaimCheck, DirectoryStore
from swf.dataflow import (
    ActivityWorker,
    Chain,
    Decider,
    FuncGroup,
    Group,
    Local,
    Workflow,
    WorkflowStepMixin,
    dispatch,
    exceptions,
    futures,
    replay,
    run_local,
    start,
    task,
)
from swf.dataflow import activity as declare
from swf.dataflow import steps as steps_module
from swf.dataflow.middleware import Middleware
from swf.dataflow.runtime import WorkflowRuntime
from swf.exceptions import InvalidTypeError, NonDeterminismError
from swf.local import LocalSWF, SkippingClock
from swf.local.injection import FailedDecision
from swf.models import Domain
from swf.retry import Retry
from swf.testing import run_until_closed

PAGE = "port-from-simpleflow.md"
ROOT = Path(__file__).parents[2]


@declare.with_attributes()
def increment(x):
    return x + 1


@declare.with_attributes(name="my.double", version="7")
def double(x):
    return x * 2


FAILED = []


@declare.with_attributes(retry=2)
def fails_twice():
    FAILED.append(1)
    if len(FAILED) < 3:
        raise LookupError("not yet")
    return "at last"


@declare.with_attributes(raises_on_failure=True)
def fails():
    raise LookupError("no")


@declare.with_attributes(retry=Retry(max_attempts=2, delay=3600, on=("LookupError",)))
def fails_slowly():
    raise LookupError("no")


def workflow_of(code, **attributes):
    """Return a workflow class with the given function as `run`."""
    return type("Tested", (Workflow,), {"run": code, "name": "tested", **attributes})


@pytest.fixture
def history_of():
    """Return a function that runs code as a workflow and returns the history."""

    def run(code, *args, **attributes):
        workflow = workflow_of(code, **attributes)
        with Local(workflow) as local:
            return local.run(local.start(workflow, *args)).history()

    return run


@pytest.fixture
def result_of(history_of):
    return lambda code, *args, **attributes: history_of(code, *args, **attributes).execution.result


def imports():
    names = ("Workflow", "activity", "futures")
    assert all(hasattr(importlib.import_module("swf.dataflow"), name) for name in names)


def canvas(result_of):
    def code(self):
        both = Group((increment, 1), (double, 2))
        return self.submit(Chain(both, FuncGroup(lambda: Group((double, 8))))).result

    assert result_of(code) == [[2, 4], [16]]


def modules():
    names = ("task", "canvas", "futures", "exceptions", "execute", "download", "constants", "utils")
    for name in names:
        assert importlib.import_module(f"swf.dataflow.{name}")


def classes_of_packages():
    assert steps_module.Step
    assert steps_module.WorkflowStepMixin
    for name in ("Dispatcher", "DispatchError", "DryRunDispatcher", "ModuleDispatcher"):
        assert getattr(dispatch, name)
    assert dispatch.RegistryDispatcher


def tasks_with_an_executor(result_of):
    doubling = workflow_of(lambda self, x: x * 2, name="doubling")

    def code(self):
        return self.submit(task.WorkflowTask(self.executor, doubling, 4)).result

    assert result_of(code) == 8


def decorated(history_of):
    assert (double(4), double.callable(4)) == (8, 8)
    history = history_of(lambda self: self.submit(double, 1).result)
    kind = history.filter(name="ActivityTaskScheduled")[0].activity_type
    assert (kind.name, kind.version) == ("my.double", "7")


def schedule_to_close(history_of):
    history = history_of(lambda self: self.submit(increment, 1).result)
    scheduled = next(iter(history.activities.values()))
    assert scheduled.schedule_to_close_timeout == 600
    assert scheduled.schedule_to_start_timeout + scheduled.start_to_close_timeout == 600


def suspended(history_of):
    calls = []

    def code(self):
        calls.append(1)
        for number in range(3):
            self.submit(increment, number).wait()

    history_of(code)
    assert len(calls) == 1


def blocking(result_of):
    def code(self):
        try:
            return self.submit(increment, 1).result
        except Exception:  # noqa: BLE001 - the row is about this handler
            return "caught"

    assert result_of(code) == 2


def blocking_by_hand():
    def code(self):
        raise exceptions.ExecutionBlocked

    blocked = workflow_of(code)
    with Local(blocked) as local:
        execution = local.start(blocked)
        with pytest.raises(exceptions.ExecutionBlocked):
            local.run(execution)
        assert execution.upstream().status == "OPEN"


def determinism(history_of):
    history = history_of(lambda self: self.submit(increment, 1).result)
    with pytest.raises(NonDeterminismError) as error:
        replay(workflow_of(lambda self: self.submit(double, 1).result), history)
    assert error.value.event_id == 5


def ids(history_of):
    def code(self):
        self.submit(Group((increment, 1), (increment, 2))).wait()

    ids = list(history_of(code).activities)
    assert len(set(ids)) == 2
    assert list(history_of(code).activities) == ids


def what_was_submitted_last(history_of):
    history = history_of(lambda self: self.submit(increment, 1) and None)
    assert [each.state for each in history.activities.values()] == ["completed"]


def errors():
    def code(self):
        raise LookupError("a bug")

    buggy, failing_on_bugs = workflow_of(code), workflow_of(code, fails_on=(LookupError,))
    with Local(buggy) as local:
        execution = local.start(buggy)
        with pytest.raises(LookupError):
            local.run(execution)
        assert execution.upstream().status == "OPEN"
    with Local(failing_on_bugs) as local:
        assert local.run(local.start(failing_on_bugs)).close_status == "FAILED"


def raising(result_of, history_of):
    def caught(self):
        future = self.submit(fails)
        try:
            return future.result
        except exceptions.TaskException:
            return "raised"

    assert result_of(caught) == "raised"
    history = history_of(lambda self: self.submit(fails) and None)
    assert history.execution.state == "failed"


def groups_raising(result_of):
    def catches(self):
        try:
            return self.submit(Group((fails,))).result
        except exceptions.TaskException as error:
            return isinstance(error, exceptions.AggregateException)

    assert result_of(catches) is True


def cancelled_futures(result_of):
    def code(self):
        future = self.submit(self.start_timer("t", 60))
        future.cancel()
        kind = type(future.exception).__name__
        try:
            return future.result
        except exceptions.TaskCanceled:
            return kind

    assert result_of(code) == "TaskCanceled"


def cancelling(history_of):
    def code(self):
        future = self.submit(self.start_timer("t", 86_400))
        self.sleep(1)
        future.cancel()

    assert history_of(code).timers["t"].state == "canceled"


def canceled_executions():
    cleanups = []

    def code(self):
        try:
            self.submit(increment, 1).wait()
        except exceptions.WorkflowCanceled:
            cleanups.append(1)
            raise

    workflow = workflow_of(code)
    with Local(workflow) as local:
        execution = local.start(workflow)
        with local.clock.hold():
            local.decider.poll_once()
        execution.request_cancel()
        closed = local.run(execution)
        states = [each.state for each in closed.history().activities.values()]
    assert (closed.close_status, states) == ("CANCELED", ["canceled"])
    assert cleanups


def refusals():
    workflow = workflow_of(lambda self: self.submit(increment, 1).result)
    cause = "ACTIVITY_CREATION_RATE_EXCEEDED"
    faults = [FailedDecision("ScheduleActivityTask", cause=cause, times=3)]
    with LocalSWF(clock=SkippingClock(), faults=faults) as service:
        domain = Domain("shop", connection=service.connection())
        domain.save()
        execution = start(workflow, [], domain=domain)
        decider = Decider(domain, "default", [workflow])
        worker = ActivityWorker(domain, "default", [increment])
        history = run_until_closed(execution, decider, worker).history()
    delays = [event.start_to_fire_timeout for event in history.filter(name="TimerStarted")]
    assert (history.execution.result, len(delays)) == (2, 3)
    assert delays == sorted(delays)


def retries(result_of, history_of):
    FAILED.clear()
    assert result_of(lambda self: self.submit(fails_twice).result) == "at last"
    slow = history_of(lambda self: self.submit(fails_slowly) and None)
    assert [timer.start_to_fire_timeout for timer in slow.timers.values()] == [3600]


def signals():
    def code(self, consume):
        return [self.submit(self.wait_signal("go", consume=consume)).result for _ in range(2)]

    workflow = workflow_of(code)
    for consume, expected in ((False, [2, 2]), (True, [1, 2])):
        with Local(workflow) as local:
            execution = local.start(workflow, consume)
            execution.signal("go", 1)
            execution.signal("go", 2)
            assert local.result(execution) == expected


def pending_in_markers(result_of):
    def code(self):
        one = self.submit(increment, 1)
        return self.submit(self.record_marker("sum", {"of": one})).result

    assert result_of(code) == {"of": 2}


def markers(result_of):
    def code(self):
        self.submit(self.record_marker("m", 1))
        return [marker.name for marker in self.list_markers()]

    assert result_of(code) == ["m"]


def steps(tmp_path):
    days = []
    load = declare.with_attributes(name="load")(days.append)

    class Index(WorkflowStepMixin, Workflow):
        name = "index"

        def get_step_store(self):
            return DirectoryStore(tmp_path)

        @classmethod
        def get_workflow_id(cls, day):
            return "index"

        def run(self, day):
            self.submit(self.step("load", (load, day))).wait()

    with Local(Index, activities=[load]) as local:
        for day in ("monday", "monday", "tuesday"):
            local.run(local.start(Index, day))
    assert days == ["monday", "tuesday"]


def shared_steps(tmp_path):
    days = []
    load = declare.with_attributes(name="load")(days.append)
    store = DirectoryStore(tmp_path)
    store.put("shared/check", b"")

    class Shared(WorkflowStepMixin, Workflow):
        name = "shared"

        def get_step_store(self):
            return store

        def get_step_path_prefix(self):
            return "shared"

        def run(self):
            self.submit(self.step("check", (load, "never"))).wait()
            self.submit(self.step("load", (load, "monday"))).wait()

    with Local(Shared, activities=[load]) as local:
        local.run(local.start(Shared))
    assert days == ["monday"]
    check, plain, digest = store.keys("")
    assert (check, plain) == ("shared/check", "shared/load")
    assert digest.startswith("shared/load@")


def continuing():
    def code(self, rest, total=0):
        self.rest, self.total = rest, total
        while self.rest:
            self.total += self.submit(increment, self.rest[0]).result
            self.rest = self.rest[1:]
        return self.total, self.should_continue_as_new

    def on_continue_as_new(self):
        return self.continue_as_new(self.rest, self.total)

    workflow = workflow_of(code, event_budget=30, on_continue_as_new=on_continue_as_new)
    with Local(workflow) as local:
        execution = local.start(workflow, [0] * 12)
        assert tuple(local.result(execution)) == (12, False)


def timers(history_of):
    def code(self):
        for _ in range(2):
            self.submit(self.start_timer("again", 60)).wait()
        self.sleep(60)

    history = history_of(code)
    assert len(history.timers["again"].attempts) == 2
    assert history.execution.duration.total_seconds() >= 180


def values(result_of):
    moment = datetime(2026, 1, 2, tzinfo=timezone.utc)
    sent = {"when": moment, "of": {1, 2}, "pair": (1, 2), "raw": b"x"}
    assert result_of(lambda self, value: [value["when"].year, value == sent], sent) == [2026, True]


def jumbo_fields(tmp_path):
    workflow = workflow_of(lambda self, text: len(text))
    with Local(workflow, codec=ClaimCheck(DirectoryStore(tmp_path))) as local:
        assert local.result(local.start(workflow, "x" * 100_000)) == 100_000
    assert list(tmp_path.iterdir())


def importing():
    with pytest.raises(dispatch.DispatchError):
        dispatch.Dispatcher("swf.dataflow").dispatch_activity("os.getcwd")
    assert dispatch.ModuleDispatcher(futures).dispatch_activity("wait") is not None


def failure_contexts(result_of):
    contexts = []

    def decide(self, ctx):
        contexts.append(
            (ctx.task_error_type, ctx.task_error, ctx.id.endswith("fails-1"), ctx.event["retry"])
        )
        return ctx.decide_ignore()

    result_of(lambda self: self.submit(fails).result, on_task_failure=decide)
    assert contexts[0] == ("LookupError", "LookupError", True, 0)


def other_failure_contexts(result_of):
    assert not hasattr(WorkflowRuntime, "default_failure_handling")
    with pytest.raises(InvalidTypeError, match="must return its context or None"):
        result_of(lambda self: self.submit(fails).result, on_task_failure=lambda self, ctx: "retry")
    attempts = []

    def without_decision(self, ctx):
        attempts.append(ctx.attempt_number)
        return ctx

    FAILED.clear()
    code = lambda self: self.submit(fails_twice).result  # noqa: E731 - as in other rows
    assert result_of(code, on_task_failure=without_decision) == "at last"
    assert attempts == [1, 2]


def replay_hooks(history_of):
    calls = []

    def note(name):
        return lambda self, history: calls.append(name)

    names = ("before_run", "after_run", "before_replay", "after_replay")
    history_of(lambda self: None, **{name: note(name) for name in names})
    assert calls == ["before_replay", "after_replay"]


def option_of_chains():
    with pytest.raises(TypeError, match="send_results"):
        Chain((increment, 1), send_results=True)


def middlewares():
    calls = []

    class Loud(Middleware):
        def pre(self, context):
            calls.append("pre")

        def post(self, context, result=None):
            calls.append(result)

        def failed(self, context, error):
            calls.append(type(error))

    workflow = workflow_of(lambda self: self.submit(increment, 1).result)
    with Local(workflow, middleware=[Loud()]) as local:
        assert local.result(local.start(workflow)) == 2
    assert calls == ["pre", 2]


def failure_of(result_of):
    """Return the context of a failed activity."""
    contexts = []

    def decide(self, ctx):
        contexts.append(ctx)
        return ctx.decide_ignore()

    result_of(lambda self: self.submit(fails).result, on_task_failure=decide)
    return contexts[0]


def failure_details(result_of):
    assert failure_of(result_of).details.startswith("Traceback")


def failure_events(result_of):
    event = failure_of(result_of).event
    assert event["startedEventId"] == event["scheduledEventId"] + 1
    assert event["state"] == "failed"


def executors(result_of):
    def code(self):
        assert self.executor.history.first.name == "WorkflowExecutionStarted"
        return Chain(increment_task()).submit(self.executor).result, self.executor.task_list

    assert result_of(code)["value"] == [[2], "local"]


def increment_task():
    return (increment, 1)


def event_ids(result_of):
    def code(self):
        self.submit(self.record_marker("m", "d")).wait()
        self.submit(self.signal("s", workflow_id=self.executor.identity.workflow_id)).wait()
        self.submit(self.wait_signal("s")).wait()
        marker = self.get_event_details("marker", "m")
        return sorted(marker), self.get_event_details("signal", "s")["event_id"] > 0

    assert result_of(code)["value"] == [["details", "name"], True]


def direct_calls():
    assert increment(1) == 2


def wrong_arguments():
    with pytest.raises(InvalidTypeError, match="too many positional arguments"):
        run_local(workflow_of(lambda self: self.submit(increment, 1, 2).result))


def values_that_cannot_be_encoded(history_of):
    assert history_of(lambda self: object()).execution.close_status == "FAILED"
    history = history_of(lambda self: self.submit(increment, object()).result)
    assert history.execution.close_status == "FAILED"
    with pytest.raises(exceptions.PayloadError):
        history_of(lambda self: object(), fails_on_payload_errors=False)


CHECKS = {
    "simpleflow.step.submittable": classes_of_packages,
    "simpleflow.swf.task": tasks_with_an_executor,
    "raise ExecutionBlocked": blocking_by_hand,
    "on_task_failure may return": other_failure_contexts,
    "before_run": replay_hooks,
    "Chain(send_results": option_of_chains,
    "middleware is": middlewares,
    "ctx.task_error_type": failure_contexts,
    "self._executor": executors,
    "get_event_details": event_ids,
    "ActivityTask(increment": direct_calls,
    "wrong arguments": wrong_arguments,
    "a result that cannot": values_that_cannot_be_encoded,
    "from simpleflow import": imports,
    "from simpleflow.canvas": canvas,
    "simpleflow.task": modules,
    "a decorated function": decorated,
    "schedule_to_close_timeout": schedule_to_close,
    "run is replayed": suspended,
    "ExecutionBlocked": blocking,
    "code that changed": determinism,
    "ids are counted": ids,
    "when run returns": what_was_submitted_last,
    "an error in run": errors,
    "raises_on_failure": raising,
    "the failure of a group": groups_raising,
    ".exception of a cancelled": cancelled_futures,
    "future.cancel()": cancelling,
    "a canceled execution": canceled_executions,
    "a schedule that is refused": refusals,
    "retry=3": retries,
    "the last signal": signals,
    "a pending future": pending_in_markers,
    "a marker is listed": markers,
    "a step that is done": steps,
    "continue_as_new": continuing,
    "a timer id": timers,
    "a datetime": values,
    "jumbo fields": jumbo_fields,
    "the bucket of steps": shared_steps,
    "ctx.details": failure_details,
    "ctx.event": failure_events,
    "workers import": importing,
}


def test_package_reads_no_variable_that_has_a_replacement():
    page = (ROOT / "docs" / "howto" / PAGE).read_text()
    section = page.partition("## Environment variables")[2].partition("\n## ")[0]
    first_cells = " ".join(re.findall(r"^\| (.*?) \|", section, re.MULTILINE))
    names = set(re.findall(r"\b[A-Z]+(?:_[A-Z0-9]+)+\b", first_cells))
    texts = [path.read_text() for path in (ROOT / "swf").rglob("*.py")]

    assert len(names) > 10
    assert not [name for name in names for text in texts if f'"{name}"' in text]


def test_row_of_migration_table_is_true(row, verify):
    verify(row)
