"""Sound histories pass the check, and violations name their rule."""

import json
from datetime import datetime, timezone
from pathlib import Path
from types import SimpleNamespace

import pytest

from swf.models.history.invariants import Violation, check, open_counts

RECORDED = sorted(
    Path(__file__).parents[2].joinpath("data/recorded").glob("*.GetWorkflowExecutionHistory.json")
)


def wire(*rows):
    """Return events for rows `(type, attributes)`, with a second between two batches."""
    events, instant = [], 1000.0
    for number, (event_type, attributes) in enumerate(rows, 1):
        if "decisionTaskCompletedEventId" not in attributes:
            instant += 1
        member = f"{event_type[0].lower()}{event_type[1:]}EventAttributes"
        events.append(
            {
                "eventId": number,
                "eventTimestamp": instant,
                "eventType": event_type,
                member: attributes,
            }
        )
    return events


def decided(*rows):
    """Return the events up to the first decision, event 4, and these rows."""
    return wire(
        ("WorkflowExecutionStarted", {"parentInitiatedEventId": 0}),
        ("DecisionTaskScheduled", {}),
        ("DecisionTaskStarted", {"scheduledEventId": 2}),
        ("DecisionTaskCompleted", {"scheduledEventId": 2, "startedEventId": 3}),
        *rows,
    )


def did(event_type, **attributes):
    return event_type, {"decisionTaskCompletedEventId": 4, **attributes}


SCHEDULED = did("ActivityTaskScheduled", activityId="a")
STARTED = ("ActivityTaskStarted", {"scheduledEventId": 5})
COMPLETED = ("ActivityTaskCompleted", {"scheduledEventId": 5, "startedEventId": 6})
TIMER = did("TimerStarted", timerId="t")
FIRED = ("TimerFired", {"timerId": "t", "startedEventId": 5})
CHILD = did("StartChildWorkflowExecutionInitiated", workflowId="c")
CHILD_STARTED = ("ChildWorkflowExecutionStarted", {"initiatedEventId": 5})
LAMBDA = did("LambdaFunctionScheduled", id="l")
SIGNAL = did("SignalExternalWorkflowExecutionInitiated", workflowId="w")


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.name.partition(".")[0])
def test_recorded_history_breaks_no_rule(path):
    assert check(json.loads(path.read_text())["response"]) == []


def test_all_five_recorded_histories_are_there():
    assert len(RECORDED) == 5


SOUND = {
    "an activity that is cancelled before it starts": decided(
        SCHEDULED,
        did("ActivityTaskCancelRequested", activityId="a"),
        (
            "ActivityTaskCanceled",
            {"scheduledEventId": 5, "startedEventId": 0, "latestCancelRequestedEventId": 6},
        ),
    ),
    "an id that is used again": decided(
        SCHEDULED,
        STARTED,
        COMPLETED,
        ("DecisionTaskScheduled", {}),
        ("DecisionTaskStarted", {"scheduledEventId": 8}),
        ("DecisionTaskCompleted", {"scheduledEventId": 8, "startedEventId": 9}),
        ("ActivityTaskScheduled", {"decisionTaskCompletedEventId": 10, "activityId": "a"}),
    ),
    "an activity that times out unstarted": decided(
        SCHEDULED,
        (
            "ActivityTaskTimedOut",
            {"scheduledEventId": 5, "startedEventId": 0, "timeoutType": "SCHEDULE_TO_START"},
        ),
    ),
    "a worker that cancels unasked": decided(
        SCHEDULED, STARTED, ("ActivityTaskCanceled", {"scheduledEventId": 5, "startedEventId": 6})
    ),
    "a child that was refused in its batch": decided(
        did("StartChildWorkflowExecutionFailed", workflowId="c", initiatedEventId=0)
    ),
    "a child that was refused later, its id being taken": decided(
        CHILD,
        did("StartChildWorkflowExecutionInitiated", workflowId="c"),
        CHILD_STARTED,
        (
            "StartChildWorkflowExecutionFailed",
            {"initiatedEventId": 6, "decisionTaskCompletedEventId": 4, "workflowId": "c"},
        ),
    ),
    "a signal that could not be delivered": decided(
        SIGNAL,
        (
            "SignalExternalWorkflowExecutionFailed",
            {"initiatedEventId": 5, "decisionTaskCompletedEventId": 4},
        ),
    ),
    "a signal that was refused in its batch": decided(
        did("SignalExternalWorkflowExecutionFailed", workflowId="w", initiatedEventId=0)
    ),
    "a cancellation of another execution that was refused in its batch": decided(
        did("RequestCancelExternalWorkflowExecutionFailed", workflowId="w", initiatedEventId=0)
    ),
    "an unknown event type": decided(("StarsAligned", {"scheduledEventId": 99})),
    "no event at all": [],
}


