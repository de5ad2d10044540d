"""Executions that simpleflow started, here and at AWS, continue with the same code."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from swf.dataflow import (
    ActivityTask,
    Chain,
    Group,
    Workflow,
    futures,
    replay,
)
from swf.dataflow.activity import Activity
from swf.dataflow.simpleflow_compat import is_simpleflow_execution
from swf.exceptions import NonDeterminismError
from swf.models.history import History

DATA = Path(__file__).parents[1] / "data"


def declare(name, **options):
    def decorate(function):
        return Activity(function, name=name, **options)

    return decorate


@declare("flows.add")
def add(x, y=1):
    return x + y


@declare("flows.once", idempotent=True)
def once(x):
    return x


@declare("flows.flaky", retry=2)
def flaky(key):
    return key


@declare("flows.broken", retry=1)
def broken():
    raise KeyError


@declare("flows.later")
def later():
    raise OSError


class Child(Workflow):
    __module__ = "flows"
    name, version = "child", "1"

    def run(self, x):
        return self.submit(add, x).result


class Retries(Workflow):
    def run(self):
        one, other, third = self.submit(flaky, "a"), self.submit(broken), self.submit(later)
        futures.wait(one, other, third)
        return [one.result, other.exception is not None, third.exception is not None]

    def on_task_failure(self, context):
        if context.task_name.endswith("later"):
            if context.retry_count:
                return context.decide_abort()
            return context.decide_retry(retry_wait_timeout=1)
        return None


class Canvas(Workflow):
    def run(self):
        chains = [
            Chain(ActivityTask(add, n), ActivityTask(once), send_result=True) for n in range(3)
        ]
        first = self.submit(Group(*chains, (once, 1), (once, 1)))
        second = self.submit(Group(*[(add, n) for n in range(5)], max_parallel=2))
        futures.wait(first, second)
        return [first.result, second.result]


class Many(Workflow):
    max_open_activity_count = 15

    def run(self, count):
        sums = self.map(add, range(count))
        return sum(future.result for future in sums)


class Relatives(Workflow):
    def run(self):
        children = [self.submit(Child, n) for n in range(2)]
        marker = self.submit(self.record_marker("here", {"n": 1}))
        self.submit(self.start_timer("slow", 60))
        quick = self.submit(self.start_timer("quick", 1))
        futures.wait(marker, quick, *children)
        self.submit(self.cancel_timer("slow"))
        self.submit(self.signal("done", answer=1))
        self.submit(self.wait_signal("done")).wait()
        return [child.result for child in children]


FLOWS = {"retries": Retries, "canvas": Canvas, "many": Many, "relatives": Relatives}


@declare("tests.integration.workflow.increment", version="example")
def increment(x):
    return x + 1


@declare("tests.integration.workflow.double", version="example")
def double(x):
    return x * 2


@declare("tests.integration.workflow.get_uuid", version="example", idempotent=True)
def get_uuid(unused=None):
    raise NotImplementedError


@declare("tests.integration.workflow.wait_and_signal", version="example")
def wait_and_signal(name="signal"):
    raise NotImplementedError


class Chained(Workflow):
    __module__, __qualname__ = "tests.integration.workflow", "ChainTestWorkflow"
    name = "chaintest"

    def run(self, x=5):
        return self.submit(
            Chain(ActivityTask(increment, x), ActivityTask(double), send_result=True)
        ).result


class WithChild(Workflow):
    def run(self):
        return self.submit(Group((Chained, 4))).result


class Idempotent(Workflow):
    def run(self):
        same = [self.submit(get_uuid) for _ in range(3)]
        self.submit(get_uuid, same[0].result).wait()


class WithTimers(Workflow):
    def run(self):
        first = Chain(self.start_timer("timer 1", 2), self.cancel_timer("timer 2"))
        self.submit(Group(self.start_timer("timer 2", 120), first)).wait()


class WithSignals(Workflow):
    def run(self):
        waits = [(self.wait_signal("signal 2"),), (self.wait_signal("signal"),)]
        signals = [(wait_and_signal,), (wait_and_signal, "signal 2")]
        self.submit(Chain(Group(*waits, *signals), (increment, 1))).wait()


AT_AWS = {
    "chain_send_result": Chained,
    "child_workflow": WithChild,
    "simpleflow_idempotent": Idempotent,
    "timer_and_cancel": WithTimers,
    "wait_signal": WithSignals,
}


def load_simpleflow(name):
    """Return the events and the ids of an execution recorded with simpleflow."""
    record = json.loads((DATA / "simpleflow" / f"{name}.json").read_text())
    ids = {"workflow_id": record["workflowId"], "run_id": record["runId"]}
    return record["events"], ids


def load_aws(name):
    """Return a request and response recorded at AWS."""
    file = DATA / "recorded" / f"{name}.GetWorkflowExecutionHistory.json"
    return json.loads(file.read_text())


@pytest.mark.parametrize("name", [*FLOWS, *AT_AWS])
def test_executions_of_simpleflow_are_recognized(name):
    events = load_simpleflow(name)[0] if name in FLOWS else load_aws(name)["response"]["events"]

    assert is_simpleflow_execution(History.from_event_list(events))


def test_own_executions_are_not_taken_for_simpleflow(history_of):
    def run(self):
        self.submit(add, 1)
        self.submit(Child, 1)
        self.sleep(1)

    assert not is_simpleflow_execution(history_of(run, activities=[add]))


@pytest.mark.parametrize("name", FLOWS)
def test_histories_of_simpleflow_replay(name):
    events, ids = load_simpleflow(name)

    replay(FLOWS[name], History.from_event_list(events), **ids)


@pytest.mark.parametrize("name", AT_AWS)
def test_histories_recorded_at_aws_replay(name):
    record = load_aws(name)
    execution = record["request"]["execution"]

    replay(
        AT_AWS[name],
        History.from_event_list(record["response"]["events"]),
        workflow_id=execution["workflowId"],
        run_id=execution["runId"],
    )


class OtherCanvas(Canvas):
    def run(self):
        chains = [Chain(ActivityTask(add, n), ActivityTask(add), send_result=True) for n in (0, 1)]
        return self.submit(Group(*chains)).result


class Fewer(Many):
    def run(self, count):
        return super().run(count - 1)


class OtherNumbers(Many):
    def run(self, count):
        return sum(future.result for future in self.map(add, range(1, count + 1)))


class Shorter(Relatives):
    def start_timer(self, timer_id, timeout, control=None):
        return super().start_timer(timer_id, timeout - 1, control)


@pytest.mark.parametrize(
    ("name", "changed"),
    [("canvas", OtherCanvas), ("many", Fewer), ("many", OtherNumbers), ("relatives", Shorter)],
)
def test_changed_code_diverges_from_simpleflow_history(name, changed):
    events, ids = load_simpleflow(name)

    with pytest.raises(NonDeterminismError, match="the history expects"):
        replay(changed, History.from_event_list(events), **ids)


class Again(Workflow):
    name = "again"

    def run(self, n=0, has_activity=False):
        if has_activity:
            self.submit(add, n).wait()
        if n < 1:
            self.submit(self.continue_as_new(n=n + 1))
        return n


@pytest.mark.parametrize("has_activity", [True, False])
def test_extra_members_of_simpleflow_inputs_are_ignored(make_local, has_activity):
    local = make_local(Again, activities=[add])
    execution = local.start(Again, has_activity=has_activity)
    local.run(execution)
    events = json.loads(execution.history().to_json())["events"]
    for event in events:
        for attributes in event.values():
            if isinstance(attributes, dict) and attributes.get("input"):
                extra = {"meta": {"binaries": {}}, "__extra": {"class": "flows.Again"}}
                attributes["input"] = json.dumps({**extra, **json.loads(attributes["input"])})
            if isinstance(attributes, dict) and "activityId" in attributes:
                attributes["activityId"] = "activity-flows.add-1"

    assert events[-1]["eventType"] == "WorkflowExecutionContinuedAsNew"
    replay(Again, History.from_event_list(events))


class Adopted(Workflow):
    name, version = "adopted", "1"

    def run(self):
        child, doomed, slow = self.submit(Child, 1), self.submit(broken), self.submit(add, 1, 1)
        if self.submit(self.wait_signal("choice")).result == "stop":
            slow.cancel()
        return [child.result, doomed.exception is not None, slow.wait().state]


TIMEOUTS = {
    f"{each}Timeout": "300"
    for each in ("scheduleToStart", "scheduleToClose", "startToClose", "heartbeat")
}


def schedule_activity(name, *args):
    """Return simpleflow's decision to schedule an activity."""
    attributes = {
        "activityId": f"activity-flows.{name}-1",
        "activityType": {"name": f"flows.{name}", "version": "default"},
        "input": json.dumps({"args": args, "kwargs": {}}),
        "taskList": {"name": "local"},
        **TIMEOUTS,
    }
    return {
        "decisionType": "ScheduleActivityTask",
        "scheduleActivityTaskDecisionAttributes": attributes,
    }


