"""Recorded scenarios of the real service, repeated step by step against the local one.

The calls follow from each recorded history: a DecisionTaskStarted was a poll, the events after a
DecisionTaskCompleted were its decisions, and so on. The same calls at the same times must give the
same history: ids, types, order and all attributes except those of `STRANGERS`.

`as_of_today` adapts the recordings of 2016 and 2017 to later changes of the service.
"""

import json
from pathlib import Path

import pytest
from botocore import xform_name

RECORDED = Path(__file__).parents[2] / "data/recorded"
SCENARIOS = sorted(
    path.name.partition(".")[0] for path in RECORDED.glob("*.GetWorkflowExecutionHistory.json")
)
# Chosen by the service, and so different each time.
STRANGERS = {"runId"}
BATCHED = "decisionTaskCompletedEventId"


def recorded(name):
    return json.loads((RECORDED / f"{name}.json").read_text())["response"]


def attributes(event):
    kind = event["eventType"]
    return event[f"{kind[0].lower()}{kind[1:]}EventAttributes"]


def as_of_today(scenario, events):
    """Return the (type, attributes) pairs of a recorded history in the current format."""
    rows = [(event["eventType"], dict(attributes(event))) for event in events]
    for kind, params in rows:
        if kind == "DecisionTaskScheduled":
            # Captures of 2023 show this member, those of 2016 and 2017 do not.
            params["scheduleToStartTimeout"] = "NONE"
    if scenario == "wait_signal":
        # Two activities were scheduled at once, and their two pollers got them the other way
        # round; the order of delivery is best effort, and the local service keeps it.
        swap = {7: 8, 8: 7}
        rows[6][1]["scheduledEventId"], rows[7][1]["scheduledEventId"] = 5, 6
        for kind, params in rows:
            if kind == "ActivityTaskCompleted":
                params["startedEventId"] = swap.get(
                    params["startedEventId"], params["startedEventId"]
                )
    return rows


def without_strangers(value):
    if isinstance(value, dict):
        return {k: without_strangers(v) for k, v in value.items() if k not in STRANGERS}
    return value


class Replay:
    """Repeats the calls that led to a recorded history."""

    DONE_BY_THE_SERVICE = {
        "DecisionTaskScheduled",
        "TimerFired",
        "ChildWorkflowExecutionStarted",
    }

    def __init__(self, domain, scenario):
        self.domain = domain
        self.events = recorded(f"{scenario}.GetWorkflowExecutionHistory")["events"]
        self.elapsed = 0.0
        self.run = None
        self.decision_tasks = {}
        self.activities = {}
        self.seen_after = {}

    def play(self):
        """Make every call; store the description of the execution after each event."""
        self.register()
        for event in self.events:
            self.wait_for(event)
            kind = event["eventType"]
            if BATCHED not in attributes(event) and kind not in self.DONE_BY_THE_SERVICE:
                getattr(self, xform_name(kind))(event, attributes(event))
            self.seen_after[event["eventId"]] = self.run.describe()
        return self.run

    def register(self):
        """Register the types in the history, without defaults."""
        self.domain.call(
            "RegisterDomain",
            name=self.domain.name,
            workflowExecutionRetentionPeriodInDays="1",
        )
        types = {"workflowType": set(), "activityType": set()}
        for event in self.events:
            for member, references in types.items():
                if member in attributes(event):
                    references.add(tuple(attributes(event)[member].values()))
        for name, version in types["workflowType"]:
            self.domain.ask("RegisterWorkflowType", name=name, version=version)
        for name, version in types["activityType"]:
            self.domain.ask("RegisterActivityType", name=name, version=version)

    def wait_for(self, event):
        moment = round(event["eventTimestamp"] - self.events[0]["eventTimestamp"], 3)
        self.domain.advance(round(moment - self.elapsed, 3))
        self.elapsed = moment

    def workflow_execution_started(self, event, params):
        settings = {
            name: value for name, value in params.items() if name != "parentInitiatedEventId"
        }
        self.task_list = settings["taskList"]["name"]
        self.run = self.domain.start("test-simpleflow-workflow", **settings)

    def workflow_execution_signaled(self, event, params):
        self.run.signal(params["signalName"])

    def decision_task_started(self, event, params):
        task = self.poll(self.run.workflow_id, params["identity"])
        assert task["startedEventId"] == event["eventId"]

    def poll(self, workflow_id, identity=""):
        """Poll for decision tasks until this execution has one."""
        while workflow_id not in self.decision_tasks:
            task = self.domain.poll(self.task_list, identity=identity)
            assert task["taskToken"], f"no decision task for {workflow_id}"
            self.decision_tasks[task["workflowExecution"]["workflowId"]] = task
        return self.decision_tasks[workflow_id]

    def decision_task_completed(self, event, params):
        task = self.decision_tasks.pop(self.run.workflow_id)
        decisions = [
            decision(other["eventType"], **attributes(other))
            for other in self.events
            if attributes(other).get(BATCHED) == event["eventId"]
        ]
        context = {name: params[name] for name in ("executionContext",) if name in params}
        self.domain.respond(task, *decisions, **context)

    def activity_task_started(self, event, params):
        task = self.domain.work(self.task_list, identity=params["identity"])
        assert task["startedEventId"] == event["eventId"]
        self.activities[task["activityId"]] = task

    def activity_task_completed(self, event, params):
        scheduled = attributes(self.events[params["scheduledEventId"] - 1])
        self.domain.complete(self.activities.pop(scheduled["activityId"]), result=params["result"])

    def child_workflow_execution_completed(self, event, params):
        self.domain.respond(
            self.poll(params["workflowExecution"]["workflowId"]),
            decision("WorkflowExecutionCompleted", result=params["result"]),
        )


