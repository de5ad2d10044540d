"""Signals: those that came, and who waits for them."""

from __future__ import annotations

from collections import deque
from typing import Any

from swf.dataflow.fibers import EventLoop
from swf.dataflow.futures import Future


class Signals:
    """The signals of one run by name."""

    def __init__(self) -> None:
        self.last: dict[str, Any] = {}
        self._unread: dict[str, deque[Any]] = {}
        self._waiting: dict[str, deque[tuple[Future, bool]]] = {}

    def wait(self, loop: EventLoop, name: str, *, consume: bool) -> Future:
        """Return the future of a signal that came, or will come.

        :param consume: whether it is for this wait only.
        """
        future = Future(loop, None, name)
        unread = self._unread.get(name)
        if consume and unread:
            future.set_finished(unread.popleft())
        elif not consume and name in self.last:
            future.set_finished(self.last[name])
        else:
            self._waiting.setdefault(name, deque()).append((future, consume))
        return future

    @property
    def awaited(self) -> list[str]:
        """The names of the signals that somebody waits for."""
        return [
            name
            for name, waiting in self._waiting.items()
            if any(not future.done for future, _ in waiting)
        ]

    def receive(self, name: str, value: Any) -> None:
        """Hand a signal to all who wait for any, and to the first who wants it for itself."""
        self.last[name] = value
        taken = False
        still: deque[tuple[Future, bool]] = deque()
        for future, consume in self._waiting.pop(name, ()):
            if future.done:
                continue
            if consume and taken:
                still.append((future, consume))
                continue
            taken = taken or consume
            future.set_finished(value)
        if still:
            self._waiting[name] = still
        if not taken:
            self._unread.setdefault(name, deque()).append(value)
