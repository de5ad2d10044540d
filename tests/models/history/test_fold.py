"""The state of entities after the events of a history."""

import re

import pytest

from swf.constants import WAKE_UP_TIMER_ID
from swf.exceptions import InconsistentStateError, TransitionError
from swf.models.history import History, builder


def without(history, *event_ids):
    return History(raw=[raw for raw in history.raw if raw["eventId"] not in event_ids])


def test_fired_timer_is_no_longer_open():
    history = builder.started().timer_started("t1").timer_fired("t1")

    assert history.timers["t1"].state == "fired"
    assert history.open_timers == []


@pytest.mark.parametrize(
    ("story", "kind", "entity_id", "state"),
    [
        ("activities", "activities", "done", "completed"),
        ("activities", "activities", "failed", "failed"),
        ("activities", "activities", "late", "timed_out"),
        ("activities", "activities", "never started", "timed_out"),
        ("activities", "activities", "unwanted", "canceled"),
        ("activities", "activities", "stopped", "canceled"),
        ("activities", "activities", "unknown", "schedule_failed"),
        ("children", "children", "completed", "completed"),
        ("children", "children", "failed", "failed"),
        ("children", "children", "timed_out", "timed_out"),
        ("children", "children", "canceled", "canceled"),
        ("children", "children", "terminated", "terminated"),
        ("children", "children", "running already", "start_failed"),
        ("children", "children", "no type", "start_failed"),
        ("timers_and_markers", "timers", "stops", "canceled"),
        ("functions", "lambdas", "fails", "failed"),
        ("functions", "lambdas", "times out", "timed_out"),
        ("functions", "lambdas", "has no role", "start_failed"),
        ("overdue", "activities", "open", "started"),
    ],
)
def test_every_end_is_a_state(stories, story, kind, entity_id, state):
    assert getattr(stories[story], kind)[entity_id].state == state


def test_refused_decisions_are_listed(stories):
    refusals = stories["timers_and_markers"].refusals

    assert [event.name for event in refusals] == [
        "StartTimerFailed",
        "CancelTimerFailed",
        "RecordMarkerFailed",
    ]


@pytest.mark.parametrize(
    ("missing", "error", "message"),
    [
        (5, InconsistentStateError, r"ActivityTaskStarted \(event 6\).*event 5"),
        (2, InconsistentStateError, r"DecisionTaskStarted \(event 3\).*event 2"),
    ],
)
def test_reference_to_a_missing_event_is_a_problem(missing, error, message):
    history = without(builder.started().activity_scheduled("a").activity_completed("a"), missing)

    messages = [str(problem) for problem in history.problems if isinstance(problem, error)]
    assert any(re.search(message, text) for text in messages)


def test_illegal_event_changes_nothing():
    raw = builder.started().timer_started("t").timer_fired("t").raw
    raw.append({**raw[-2], "eventId": 8})

    history = History(raw=raw)

    assert history.timers["t"].closed_event_id == 6
    with pytest.raises(TransitionError, match=r"TimerFired \(event 8\).*TimerFired \(event 6\)"):
        history.compile()


def test_event_without_attributes_is_a_problem():
    raw = builder.started().raw
    raw.append({"eventId": 3, "eventTimestamp": 0, "eventType": "DecisionTaskStarted"})

    problems = History(raw=raw).problems

    assert "decisionTaskStartedEventAttributes" in str(problems[0])


def test_unknown_event_type_is_skipped():
    raw = builder.started().raw
    raw.append({"eventId": 3, "eventTimestamp": 0, "eventType": "PigeonSent"})

    history = History(raw=raw)

    assert (history.last.type, history.problems, history.finished) == ("PigeonSent", [], False)


def test_wake_up_timer_is_not_among_the_timers():
    history = builder.started().timer_started(WAKE_UP_TIMER_ID, 0)

    assert (dict(history.timers), history.open_timers) == ({}, [])
    assert dict(history.timer_fired(WAKE_UP_TIMER_ID).timers) == {}
    assert history.problems == []


def test_canceled_wake_up_timer_is_not_among_the_timers():
    history = builder.started().timer_started(WAKE_UP_TIMER_ID, 0).timer_canceled(WAKE_UP_TIMER_ID)

    assert (dict(history.timers), history.problems) == ({}, [])


def test_refused_wake_up_timer_is_not_among_timers_and_refusals():
    history = builder.started().start_timer_failed(WAKE_UP_TIMER_ID)
    history.cancel_timer_failed(WAKE_UP_TIMER_ID)

    assert (dict(history.timers), history.refusals, history.problems) == ({}, [], [])


def test_wake_up_timer_that_fires_twice_is_a_problem():
    raw = builder.started().timer_started(WAKE_UP_TIMER_ID, 0).timer_fired(WAKE_UP_TIMER_ID).raw
    raw.append({**raw[5], "eventId": len(raw) + 1})

    assert len(History(raw=raw).problems) == 1
