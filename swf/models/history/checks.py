"""Checks the references between the events of a history.

The fold follows one link of each event, which is enough for the state. These checks cover the
rest: event ids without a gap, references to events of the right type, one start at the beginning,
nothing after the close. They run for `History.problems` and `History.compile` only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from swf.exceptions import HistoryError, InconsistentStateError, TransitionError
from swf.models.event.table import CLOSE_EVENTS, REFERENCES, attributes_key
from swf.models.history.entity_record import EntityRecord, Wire, event_label
from swf.models.history.fold import HistoryState

Problem = tuple[int, HistoryError]
_TIMER_ENDS = ("TimerFired", "TimerCanceled")


def find_problems(events: Sequence[Wire], state: HistoryState) -> list[HistoryError]:
    """Return every inconsistency of a history, in the order of the events.

    :param state: the fold of `events`.
    """
    problems = [
        *state.problems,
        *check_ids(events),
        *check_ends(events),
        *check_references(events),
        *check_entities(state),
    ]
    return [error for _, error in sorted(problems, key=lambda problem: problem[0])]


def check_ids(events: Sequence[Wire]) -> Iterator[Problem]:
    """Yield the events whose ids do not count up from 1."""
    expected = 1
    for event in events:
        if event["eventId"] != expected:
            before = f"event {expected - 1}" if expected > 1 else "the beginning"
            yield (
                event["eventId"],
                InconsistentStateError(
                    f"{event_label(event)} follows {before}: events are missing"
                ),
            )
        expected = event["eventId"] + 1


def check_ends(events: Sequence[Wire]) -> Iterator[Problem]:
    """Yield the events before the start or after the close of the execution."""
    closed: Wire | None = None
    for event in events:
        if closed is not None and event["eventType"] not in CLOSE_EVENTS:
            message = f"{event_label(event)} cannot follow {event_label(closed)}"
            yield event["eventId"], TransitionError(message)
        if closed is None and event["eventType"] in CLOSE_EVENTS:
            closed = event
    if events and events[0]["eventType"] != "WorkflowExecutionStarted":
        message = (
            f"{event_label(events[0])} is the first event, which must be WorkflowExecutionStarted"
        )
        yield events[0]["eventId"], InconsistentStateError(message)


def check_references(events: Sequence[Wire]) -> Iterator[Problem]:
    """Yield the references to later events, missing events, and events of another type."""
    types: dict[int, str] = {}
    for event in events:
        name = event["eventType"]
        attributes = event.get(attributes_key(name)) or {}
        for attribute, target in REFERENCES.get(name, {}).items():
            event_id = attributes.get(attribute) or 0
            name_there = types.get(event_id)
            if event_id and name_there != target:
                other = f"a {name_there}" if name_there else "no earlier event"
                message = f"{event_label(event)}: {attribute} {event_id} is {other}, not a {target}"
                yield event["eventId"], InconsistentStateError(message)
        types[event["eventId"]] = name


def check_entities(state: HistoryState) -> Iterator[Problem]:
    """Yield the events that end an attempt but name another entity or another start."""
    indexes = (
        state.decision_tasks,
        state.activities,
        state.children,
        state.lambdas,
        state.timers,
        state.wake_ups,
    )
    for index in indexes:
        for record in index.by_event.values():
            if record.closed and record.opened:
                yield from _check_end(record, record.opened, record.closed)


def _check_end(record: EntityRecord, opened: Wire, closed: Wire) -> Iterator[Problem]:
    attributes = closed.get(attributes_key(closed["eventType"])) or {}
    child = attributes.get("workflowExecution") or {}
    name = attributes.get("timerId", child.get("workflowId", record.id))
    if name != record.id:
        message = (
            f"{event_label(closed)} names {name!r}, but ends {record.id!r} of {event_label(opened)}"
        )
        yield closed["eventId"], InconsistentStateError(message)
    # A timer runs from its beginning: its `startedEventId` is the link that the fold followed.
    started_event_id = attributes.get("startedEventId")
    own = record.started["eventId"] if record.started else 0
    if started_event_id not in (None, own) and closed["eventType"] not in _TIMER_ENDS:
        start = event_label(record.started) if record.started else "none"
        message = (
            f"{event_label(closed)}: startedEventId {started_event_id} is not its start, which is "
            f"{start}"
        )
        yield closed["eventId"], InconsistentStateError(message)
