"""Sticky histories: what a decider remembers of a run from one decision to the next.

A decision task can be polled with its new events only. They are worth something to whoever holds
the history up to the decision before; so a decider keeps the histories of the runs it has lately
decided, as many as fit. What is kept is used only if the service's `previousStartedEventId` says
that nobody else has decided since. Otherwise, or if it was thrown out, the history is read anew:
a lost cache costs time and changes no decision.

An entry is taken out for the time of a decision and put back when its answer was accepted. So what
was decided and not recorded (a lost answer, an error, a task that timed out) is never remembered,
and two threads never share a history.
"""

from __future__ import annotations

import sys
import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from attrs import frozen

from swf.models.history import History

#: Texts up to this length are shared.
SHARED = 64

#: What Python needs for an event and its fold, beside its long texts, in bytes.
EVENT_SIZE = 500


@frozen(eq=False)
class CachedHistory:
    """What is remembered of a run.

    :param history: the history up to `started_event_id`.
    :param started_event_id: the decision task that was decided last.
    :param state: what the decider wants to find again.
    :param size: estimated bytes.
    """

    history: History
    started_event_id: int
    state: Any
    size: int


class StickyCache:
    """Histories by run, the least recently decided thrown out first; safe between threads.

    :param count: how many runs at most.
    :param size: how many bytes at most, estimated.
    """

    def __init__(self, count: int = 1000, size: int = 64 * 1024 * 1024) -> None:
        self.count = count
        self.size = size
        self.hits = 0
        self.misses = 0
        self._kept: OrderedDict[str, CachedHistory] = OrderedDict()
        self._used = 0
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def __contains__(self, run_id: object) -> bool:
        return run_id in self._kept

    @property
    def used(self) -> int:
        """How many bytes are in use, estimated."""
        return self._used

    def take(self, run_id: str, previous_started_event_id: int) -> CachedHistory | None:
        """Take out what is kept of a run, if it goes up to the decision before."""
        with self._lock:
            kept = self._remove(run_id)
            if kept is not None and kept.started_event_id == previous_started_event_id:
                self.hits += 1
                return kept
            self.misses += previous_started_event_id > 0  # of the first nothing can be known
            return None

    def put(self, run_id: str, kept: CachedHistory) -> None:
        """Keep this of a run; others may have to go."""
        with self._lock:
            self._remove(run_id)
            self._kept[run_id] = kept
            self._used += kept.size
            while self._kept and (len(self._kept) > self.count or self._used > self.size):
                self._remove(next(iter(self._kept)))

    def discard(self, run_id: str) -> None:
        """Forget a run."""
        with self._lock:
            self._remove(run_id)

    def clear(self) -> None:
        """Forget all runs."""
        with self._lock:
            self._kept.clear()
            self._used = 0

    def _remove(self, run_id: str) -> CachedHistory | None:
        kept = self._kept.pop(run_id, None)
        if kept is not None:
            self._used -= kept.size
        return kept


def shared(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return an equal event of the wire that shares its names and short texts with all others.

    A history says the same few words again and again, and each page brings them anew.
    """
    return {
        sys.intern(name): _shared_members(value) if isinstance(value, dict) else _shared_text(value)
        for name, value in event.items()
    }


def _shared_members(attributes: Mapping[str, Any]) -> dict[str, Any]:
    return {
        sys.intern(name): _shared_structure(value)
        if isinstance(value, dict)
        else _shared_text(value)
        for name, value in attributes.items()
    }


def _shared_text(value: Any) -> Any:
    return sys.intern(value) if isinstance(value, str) and len(value) <= SHARED else value


def _shared_structure(value: dict[str, Any]) -> dict[str, Any]:
    """Return a type, a task list or an execution: the same one for the same members."""
    flat = all(isinstance(member, str) for member in value.values())
    return _structure(tuple(value.items())) if flat else value


@lru_cache(maxsize=4096)
def _structure(items: tuple[tuple[str, str], ...]) -> dict[str, Any]:
    return dict(items)


def size_of(events: Iterable[Mapping[str, Any]]) -> int:
    """Return about how many bytes some events of the wire take, folded."""
    return sum(EVENT_SIZE + _texts(event) for event in events)


def _texts(event: Mapping[str, Any]) -> int:
    attributes = (value for value in event.values() if isinstance(value, dict))
    return sum(
        sys.getsizeof(text)
        for members in attributes
        for text in members.values()
        if isinstance(text, str) and len(text) > SHARED
    )
