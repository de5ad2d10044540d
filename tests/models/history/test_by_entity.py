"""The events of a history grouped by entity, and compiled."""

import pytest

from swf.models.event import CompiledEvent
from swf.models.history import builder


def ids(events):
    return [event.id for event in events]


def test_by_entity_groups_the_events_of_each_entity(history):
    assert [ids(entity) for entity in history.by_entity] == [[1], [2, 3, 4], [5, 7], [6], [8]]


def test_by_entity_groups_attempts_and_execution_events():
    history = builder.started().activity_scheduled("a").activity_failed("a").signaled("go")
    history.activity_scheduled("a").timer_started("t", 0).activity_started("a").timer_fired("t")
    history.activity_cancel_requested("a")

    states = [[event.state for event in entity] for entity in history.by_entity]

    assert states[0] == ["started", "signaled"]
    assert ["scheduled", "started", "failed"] in states
    assert ["scheduled", "started", "cancel_requested"] in states


def test_sound_history_compiles_to_its_entities(history):
    compiled = history.compile()

    assert all(isinstance(entity, CompiledEvent) for entity in compiled)
    assert [(entity.type, entity.state) for entity in compiled] == [
        ("WorkflowExecution", "started"),
        ("DecisionTask", "completed"),
        ("Timer", "fired"),
        ("Timer", "started"),
        ("DecisionTask", "scheduled"),
    ]
    assert history.compiled == compiled


@pytest.mark.parametrize(
    "story", ["activities", "children", "timers_and_markers", "others", "functions", "overdue"]
)
def test_every_sound_history_compiles(stories, story):
    assert stories[story].compile()
