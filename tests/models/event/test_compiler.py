"""Compiled events: every transition of the table, and refused ones."""

import pytest

from swf.exceptions import InconsistentStateError, TransitionError
from swf.models.event import EVENT_TYPES, CompiledEvent, EventFactory
from swf.models.event.states import INITIAL_STATES, STATES, TRANSITIONS

NAMES = {(kind.entity, kind.state): name for name, kind in EVENT_TYPES.items()}


def event(entity, state, event_id=1):
    name = NAMES[entity, state]
    kind = EVENT_TYPES[name]
    return EventFactory({"eventId": event_id, "eventTimestamp": 0, "eventType": name, kind.key: {}})


def compiled_in(entity, state):
    """Return a compiled event in `state`, after a legal sequence of states."""
    paths = [[first] for first in INITIAL_STATES[entity]]
    for path in paths:
        if path[-1] == state:
            compiled = CompiledEvent(event(entity, path[0]))
            for number, step in enumerate(path[1:], 2):
                compiled.transit(event(entity, step, number))
            return compiled
        states = TRANSITIONS[entity].get(path[-1], ())
        paths += [[*path, step] for step in states if step not in path]
    raise AssertionError(f"unreachable state: {entity} {state}")


PAIRS = [
    (entity, state, after)
    for entity in TRANSITIONS
    for state in STATES[entity]
    for after in STATES[entity]
]
LEGAL = [pair for pair in PAIRS if pair[2] in TRANSITIONS[pair[0]].get(pair[1], ())]
ILLEGAL = [pair for pair in PAIRS if pair not in LEGAL]


@pytest.mark.parametrize(("entity", "state", "after"), LEGAL)
def test_legal_transition_moves(entity, state, after):
    compiled = compiled_in(entity, state)

    compiled.transit(event(entity, after, 50))

    assert (compiled.state, compiled.id) == (after, 50)


@pytest.mark.parametrize(("entity", "state", "after"), ILLEGAL)
def test_any_other_transition_is_refused_and_changes_nothing(entity, state, after):
    compiled = compiled_in(entity, state)
    before = (compiled.id, compiled.state, compiled.raw)

    with pytest.raises(TransitionError):
        compiled.transit(event(entity, after, 50))

    assert (compiled.id, compiled.state, compiled.raw) == before


@pytest.mark.parametrize(
    ("entity", "state", "after"),
    [
        ("ActivityTask", "scheduled", "started"),
        ("ActivityTask", "scheduled", "timed_out"),
        ("ActivityTask", "started", "cancel_requested"),
        ("ActivityTask", "cancel_requested", "completed"),
        ("ActivityTask", "cancel_requested", "cancel_requested"),
        ("DecisionTask", "scheduled", "timed_out"),
        ("DecisionTask", "started", "completed"),
        ("ChildWorkflowExecution", "started", "completed"),
        ("ChildWorkflowExecution", "start_initiated", "start_failed"),
        ("Timer", "started", "canceled"),
        ("ExternalWorkflowExecution", "signal_initiated", "signal_failed"),
        ("ExternalWorkflowExecution", "request_cancel_initiated", "cancel_requested"),
        ("LambdaFunction", "scheduled", "start_failed"),
        ("WorkflowExecution", "signaled", "continued_as_new"),
        ("WorkflowExecution", "complete_failed", "completed"),
    ],
)
def test_documented_transitions_are_in_the_table(entity, state, after):
    assert after in TRANSITIONS[entity][state]


def test_both_events_are_named_with_their_ids():
    compiled = CompiledEvent(event("Timer", "started", 5))
    compiled.transit(event("Timer", "fired", 8))

    with pytest.raises(TransitionError, match=r"TimerCanceled \(event 9\).*TimerFired \(event 8\)"):
        compiled.transit(event("Timer", "canceled", 9))


def test_event_of_another_entity_is_inconsistent():
    compiled = CompiledEvent(event("Timer", "started", 5))

    with pytest.raises(InconsistentStateError, match=r"MarkerRecorded \(event 6\)"):
        compiled.transit(event("Marker", "recorded", 6))


def test_no_life_begins_in_the_middle():
    with pytest.raises(InconsistentStateError, match="begins as scheduled"):
        CompiledEvent(event("ActivityTask", "completed"))


def test_compiled_event_has_its_states():
    compiled = CompiledEvent(event("Timer", "started"))

    assert compiled.initial_state == "started"
    assert set(compiled.states) == {"started", "fired", "canceled", "start_failed", "cancel_failed"}
    assert (
        compiled.next_states
        == compiled.transitions["started"]
        == ("fired", "canceled", "cancel_failed")
    )


def test_nothing_follows_the_end():
    compiled = CompiledEvent(event("Marker", "recorded"))

    assert compiled.next_states == ()


def test_unknown_event_type_is_an_entity():
    raw = {"eventId": 3, "eventTimestamp": 0, "eventType": "PigeonSent"}

    compiled = CompiledEvent(EventFactory(raw))

    assert (compiled.states, compiled.initial_state, compiled.next_states) == (
        ("unknown",),
        "unknown",
        (),
    )