def start_child(parent_id, x):
    """Return simpleflow's decision to start a child workflow."""
    attributes = {
        "workflowId": f"workflow-child-{parent_id}--8d051055--1",
        "workflowType": {"name": "flows.Child", "version": "1"},
        "input": json.dumps({"args": [x], "kwargs": {}}),
        "taskList": {"name": "local"},
        "executionStartToCloseTimeout": "3600",
        "taskStartToCloseTimeout": "300",
        "childPolicy": "TERMINATE",
    }
    return {
        "decisionType": "StartChildWorkflowExecution",
        "startChildWorkflowExecutionDecisionAttributes": attributes,
    }


@pytest.fixture
def adopted(make_local):
    """Return a local service, and an execution with a first decision made by simpleflow."""
    local = make_local(Adopted, Child, activities=[add, broken])
    execution = local.start(Adopted)
    call = local.domain.connection.call
    for name in ("flows.add", "flows.broken"):
        call("RegisterActivityType", domain="local", name=name, version="default")
    call("RegisterWorkflowType", domain="local", name="flows.Child", version="1")
    task = call("PollForDecisionTask", domain="local", taskList={"name": "local"})
    call(
        "RespondDecisionTaskCompleted",
        taskToken=task["taskToken"],
        decisions=[
            start_child(execution.workflow_id, 1),
            schedule_activity("broken"),
            schedule_activity("add", 1, 1),
        ],
    )
    return local, execution


