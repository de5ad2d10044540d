"""What the fold does not look at: whether every reference of every event is right.

The fold follows one link per event, which is all that the state needs. This pass checks the rest:
event ids without a gap, references to events of the right type, one start at the beginning,
nothing after the close. It is run when somebody asks (`History.problems`, `History.compile`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from swf.exceptions import HistoryError, InconsistentStateError, TransitionError
from swf.models.event.table import CLOSE_EVENTS, REFERENCES, attributes_key
from swf.models.history.fold import Fold, Life, Wire, named

Problem = tuple[int, HistoryError]
_TIMER_ENDS = ("TimerFired", "TimerCanceled")


def problems(events: Sequence[Wire], fold: Fold) -> list[HistoryError]:
    """Return all that is wrong with a folded history, in the order of the events."""
    found = [*fold.problems, *gaps(events), *ends(events), *references(events), *lives(fold)]
    return [error for _, error in sorted(found, key=lambda problem: problem[0])]


def gaps(events: Sequence[Wire]) -> Iterator[Problem]:
    """Yield the places where event ids do not follow each other from 1."""
    expected = 1
    for event in events:
        if event["eventId"] != expected:
            before = f"event {expected - 1}" if expected > 1 else "the beginning"
            yield (
                event["eventId"],
                InconsistentStateError(f"{named(event)} follows {before}: events are missing"),
            )
        expected = event["eventId"] + 1


def ends(events: Sequence[Wire]) -> Iterator[Problem]:
    """Yield what stands before the start or after the close of the execution."""
    closed: Wire | None = None
    for event in events:
        if closed is not None and event["eventType"] not in CLOSE_EVENTS:
            message = f"{named(event)} cannot follow {named(closed)}"
            yield event["eventId"], TransitionError(message)
        if closed is None and event["eventType"] in CLOSE_EVENTS:
            closed = event
    if events and events[0]["eventType"] != "WorkflowExecutionStarted":
        message = f"{named(events[0])} stands where WorkflowExecutionStarted belongs"
        yield events[0]["eventId"], InconsistentStateError(message)


def references(events: Sequence[Wire]) -> Iterator[Problem]:
    """Yield the references to later events, to missing ones, and to events of another type."""
    types: dict[int, str] = {}
    for event in events:
        name = event["eventType"]
        attributes = event.get(attributes_key(name)) or {}
        for attribute, target in REFERENCES.get(name, {}).items():
            event_id = attributes.get(attribute) or 0
            found = types.get(event_id)
            if event_id and found != target:
                what = f"a {found}" if found else "no earlier event"
                message = f"{named(event)}: {attribute} {event_id} is {what}, not a {target}"
                yield event["eventId"], InconsistentStateError(message)
        types[event["eventId"]] = name


def lives(fold: Fold) -> Iterator[Problem]:
    """Yield the ends of lives that name another start, or another entity, than the life's own."""
    for index in (fold.decision_tasks, fold.activities, fold.children, fold.lambdas, fold.timers):
        for life in index.by_event.values():
            if life.closed and life.opened:
                yield from _end(life, life.opened, life.closed)


def _end(life: Life, opened: Wire, closed: Wire) -> Iterator[Problem]:
    attributes = closed.get(attributes_key(closed["eventType"])) or {}
    child = attributes.get("workflowExecution") or {}
    name = attributes.get("timerId", child.get("workflowId", life.id))
    if name != life.id:
        message = f"{named(closed)} names {name!r}, but ends {life.id!r} of {named(opened)}"
        yield closed["eventId"], InconsistentStateError(message)
    # A timer runs from its beginning: its `startedEventId` is the link that the fold followed.
    begun = attributes.get("startedEventId")
    own = life.started["eventId"] if life.started else 0
    if begun is not None and begun != own and closed["eventType"] not in _TIMER_ENDS:
        has = named(life.started) if life.started else "none"
        message = f"{named(closed)}: startedEventId {begun} is not the start of it, which has {has}"
        yield closed["eventId"], InconsistentStateError(message)
