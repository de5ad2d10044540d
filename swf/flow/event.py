"""What the events of an execution say: the states of its activities, and its context."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from swf.flow.context import ExecutionContext
from swf.flow.state import ActivityState
from swf.models.event.base import Event
from swf.models.history import History

Events = Iterable[Mapping[str, Any] | Event]


def activity_states_from_events(events: Events) -> dict[str, dict[str, ActivityState]]:
    """Return the states of the activities that were scheduled, by activity name and id.

    :param events: a `History`, or events in any order.
    """
    history = events if isinstance(events, History) else History(events)
    states: dict[str, dict[str, ActivityState]] = {}
    for activity_id, entity in history.activities.items():
        states.setdefault(entity.name or "", {})[activity_id] = ActivityState.of(entity)
    return states


def get_current_context(events: Events) -> ExecutionContext:
    """Return the context: the input and every result, in the order of the events."""
    return ExecutionContext(events if isinstance(events, History) else History(events))
