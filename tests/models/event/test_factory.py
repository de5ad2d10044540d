"""The class and the state of an event."""

import pytest

from swf.exceptions import HistoryError
from swf.models.event import (
    EVENT_TYPES,
    ActivityTaskEvent,
    ChildWorkflowExecutionEvent,
    DecisionTaskEvent,
    Event,
    EventFactory,
    ExternalWorkflowExecutionEvent,
    LambdaFunctionEvent,
    MarkerEvent,
    TimerEvent,
    WorkflowExecutionEvent,
)


def bare(name, **attributes):
    kind = EVENT_TYPES[name]
    return {"eventId": 7, "eventTimestamp": 1.0, "eventType": name, kind.key: attributes}


@pytest.mark.parametrize(
    ("name", "cls", "state"),
    [
        ("WorkflowExecutionContinuedAsNew", WorkflowExecutionEvent, "continued_as_new"),
        ("ContinueAsNewWorkflowExecutionFailed", WorkflowExecutionEvent, "continue_as_new_failed"),
        ("DecisionTaskTimedOut", DecisionTaskEvent, "timed_out"),
        ("ActivityTaskCanceled", ActivityTaskEvent, "canceled"),
        ("ScheduleActivityTaskFailed", ActivityTaskEvent, "schedule_failed"),
        ("RequestCancelActivityTaskFailed", ActivityTaskEvent, "request_cancel_failed"),
        ("TimerFired", TimerEvent, "fired"),
        ("StartTimerFailed", TimerEvent, "start_failed"),
        ("MarkerRecorded", MarkerEvent, "recorded"),
        ("StartChildWorkflowExecutionInitiated", ChildWorkflowExecutionEvent, "start_initiated"),
        ("ChildWorkflowExecutionTerminated", ChildWorkflowExecutionEvent, "terminated"),
        (
            "SignalExternalWorkflowExecutionInitiated",
            ExternalWorkflowExecutionEvent,
            "signal_initiated",
        ),
        (
            "ExternalWorkflowExecutionCancelRequested",
            ExternalWorkflowExecutionEvent,
            "cancel_requested",
        ),
        ("LambdaFunctionStarted", LambdaFunctionEvent, "started"),
        ("StartLambdaFunctionFailed", LambdaFunctionEvent, "start_failed"),
    ],
)
def test_factory_picks_class_and_state(name, cls, state):
    event = EventFactory(bare(name))

    assert (type(event), event.type, event.state) == (cls, cls.entity, state)


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_every_type_can_be_read(name):
    event = EventFactory(bare(name))

    assert (event.id, event.name, event.type) == (7, name, EVENT_TYPES[name].entity)


def test_unknown_event_type_is_included():
    raw = {
        "eventId": 3,
        "eventTimestamp": 0,
        "eventType": "PigeonSent",
        "pigeonSentEventAttributes": {"toRoof": 4},
    }

    event = EventFactory(raw)

    assert (type(event), event.type, event.state, event.to_roof) == (
        Event,
        "PigeonSent",
        "unknown",
        4,
    )


@pytest.mark.parametrize("member", ["eventId", "eventType", "eventTimestamp"])
def test_invalid_event_is_refused(member):
    raw = {name: value for name, value in bare("TimerFired").items() if name != member}

    with pytest.raises(HistoryError, match=member):
        EventFactory(raw)
