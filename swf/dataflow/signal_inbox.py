"""`SignalInbox`: the signals that one execution received, and the futures that wait for them."""

from __future__ import annotations

from collections import deque
from typing import Any

from swf.dataflow.fibers import EventLoop
from swf.dataflow.futures import Future


class SignalInbox:
    """The signals of one execution by name.

    :param loop: The event loop of the futures.
    :ivar last: The input of the latest signal of each name.
    :ivar event_ids: The event of the latest signal of each name.
    """

    def __init__(self, loop: EventLoop) -> None:
        self.last: dict[str, Any] = {}
        self.event_ids: dict[str, int] = {}
        self._loop = loop
        self._unread: dict[str, deque[Any]] = {}
        self._waiters: dict[str, deque[tuple[Future, bool]]] = {}

    def wait(self, name: str, *, consume: bool) -> Future:
        """Return the future of a signal; its result is the signal's input.

        :param consume: True to take the next unread signal, which no other consumer then gets.
            False to take the latest signal, or the next one if there is none yet.
        """
        future = Future(self._loop, None, name)
        unread = self._unread.get(name)
        if consume and unread:
            future.set_finished(unread.popleft())
        elif not consume and name in self.last:
            future.set_finished(self.last[name])
        else:
            self._waiters.setdefault(name, deque()).append((future, consume))
        return future

    @property
    def awaited_names(self) -> list[str]:
        """The names of the signals that the workflow waits for."""
        return [
            name
            for name, waiters in self._waiters.items()
            if any(not future.done for future, _ in waiters)
        ]

    def receive(self, name: str, value: Any, event_id: int) -> None:
        """Deliver a signal to every waiter that does not consume, and to the first that does.

        :param name: The name of the signal.
        :param value: The decoded input, or the text if it cannot be decoded.
        :param event_id: The `WorkflowExecutionSignaled` event.
        """
        self.last[name] = value
        self.event_ids[name] = event_id
        is_consumed = False
        remaining: deque[tuple[Future, bool]] = deque()
        for future, consume in self._waiters.pop(name, ()):
            if future.done:
                continue
            if consume and is_consumed:
                remaining.append((future, consume))
                continue
            is_consumed = is_consumed or consume
            future.set_finished(value)
        if remaining:
            self._waiters[name] = remaining
        if not is_consumed:
            self._unread.setdefault(name, deque()).append(value)
