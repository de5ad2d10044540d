"""`History`: the events of one execution, and what has become of all that they tell of.

It is a sequence of events and, asked by name (`activities`, `timers`, `execution` ...), the fold
of them. Both are made when they are asked for: an `Event` when one is looked at, the fold when the
first of its names is used, and after `extend` only what is new is folded.

Read `fold.py` (how events become state), `views.py`, `entity.py` and `entities.py` (how the state
shows), `batches.py` (what deciders saw, and when), `checks.py` (what makes it inconsistent).
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
from swf.models.event.base import Event, attribute_name, moment
from swf.models.event.compiler import CompiledEvent
from swf.models.event.factory import EventFactory
from swf.models.event.table import EVENT_TYPES
from swf.models.history import lives
from swf.models.history.batches import DecisionBatch, by_decision_task
from swf.models.history.checks import problems
from swf.models.history.compare import HistoryDifference, first_difference
from swf.models.history.fold import Fold, Life, Wire, named
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

    Events stand in the order of their ids, whatever order they come in; an event that comes twice
    is kept once. A history need not be whole or right to be read: what is wrong with it is listed
    in `problems`, and `compile` raises it.

    :param events: events, or dictionaries of the wire.
    :param raw: dictionaries of the wire; they are kept, not copied.
    """

    __slots__ = ("__weakref__", "_fold", "_folded", "_raw")

    def __init__(
        self, events: Iterable[Event | Wire] | None = None, raw: Iterable[Wire] | None = None
    ) -> None:
        given = raw if raw is not None else (events or ())
        self._take(_in_order(given))

    def _take(self, raw: list[Wire]) -> None:
        self._raw = raw
        self._fold = Fold()
        self._folded = 0

    @classmethod
    def from_event_list(cls, raw: Iterable[Wire]) -> Self:
        """Return the history of a list of dictionaries, as the API's `events` member holds."""
        return cls(raw=raw)

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Return the history that any tool saved: `{"events": [...]}` or the list alone.

        Times may be seconds since the epoch or ISO 8601 text.

        :raises HistoryError: the text is not JSON, or holds no events.
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
        """Return the history as JSON in the shape of the wire, times as seconds since the epoch."""
        return json.dumps({"events": self._raw}, indent=indent, default=_epoch)

    def extend(self, raw_events: Iterable[Event | Wire]) -> int:
        """Take in further events and return how many of them were new.

        The work is proportional to what is given. Events that are known already are passed over;
        earlier ones are put where they belong (and everything is folded anew).

        :raises HistoryError: between what is here and what is given, events are missing, or they
            tell of two different executions. Nothing changes then.
        """
        given = _in_order(raw_events)
        if not self._raw:
            _no_gap(given)
            self._raw = given
            return len(given)
        first, last = self._raw[0]["eventId"], self._raw[-1]["eventId"]
        earlier = [raw for raw in given if raw["eventId"] < first]
        later = [raw for raw in given if raw["eventId"] > last]
        between = given[len(earlier) : len(given) - len(later)]
        inserted = earlier + [raw for raw in between if not self._holds(raw)]
        _no_gap([*earlier, self._raw[0]])
        _no_gap([self._raw[-1], *later])
        if inserted:
            self._take(_in_order(inserted + self._raw))
        self._raw.extend(later)
        return len(inserted) + len(later)

    def _holds(self, raw: Wire) -> bool:
        held = self._raw[bisect_left(self._raw, raw["eventId"], key=_event_id)]
        if held["eventId"] != raw["eventId"]:
            return False
        if held["eventType"] != raw["eventType"]:
            raise HistoryError(
                f"these are two histories: {named(held)} is here, {named(raw)} was given"
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
            part._take(self._raw[index])
            return part
        return EventFactory(self._raw[index])

    def __len__(self) -> int:
        return len(self._raw)

    @property
    def last_event_id(self) -> int:
        """The id of the newest event; 0 if there is none."""
        return int(self._raw[-1]["eventId"]) if self._raw else 0

    def __iter__(self) -> Iterator[Event]:
        return map(EventFactory, self._raw)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, History):
            return NotImplemented
        if self._raw == other._raw:
            return True
        return len(self) == len(other) and all(map(_same, self._raw, other._raw))

    __hash__ = None  # type: ignore[assignment]  # it grows

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {len(self)} events, {self.execution!r}>"

    def _display(self) -> DisplayTable:
        """Return a row for each event; of many, for the first and the last ones."""
        rows: list[tuple[Any, ...]] = [_row(event) for event in self._ends()]
        if len(self) > ROWS:
            left_out = f"... {len(self) - ROWS:,} more"
            rows.insert(ROWS // 2, ("", left_out, "", ""))
        return DisplayTable(str(self.summary()), ("id", "event", "time", "attributes"), rows)

    def _ends(self) -> list[Event]:
        if len(self) <= ROWS:
            return self.events
        return [*self[: ROWS // 2], *self.latest(ROWS - ROWS // 2)]

    @property
    def raw(self) -> list[Wire]:
        """The dictionaries of the wire."""
        return list(self._raw)

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
        """The first event; IndexError if there is none."""
        return self[0]

    @property
    def last(self) -> Event:
        """The last event; IndexError if there is none."""
        return self[-1]

    def latest(self, n: int) -> list[Event]:
        """Return the last `n` events, in order; fewer if there are fewer."""
        return [EventFactory(raw) for raw in self._raw[max(0, len(self) - n) :]]

    def event(self, event_id: int) -> Event:
        """Return the event of this id; KeyError if it is not here."""
        index = bisect_left(self._raw, event_id, key=_event_id)
        if index == len(self) or self._raw[index]["eventId"] != event_id:
            raise KeyError(event_id)
        return self[index]

    def filter(self, **lookups: Any) -> list[Event]:
        """Return the events whose fields equal all lookups; one that lacks a field does not match.

        >>> history.filter(type="ActivityTask", state="completed", activity_id="resize")

        :raises InvalidKeywordArgumentError: no event has such a field.
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
        """The events of each life (the execution, each attempt of a task, each timer ...).

        The execution comes first, the others in order of their beginning.
        """
        return lives.lives(self)

    def compile(self) -> list[CompiledEvent]:
        """Check every transition and reference, and return each life in its last state.

        :raises InconsistentStateError: an event refers to something that is not there.
        :raises TransitionError: an event follows one that it cannot follow. Both name both events.
        """
        for problem in self.problems:
            raise problem
        return lives.compiled(self.by_entity)

    @property
    def compiled(self) -> list[CompiledEvent]:
        """The same as `compile()`."""
        return self.compile()

    @property
    def problems(self) -> list[HistoryError]:
        """All that is wrong with this history, in the order of the events."""
        return problems(self._raw, self._state())

    @property
    def finished(self) -> bool:
        """Whether an event, whichever of the six, has closed the execution."""
        return self._state().closed is not None

    def diff(
        self, other: History, *, ignore_times: bool = True, ignore_ids: bool = False
    ) -> HistoryDifference | None:
        """Return the first event in which two histories differ, or None; `str` of it is a sentence.

        :param ignore_times: whether it matters when something happened.
        :param ignore_ids: whether ids that the service or a worker made up (event ids, run ids,
            identities) are left out.
        """
        return first_difference(self, other, ignore_times, ignore_ids)

    def summary(self) -> HistorySummary:
        """Return the history in a few lines: counts by state, duration, what is open."""
        return summarise(self)

    def _state(self) -> Fold:
        if self._folded < len(self._raw):
            new = self._raw[self._folded :] if self._folded else self._raw
            self._folded = len(self._raw)
            self._fold.feed(new)
        return self._fold

    # As deciders saw it.

    def new_events(
        self, previous_started_event_id: int, started_event_id: int | None = None
    ) -> list[Event]:
        """Return what a decision task saw for the first time: the events after the previous
        decision task's start, up to and including its own (None: up to the end).
        """
        return [
            EventFactory(raw) for raw in self._between(previous_started_event_id, started_event_id)
        ]

    def decision_batches(self, after: int = 0) -> list[DecisionBatch]:
        """Return the history as its deciders saw it, in the order of a replay.

        :param after: id of a DecisionTaskStarted; only later decision tasks are returned, and the
            work is proportional to what came after it.
        """
        previous, tasks = self._decided(after)
        since = self._between(previous, None)
        decisions = by_decision_task(since)
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

    def _decided(self, after: int) -> tuple[int, list[Life]]:
        """Return the decision tasks started after `after` that did not time out, and the start of
        the one before them.
        """
        tasks: list[Life] = []
        for life in reversed(self._state().decision_tasks.by_event.values()):
            if life.started is None or life.state == "timed_out":
                continue
            if life.started["eventId"] <= after:
                return life.started["eventId"], tasks[::-1]
            tasks.append(life)
        return 0, tasks[::-1]

    def _between(self, after: int, until: int | None) -> list[Wire]:
        return self._raw[self._behind(after) : None if until is None else self._behind(until)]

    def _behind(self, event_id: int) -> int:
        """Return how many events there are up to an id."""
        # Mostly there is no gap, and an event stands where its id says.
        if 0 < event_id <= len(self) and self._raw[event_id - 1]["eventId"] == event_id:
            return event_id
        return bisect_right(self._raw, event_id, key=_event_id)


def _row(event: Event) -> tuple[Any, ...]:
    """Return the row of an event in a display, ids of other events left out."""
    told = {name: event.decoded(name) for name in event.attributes if not name.endswith("EventId")}
    attributes = ", ".join(f"{attribute_name(wire)}={told[wire]!r}" for wire in told)
    return event.id, event.name, event.timestamp, attributes


def _same(one: Wire, other: Wire) -> bool:
    """Return whether two events say the same, in whatever form they have the time."""
    times = [moment(raw["eventTimestamp"]) for raw in (one, other)]
    return times[0] == times[1] and {**one, "eventTimestamp": 0} == {**other, "eventTimestamp": 0}


def _event_id(raw: Wire) -> int:
    event_id: int = raw["eventId"]
    return event_id


def _in_order(events: Iterable[Event | Wire]) -> list[Wire]:
    """Return the wire's dictionaries in the order of their ids, each id once."""
    raws = [event.raw if isinstance(event, Event) else event for event in events]
    try:
        ids = [raw["eventId"] for raw in raws]
        _ = [raw["eventType"] for raw in raws]
    except (KeyError, TypeError) as error:
        raise HistoryError(f"these are not history events: {error} is missing") from error
    if not {type(event_id) for event_id in ids} <= {int}:
        wrong = next(event_id for event_id in ids if type(event_id) is not int)
        raise HistoryError(f"these are not history events: eventId {wrong!r} is no number")
    if all(map(lt, ids, islice(ids, 1, None))):
        return raws
    return [raw for _, raw in sorted(dict(zip(ids, raws, strict=True)).items())]


def _no_gap(raws: list[Wire]) -> None:
    for before, after in pairwise(raws):
        if after["eventId"] != before["eventId"] + 1:
            raise HistoryError(f"events are missing between {named(before)} and {named(after)}")


def _epoch(value: object) -> float:
    if isinstance(value, datetime):
        return value.timestamp()
    raise TypeError(f"{type(value).__name__} is not JSON")