KINDS = {
    "ActivityTaskScheduled": "ScheduleActivityTask",
    "TimerStarted": "StartTimer",
    "TimerCanceled": "CancelTimer",
    "StartChildWorkflowExecutionInitiated": "StartChildWorkflowExecution",
    "WorkflowExecutionCompleted": "CompleteWorkflowExecution",
}


def decision(event_type, **params):
    """Return the decision that led to an event."""
    kind = KINDS[event_type]
    params = {
        name: value for name, value in params.items() if name not in (BATCHED, "startedEventId")
    }
    return {
        "decisionType": kind,
        f"{kind[0].lower()}{kind[1:]}DecisionAttributes": params,
    }


@pytest.fixture
def replay(transport, orders):
    """Run a scenario in an empty service with the domain of the other tests."""

    def play(scenario):
        transport.service.reset()
        replay = Replay(orders, scenario)
        replay.play()
        return replay

    return play


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_recorded_scenario_gives_the_recorded_history(replay, scenario):
    played = replay(scenario)

    assert [without_strangers(row[1]) for row in played.run.since(0)] == [
        without_strangers(row[1]) for row in as_of_today(scenario, played.events)
    ]
    assert played.run.types() == [event["eventType"] for event in played.events]


# When each recorded answer was given: after which event of the history.
DESCRIBED = [
    ("chain_send_result.DescribeWorkflowExecution", 17),
    ("child_workflow.DescribeWorkflowExecution", 9),
    ("child_workflow.DescribeWorkflowExecution-2", 14),
    ("simpleflow_idempotent.DescribeWorkflowExecution", 15),
    ("simpleflow_idempotent.DescribeWorkflowExecution-2", 17),
    ("timer_and_cancel.DescribeWorkflowExecution", 9),
    ("timer_and_cancel.DescribeWorkflowExecution-2", 17),
    ("wait_signal.DescribeWorkflowExecution", 8),
    ("wait_signal.DescribeWorkflowExecution-2", 16),
    ("wait_signal.DescribeWorkflowExecution-3", 29),
    ("wait_signal.DescribeWorkflowExecution-4", 31),
]


def test_every_recorded_description_is_compared():
    answers = {path.stem for path in RECORDED.glob("*.DescribeWorkflowExecution*.json")}

    assert {name for name, _ in DESCRIBED} == answers


def comparable(description, began):
    """Remove values that the service chooses, and make times relative to the start."""
    info = {
        name: value
        for name, value in description["executionInfo"].items()
        if name not in ("execution", "startTimestamp")
    }
    if "closeTimestamp" in info:
        info["closeTimestamp"] = seconds(info["closeTimestamp"], began)
    normalized = {**description, "executionInfo": info}
    if "latestActivityTaskTimestamp" in normalized:
        normalized["latestActivityTaskTimestamp"] = seconds(
            normalized["latestActivityTaskTimestamp"], began
        )
    # Eventually consistent: no capture ever shows an open decision task, even where there was one.
    normalized["openCounts"] = {**normalized["openCounts"], "openDecisionTasks": 0}
    return normalized


def seconds(moment, began):
    elapsed = moment - began
    return round(getattr(elapsed, "total_seconds", lambda: elapsed)(), 3)


@pytest.mark.parametrize(("name", "after"), DESCRIBED, ids=[name for name, _ in DESCRIBED])
def test_recorded_description_is_reproduced(replay, name, after):
    theirs = recorded(name)
    played = replay(name.partition(".")[0])

    ours = played.seen_after[after]

    assert comparable(ours, ours["executionInfo"]["startTimestamp"]) == comparable(
        theirs, theirs["executionInfo"]["startTimestamp"]
    )


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_recorded_type_is_reproduced(orders, scenario):
    theirs = recorded(f"{scenario}.DescribeWorkflowType")
    reference = theirs["typeInfo"]["workflowType"]
    orders.ask("RegisterWorkflowType", **reference, **theirs["configuration"])

    ours = orders.ask("DescribeWorkflowType", workflowType=reference)

    assert ours["configuration"] == theirs["configuration"]
    assert ours["typeInfo"].keys() == theirs["typeInfo"].keys()
    assert ours["typeInfo"]["status"] == theirs["typeInfo"]["status"]
