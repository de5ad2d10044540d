"""Read activity states and the context from the events of an execution.

Lists of events may be in any order, incomplete or written by hand: events without a time, and
activities that were never started, count too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from swf.flow.activity_state import ActivityState
from swf.flow.context import ExecutionContext, to_event
from swf.models.event.base import Event
from swf.models.history import History

Events = Iterable[Mapping[str, Any] | Event]

_SCHEDULED, _STARTED = "ActivityTaskScheduled", "ActivityTaskStarted"
_CLOSED = (
    "ActivityTaskCompleted",
    "ActivityTaskFailed",
    "ActivityTaskTimedOut",
    "ActivityTaskCanceled",
)


def activity_states_from_events(events: Events) -> dict[str, dict[str, ActivityState]]:
    """Return the states of the scheduled activities, by activity name and id.

    :param events: a `History`, or events as dictionaries of the API or as `Event`.
    """
    history = events if isinstance(events, History) else History(_activity_events(events))
    states: dict[str, dict[str, ActivityState]] = {}
    for activity_id, entity in history.activities.items():
        states.setdefault(entity.name or "", {})[activity_id] = ActivityState.from_entity(entity)
    return states


def get_current_context(events: Events) -> ExecutionContext:
    """Return the context: the input and every result, in the order of the events.

    :param events: a `History`, or events as dictionaries of the API or as `Event`.
    """
    if isinstance(events, History):
        return ExecutionContext(events)
    return ExecutionContext(_sort_by_id(events))


def _sort_by_id(events: Events) -> list[Event]:
    return sorted([to_event(event) for event in events], key=lambda event: event.id)


def _activity_events(events: Events) -> list[Mapping[str, Any]]:
    """Return the events about activities with consecutive ids and the missing start events."""
    numbered: list[Mapping[str, Any]] = []
    scheduled_ids: dict[int, int] = {}
    started_ids: set[int] = set()

    def add(event_type: str, event: Event, **changes: Any) -> int:
        key = f"{event_type[0].lower()}{event_type[1:]}EventAttributes"
        attributes = event.raw.get(key) or {}
        numbered.append(
            {
                "eventId": len(numbered) + 1,
                "eventType": event_type,
                "eventTimestamp": event.raw["eventTimestamp"],
                key: {**attributes, **changes},
            }
        )
        return len(numbered)

    for event in _sort_by_id(events):
        if event.name == _SCHEDULED:
            scheduled_ids[event.id] = add(_SCHEDULED, event)
        elif event.name == "ScheduleActivityTaskFailed":
            add(event.name, event)
        elif event.name in (_STARTED, *_CLOSED) and event.scheduled_event_id in scheduled_ids:
            scheduled_id = scheduled_ids[event.scheduled_event_id]
            if scheduled_id not in started_ids and event.name in _CLOSED[:2]:
                add(_STARTED, event, scheduledEventId=scheduled_id)
            started_ids.add(scheduled_id)
            add(event.name, event, scheduledEventId=scheduled_id)
    return numbered
