"""Inconsistent histories: the problems they list, and the errors of `compile`."""

import json

import pytest

from swf.exceptions import (
    InconsistentStateError,
    TransitionError,
)
from swf.models.event import EventFactory
from swf.models.history import History, builder


def changed(history, event_id, **attributes):
    """Return wire events with changed attributes of one event."""
    raw = json.loads(history.to_json())["events"]
    event = raw[event_id - 1]
    key = next(name for name in event if name.endswith("EventAttributes"))
    event[key].update(attributes)
    return raw


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (
            lambda h: changed(h, 7, startedEventId=6),
            InconsistentStateError,
            r"TimerFired \(event 7\) names 't1', but ends 't2' of TimerStarted \(event 6\)",
        ),
        (
            lambda h: changed(h, 7, startedEventId=4),
            InconsistentStateError,
            r"TimerFired \(event 7\) refers to event 4",
        ),
        (
            lambda h: changed(h, 5, decisionTaskCompletedEventId=3),
            InconsistentStateError,
            r"TimerStarted \(event 5\): decisionTaskCompletedEventId 3 is a DecisionTaskStarted",
        ),
        (
            lambda h: changed(h, 5, decisionTaskCompletedEventId=8),
            InconsistentStateError,
            r"\(event 5\): decisionTaskCompletedEventId 8 is no earlier event",
        ),
        (
            lambda h: h.raw[1:],
            InconsistentStateError,
            r"DecisionTaskScheduled \(event 2\) follows the beginning",
        ),
        (
            lambda h: [*h.raw[:5], *h.raw[6:]],
            InconsistentStateError,
            r"TimerFired \(event 7\) follows event 5: events are missing",
        ),
        (
            lambda h: [*h.raw, {**h.raw[2], "eventId": 9}],
            TransitionError,
            r"DecisionTaskStarted \(event 9\) cannot follow DecisionTaskCompleted \(event 4\)",
        ),
        (
            lambda h: [*h.raw, {**h.raw[0], "eventId": 9}],
            TransitionError,
            r"\(event 9\) cannot follow WorkflowExecutionStarted \(event 1\)",
        ),
    ],
    ids=[
        "another timer's event",
        "a link to nothing",
        "a reference to another type",
        "a reference to a later event",
        "no beginning",
        "a gap",
        "a second start",
        "a second beginning",
    ],
)
def test_problems_are_collected_and_raised(history, change, error, message):
    broken = History(raw=change(history))

    assert any(isinstance(problem, error) for problem in broken.problems)
    with pytest.raises(error, match=message):
        broken.compile()


def test_end_with_another_start_is_inconsistent():
    history = builder.started().activity_scheduled("a").activity_scheduled("b")
    history.activity_started("a").activity_started("b").activity_completed("a")

    broken = History(raw=changed(history, 9, startedEventId=8))

    with pytest.raises(InconsistentStateError, match=r"startedEventId 8.*\(event 7\)"):
        broken.compile()


def test_nothing_may_follow_the_close():
    raw = builder.started().timer_started("t").terminated().raw
    raw.append(EventFactory({**raw[1], "eventId": 7}).raw)

    with pytest.raises(
        TransitionError, match=r"\(event 7\).*WorkflowExecutionTerminated \(event 6"
    ):
        History(raw=raw).compile()
