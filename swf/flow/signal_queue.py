"""`Inbox`: the signals that came to an execution, each of which one wait takes.

They queue by name. A wait takes the first one that nobody has taken, whether it came before the
wait began or after; of waits that begin together, the one that stands first in the flow is served
first. Which wait took which signal is recorded in a marker and counts from then on: neither the
order in which a decider asks nor new code gives it to another one.
"""

from __future__ import annotations

from collections.abc import Container
from typing import Any

from attrs import evolve, frozen

from swf import payload
from swf.models.decision import Decision, record_marker
from swf.models.event.base import Event
from swf.payload import Codec

MARKER = "swf.flow.signal"


@frozen
class ReceivedSignal:
    """A signal that came.

    :param id: of its event; below 1 if an execution before this one handed it on.
    :param taken_at: the event that tells that a wait took it; 0 if none does.
    """

    id: int
    name: str
    input: Any
    taken_at: int = 0


class SignalQueue:
    """The signals of an execution, and which wait took which.

    :param codec: how markers are written.
    """

    def __init__(self, codec: Codec = payload.PLAIN_JSON) -> None:
        self._codec = codec
        self._signals: dict[int, ReceivedSignal] = {}
        self._queues: dict[str, dict[int, None]] = {}
        #: By the id of the wait: what the history says that it took.
        self._taken: dict[str, ReceivedSignal] = {}
        #: By the id of the wait: what it takes by the decisions that are being made.
        self._uncommitted: dict[str, ReceivedSignal] = {}

    def receive(self, signal: ReceivedSignal) -> None:
        """Take in a signal."""
        self._signals[signal.id] = signal
        self._queues.setdefault(signal.name, {})[signal.id] = None

    def record(self, event: Event) -> str | None:
        """Take in a marker, and return the id of the wait that it says took a signal."""
        details = payload.decode(event.text("details"), self._codec)
        signal = self._signals.get(details["signal"]) if isinstance(details, dict) else None
        if signal is None or self._queues[signal.name].pop(signal.id, self) is self:
            return None
        self._taken[details["by"]] = evolve(signal, taken_at=event.id)
        return str(details["by"])

    def take(self, name: str, by: str, before: int | None = None) -> Decision | None:
        """Promise a wait the next signal of a name; return what records it, None without one.

        :param by: Id of the wait.
        :param before: Event id at which the wait ended; None while it is open.
        """
        signal = self.next(name, before)
        if signal is None:
            return None
        self._uncommitted[by] = signal
        self._queues[name].pop(signal.id)
        details = {"signal": signal.id, "name": name, "by": by}
        return record_marker(MARKER, details=payload.encode(details, MARKER, codec=self._codec))

    def next(self, name: str, before: int | None = None) -> ReceivedSignal | None:
        """Return the first signal of a name that nobody has taken, if it came in time."""
        first = next(iter(self._queues.get(name, ())), None)
        if first is None or (before is not None and first > before):
            return None
        return self._signals[first]

    def taken(self, by: str) -> ReceivedSignal | None:
        """Return the signal that a wait has taken."""
        return self._taken.get(by) or self._uncommitted.get(by)

    @property
    def uncommitted(self) -> list[ReceivedSignal]:
        """The signals that are taken by the decisions that are being made."""
        return list(self._uncommitted.values())

    def rollback(self) -> None:
        """Put what was promised back: from here on the history tells whether it was taken."""
        for signal in self._uncommitted.values():
            queue = self._queues[signal.name]
            self._queues[signal.name] = dict.fromkeys(sorted((*queue, signal.id)))
        self._uncommitted = {}

    def unclaimed_by(self, waits: Container[str]) -> list[tuple[str, Any]]:
        """Return names and inputs of all signals but those that some waits took, in order."""
        gone = {s.id for by, s in {**self._taken, **self._uncommitted}.items() if by in waits}
        return [(s.name, s.input) for _, s in sorted(self._signals.items()) if s.id not in gone]

    @property
    def claimants(self) -> list[str]:
        """The ids of the waits that took one."""
        return [*self._taken, *self._uncommitted]
