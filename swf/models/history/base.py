"""`History`: the events of one execution, and the state of everything that they record.

It is a sequence of events. Its attributes (`activities`, `timers`, `execution` ...) show the fold
of the events. Both are computed on access: an `Event` when it is indexed, the fold when one of its
attributes is read, and after `extend` only the new events are folded.

Read `fold.py` (from events to state), `views.py`, `entity.py` and `history_entities.py` (the state
as attributes), `batches.py` (the events of each decision task) and `checks.py` (consistency).
"""

from __future__ import annotations

import json
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice, pairwise
from operator import lt
from typing import TYPE_CHECKING, Any, overload

from swf.exceptions import HistoryError, InvalidKeywordArgumentError
from swf.models.display import ROWS, Displayed, DisplayTable
from swf.models.event.base import Event, attribute_name, copy_wire, moment
from swf.models.event.compiler import CompiledEvent
from swf.models.event.factory import EventFactory
from swf.models.event.table import EVENT_TYPES
from swf.models.history.batches import DecisionBatch, by_decision_task
from swf.models.history.by_entity import compile_groups, group_by_entity
from swf.models.history.checks import find_problems
from swf.models.history.compare import HistoryDifference, first_difference
from swf.models.history.entity_record import EntityRecord, Wire, event_label
from swf.models.history.fold import HistoryState
from swf.models.history.summary import HistorySummary, summarise
from swf.models.history.views import Views

if TYPE_CHECKING:
    from typing_extensions import Self

LOOKUPS = frozenset(
    attribute_name(wire) for kind in EVENT_TYPES.values() for wire in kind.attributes
).union(("id", "type", "name", "state", "timestamp", "link"))
_MISSING = object()


