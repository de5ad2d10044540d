"""The recorded scenarios of the real service, done again step by step against the local one.

Each recorded history tells which calls made it: a DecisionTaskStarted was a poll, what stands
behind a DecisionTaskCompleted were its decisions, and so on.  The same calls at the same moments
have to give the same history: ids, types, order and every attribute but those of `STRANGERS`.

Where the recording of 2016 and 2017 and the service of today differ, `as_of_today` says so.
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
    """Return `(type, attributes)` of a recorded history as today's service would write it."""
    rows = [(event["eventType"], dict(attributes(event))) for event in events]
    for kind, given in rows:
        if kind == "DecisionTaskScheduled":
            # Captures of 2023 show this member, those of 2016 and 2017 do not.
            given["scheduleToStartTimeout"] = "NONE"
    if scenario == "wait_signal":
        # Two activities were scheduled at once, and their two pollers got them the other way
        # round; the order of delivery is best effort, and the local service keeps it.
        swap = {7: 8, 8: 7}
        rows[6][1]["scheduledEventId"], rows[7][1]["scheduledEventId"] = 5, 6
        for kind, given in rows:
            if kind == "ActivityTaskCompleted":
                given["startedEventId"] = swap.get(given["startedEventId"], given["startedEventId"])
    return rows


def without_strangers(value):
    if isinstance(value, dict):
        return {k: without_strangers(v) for k, v in value.items() if k not in STRANGERS}
    return value


class Replay:
    """Makes the calls that a recorded history tells of."""

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
        """Make every call; keep what DescribeWorkflowExecution says after each event."""
        self.register()
        for event in self.events:
            self.wait_for(event)
            kind = event["eventType"]
            if BATCHED not in attributes(event) and kind not in self.DONE_BY_THE_SERVICE:
                getattr(self, xform_name(kind))(event, attributes(event))
            self.seen_after[event["eventId"]] = self.run.describe()
        return self.run

    def register(self):
        """Register the types that the history names, without any default."""
        self.domain.call(
            "RegisterDomain",
            name=self.domain.name,
            workflowExecutionRetentionPeriodInDays="1",
        )
        named = {"workflowType": set(), "activityType": set()}
        for event in self.events:
            for member, found in named.items():
                if member in attributes(event):
                    found.add(tuple(attributes(event)[member].values()))
        for name, version in named["workflowType"]:
            self.domain.ask("RegisterWorkflowType", name=name, version=version)
        for name, version in named["activityType"]:
            self.domain.ask("RegisterActivityType", name=name, version=version)

    def wait_for(self, event):
        moment = round(event["eventTimestamp"] - self.events[0]["eventTimestamp"], 3)
        self.domain.advance(round(moment - self.elapsed, 3))
        self.elapsed = moment

    def workflow_execution_started(self, event, given):
        settings = {
            name: value for name, value in given.items() if name != "parentInitiatedEventId"
        }
        self.task_list = settings["taskList"]["name"]
        self.run = self.domain.start("test-simpleflow-workflow", **settings)

    def workflow_execution_signaled(self, event, given):
        self.run.signal(given["signalName"])

    def decision_task_started(self, event, given):
        task = self.poll(self.run.workflow_id, given["identity"])
        assert task["startedEventId"] == event["eventId"]

    def poll(self, workflow_id, identity=""):
        """Take decision tasks, whosever they are, until this execution has one."""
        while workflow_id not in self.decision_tasks:
            task = self.domain.poll(self.task_list, identity=identity)
            assert task["taskToken"], f"no decision task for {workflow_id}"
            self.decision_tasks[task["workflowExecution"]["workflowId"]] = task
        return self.decision_tasks[workflow_id]

    def decision_task_completed(self, event, given):
        task = self.decision_tasks.pop(self.run.workflow_id)
        decisions = [
            decision(other["eventType"], **attributes(other))
            for other in self.events
            if attributes(other).get(BATCHED) == event["eventId"]
        ]
        context = {name: given[name] for name in ("executionContext",) if name in given}
        self.domain.respond(task, *decisions, **context)

    def activity_task_started(self, event, given):
        task = self.domain.work(self.task_list, identity=given["identity"])
        assert task["startedEventId"] == event["eventId"]
        self.activities[task["activityId"]] = task

    def activity_task_completed(self, event, given):
        scheduled = attributes(self.events[given["scheduledEventId"] - 1])
        self.domain.complete(self.activities.pop(scheduled["activityId"]), result=given["result"])

    def child_workflow_execution_completed(self, event, given):
        self.domain.respond(
            self.poll(given["workflowExecution"]["workflowId"]),
            decision("WorkflowExecutionCompleted", result=given["result"]),
        )


KINDS = {
    "ActivityTaskScheduled": "ScheduleActivityTask",
    "TimerStarted": "StartTimer",
    "TimerCanceled": "CancelTimer",
    "StartChildWorkflowExecutionInitiated": "StartChildWorkflowExecution",
    "WorkflowExecutionCompleted": "CompleteWorkflowExecution",
}


def decision(event_type, **given):
    """Return the decision that made an event."""
    kind = KINDS[event_type]
    given = {
        name: value for name, value in given.items() if name not in (BATCHED, "startedEventId")
    }
    return {
        "decisionType": kind,
        f"{kind[0].lower()}{kind[1:]}DecisionAttributes": given,
    }


@pytest.fixture
def replay(transport, orders):
    """Play a scenario in the domain of the other tests, emptied."""

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
    """Leave out what is the service's choice, and turn times into seconds since the start."""
    info = {
        name: value
        for name, value in description["executionInfo"].items()
        if name not in ("execution", "startTimestamp")
    }
    if "closeTimestamp" in info:
        info["closeTimestamp"] = seconds(info["closeTimestamp"], began)
    shown = {**description, "executionInfo": info}
    if "latestActivityTaskTimestamp" in shown:
        shown["latestActivityTaskTimestamp"] = seconds(shown["latestActivityTaskTimestamp"], began)
    # Eventually consistent: no capture ever shows an open decision task, even where there was one.
    shown["openCounts"] = {**shown["openCounts"], "openDecisionTasks": 0}
    return shown


def seconds(moment, began):
    elapsed = moment - began
    return round(getattr(elapsed, "total_seconds", lambda: elapsed)(), 3)


@pytest.mark.parametrize(("name", "after"), DESCRIBED, ids=[name for name, _ in DESCRIBED])
def test_a_recorded_description_is_given_again(replay, name, after):
    theirs = recorded(name)
    played = replay(name.partition(".")[0])

    ours = played.seen_after[after]

    assert comparable(ours, ours["executionInfo"]["startTimestamp"]) == comparable(
        theirs, theirs["executionInfo"]["startTimestamp"]
    )


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_recorded_type_is_described_again(orders, scenario):
    theirs = recorded(f"{scenario}.DescribeWorkflowType")
    reference = theirs["typeInfo"]["workflowType"]
    orders.ask("RegisterWorkflowType", **reference, **theirs["configuration"])

    ours = orders.ask("DescribeWorkflowType", workflowType=reference)

    assert ours["configuration"] == theirs["configuration"]
    assert ours["typeInfo"].keys() == theirs["typeInfo"].keys()
    assert ours["typeInfo"]["status"] == theirs["typeInfo"]["status"]
