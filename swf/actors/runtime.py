"""Runtime: the loop that keeps an actor going, written once for deciders and workers.

Each slot is a thread that takes a poll, makes it, gives it back, and performs what it brought. So a
poll is made only when somebody is free to do what it brings, no task waits in this process while
another process is idle, no task is handed from thread to thread, and no code of a user's can hold
up a poll: as soon as a slot is at work, the next one polls.

To stop is to poll no more: polls in flight are waited for (a long poll takes up to 60 seconds),
since the service may already be handing them a task, and what they bring is performed.

A runtime knows neither tasks nor the service: it is given functions that poll, and one that
performs.
"""

from __future__ import annotations

import logging
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import copy_context
from types import FrameType
from typing import Generic, TypeVar

from swf.actors.backoff import Backoff
from swf.actors.faults import FaultAction, fault_action

T = TypeVar("T")

#: What `run` returns when it ended because of something that does not heal (sysexits' EX_CONFIG).
EXIT_FATAL = 78

#: Seconds between two looks of a main thread that waits. A signal that comes just before a wait
#: begins does not wake it, so that a wait without end would never hear of it.
POLL_INTERVAL = 0.5

logger = logging.getLogger(__name__)


class Poller(Generic[T]):
    """A function that waits for a task, and how many times in a row it has failed."""

    def __init__(self, poll: Callable[[], T | None]) -> None:
        self.poll = poll
        self.failures = 0


class Runtime(Generic[T]):
    """Polls for tasks and performs each in a slot, from `start` until `ended`.

    :param polls: functions that wait for a task and return it, or None; each is called by one slot
        at a time.
    :param perform: is called with a task, in a slot.
    :param slots: how many threads poll or perform.
    :param backoff: how long to wait after a poll that failed.
    """

    def __init__(
        self,
        name: str,
        polls: Sequence[Callable[[], T | None]],
        perform: Callable[[T], None],
        *,
        slots: int,
        backoff: Backoff,
    ) -> None:
        self.name = name
        self.stopping = threading.Event()
        self.abandoned = threading.Event()
        self.ended = threading.Event()
        self.error: Exception | None = None
        self._perform = perform
        self._slots = slots
        self._backoff = backoff
        self._working = slots
        self._idle = deque(Poller(poll) for poll in polls)
        self._changed = threading.Condition()

    def start(self) -> None:
        """Start all threads; they work in the context of the caller (`swf.using`)."""
        for number in range(self._slots):
            # Daemons: what hangs in a user's code must not keep a process that wants to end.
            threading.Thread(
                target=copy_context().run, args=(self._loop,), name=f"swf-{number}", daemon=True
            ).start()

    def stop(self) -> None:
        """Poll no more, and let `ended` be set when everything in hand is done."""
        self.stopping.set()
        with self._changed:
            self._changed.notify_all()

    def wait(self) -> None:
        """Wait in the main thread until it ended."""
        while not self.ended.wait(POLL_INTERVAL):
            continue

    def give_up(self, error: Exception) -> None:
        """Stop because of what does not heal, and say so once."""
        with self._changed:
            first = self.error is None
            self.error = self.error or error
        if first:
            logger.error("%s ends: %s", self.name, error)
        self.stop()

    def _loop(self) -> None:
        while (poller := self._take()) is not None:
            try:
                task = self._poll(poller)
            finally:
                self._give_back(poller)
            if task is not None:
                self._work(task)
        self._slot_ended()

    def _take(self) -> Poller[T] | None:
        """Wait for a poller that no other slot has; None when there is to be no more poll."""
        with self._changed:
            self._changed.wait_for(lambda: self._idle or self.stopping.is_set())
            return None if self.stopping.is_set() else self._idle.popleft()

    def _give_back(self, poller: Poller[T]) -> None:
        with self._changed:
            self._idle.append(poller)
            self._changed.notify()

    def _poll(self, poller: Poller[T]) -> T | None:
        try:
            task = poller.poll()
        except Exception as error:  # noqa: BLE001 - whatever a poll meets, the loop goes on
            poller.failures += 1
            self._poll_failed(error, poller.failures)
            return None
        poller.failures = 0
        return task

    def _poll_failed(self, error: Exception, failures: int) -> None:
        if fault_action(error) in (FaultAction.STOP, FaultAction.REJECT):
            self.give_up(error)
            return
        delay = self._backoff.delay(failures)
        logger.warning("%s: %r; polling again in %.1f s", self.name, error, delay)
        self.stopping.wait(delay)

    def _work(self, task: T) -> None:
        try:
            self._perform(task)
        except Exception as error:
            if fault_action(error) is FaultAction.STOP:
                self.give_up(error)
            else:
                logger.exception("%s: %r is left to time out", self.name, task)

    def _slot_ended(self) -> None:
        with self._changed:
            self._working -= 1
            last = self._working == 0
        if last:
            self.ended.set()


class SecondSignal(BaseException):
    """Somebody does not want to wait for what is in hand."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


@contextmanager
def on_signals(stop: Callable[[], None]) -> Iterator[None]:
    """Within the block, stop at the first SIGTERM or SIGINT, and raise at the second.

    Signals can be handled in the main thread only; in others the block changes nothing. A signal
    that is ignored, as a shell does to what it starts in the background, stays ignored.

    :raises SecondSignal: out of whatever the main thread is doing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    received: list[int] = []

    def handle(number: int, _: FrameType | None) -> None:
        received.append(number)
        if len(received) > 1:
            raise SecondSignal(number)
        logger.info("%s: stopping when all that is in hand is done", signal.Signals(number).name)
        stop()

    numbers = (signal.SIGTERM, signal.SIGINT)
    heeded = [number for number in numbers if signal.getsignal(number) != signal.SIG_IGN]
    before = {number: signal.signal(number, handle) for number in heeded}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
