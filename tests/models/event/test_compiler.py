"""Compiled events: every transition of the table, and every other one refused."""

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
    """Return a compiled event that has come to `state` by some legal road."""
    roads = [[first] for first in INITIAL_STATES[entity]]
    for road in roads:
        if road[-1] == state:
            life = CompiledEvent(event(entity, road[0]))
            for number, step in enumerate(road[1:], 2):
                life.transit(event(entity, step, number))
            return life
        following = TRANSITIONS[entity].get(road[-1], ())
        roads += [[*road, step] for step in following if step not in road]
    raise AssertionError(f"{entity} never comes to {state}")


PAIRS = [
    (entity, state, after)
    for entity in TRANSITIONS
    for state in STATES[entity]
    for after in STATES[entity]
]
LEGAL = [pair for pair in PAIRS if pair[2] in TRANSITIONS[pair[0]].get(pair[1], ())]
ILLEGAL = [pair for pair in PAIRS if pair not in LEGAL]


@pytest.mark.parametrize(("entity", "state", "after"), LEGAL)
def test_a_legal_transition_moves(entity, state, after):
    life = compiled_in(entity, state)

    life.transit(event(entity, after, 50))

    assert (life.state, life.id) == (after, 50)


@pytest.mark.parametrize(("entity", "state", "after"), ILLEGAL)
def test_any_other_transition_is_refused_and_changes_nothing(entity, state, after):
    life = compiled_in(entity, state)
    before = (life.id, life.state, life.raw)

    with pytest.raises(TransitionError):
        life.transit(event(entity, after, 50))

    assert (life.id, life.state, life.raw) == before


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
def test_the_documented_transitions_are_in_the_table(entity, state, after):
    assert after in TRANSITIONS[entity][state]


def test_both_events_are_named_with_their_ids():
    life = CompiledEvent(event("Timer", "started", 5))
    life.transit(event("Timer", "fired", 8))

    with pytest.raises(TransitionError, match=r"TimerCanceled \(event 9\).*TimerFired \(event 8\)"):
        life.transit(event("Timer", "canceled", 9))


def test_an_event_of_another_entity_is_inconsistent():
    life = CompiledEvent(event("Timer", "started", 5))

    with pytest.raises(InconsistentStateError, match=r"MarkerRecorded \(event 6\)"):
        life.transit(event("Marker", "recorded", 6))


def test_no_life_begins_in_the_middle():
    with pytest.raises(InconsistentStateError, match="begins as scheduled"):
        CompiledEvent(event("ActivityTask", "completed"))


def test_it_tells_its_states():
    life = CompiledEvent(event("Timer", "started"))

    assert life.initial_state == "started"
    assert set(life.states) == {"started", "fired", "canceled", "start_failed", "cancel_failed"}
    assert life.next_states == life.transitions["started"] == ("fired", "canceled", "cancel_failed")


def test_nothing_follows_the_end():
    life = CompiledEvent(event("Marker", "recorded"))

    assert life.next_states == ()


def test_an_unknown_type_stands_alone():
    raw = {"eventId": 3, "eventTimestamp": 0, "eventType": "PigeonSent"}

    life = CompiledEvent(EventFactory(raw))

    assert (life.states, life.initial_state, life.next_states) == (("unknown",), "unknown", ())
