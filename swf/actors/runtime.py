"""Runtime: the loop that keeps an actor going, written once for deciders and workers.

Threads are of two kinds. A poller takes a free slot, polls, and hands the task over; a slot
performs one task at a time. So a poll is made only when somebody is free to do what it brings, no
task waits in this process while another process is idle, and no code of a user's can hold up a
poll.

To stop is to poll no more: polls in flight are waited for (a long poll takes up to 60 seconds),
since the service may already be handing them a task, and what they bring is performed.

A runtime knows neither tasks nor the service: it is given functions that poll, and one that
performs.
"""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import copy_context
from queue import SimpleQueue
from types import FrameType
from typing import Any, Generic, TypeVar

from swf.actors.backoff import Backoff
from swf.actors.faults import Verdict, verdict

T = TypeVar("T")

#: What `run` returns when it ended because of something that does not heal (sysexits' EX_CONFIG).
EXIT_FATAL = 78

logger = logging.getLogger(__name__)


class Runtime(Generic[T]):
    """Polls for tasks and performs each in a slot, from `start` until `ended`.

    :param polls: functions that wait for a task and return it, or None; each has its own thread.
    :param perform: is called with a task, in a slot.
    :param slots: how many tasks are performed at a time; each poller needs one while it polls.
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
        self._polls = polls
        self._perform = perform
        self._slots = slots
        self._backoff = backoff
        self._free = slots
        self._polling = len(polls)
        self._working = slots
        self._changed = threading.Condition()
        self._ready: SimpleQueue[T | None] = SimpleQueue()

    def start(self) -> None:
        """Start all threads; they work in the context of the caller (`swf.using`)."""
        for number, poll in enumerate(self._polls):
            self._spawn(f"poll-{number}", self._poll_loop, poll)
        for number in range(self._slots):
            self._spawn(f"slot-{number}", self._work_loop)

    def stop(self) -> None:
        """Poll no more, and let `ended` be set when everything in hand is done."""
        self.stopping.set()
        with self._changed:
            self._changed.notify_all()

    def give_up(self, error: Exception) -> None:
        """Stop because of what does not heal, and say so once."""
        with self._changed:
            first = self.error is None
            self.error = self.error or error
        if first:
            logger.error("%s ends: %s", self.name, error)
        self.stop()

    def _spawn(self, name: str, work: Callable[..., None], *args: Any) -> None:
        # Daemons: what hangs in a user's code must not keep a process that wants to end.
        thread = threading.Thread(
            target=copy_context().run, args=(work, *args), name=f"swf-{name}", daemon=True
        )
        thread.start()

    def _poll_loop(self, poll: Callable[[], T | None]) -> None:
        failures = 0
        while self._take_slot():
            try:
                task = poll()
            except Exception as error:  # noqa: BLE001 - whatever a poll meets, the loop goes on
                failures += 1
                self._free_slot()
                self._poll_failed(error, failures)
                continue
            failures = 0
            if task is None:
                self._free_slot()
            else:
                self._ready.put(task)
        self._poller_ended()

    def _poll_failed(self, error: Exception, failures: int) -> None:
        if verdict(error) in (Verdict.FATAL, Verdict.REFUSED):
            self.give_up(error)
            return
        delay = self._backoff.delay(failures)
        logger.warning("%s: %r; polling again in %.1f s", self.name, error, delay)
        self.stopping.wait(delay)

    def _work_loop(self) -> None:
        while (task := self._ready.get()) is not None:
            try:
                self._perform(task)
            except Exception as error:  # noqa: PERF203 - a slot outlives what it performs
                if verdict(error) is Verdict.FATAL:
                    self.give_up(error)
                else:
                    logger.exception("%s: %r is left to time out", self.name, task)
            finally:
                self._free_slot()
        self._worker_ended()

    def _take_slot(self) -> bool:
        """Wait until a slot is free and take it; False when there is to be no more poll."""
        with self._changed:
            self._changed.wait_for(lambda: self._free or self.stopping.is_set())
            if self.stopping.is_set():
                return False
            self._free -= 1
            return True

    def _free_slot(self) -> None:
        with self._changed:
            self._free += 1
            self._changed.notify()

    def _poller_ended(self) -> None:
        with self._changed:
            self._polling -= 1
            last = self._polling == 0
        if last:
            for _ in range(self._slots):
                self._ready.put(None)

    def _worker_ended(self) -> None:
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
