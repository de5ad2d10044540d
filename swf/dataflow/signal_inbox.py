"""`SignalInbox`: the signals that one execution received, and the futures that wait for them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from attrs import define, field

from swf.dataflow.base_future import PENDING, Future
from swf.dataflow.fibers import EventLoop
from swf.engine.decoding import decode_or_text
from swf.payload import Codec


class UnreadSignal(NamedTuple):
    """A signal that the code has not read, as the next run receives it."""

    name: str
    #: The encoded input.
    input: str | None


class SignalFuture(Future):
    """The future of a signal. It is observed when the code has seen the signal.

    :param look: Finishes a future for which a signal has arrived while the code did not wait.
    """

    __slots__ = ("_look",)
    is_lazy = True

    def __init__(self, loop: EventLoop, name: str, look: Callable[[SignalFuture], None]) -> None:
        super().__init__(loop, None, name)
        self._look = look

    @property
    def done(self) -> bool:
        """Whether the signal has arrived, or the future was cancelled."""
        if self.state == PENDING:
            self._look(self)
        is_done = super().done
        self.is_observed = self.is_observed or is_done
        return is_done

    @property
    def finished(self) -> bool:
        """Whether the signal has arrived."""
        return self.done and super().finished

    @property
    def is_awaited(self) -> bool:
        """Whether the code waits for the future, or has added a callback."""
        return bool(self._callbacks) or any(each.is_waiting for each in self._watchers)

    def cancel(self) -> bool:
        """Cancel the wait; a signal that has arrived in the meantime goes to the next one.

        :returns: False if the future is already done.
        """
        if self.state != PENDING:
            return False
        self.set_cancelled()
        return True

    def receive(self, value: Any) -> None:
        """Finish with the input of a signal, which callbacks and waiting code read now."""
        self.is_observed = self.is_awaited
        self.set_finished(value)


@define(eq=False)
class ReceivedSignal:
    """A signal and the futures that received it.

    :ivar text: The encoded input.
    :ivar event_id: The `WorkflowExecutionSignaled` event; 0 for a signal from the previous run.
    :ivar is_read: Whether the code has read the signal without a future.
    """

    name: str
    text: str | None
    event_id: int
    futures: list[SignalFuture] = field(factory=list)
    is_read: bool = False

    @property
    def is_observed(self) -> bool:
        """Whether the code has seen the signal."""
        return self.is_read or any(future.is_observed for future in self.futures)


def _ignore(_: SignalFuture) -> None:
    """Do nothing: a signal reaches a wait that does not consume at once."""


class SignalInbox:
    """The signals of one execution by name.

    Each receiver gets its own value, so that code which changes a value affects no other receiver.

    A signal goes to a consumer only while the code waits for it. Otherwise, it stays in the queue
    until the code looks at the consumer, or waits again: the wait may have been given up, such as
    after a timeout.

    :param loop: The event loop of the futures.
    :param codec: Decodes the inputs.
    """

    def __init__(self, loop: EventLoop, codec: Codec) -> None:
        self._loop = loop
        self._codec = codec
        self._received: list[ReceivedSignal] = []
        self._latest: dict[str, ReceivedSignal] = {}
        #: The signals that no wait has consumed.
        self._queues: dict[str, deque[ReceivedSignal]] = {}
        self._waiters: dict[str, deque[tuple[SignalFuture, bool]]] = {}
        #: The names that the code has looked for, and those that it has consumed.
        self._known_names: set[str] = set()
        self._consumed_names: set[str] = set()

    def wait(self, name: str, *, consume: bool) -> Future:
        """Return the future of a signal; its result is the signal's input.

        :param consume: True to take the next unread signal, which no other consumer then gets.
            False to take the latest signal, or the next one if there is none yet.
        """
        self._known_names.add(name)
        if consume:
            self._consumed_names.add(name)
        future = SignalFuture(self._loop, name, self._take_next if consume else _ignore)
        queue = self._queues.get(name)
        if consume and queue:
            self._deliver(queue.popleft(), future)
        elif not consume and name in self._latest:
            self._deliver(self._latest[name], future)
        else:
            self._waiters.setdefault(name, deque()).append((future, consume))
        return future

    def _take_next(self, future: SignalFuture) -> None:
        """Finish a consumer with the next signal in the queue, if there is one."""
        queue = self._queues.get(future.id)
        if queue:
            self._waiters[future.id].remove((future, True))
            self._deliver(queue.popleft(), future)

    def _deliver(self, signal: ReceivedSignal, future: SignalFuture) -> None:
        signal.futures.append(future)
        future.receive(self.read(signal.text))

    @property
    def awaited_names(self) -> list[str]:
        """The names of the signals that the workflow waits for."""
        return [
            name
            for name, waiters in self._waiters.items()
            if any(not future.cancelled for future, _ in waiters)
        ]

    def is_known(self, name: str) -> bool:
        """Return whether the code has looked for signals of a name."""
        return name in self._known_names

    def latest(self, name: str) -> tuple[Any, int] | None:
        """Return input and event of the latest signal of a name; None if there is none."""
        self._known_names.add(name)
        if name not in self._latest:
            return None
        signal = self._latest[name]
        signal.is_read = True
        return self.read(signal.text), signal.event_id

    def unread(self) -> list[UnreadSignal]:
        """Return the signals that the code has not read, in their order of arrival.

        Code that never consumes the signals of a name reads the latest one for all of them.
        """
        unread: list[UnreadSignal] = []
        superseded: set[str] = set()
        for signal in reversed(self._received):
            if signal.name in superseded:
                continue
            if not signal.is_observed:
                unread.append(UnreadSignal(signal.name, signal.text))
            elif signal.name not in self._consumed_names:
                superseded.add(signal.name)
        return unread[::-1]

    def read(self, text: str | None) -> Any:
        """Return the value of an input.

        Anyone who may signal the execution could block it with an invalid input. Therefore the
        value of a text that cannot be decoded is the text.

        :param text: The encoded input.
        """
        return decode_or_text(text, self._codec)

    def receive_unread(self, signals: Iterable[tuple[str, str | None]]) -> None:
        """Receive the signals that the previous run has not read."""
        for name, text in signals:
            self.receive(name, text, 0)

    def receive(self, name: str, text: str | None, event_id: int) -> None:
        """Deliver a signal to each waiter that does not consume, and to the first awaited consumer.

        :param name: The name of the signal.
        :param text: The encoded input.
        :param event_id: The `WorkflowExecutionSignaled` event.
        """
        self._latest[name] = signal = ReceivedSignal(name, text, event_id)
        self._received.append(signal)
        is_consumed = False
        remaining: deque[tuple[SignalFuture, bool]] = deque()
        for future, consume in self._waiters.pop(name, ()):
            if future.cancelled:
                continue
            if consume and (is_consumed or not future.is_awaited):
                remaining.append((future, consume))
                continue
            is_consumed = is_consumed or consume
            self._deliver(signal, future)
        if remaining:
            self._waiters[name] = remaining
        if not is_consumed:
            self._queues.setdefault(name, deque()).append(signal)