@pytest.mark.parametrize("history", SOUND.values(), ids=SOUND)
def test_legal_history_breaks_no_rule(history):
    assert check(history) == []


def changed(number, *path, to, history=None):
    """Return a sound history with one member of one event replaced."""
    events = history or decided(SCHEDULED, STARTED, COMPLETED, ("DecisionTaskScheduled", {}))
    *parents, last = path
    place = events[number - 1]
    for name in parents:
        place = place[name]
    place[last] = to
    return events


AGAIN = ("DecisionTaskStarted", {"scheduledEventId": 5})
BROKEN = {
    "a gap between ids": ("ids", (16,), changed(6, "eventId", to=16)[:6]),
    "an event older than the last": ("time", (6, 7), changed(7, "eventTimestamp", to=1.0)),
    "another first event": ("first", (1,), wire(("DecisionTaskScheduled", {}))),
    "a second start": (
        "first",
        (5,),
        decided(("WorkflowExecutionStarted", {})),
    ),
    "an event after the close": (
        "close",
        (5, 6),
        decided(did("WorkflowExecutionCompleted"), ("WorkflowExecutionSignaled", {})),
    ),
    "a reference to nothing": (
        "reference",
        (5,),
        decided(("ActivityTaskStarted", {"scheduledEventId": 99})),
    ),
    "a reference to a later event": (
        "reference",
        (5,),
        decided(("ActivityTaskStarted", {"scheduledEventId": 6}), SCHEDULED),
    ),
    "a reference to another kind of event": (
        "reference",
        (2, 5),
        decided(("ActivityTaskStarted", {"scheduledEventId": 2})),
    ),
    "0 where an event must be named": (
        "reference",
        (5,),
        decided(("TimerFired", {"timerId": "t", "startedEventId": 0})),
    ),
    "a reference that is missing": ("reference", (5,), decided(("TimerFired", {}))),
    "a cancellation that names no request of its own": (
        "entity",
        (7,),
        decided(
            SCHEDULED,
            did("ActivityTaskCancelRequested", activityId="a"),
            ("ActivityTaskCanceled", {"scheduledEventId": 5, "startedEventId": 0}),
        ),
    ),
    "a request to cancel a closed entity": (
        "entity",
        (5,),
        decided(did("ActivityTaskCancelRequested", activityId="a")),
    ),
    "an activity started twice": ("entity", (6, 7), decided(SCHEDULED, STARTED, STARTED)),
    "an activity ended twice": (
        "entity",
        (7, 8),
        decided(SCHEDULED, STARTED, COMPLETED, COMPLETED),
    ),
    "an activity started after its end": (
        "entity",
        (6, 7),
        decided(
            SCHEDULED,
            (
                "ActivityTaskTimedOut",
                {"scheduledEventId": 5, "startedEventId": 0, "timeoutType": "SCHEDULE_TO_CLOSE"},
            ),
            STARTED,
        ),
    ),
    "the start of another activity": (
        "entity",
        (9,),
        decided(
            SCHEDULED,
            did("ActivityTaskScheduled", activityId="b"),
            STARTED,
            ("ActivityTaskStarted", {"scheduledEventId": 6}),
            ("ActivityTaskCompleted", {"scheduledEventId": 5, "startedEventId": 8}),
        ),
    ),
    "a heartbeat timeout of an activity that was never started": (
        "entity",
        (6,),
        decided(
            SCHEDULED,
            (
                "ActivityTaskTimedOut",
                {"scheduledEventId": 5, "startedEventId": 0, "timeoutType": "HEARTBEAT"},
            ),
        ),
    ),
    "a schedule-to-start timeout of an activity that was started": (
        "entity",
        (7,),
        decided(
            SCHEDULED,
            STARTED,
            (
                "ActivityTaskTimedOut",
                {"scheduledEventId": 5, "startedEventId": 6, "timeoutType": "SCHEDULE_TO_START"},
            ),
        ),
    ),
    "a timer fired twice": ("entity", (6, 7), decided(TIMER, FIRED, FIRED)),
    "a timer that fires under another name": (
        "entity",
        (5, 6),
        decided(TIMER, ("TimerFired", {"timerId": "u", "startedEventId": 5})),
    ),
    "a child ended twice": (
        "entity",
        (7, 8),
        decided(
            CHILD,
            CHILD_STARTED,
            ("ChildWorkflowExecutionCompleted", {"initiatedEventId": 5, "startedEventId": 6}),
            ("ChildWorkflowExecutionTerminated", {"initiatedEventId": 5, "startedEventId": 6}),
        ),
    ),
    "a signal delivered twice": (
        "entity",
        (6, 7),
        decided(SIGNAL, *[("ExternalWorkflowExecutionSignaled", {"initiatedEventId": 5})] * 2),
    ),
    "a lambda function ended twice": (
        "entity",
        (7, 8),
        decided(
            LAMBDA,
            ("LambdaFunctionStarted", {"scheduledEventId": 5}),
            *[("LambdaFunctionFailed", {"scheduledEventId": 5, "startedEventId": 6})] * 2,
        ),
    ),
    "two open activities of one id": ("open-id", (5, 6), decided(SCHEDULED, SCHEDULED)),
    "two open timers of one id": ("open-id", (5, 6), decided(TIMER, TIMER)),
    "two open lambda functions of one id": ("open-id", (5, 6), decided(LAMBDA, LAMBDA)),
    "two open children of one id": (
        "open-id",
        (5, 8),
        decided(
            CHILD, CHILD, CHILD_STARTED, ("ChildWorkflowExecutionStarted", {"initiatedEventId": 6})
        ),
    ),
    "two decision tasks scheduled": (
        "decision-task",
        (5, 6),
        decided(("DecisionTaskScheduled", {}), ("DecisionTaskScheduled", {})),
    ),
    "two decision tasks started": (
        "decision-task",
        (6, 8),
        decided(
            ("DecisionTaskScheduled", {}),
            AGAIN,
            ("DecisionTaskScheduled", {}),
            ("DecisionTaskStarted", {"scheduledEventId": 7}),
        ),
    ),
    "a decision at another instant": (
        "batch",
        (4, 5),
        changed(5, "eventTimestamp", to=1004.5, history=decided(TIMER)),
    ),
    "a decision of an earlier batch": (
        "batch",
        (8,),
        decided(
            ("DecisionTaskScheduled", {}),
            AGAIN,
            ("DecisionTaskCompleted", {"scheduledEventId": 5, "startedEventId": 6}),
            TIMER,
        ),
    ),
}


