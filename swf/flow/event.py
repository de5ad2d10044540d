"""What the events of an execution say: the states of its activities, and its context.

Lists of events may be given in any order, and may be a part of a history, or one that was written
by hand: what has no time, or was never started, counts all the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from swf.flow.activity_state import ActivityState
from swf.flow.context import ExecutionContext, read
from swf.models.event.base import Event
from swf.models.history import History

Events = Iterable[Mapping[str, Any] | Event]

_BEGIN, _START = "ActivityTaskScheduled", "ActivityTaskStarted"
_ENDS = (
    "ActivityTaskCompleted",
    "ActivityTaskFailed",
    "ActivityTaskTimedOut",
    "ActivityTaskCanceled",
)


def activity_states_from_events(events: Events) -> dict[str, dict[str, ActivityState]]:
    """Return the states of the activities that were scheduled, by activity name and id.

    :param events: a `History`, or events.
    """
    history = events if isinstance(events, History) else History(_activities(events))
    states: dict[str, dict[str, ActivityState]] = {}
    for activity_id, entity in history.activities.items():
        states.setdefault(entity.name or "", {})[activity_id] = ActivityState.of(entity)
    return states


def get_current_context(events: Events) -> ExecutionContext:
    """Return the context: the input and every result, in the order of the events."""
    if isinstance(events, History):
        return ExecutionContext(events)
    return ExecutionContext(_in_order(events))


def _in_order(events: Events) -> list[Event]:
    return sorted([read(event) for event in events], key=lambda event: event.id)


def _activities(events: Events) -> list[Mapping[str, Any]]:
    """Return the events about activities as a history has them: numbered, and each end started."""
    whole: list[Mapping[str, Any]] = []
    begun: dict[int, int] = {}
    started: set[int] = set()

    def add(kind: str, event: Event, **changed: Any) -> int:
        key = f"{kind[0].lower()}{kind[1:]}EventAttributes"
        attributes = event.raw.get(key) or {}
        whole.append(
            {
                "eventId": len(whole) + 1,
                "eventType": kind,
                "eventTimestamp": event.raw["eventTimestamp"],
                key: {**attributes, **changed},
            }
        )
        return len(whole)

    for event in _in_order(events):
        if event.name == _BEGIN:
            begun[event.id] = add(_BEGIN, event)
        elif event.name == "ScheduleActivityTaskFailed":
            add(event.name, event)
        elif event.name in (_START, *_ENDS) and event.scheduled_event_id in begun:
            scheduled = begun[event.scheduled_event_id]
            if scheduled not in started and event.name in _ENDS[:2]:
                add(_START, event, scheduledEventId=scheduled)
            started.add(scheduled)
            add(event.name, event, scheduledEventId=scheduled)
    return whole
