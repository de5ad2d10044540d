"""`SignalQueue`: the signals of an execution, each claimed by one signal step.

Signals queue by name. A signal step claims the first unclaimed signal, whether it arrived before
the step began or after; of steps that begin together, the first one in the flow claims first. A
marker records which instance claimed which signal. From then on only the marker counts: neither the
order of calls in a custom decider nor new code gives the signal to another instance.
"""

from __future__ import annotations

from collections.abc import Container, KeysView
from typing import Any

from attrs import evolve, frozen

from swf import payload
from swf.models.decision import Decision, record_marker
from swf.models.event.base import Event
from swf.payload import Codec

MARKER = "swf.flow.signal"


@frozen
class QueuedSignal:
    """A signal that an execution received.

    :param id: the event id; below 1 for a signal passed on by the previous execution.
    :param claimed_event_id: the id of the event that records the claim; 0 while unclaimed.
    """

    id: int
    name: str
    input: Any
    claimed_event_id: int = 0


class SignalQueue:
    """The signals of an execution, and the instances that claimed them.

    :param codec: the codec of the markers' details.
    """

    def __init__(self, codec: Codec = payload.PLAIN_JSON) -> None:
        self._codec = codec
        self._signals: dict[int, QueuedSignal] = {}
        self._queues: dict[str, dict[int, None]] = {}
        #: Claims that the history records, by instance id.
        self._committed: dict[str, QueuedSignal] = {}
        #: Claims of the current decisions, by instance id.
        self._uncommitted: dict[str, QueuedSignal] = {}

    def put(self, signal: QueuedSignal) -> None:
        """Add a signal to the queue of its name."""
        self._signals[signal.id] = signal
        self._queues.setdefault(signal.name, {})[signal.id] = None

    def commit(self, event: Event) -> str | None:
        """Apply a claim that the history records.

        :param event: a MarkerRecorded event whose marker is `MARKER`.
        :returns: the id of the instance that claimed the signal; None if the claim is void.
        """
        details = payload.decode(event.text("details"), self._codec)
        signal = self._signals.get(details["signal"]) if isinstance(details, dict) else None
        if signal is None or self._queues[signal.name].pop(signal.id, self) is self:
            return None
        self._committed[details["by"]] = evolve(signal, claimed_event_id=event.id)
        return str(details["by"])

    def claim(self, name: str, instance_id: str, before: int | None = None) -> Decision | None:
        """Claim the next signal of a name for an instance.

        :param name: the name of the signal.
        :param instance_id: the instance of a signal step.
        :param before: the event id of the instance's timeout; None while it has not timed out.
        :returns: the marker that records the claim; None without an unclaimed signal.
        """
        signal = self.peek(name, before)
        if signal is None:
            return None
        self._uncommitted[instance_id] = signal
        self._queues[name].pop(signal.id)
        details = {"signal": signal.id, "name": name, "by": instance_id}
        return record_marker(MARKER, details=payload.encode(details, MARKER, codec=self._codec))

    def peek(self, name: str, before: int | None = None) -> QueuedSignal | None:
        """Return the next unclaimed signal of a name.

        :param before: ignore signals after this event id; None: no limit.
        """
        first = next(iter(self._queues.get(name, ())), None)
        if first is None or (before is not None and first > before):
            return None
        return self._signals[first]

    def claimed_by(self, instance_id: str) -> QueuedSignal | None:
        """Return the signal that an instance has claimed."""
        return self._committed.get(instance_id) or self._uncommitted.get(instance_id)

    @property
    def uncommitted(self) -> list[QueuedSignal]:
        """The signals claimed by the current decisions."""
        return list(self._uncommitted.values())

    def rollback(self) -> None:
        """Return the uncommitted signals to their queues: from now on the history decides."""
        for signal in self._uncommitted.values():
            queue = self._queues[signal.name]
            self._queues[signal.name] = dict.fromkeys(sorted((*queue, signal.id)))
        self._uncommitted = {}

    def unclaimed_by(self, instance_ids: Container[str]) -> list[tuple[str, Any]]:
        """Return names and inputs of the signals not claimed by these instances, in order.

        :param instance_ids: the instances whose signals are left out.
        """
        claims = {**self._committed, **self._uncommitted}
        excluded = {s.id for instance_id, s in claims.items() if instance_id in instance_ids}
        signals = sorted(self._signals.items())
        return [(s.name, s.input) for _, s in signals if s.id not in excluded]

    @property
    def committed_claimants(self) -> KeysView[str]:
        """The ids of the instances whose claim the history records."""
        return self._committed.keys()

    @property
    def claimants(self) -> list[str]:
        """The ids of the instances that claimed a signal."""
        return [*self._committed, *self._uncommitted]