@pytest.mark.parametrize(
    ("rule", "events", "history"),
    BROKEN.values(),
    ids=BROKEN,
)
def test_broken_rule_is_named_with_its_events(rule, events, history):
    violations = [(violation.rule, violation.events) for violation in check(history)]

    assert violations[0] == (rule, events)


def test_violation_reads_as_a_sentence():
    [violation] = check(decided(TIMER, FIRED, FIRED))

    assert str(violation) == (
        "[entity] event 7 (TimerFired): the timer 't' of event 5 already had event 6 (TimerFired)"
    )


def test_violation_is_a_value():
    assert Violation("ids", (2,), "gap") == Violation("ids", (2,), "gap")


@pytest.mark.parametrize(
    "form",
    [
        pytest.param(lambda events: {"events": events}, id="a response"),
        pytest.param(iter, id="an iterator"),
        pytest.param(
            lambda events: [SimpleNamespace(raw=event) for event in events], id="events that wrap"
        ),
        pytest.param(
            lambda events: [
                {**e, "eventTimestamp": datetime.fromtimestamp(e["eventTimestamp"], timezone.utc)}
                for e in events
            ],
            id="datetimes",
        ),
        pytest.param(
            lambda events: [{**e, "eventTimestamp": int(e["eventTimestamp"])} for e in events],
            id="whole seconds",
        ),
    ],
)
def test_history_accepts_every_form_of_events(form):
    events = decided(TIMER, FIRED, FIRED)

    assert [violation.rule for violation in check(form(events))] == ["entity"]


def test_open_counts_have_the_names_of_the_service():
    history = decided(SCHEDULED, TIMER, CHILD, LAMBDA, ("DecisionTaskScheduled", {}))

    assert open_counts(history) == {
        "openActivityTasks": 1,
        "openChildWorkflowExecutions": 1,
        "openDecisionTasks": 1,
        "openLambdaFunctions": 1,
        "openTimers": 1,
    }


def test_queued_and_started_decision_tasks_count_as_one():
    history = decided(("DecisionTaskScheduled", {}), AGAIN, ("DecisionTaskScheduled", {}))

    assert open_counts(history)["openDecisionTasks"] == 1


def test_closing_resets_no_count():
    history = decided(SCHEDULED, did("WorkflowExecutionCanceled"))

    assert open_counts(history)["openActivityTasks"] == 1


@pytest.mark.parametrize(
    "as_text",
    [
        lambda when: when.isoformat(),
        lambda when: when.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        str,
    ],
    ids=["isoformat", "Z", "str"],
)
def test_history_saved_by_aws_command_has_text_times(as_text):
    events = json.loads(RECORDED[0].read_text())["response"]["events"]
    for event in events:
        when = datetime.fromtimestamp(event["eventTimestamp"], timezone.utc)
        event["eventTimestamp"] = as_text(when)
    older = {**events[5], "eventTimestamp": "2000-01-01T00:00:00+00:00"}

    assert check(events) == []
    assert "time" in {violation.rule for violation in check([*events[:5], older])}


def test_decision_within_the_tolerance_belongs_to_its_batch():
    assert check(changed(5, "eventTimestamp", to=1004.012, history=decided(TIMER))) == []