def test_open_execution_of_simpleflow_continues(adopted):
    local, execution = adopted
    execution.signal("choice", "go")

    assert local.result(execution) == [2, True, "FINISHED"]
    activities = execution.history().activities
    assert list(activities) == ["activity-flows.broken-1", "activity-flows.add-1"]
    attempts = activities["activity-flows.broken-1"].attempts
    assert [each.state for each in attempts] == ["failed", "failed"]


def test_activity_scheduled_by_simpleflow_can_be_canceled(adopted):
    local, execution = adopted
    execution.signal("choice", "stop")

    assert local.result(execution) == [2, True, "CANCELLED"]


@declare("flows.pair")
def pair():
    return (1, 2), {3: date(2026, 1, 2)}


def test_activities_of_simpleflow_return_plain_json(make_local):
    local = make_local(Adopted, Child, activities=[pair])
    call = local.domain.connection.call
    call("RegisterActivityType", domain="local", name="flows.pair", version="default")
    execution = local.start(Adopted)
    task = call("PollForDecisionTask", domain="local", taskList={"name": "local"})
    decisions = [schedule_activity("pair")]
    call("RespondDecisionTaskCompleted", taskToken=task["taskToken"], decisions=decisions)

    local.worker.poll_once()

    (activity,) = execution.history().activities.values()
    assert activity.text("result") == '[[1,2],{"3":"2026-01-02"}]'
