"""`ExpiringCache`: a bounded cache with a time-to-live."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final, Generic, TypeVar

V = TypeVar("V")

#: Lifetime of an entry in seconds. Short, since a store may delete old payloads, and a payload in
#: the cache is not stored again.
TIME_TO_LIVE: Final = 600.0


class ExpiringCache(Generic[V]):
    """A thread-safe cache with a size limit and a time-to-live.

    :param room: maximum total size, in the unit of `put`.
    :param clock: returns monotonic seconds.
    """

    def __init__(self, capacity: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._capacity = capacity
        self._clock = clock
        self._entries: OrderedDict[str, tuple[V, int, float]] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    def get(self, key: str) -> V | None:
        """Return the value of a key, or None if it is missing or expired.

        :param key: the key.
        """
        with self._lock:
            value, _, expiry = self._entries.get(key, (None, 0, 0.0))
            return value if expiry > self._clock() else None

    def put(self, key: str, value: V, size: int = 1) -> None:
        """Add a value and evict the oldest ones if the cache is full.

        :param key: the key.
        :param value: the value.
        :param size: its size; larger values than the cache are not stored.
        """
        with self._lock:
            self._forget(key)
            if size > self._capacity:
                return
            self._entries[key] = value, size, self._clock() + TIME_TO_LIVE
            self._size += size
            while self._size > self._capacity:
                self._forget(next(iter(self._entries)))

    def _forget(self, key: str) -> None:
        if key in self._entries:
            self._size -= self._entries.pop(key)[1]