class History(Displayed, Views, Sequence[Event]):
    """The history of an execution.

    Events are sorted by their ids, and duplicates are dropped. A history may be incomplete or
    inconsistent: `problems` lists every inconsistency, and `compile` raises the first.

    :param events: events, or dictionaries of the wire.
    :param raw: dictionaries of the wire; the history refers to them and does not copy them.
    """

    __slots__ = ("__weakref__", "_fold", "_folded", "_raw")

    def __init__(
        self, events: Iterable[Event | Wire] | None = None, raw: Iterable[Wire] | None = None
    ) -> None:
        self._replace(_in_order(raw if raw is not None else (events or ())))

    def _replace(self, raw: list[Wire]) -> None:
        self._raw = raw
        self._fold: HistoryState | None = None
        self._folded = 0

    @classmethod
    def from_event_list(cls, raw: Iterable[Wire]) -> Self:
        """Return the history of a list of events.

        :param raw: wire dictionaries, such as the `events` member of a response.
        """
        return cls(raw=raw)

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Return the history in a JSON document: `{"events": [...]}` or the list alone.

        :param text: JSON as `to_json`, `aws swf` and other tools write it; times are seconds since
            the epoch or ISO 8601 text.
        :raises HistoryError: the text is not JSON or contains no list of events.
        """
        try:
            saved = json.loads(text)
        except ValueError as error:
            raise HistoryError(f"not JSON: {error}") from error
        events = saved.get("events") if isinstance(saved, dict) else saved
        if not isinstance(events, list):
            raise HistoryError('no events: expected {"events": [...]} or a list of events')
        return cls(raw=events)

    def to_json(self, indent: int | None = None) -> str:
        """Return the history as JSON in the shape of the wire, times as seconds since the epoch.

        :param indent: spaces for each level; None writes one line.
        """
        return json.dumps({"events": self._raw}, indent=indent, default=_epoch)

    def extend(self, raw_events: Iterable[Event | Wire]) -> int:
        """Add events and return the number of new ones.

        The work is proportional to the number of `raw_events`. Events that the history contains
        are skipped; earlier ones are inserted, and the whole history is folded again.

        :param raw_events: events, or dictionaries of the wire, in any order.
        :raises HistoryError: events are missing between the two parts, or they belong to different
            executions. The history does not change then.
        """
        events = _in_order(raw_events)
        if not self._raw:
            _check_no_gap(events)
            self._raw = events
            return len(events)
        first, last = self._raw[0]["eventId"], self._raw[-1]["eventId"]
        earlier = [raw for raw in events if raw["eventId"] < first]
        later = [raw for raw in events if raw["eventId"] > last]
        between = events[len(earlier) : len(events) - len(later)]
        inserted = earlier + [raw for raw in between if not self._contains(raw)]
        _check_no_gap([*earlier, self._raw[0]])
        _check_no_gap([self._raw[-1], *later])
        if inserted:
            self._replace(_in_order(inserted + self._raw))
        self._raw.extend(later)
        return len(inserted) + len(later)

    def _contains(self, raw: Wire) -> bool:
        own = self._raw[bisect_left(self._raw, raw["eventId"], key=_event_id)]
        if own["eventId"] != raw["eventId"]:
            return False
        if own["eventType"] != raw["eventType"]:
            raise HistoryError(
                f"events of two histories: {event_label(raw)} cannot replace {event_label(own)}"
            )
        return True

    # The sequence.

    @overload
    def __getitem__(self, index: int) -> Event: ...

    @overload
    def __getitem__(self, index: slice) -> History: ...

    def __getitem__(self, index: int | slice) -> Event | History:
        if isinstance(index, slice):
            part = History()
            part._replace(self._raw[index])
            return part
        return EventFactory(self._raw[index])

    def __len__(self) -> int:
        return len(self._raw)

    @property
    def last_event_id(self) -> int:
        """The id of the latest event; 0 in an empty history."""
        return int(self._raw[-1]["eventId"]) if self._raw else 0

    def __iter__(self) -> Iterator[Event]:
        return map(EventFactory, self._raw)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, History):
            return NotImplemented
        if self._raw == other._raw:
            return True
        return len(self) == len(other) and all(map(_same, self._raw, other._raw))

    __hash__ = None  # type: ignore[assignment]  # a history can grow

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {len(self)} events, {self.execution!r}>"

    def _display(self) -> DisplayTable:
        """Return a row for each event; of a long history, for the first and the last ones."""
        rows: list[tuple[Any, ...]] = [_row(event) for event in self._ends()]
        if len(self) > ROWS:
            rows.insert(ROWS // 2, ("", f"... {len(self) - ROWS:,} more", "", ""))
        return DisplayTable(str(self.summary()), ("id", "event", "time", "attributes"), rows)

    def _ends(self) -> list[Event]:
        if len(self) <= ROWS:
            return self.events
        return [*self[: ROWS // 2], *self.latest(ROWS - ROWS // 2)]

    @property
    def raw(self) -> list[Wire]:
        """Copies of the dictionaries of the wire."""
        return [copy_wire(raw) for raw in self._raw]

    @property
    def events(self) -> list[Event]:
        """All events."""
        return list(self)

    @property
    def reversed(self) -> Iterator[Event]:
        """The events from the last to the first."""
        return map(EventFactory, reversed(self._raw))

    @property
    def first(self) -> Event:
        """The first event.

        :raises IndexError: the history is empty.
        """
        return self[0]

    @property
    def last(self) -> Event:
        """The last event.

        :raises IndexError: the history is empty.
        """
        return self[-1]

    def latest(self, n: int) -> list[Event]:
        """Return the last `n` events, in order.

        :param n: the number of events; a shorter history returns all of them.
        """
        return [EventFactory(raw) for raw in self._raw[max(0, len(self) - n) :]]

    def event(self, event_id: int) -> Event:
        """Return the event with an id.

        :param event_id: the id, from 1.
        :raises KeyError: the history does not contain the event.
        """
        index = self._count_up_to(event_id) - 1
        if index < 0 or self._raw[index]["eventId"] != event_id:
            raise KeyError(event_id)
        return self[index]

    def filter(self, **lookups: Any) -> list[Event]:
        """Return the events whose attributes equal every lookup.

        >>> history.filter(type="ActivityTask", state="completed", activity_id="resize")

        :param lookups: attribute=value; an event without the attribute does not match.
        :raises InvalidKeywordArgumentError: no event type has such an attribute.
        """
        for name, value in lookups.items():
            if name not in LOOKUPS:
                raise InvalidKeywordArgumentError.unknown(name, value, LOOKUPS)
        return [
            event
            for event in self
            if all(getattr(event, name, _MISSING) == value for name, value in lookups.items())
        ]

    @property
    def by_entity(self) -> list[list[Event]]:
        """The events of each entity: the execution, each attempt of a task, each timer ...

        The execution is the first; the others are in the order in which they began.
        """
        return group_by_entity(self)

    def compile(self) -> list[CompiledEvent]:
        """Check every transition and reference, and return each entity in its last state.

        :raises InconsistentStateError: an event refers to a missing or wrong event.
        :raises TransitionError: an event follows one that it cannot follow.
        """
        for problem in self.problems:
            raise problem
        return compile_groups(self.by_entity)

    @property
    def compiled(self) -> list[CompiledEvent]:
        """The result of `compile()`."""
        return self.compile()

    @property
    def problems(self) -> list[HistoryError]:
        """Every inconsistency of the history, in the order of the events."""
        return find_problems(self._raw, self._state())

    @property
    def finished(self) -> bool:
        """Whether one of the six closing events has closed the execution."""
        return self._state().closed is not None

    def diff(
        self, other: History, *, ignore_times: bool = True, ignore_ids: bool = False
    ) -> HistoryDifference | None:
        """Return the first difference between two histories, or None when there is none.

        >>> print(history.diff(other))
        at 4: ActivityTaskScheduled (event 5): activity_id: 'resize' here, 'crop' there

        :param other: the history to compare with.
        :param ignore_times: do not compare the times of events.
        :param ignore_ids: do not compare ids that the service or a worker assigns: event ids, run
            ids and identities.
        """
        return first_difference(self, other, ignore_times, ignore_ids)

    def summary(self) -> HistorySummary:
        """Return a short summary: counts by state, the duration, the open entities."""
        return summarise(self)

    def _state(self) -> HistoryState:
        fold = self._fold
        if fold is None:
            fold = self._fold = HistoryState()
        if self._folded < len(self._raw):
            new = self._raw[self._folded :] if self._folded else self._raw
            self._folded = len(self._raw)
            fold.feed(new)
        return fold

    # The history by decision task.

    def new_events(
        self, previous_started_event_id: int, started_event_id: int | None = None
    ) -> list[Event]:
        """Return the new events of a decision task: those after the start of the previous one.

        :param previous_started_event_id: the DecisionTaskStarted of the previous decision task; 0
            for the first.
        :param started_event_id: the DecisionTaskStarted of this one, which is the last event
            returned; None returns the events up to the end.
        """
        return [
            EventFactory(raw) for raw in self._between(previous_started_event_id, started_event_id)
        ]

    def last_decided_event_id(self, before: int) -> int:
        """Return the DecisionTaskStarted of the last completed decision task; 0 if there is none.

        :param before: the id of an event; only earlier ones are considered.
        """
        for index in range(min(before - 1, len(self._raw)) - 1, -1, -1):
            raw = self._raw[index]
            if raw["eventType"] == "DecisionTaskCompleted":
                return int(raw["decisionTaskCompletedEventAttributes"]["startedEventId"])
        return 0

    def decision_batches(self, after: int = 0) -> list[DecisionBatch]:
        """Return one batch for each decision task, in the order of a replay.

        :param after: the id of a DecisionTaskStarted event. Only later decision tasks are returned,
            and the work is proportional to the number of events after it.
        """
        previous, tasks = self._decision_tasks_after(after)
        decisions = by_decision_task(self._between(previous, None))
        batches = []
        for task in tasks:
            started = int(task.started["eventId"]) if task.started else 0
            completed = int(task.closed["eventId"]) if task.closed else None
            batches.append(
                DecisionBatch(
                    previous,
                    started,
                    completed,
                    self._between(previous, started),
                    decisions.get(completed or 0, []),
                )
            )
            previous = started
        return batches

    def _decision_tasks_after(self, after: int) -> tuple[int, list[EntityRecord]]:
        """Return the decision tasks started after `after`, except for those that timed out.

        :returns: the id of the DecisionTaskStarted before them, and their records in order.
        """
        tasks: list[EntityRecord] = []
        for record in reversed(self._state().decision_tasks.by_event.values()):
            if record.started is None or record.state == "timed_out":
                continue
            if record.started["eventId"] <= after:
                return record.started["eventId"], tasks[::-1]
            tasks.append(record)
        return 0, tasks[::-1]

    def _between(self, after: int, until: int | None) -> list[Wire]:
        end = None if until is None else self._count_up_to(until)
        return self._raw[self._count_up_to(after) : end]

    def _count_up_to(self, event_id: int) -> int:
        """Return the number of events up to and including an id."""
        # Most histories have no gap, so that the id of an event is its position.
        if 0 < event_id <= len(self) and self._raw[event_id - 1]["eventId"] == event_id:
            return event_id
        return bisect_right(self._raw, event_id, key=_event_id)


class ReadOnlyHistory(History):
    """A history that an engine gives to user code, which cannot add events to it.

    `History(history)` is a copy that can grow. The engine itself calls `History.extend`.
    """

    __slots__ = ()

    def extend(self, raw_events: Iterable[Event | Wire]) -> int:  # noqa: ARG002
        """Raise an error.

        :raises TypeError: always.
        """
        raise TypeError("history of a task is read-only: extend a copy, History(history)")


def _row(event: Event) -> tuple[Any, ...]:
    """Return the row of an event in a display, without the ids of other events."""
    attributes = ", ".join(
        f"{attribute_name(wire)}={event.decoded(wire)!r}"
        for wire in event.attributes
        if not wire.endswith("EventId")
    )
    return event.id, event.name, event.timestamp, attributes


def _same(one: Wire, other: Wire) -> bool:
    """Return whether two events are equal, also if their times have different forms."""
    times = [moment(raw["eventTimestamp"]) for raw in (one, other)]
    return times[0] == times[1] and {**one, "eventTimestamp": 0} == {**other, "eventTimestamp": 0}


def wire_events(history: History) -> Sequence[Wire]:
    """Return the dictionaries of a history without a copy, for callers that do not change them."""
    return history._raw


def _event_id(raw: Wire) -> int:
    event_id: int = raw["eventId"]
    return event_id


def _in_order(events: Iterable[Event | Wire]) -> list[Wire]:
    """Return the wire's dictionaries in the order of their ids, without duplicates."""
    raws = [event._raw if isinstance(event, Event) else event for event in events]
    try:
        ids = [raw["eventId"] for raw in raws]
        _ = [raw["eventType"] for raw in raws]
    except (KeyError, TypeError) as error:
        raise HistoryError(
            f"not history events: eventId and eventType are required: {error}"
        ) from error
    if not {type(event_id) for event_id in ids} <= {int}:
        wrong = next(event_id for event_id in ids if type(event_id) is not int)
        raise HistoryError(f"not history events: eventId must be an integer: {wrong!r}")
    if all(map(lt, ids, islice(ids, 1, None))):
        return raws
    return [raw for _, raw in sorted(dict(zip(ids, raws, strict=True)).items())]


def _check_no_gap(raws: list[Wire]) -> None:
    for before, after in pairwise(raws):
        if after["eventId"] != before["eventId"] + 1:
            raise HistoryError(
                f"events are missing between {event_label(before)} and {event_label(after)}"
            )


def _epoch(value: object) -> float:
    if isinstance(value, datetime):
        return value.timestamp()
    raise TypeError(f"not JSON: {type(value).__name__}")
