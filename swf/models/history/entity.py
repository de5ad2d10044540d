"""`Entity`, the base class of everything in a history, and `Entities`, a mapping of one kind by id.

An entity refers to events of the wire and decodes an attribute on access. It represents its current
attempt, and `attempts` lists all of them: reusing an id adds an attempt, and a refused decision
counts as a failed attempt (`schedule_failed`, `start_failed`). The current attempt is the open one,
or else the one that ended last.

Times are aware UTC datetimes, durations are `timedelta`, timeouts are seconds or `"NONE"`. Payloads
(`input`, `result`, `details`, `control`) are decoded; `text(name)` returns them undecoded. Values
that the history does not contain (yet) are `None`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from attrs import evolve, field, frozen

from swf.models.event.base import Event, moment
from swf.models.event.factory import EventFactory
from swf.models.event.table import EVENT_TYPES
from swf.models.history.entity_record import EntityIndex, EntityRecord, Wire
from swf.models.history.event_field import CLOSED, OPENED, EventField

if TYPE_CHECKING:
    from typing_extensions import Self

FAILED_STATES = frozenset(
    (
        "failed",
        "timed_out",
        "terminated",
        "schedule_failed",
        "start_failed",
        "signal_failed",
        "request_cancel_failed",
    )
)


def _attempt_ids(latest: EntityRecord | None) -> list[int]:
    """Return the ids of the first events of all attempts, by which equality compares them."""
    ids = []
    while latest is not None:
        ids.append(int((latest.opened or latest.last)["eventId"]))
        latest = latest.earlier
    return ids


@frozen(repr=False)
class Entity:
    """An activity, timer, child or other entity of a history: an id, a state, and its events.

    `state` is the state of the latest event (see `swf.models.event.table`). A request to cancel is
    not a state; `cancel_requested` shows it.
    """

    id: str | int
    state: str
    _opened: Wire | None
    _started: Wire | None
    _closed: Wire | None
    _cancels: tuple[Wire, ...]
    # The latest attempt of the id, from which the earlier ones are reached; None for one attempt.
    _latest: EntityRecord | None = field(default=None, kw_only=True, eq=_attempt_ids)
    _record: EntityRecord | None = field(default=None, kw_only=True, eq=False)

    decision_event_id = EventField[int | None](
        "decisionTaskCompletedEventId",
        OPENED,
        "The id of the DecisionTaskCompleted event that carried the decision.",
    )
    input = EventField[Any]("input", OPENED, "The input of the decision.")
    control = EventField[Any]("control", OPENED, "The decider's own data, from the decision.")
    result = EventField[Any]("result", CLOSED, "The result of a completed attempt.")
    reason = EventField[str | None]("reason", CLOSED, "The reason of a failure.")
    details = EventField[Any](
        "details", CLOSED, "The details of a failure, timeout or cancellation."
    )
    cause = EventField[str | None](
        "cause",
        CLOSED,
        "The cause that the service gave for a refusal, such as `ACTIVITY_TYPE_DOES_NOT_EXIST`.",
    )
    timeout_type = EventField[str | None](
        "timeoutType", CLOSED, "The timeout that ended the attempt, such as `HEARTBEAT`."
    )

    @classmethod
    def from_record(cls, record: EntityRecord, latest: EntityRecord | None = None) -> Self:
        """Return the entity of an attempt.

        :param latest: the latest attempt of the id; None omits the other attempts.
        """
        last = record.closed or record.started or record.opened
        return cls(
            record.id,
            EVENT_TYPES[last["eventType"]].state if last else record.state,
            record.opened,
            record.started,
            record.closed,
            record.cancels,
            latest=latest if latest is not None and latest.earlier is not None else None,
            record=record,
        )

    @property
    def attempts(self) -> tuple[Self, ...]:
        """Every attempt, in order; each is an entity with one attempt."""
        attempts = []
        record = self._latest
        while record is not None:
            # The record of this attempt may change later; the other attempts are closed.
            is_own = record is self._record
            attempts.append(evolve(self, latest=None) if is_own else self.from_record(record))
            record = record.earlier
        return tuple(reversed(attempts)) or (self,)

    @property
    def is_open(self) -> bool:
        """Whether no event has ended it."""
        return self._closed is None

    @property
    def is_failed(self) -> bool:
        """Whether it failed, timed out, was terminated or was refused; a cancellation is none."""
        return self.state in FAILED_STATES

    @property
    def events(self) -> tuple[Event, ...]:
        """The events of this attempt, in order."""
        events = (self._opened, self._started, *self._cancels, self._closed)
        return tuple(sorted(map(EventFactory, filter(None, events)), key=lambda event: event.id))

    @property
    def opened_event_id(self) -> int | None:
        """The id of the event that began it; None for a refused attempt."""
        return _event_id(self._opened)

    @property
    def started_event_id(self) -> int | None:
        """The id of the event that started it."""
        return _event_id(self._started)

    @property
    def closed_event_id(self) -> int | None:
        """The id of the event that ended or refused it."""
        return _event_id(self._closed)

    @property
    def opened_at(self) -> datetime | None:
        """The time at which it began."""
        return _time(self._opened)

    @property
    def started_at(self) -> datetime | None:
        """The time at which it was started."""
        return _time(self._started)

    @property
    def closed_at(self) -> datetime | None:
        """The time at which it ended or was refused."""
        return _time(self._closed)

    @property
    def queued(self) -> timedelta | None:
        """The time from its beginning to its start, or to its end if it was never started."""
        return time_between(self._opened, self._started or self._closed)

    @property
    def running(self) -> timedelta | None:
        """The time from its start to its end."""
        return time_between(self._started, self._closed)

    def text(self, name: str) -> str | None:
        """Return a payload undecoded: `text("result")`.

        :param name: `input`, `result`, `details` or `control`.
        :returns: the text on the wire; None when no event of the attempt has it.
        """
        for raw in (self._closed, self._started, self._opened):
            value = EventFactory(raw).text(name) if raw else None
            if value is not None:
                return value
        return None

    def __repr__(self) -> str:
        more = f", {len(self.attempts)} attempts" if self._latest else ""
        return f"<{type(self).__name__} {self.id!r} {self.state}{more}>"


E_ = TypeVar("E_", bound=Entity)


class Entities(Mapping[Any, E_], Generic[E_]):
    """The entities of one kind by id, in order of first appearance.

    The mapping is a live view: it shows events that are added to the history later.
    """

    __slots__ = ("_cls", "_index")

    def __init__(self, cls: type[E_], index: EntityIndex) -> None:
        self._cls = cls
        self._index = index

    @property
    def open(self) -> list[E_]:
        """The open entities, in the order in which they began."""
        return [self[entity_id] for entity_id in self._index.open]

    @property
    def open_count(self) -> int:
        """The number of open entities."""
        return len(self._index.open)

    def by_event(self, event_id: int) -> E_:
        """Return the attempt that an event began.

        :param event_id: the id of the event, such as an ActivityTaskScheduled.
        :raises KeyError: the event began no entity of this kind.
        """
        return self._cls.from_record(self._index.by_event[event_id])

    def __getitem__(self, entity_id: str | int) -> E_:
        index = self._index
        return self._cls.from_record(index.current(entity_id), index.by_id[entity_id])

    def __iter__(self) -> Iterator[Any]:
        return iter(self._index.by_id)

    def __len__(self) -> int:
        return len(self._index.by_id)

    def __contains__(self, entity_id: object) -> bool:
        return entity_id in self._index.by_id

    def __repr__(self) -> str:
        return repr(dict(self))


def _event_id(raw: Wire | None) -> int | None:
    return int(raw["eventId"]) if raw else None


def _time(raw: Wire | None) -> datetime | None:
    return moment(raw["eventTimestamp"]) if raw else None


def time_between(begin: Wire | None, end: Wire | None) -> timedelta | None:
    """Return the time between two events; None when one of them is missing."""
    if begin is None or end is None:
        return None
    return moment(end["eventTimestamp"]) - moment(begin["eventTimestamp"])
