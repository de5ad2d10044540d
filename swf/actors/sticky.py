"""Sticky histories: a cache of the histories that a decider has processed.

A decision task can be polled with its new events only. The rest of the history must be known, so a
decider caches the histories of recent executions. An entry is used only if the service's
`previousStartedEventId` shows that no other decider has decided since; otherwise the history is
fetched again. Losing the cache costs time and never changes a decision.

An entry is removed from the cache while its task is decided and put back after the service accepted
the decisions. Decisions that were not recorded (lost response, error, timeout) are therefore never
cached, and two threads never share a history.
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

#: Maximum length of interned texts.
MAX_INTERNED = 64

#: Memory of an event and its fold without long texts, in bytes.
EVENT_SIZE = 500


@frozen(eq=False)
class CachedHistory:
    """The cached state of an execution.

    :param history: the history up to `started_event_id`.
    :param started_event_id: the decision task that was decided last.
    :param state: the `state` that the decider set on its task.
    :param size: estimated size in bytes.
    """

    history: History
    started_event_id: int
    state: Any
    size: int


class StickyCache:
    """A thread-safe LRU cache of histories by run id.

    :param count: maximum number of executions; 0 disables the cache.
    :param size: maximum estimated size in bytes.
    """

    def __init__(self, count: int = 1000, size: int = 64 * 1024 * 1024) -> None:
        self.count = count
        self.size = size
        self.hits = 0
        self.misses = 0
        self._entries: OrderedDict[str, CachedHistory] = OrderedDict()
        self._used = 0
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, run_id: object) -> bool:
        return run_id in self._entries

    @property
    def used(self) -> int:
        """The estimated size of all entries, in bytes."""
        return self._used

    def take(self, run_id: str, previous_started_event_id: int) -> CachedHistory | None:
        """Remove and return the entry of an execution, or None if it is missing or outdated.

        :param run_id: run id of the execution.
        :param previous_started_event_id: the task that the entry must include, as reported by the
            service.
        """
        with self._lock:
            entry = self._remove(run_id)
            if entry is not None and entry.started_event_id == previous_started_event_id:
                self.hits += 1
                return entry
            self.misses += previous_started_event_id > 0  # a first task cannot be cached
            return None

    def put(self, run_id: str, entry: CachedHistory) -> None:
        """Add an entry and evict the least recently used ones if the cache is full.

        :param run_id: run id of the execution.
        :param entry: the entry.
        """
        with self._lock:
            self._remove(run_id)
            self._entries[run_id] = entry
            self._used += entry.size
            while self._entries and (len(self._entries) > self.count or self._used > self.size):
                self._remove(next(iter(self._entries)))

    def discard(self, run_id: str) -> None:
        """Remove the entry of an execution.

        :param run_id: run id of the execution.
        """
        with self._lock:
            self._remove(run_id)

    def clear(self) -> None:
        """Remove all entries."""
        with self._lock:
            self._entries.clear()
            self._used = 0

    def _remove(self, run_id: str) -> CachedHistory | None:
        entry = self._entries.pop(run_id, None)
        if entry is not None:
            self._used -= entry.size
        return entry


def interned(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return an equal event whose names and short texts are interned, to save memory.

    :param event: an event in wire format.
    """
    intern = sys.intern
    return {
        intern(name): {intern(each): _interned(member) for each, member in value.items()}
        if isinstance(value, dict)
        else _interned(value)
        for name, value in event.items()
    }


def _interned(value: Any) -> Any:
    if isinstance(value, str):
        return sys.intern(value) if len(value) <= MAX_INTERNED else value
    return _interned_structure(value) if isinstance(value, dict) else value


def _interned_structure(value: dict[str, Any]) -> dict[str, Any]:
    """Return a shared dictionary for a type, task list or execution."""
    is_flat = _TEXT.issuperset(map(type, value.values()))
    return _structure(tuple(value.items())) if is_flat else value


_TEXT = frozenset((str,))


@lru_cache(maxsize=4096)
def _structure(items: tuple[tuple[str, str], ...]) -> dict[str, Any]:
    return dict(items)


def size_of(events: Iterable[Mapping[str, Any]]) -> int:
    """Return the estimated memory use of folded events, in bytes.

    :param events: events in wire format.
    """
    size = 0
    for event in events:
        size += EVENT_SIZE
        for members in event.values():
            if isinstance(members, dict):
                for text in members.values():
                    if isinstance(text, str) and len(text) > MAX_INTERNED:
                        size += sys.getsizeof(text)
    return size
