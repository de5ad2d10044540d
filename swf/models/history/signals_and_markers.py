"""The signals and markers of a history: single events, in order, that may share a name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

from attrs import frozen

from swf.models.event.factory import EventFactory
from swf.models.history.entity_record import NamedEvents, Wire

if TYPE_CHECKING:
    from typing_extensions import Self


@frozen
class HistorySignal:
    """A signal that this execution received.

    :param workflow_id: the workflow id of the sender, if an execution sent it.
    :param run_id: the run id of the sender.
    :param external_initiated_event_id: the event in the sender's history that initiated it.
    """

    name: str
    input: Any
    event_id: int
    timestamp: datetime
    workflow_id: str | None
    run_id: str | None
    external_initiated_event_id: int | None

    @classmethod
    def from_wire(cls, raw: Wire) -> Self:
        """Return the signal of a WorkflowExecutionSignaled event."""
        event = EventFactory(raw)
        sender = event.external_workflow_execution or {}
        return cls(
            event.signal_name,
            event.input,
            event.id,
            event.timestamp,
            sender.get("workflowId"),
            sender.get("runId"),
            event.external_initiated_event_id or None,
        )


@frozen
class HistoryMarker:
    """A marker that the decider recorded.

    :param decision_event_id: the DecisionTaskCompleted event that carried the decision.
    """

    name: str
    details: Any
    event_id: int
    timestamp: datetime
    decision_event_id: int | None

    @classmethod
    def from_wire(cls, raw: Wire) -> Self:
        """Return the marker of a MarkerRecorded event."""
        event = EventFactory(raw)
        return cls(
            event.marker_name,
            event.details,
            event.id,
            event.timestamp,
            event.decision_task_completed_event_id,
        )


M_ = TypeVar("M_")


class NamedSequence(Sequence[M_], Generic[M_]):
    """All signals or markers in order: `[0]` is the first, `["go"]` lists those of one name.

    `"go" in history.signals` tests a name, `len` counts all of them. The sequence is a live view:
    it shows events that are added to the history later.
    """

    __slots__ = ("_events", "_make")

    def __init__(self, make: Callable[[Wire], M_], events: NamedEvents) -> None:
        self._make = make
        self._events = events

    @property
    def names(self) -> list[str]:
        """The different names, in order of first appearance."""
        return list(self._events.by_name)

    def with_name(self, name: str) -> list[M_]:
        """Return the items of one name, in order; an empty list if there are none."""
        return [self._make(event) for event in self._events.by_name.get(name, ())]

    @overload
    def __getitem__(self, key: int) -> M_: ...

    @overload
    def __getitem__(self, key: slice | str) -> list[M_]: ...

    def __getitem__(self, key: int | slice | str) -> M_ | list[M_]:
        if isinstance(key, slice):
            return [self._make(event) for event in self._events.events[key]]
        if not isinstance(key, str):
            return self._make(self._events.events[key])
        items = self.with_name(key)
        if not items:
            raise KeyError(key)
        return items

    def __len__(self) -> int:
        return len(self._events.events)

    def __contains__(self, item: object) -> bool:
        if isinstance(item, str):
            return item in self._events.by_name
        return any(own == item for own in self)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, (NamedSequence, list)):
            return NotImplemented
        return list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]  # a sequence that grows

    def __repr__(self) -> str:
        return repr(list(self))
