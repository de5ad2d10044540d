"""`SignalInbox`: the signals that one execution received, and the futures that wait for them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from swf.dataflow.fibers import EventLoop
from swf.dataflow.futures import Future


class SignalInbox:
    """The signals of one execution by name.

    Each receiver gets its own value, so that code which changes a value affects no other receiver.

    :param loop: The event loop of the futures.
    :param decode: Decodes an input.
    """

    def __init__(self, loop: EventLoop, decode: Callable[[str | None], Any]) -> None:
        self._loop = loop
        self._decode = decode
        #: Input and event of the latest signal of each name.
        self._latest: dict[str, tuple[str | None, int]] = {}
        self._unread: dict[str, deque[str | None]] = {}
        self._waiters: dict[str, deque[tuple[Future, bool]]] = {}

    def wait(self, name: str, *, consume: bool) -> Future:
        """Return the future of a signal; its result is the signal's input.

        :param consume: True to take the next unread signal, which no other consumer then gets.
            False to take the latest signal, or the next one if there is none yet.
        """
        future = Future(self._loop, None, name)
        unread = self._unread.get(name)
        if consume and unread:
            future.set_finished(self.read(unread.popleft()))
        elif not consume and name in self._latest:
            future.set_finished(self.read(self._latest[name][0]))
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

    def latest(self, name: str) -> tuple[Any, int] | None:
        """Return input and event of the latest signal of a name; None if there is none."""
        if name not in self._latest:
            return None
        text, event_id = self._latest[name]
        return self.read(text), event_id

    def read(self, text: str | None) -> Any:
        """Return the value of an input.

        Anyone who may signal the execution could block it with an invalid input. Therefore the
        value of a text that cannot be decoded is the text.

        :param text: The encoded input.
        """
        try:
            return self._decode(text)
        except (TypeError, ValueError):
            return text

    def receive(self, name: str, text: str | None, event_id: int) -> None:
        """Deliver a signal to every waiter that does not consume, and to the first that does.

        :param name: The name of the signal.
        :param text: The encoded input.
        :param event_id: The `WorkflowExecutionSignaled` event.
        """
        self._latest[name] = text, event_id
        is_consumed = False
        remaining: deque[tuple[Future, bool]] = deque()
        for future, consume in self._waiters.pop(name, ()):
            if future.done:
                continue
            if consume and is_consumed:
                remaining.append((future, consume))
                continue
            is_consumed = is_consumed or consume
            future.set_finished(self.read(text))
        if remaining:
            self._waiters[name] = remaining
        if not is_consumed:
            self._unread.setdefault(name, deque()).append(text)
