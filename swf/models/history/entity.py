"""What the entities of a history have in common, and the mapping that holds those of one kind.

An entity points at the wire's events and decodes a field when it is asked for. It *is* its present
attempt and lists all of them in `attempts`: a re-used id adds an attempt, and a decision that was
refused counts as one that failed (`schedule_failed`, `start_failed`). The present attempt is the
open one, else the one that ended last.

Times are aware UTC datetimes, durations are `timedelta`, timeouts are seconds or `"NONE"`, payloads
(`input`, `result`, `details`, `control`) are decoded and `text(name)` gives them as they are.
What is not known (yet) is `None`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from attrs import field, frozen

from swf.models.event.base import Event, moment
from swf.models.event.factory import EventFactory
from swf.models.event.table import EVENT_TYPES
from swf.models.history.fold import Index, Life, Wire

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


@frozen(repr=False)
class Entity:
    """What the entities have in common: an id, a state, the events that told of it.

    `state` is the event's (see `swf.models.event.table`); a request to cancel is no state of its
    own but shows in `cancel_requested`.
    """

    id: str | int
    state: str
    _opened: Wire | None
    _started: Wire | None
    _closed: Wire | None
    _cancels: tuple[Wire, ...]
    _others: tuple[Self, ...] = field(default=(), kw_only=True)

    @classmethod
    def of(cls, lives: Sequence[Life]) -> Self:
        """Return the entity whose attempts are `lives`, in order."""
        attempts = tuple(cls._attempt(life) for life in lives)
        if len(attempts) == 1:
            return attempts[0]
        return cls._attempt(_present(lives), others=attempts)

    @classmethod
    def _attempt(cls, life: Life, others: tuple[Self, ...] = ()) -> Self:
        last = life.closed or life.started or life.opened
        state = EVENT_TYPES[last["eventType"]].state if last else life.state
        return cls(
            life.id, state, life.opened, life.started, life.closed, life.cancels, others=others
        )

    @property
    def attempts(self) -> tuple[Self, ...]:
        """Every attempt, in order; each an entity without others."""
        return self._others or (self,)

    @property
    def is_open(self) -> bool:
        """Whether it may still come to something."""
        return self._closed is None

    @property
    def is_failed(self) -> bool:
        """Whether it failed, timed out, was terminated, or was refused; not: was canceled."""
        return self.state in FAILED_STATES

    @property
    def events(self) -> tuple[Event, ...]:
        """The events of this attempt, in order."""
        told = (self._opened, self._started, *self._cancels, self._closed)
        return tuple(sorted((EventFactory(raw) for raw in told if raw), key=lambda event: event.id))

    @property
    def opened_event_id(self) -> int | None:
        """The event that began it; None if it was refused."""
        return _id(self._opened)

    @property
    def started_event_id(self) -> int | None:
        """The event that tells of its start."""
        return _id(self._started)

    @property
    def closed_event_id(self) -> int | None:
        """The event that ended (or refused) it."""
        return _id(self._closed)

    @property
    def decision_event_id(self) -> int | None:
        """The DecisionTaskCompleted that carried the decision."""
        event_id: int | None = self._first("decisionTaskCompletedEventId")
        return event_id

    @property
    def opened_at(self) -> datetime | None:
        """When it began."""
        return _time(self._opened)

    @property
    def started_at(self) -> datetime | None:
        """When it was started."""
        return _time(self._started)

    @property
    def closed_at(self) -> datetime | None:
        """When it ended, or was refused."""
        return _time(self._closed)

    @property
    def queued(self) -> timedelta | None:
        """How long it waited: from its beginning to its start, or to its end without one."""
        return between(self._opened, self._started or self._closed)

    @property
    def running(self) -> timedelta | None:
        """How long it ran: from its start to its end."""
        return between(self._started, self._closed)

    @property
    def input(self) -> Any:
        """The input given with the decision."""
        return self._first("input")

    @property
    def control(self) -> Any:
        """What the decider noted for itself with the decision."""
        return self._first("control")

    @property
    def result(self) -> Any:
        """The result with which it completed."""
        return self._last("result")

    @property
    def reason(self) -> str | None:
        """The reason for which it failed."""
        reason: str | None = self._last("reason")
        return reason

    @property
    def details(self) -> Any:
        """The details with which it failed, timed out or was canceled."""
        return self._last("details")

    @property
    def cause(self) -> str | None:
        """Why the service refused it, in the service's words (`ACTIVITY_TYPE_DOES_NOT_EXIST`)."""
        cause: str | None = self._last("cause")
        return cause

    @property
    def timeout_type(self) -> str | None:
        """Which timeout ended it (`HEARTBEAT`)."""
        timeout_type: str | None = self._last("timeoutType")
        return timeout_type

    def text(self, name: str) -> str | None:
        """Return a payload undecoded, as the wire has it: `text("result")`."""
        for raw in (self._closed, self._started, self._opened):
            value = EventFactory(raw).text(name) if raw else None
            if value is not None:
                return value
        return None

    def _first(self, wire: str) -> Any:
        return attribute(self._opened or self._closed, wire)

    def _last(self, wire: str) -> Any:
        return attribute(self._closed, wire)

    def __repr__(self) -> str:
        more = f", {len(self.attempts)} attempts" if self._others else ""
        return f"<{type(self).__name__} {self.id!r} {self.state}{more}>"


E_ = TypeVar("E_", bound=Entity)


class Entities(Mapping[Any, E_], Generic[E_]):
    """The entities of one kind by id, in order of first appearance; it follows its history."""

    __slots__ = ("_cls", "_index")

    def __init__(self, cls: type[E_], index: Index) -> None:
        self._cls = cls
        self._index = index

    @property
    def open(self) -> list[E_]:
        """The open ones, in order of their beginning."""
        return [self[entity_id] for entity_id in self._index.open]

    def by_event(self, event_id: int) -> E_:
        """Return the attempt that the event `event_id` began; KeyError if it began none."""
        return self._cls.of([self._index.by_event[event_id]])

    def __getitem__(self, entity_id: str | int) -> E_:
        return self._cls.of(self._index.attempts(entity_id))

    def __iter__(self) -> Iterator[Any]:
        return iter(self._index.by_id)

    def __len__(self) -> int:
        return len(self._index.by_id)

    def __contains__(self, entity_id: object) -> bool:
        return entity_id in self._index.by_id

    def __repr__(self) -> str:
        return repr(dict(self))


def _present(lives: Sequence[Life]) -> Life:
    for life in lives:
        if life.closed is None:
            return life
    return max(lives, key=lambda life: int(life.last["eventId"]))


def _id(raw: Wire | None) -> int | None:
    return int(raw["eventId"]) if raw else None


def _time(raw: Wire | None) -> datetime | None:
    return moment(raw["eventTimestamp"]) if raw else None


def between(begin: Wire | None, end: Wire | None) -> timedelta | None:
    if begin is None or end is None:
        return None
    return moment(end["eventTimestamp"]) - moment(begin["eventTimestamp"])


def attribute(raw: Wire | None, wire: str) -> Any:
    return EventFactory(raw).decoded(wire) if raw else None
