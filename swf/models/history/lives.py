"""The events of a history by the life that they belong to, and those lives compiled.

The execution is the first life; every task, timer, child, signal, cancellation and function is one
for each time that it was begun; a marker and a refused decision are lives of one event.
"""

from __future__ import annotations

from collections.abc import Iterable

from swf.models.event.base import Event
from swf.models.event.compiler import CompiledEvent

_EXECUTION = 0
_BY_DECISION = "decisionTaskCompletedEventId"


def lives(events: Iterable[Event]) -> list[list[Event]]:
    """Return the events of each life, in the order in which the lives began."""
    groups: dict[int, list[Event]] = {}
    scheduled: dict[str, int] = {}
    for event in events:
        groups.setdefault(_life_of(event, scheduled), []).append(event)
    return list(groups.values())


def compiled(groups: Iterable[list[Event]]) -> list[CompiledEvent]:
    """Return each life as one event that went through all its states.

    :raises InconsistentStateError: a life begins with an event that begins none.
    :raises TransitionError: a state follows one that it cannot follow.
    """
    return [_compile(group) for group in groups]


def _compile(group: list[Event]) -> CompiledEvent:
    life = CompiledEvent(group[0])
    for event in group[1:]:
        life.transit(event)
    return life


def _life_of(event: Event, scheduled: dict[str, int]) -> int:
    """Return the id of the event that began the life of this one; notes activities by their id."""
    if event.type == "WorkflowExecution":
        return _EXECUTION
    if event.name == "ActivityTaskScheduled":
        scheduled[event.activity_id] = event.id
    if event.name == "ActivityTaskCancelRequested":
        return scheduled.get(event.activity_id, event.id)
    link = event.kind.link if event.kind else None
    if link is None or link == _BY_DECISION:
        return event.id
    return event.attributes.get(link) or event.id
