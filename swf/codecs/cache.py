"""`ExpiringCache`: what was put last, under keys, as much as fits and not for long."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final, Generic, TypeVar

V = TypeVar("V")

#: For how many seconds something is remembered. Not for long: a store may forget what is old, and
#: what is thought to be there would not be stored again.
TIME_TO_LIVE: Final = 600.0


class ExpiringCache(Generic[V]):
    """What was put last, for threads to share.

    :param room: how much fits, in the unit of the sizes that are given.
    :param clock: returns seconds that only grow.
    """

    def __init__(self, room: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._room = room
        self._clock = clock
        self._kept: OrderedDict[str, tuple[V, int, float]] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    def get(self, key: str) -> V | None:
        """Return what was put under a key; None if it is forgotten."""
        with self._lock:
            value, _, until = self._kept.get(key, (None, 0, 0.0))
            return value if until > self._clock() else None

    def put(self, key: str, value: V, size: int = 1) -> None:
        """Remember something, and forget the oldest where there is no room."""
        with self._lock:
            self._forget(key)
            if size > self._room:
                return
            self._kept[key] = value, size, self._clock() + TIME_TO_LIVE
            self._size += size
            while self._size > self._room:
                self._forget(next(iter(self._kept)))

    def _forget(self, key: str) -> None:
        if key in self._kept:
            self._size -= self._kept.pop(key)[1]
