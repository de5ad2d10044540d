"""Groups the events of a history by the entity that they belong to, and compiles each group.

The execution is the first entity. Every attempt of a task, timer, child, signal, cancellation or
Lambda function is one entity; so is each marker and each refused decision, with a single event.
"""

from __future__ import annotations

from collections.abc import Iterable

from swf.models.event.base import Event
from swf.models.event.compiler import CompiledEvent

_EXECUTION = 0
_BY_DECISION = "decisionTaskCompletedEventId"


def group_by_entity(events: Iterable[Event]) -> list[list[Event]]:
    """Return the events of each entity, in the order of their first events.

    :param events: the events of a history, in order.
    """
    groups: dict[int, list[Event]] = {}
    scheduled: dict[str, int] = {}
    for event in events:
        groups.setdefault(_entity_key(event, scheduled), []).append(event)
    return list(groups.values())


def compile_groups(groups: Iterable[list[Event]]) -> list[CompiledEvent]:
    """Return one compiled event for each group, in the entity's last state.

    :param groups: the events of each entity.
    :raises InconsistentStateError: the first event of a group cannot begin an entity.
    :raises TransitionError: a state follows another that does not allow it.
    """
    return [_compile(group) for group in groups]


def _compile(group: list[Event]) -> CompiledEvent:
    compiled = CompiledEvent(group[0])
    for event in group[1:]:
        compiled.transit(event)
    return compiled


def _entity_key(event: Event, scheduled: dict[str, int]) -> int:
    """Return the id of the event that began the entity of `event`.

    :param scheduled: the latest ActivityTaskScheduled by activity id; this function updates it.
    """
    if event.type == "WorkflowExecution":
        return _EXECUTION
    if event.name == "ActivityTaskScheduled":
        scheduled[event.activity_id] = event.id
    if event.name == "ActivityTaskCancelRequested":
        return scheduled.get(event.activity_id, event.id)
    link = event.kind.link if event.kind else None
    if link is None or link == _BY_DECISION:
        return event.id
    return event._attributes.get(link) or event.id
