"""Runtime: the polling loop of an actor, shared by deciders and workers.

Each slot is a thread that takes a poller, polls, returns the poller, and performs the task. A poll
is therefore made only when a slot is free for its task, no task waits in one process while another
is idle, no task moves between threads, and user code never delays a poll.

A stopping runtime makes no new polls. It waits for the polls in progress (a long poll takes up to
60 seconds), since the service may already have assigned them a task; their tasks are performed.

A runtime depends on neither the kind of task nor the service: the actor passes the functions that
poll and perform.
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

#: Exit code of `run` after a permanent error (EX_CONFIG of sysexits).
EXIT_FATAL = 78

#: Timeout of waits in the main thread, in seconds. A signal that arrives just before a wait does
#: not interrupt it, so an unlimited wait might never see it.
POLL_INTERVAL = 0.5

#: Seconds between two requests to end the polls in flight while the runtime stops.
END_POLLS_INTERVAL = 0.2

logger = logging.getLogger(__name__)


class Poller(Generic[T]):
    """A function that polls for a task, and its number of consecutive failures.

    :param poll: returns a task or None.
    """

    def __init__(self, poll: Callable[[], T | None]) -> None:
        self.poll = poll
        self.failures = 0


class Slot:
    """A thread that polls for tasks and performs them.

    :param number: the number of the slot, from 0.
    """

    def __init__(self, number: int) -> None:
        self.number = number
        self.is_replaced = False
        self.has_ended = False

    @property
    def name(self) -> str:
        """The name of the thread."""
        return f"swf-{self.number}"


class Runtime(Generic[T]):
    """Polls for tasks and performs each in a slot, from `start` until `ended` is set.

    :param name: name for log messages.
    :param polls: functions that poll for a task and return it or None; each runs in one slot at a
        time.
    :param perform: performs a task.
    :param slots: number of threads that poll or perform.
    :param backoff: delays after failed polls.
    :param label: returns the name of a task for log messages, without its token.
    :param max_tasks: number of tasks after which the runtime stops; None for no limit.
    :param set_up: called before the first poll, and again with back-off while it fails.
    :param end_polls: ends the polls in flight when the runtime stops; returns False if the service
        cannot. None: they are awaited.
    """

    def __init__(
        self,
        name: str,
        polls: Sequence[Callable[[], T | None]],
        perform: Callable[[T], None],
        *,
        slots: int,
        backoff: Backoff,
        label: Callable[[T], str] = repr,
        max_tasks: int | None = None,
        set_up: Callable[[], None] | None = None,
        end_polls: Callable[[], bool] | None = None,
    ) -> None:
        self.name = name
        self.stopping = threading.Event()
        self.abandoned = threading.Event()
        self.ended = threading.Event()
        self.error: BaseException | None = None
        self._perform = perform
        self._slots = slots
        self._backoff = backoff
        self._label = label
        self._tasks_left = max_tasks
        self._set_up = set_up
        self._end_polls = end_polls
        self._working = slots
        self._thread = threading.local()
        self._setting_up = threading.Lock()
        self._idle = deque(Poller(poll) for poll in polls)
        self._changed = threading.Condition()

    def start(self) -> None:
        """Start all threads in the context of the caller, e.g. within `swf.using`."""
        for number in range(self._slots):
            self._start_slot(Slot(number))

    @property
    def slot(self) -> Slot | None:
        """The slot of the current thread; None in other threads."""
        return getattr(self._thread, "slot", None)

    def replace_slot(self, slot: Slot) -> None:
        """Start another thread for a slot whose task hangs; its own thread then polls no more.

        :param slot: the slot.
        """
        with self._changed:
            if slot.is_replaced or slot.has_ended:
                return
            slot.is_replaced = True
        if self.stopping.is_set():
            self._slot_ended()
        else:
            self._start_slot(Slot(slot.number))

    def stop(self) -> None:
        """Stop polling; `ended` is set when all tasks are finished."""
        self.stopping.set()
        with self._changed:
            self._changed.notify_all()
        if self._end_polls is not None:
            threading.Thread(target=self._end_waiting_polls, daemon=True).start()

    def _end_waiting_polls(self) -> None:
        """End the polls in flight until all slots have ended; one may just be on its way."""
        while not self.ended.is_set() and self._end_polls is not None and self._end_polls():
            self.ended.wait(END_POLLS_INTERVAL)

    def wait(self) -> None:
        """Wait in the main thread until the runtime has ended."""
        while not self.ended.wait(POLL_INTERVAL):
            continue

    def fail(self, error: BaseException) -> None:
        """Stop because of a permanent error, and log the first one.

        :param error: the error.
        """
        with self._changed:
            first = self.error is None
            self.error = self.error or error
        if first:
            logger.error("actor stops after a permanent error: %s: %s", self.name, error)
        self.stop()

    def _start_slot(self, slot: Slot) -> None:
        # A daemon: user code that hangs must not keep the process alive.
        threading.Thread(
            target=copy_context().run, args=(self._loop, slot), name=slot.name, daemon=True
        ).start()

    def _loop(self, slot: Slot) -> None:
        self._thread.slot = slot
        self._run_set_up()
        while not slot.is_replaced and (poller := self._take_poller()) is not None:
            try:
                task = self._poll(poller)
            finally:
                self._return_poller(poller)
            if task is not None:
                self._work(task)
        with self._changed:
            slot.has_ended = True
        if not slot.is_replaced:
            self._slot_ended()

    def _run_set_up(self) -> None:
        """Run `set_up` in one thread until it succeeds; the others wait for it."""
        failures = 0
        with self._setting_up:
            while self._set_up is not None and not self.stopping.is_set():
                try:
                    self._set_up()
                    self._set_up = None
                except BaseException as error:  # noqa: BLE001, PERF203 - the loop survives any error
                    failures += 1
                    self._back_off(error, failures, "start failed, next attempt")

    def _take_poller(self) -> Poller[T] | None:
        """Wait for a free poller; None when the runtime stops."""
        with self._changed:
            self._changed.wait_for(lambda: self._idle or self.stopping.is_set())
            return None if self.stopping.is_set() else self._idle.popleft()

    def _return_poller(self, poller: Poller[T]) -> None:
        with self._changed:
            self._idle.append(poller)
            self._changed.notify()

    def _poll(self, poller: Poller[T]) -> T | None:
        try:
            task = poller.poll()
        except BaseException as error:  # noqa: BLE001 - the loop survives any error
            poller.failures += 1
            self._back_off(error, poller.failures, "poll failed, next one")
            return None
        poller.failures = 0
        return task

    def _back_off(self, error: BaseException, failures: int, event: str) -> None:
        if fault_action(error) in (FaultAction.STOP, FaultAction.REJECT):
            self.fail(error)
            return
        delay = self._backoff.delay(failures)
        logger.warning("%s in %.1f s: %s: %r", event, delay, self.name, error)
        self.stopping.wait(delay)

    def _work(self, task: T) -> None:
        try:
            self._perform(task)
        except BaseException as error:
            if fault_action(error) is FaultAction.STOP:
                self.fail(error)
            else:
                label = self._label(task)
                logger.exception("task will time out after an error: %s: %s", self.name, label)
        self._count_task()

    def _count_task(self) -> None:
        if self._tasks_left is not None:
            with self._changed:
                self._tasks_left -= 1
            if self._tasks_left <= 0:
                self.stop()

    def _slot_ended(self) -> None:
        with self._changed:
            self._working -= 1
            last = self._working == 0
        if last:
            self.ended.set()


def is_user_interrupt(error: BaseException) -> bool:
    """Return whether an exception is Ctrl-C of the user, which only the main thread receives.

    A KeyboardInterrupt in another thread, or in a process that ignores SIGINT, is raised by code,
    e.g. by a library whose child process was interrupted, and must not end the thread.

    :param error: the exception.
    """
    is_main = threading.current_thread() is threading.main_thread()
    is_ignored = signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    return isinstance(error, KeyboardInterrupt) and is_main and not is_ignored


class SecondSignal(BaseException):
    """A second signal: do not wait for the current tasks.

    :param number: the signal number.
    """

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


@contextmanager
def on_signals(stop: Callable[[], None]) -> Iterator[None]:
    """Call `stop` on the first SIGTERM or SIGINT within the block, and raise on the second.

    Signals can be handled in the main thread only; in other threads the block changes nothing.
    Ignored signals, as of a shell's background jobs, stay ignored.

    :param stop: called without arguments.
    :raises SecondSignal: in the main thread, at any point.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    received: list[int] = []

    def handle(number: int, _: FrameType | None) -> None:
        received.append(number)
        if len(received) > 1:
            raise SecondSignal(number)
        logger.info("stopping after the current tasks: %s", signal.Signals(number).name)
        stop()

    numbers = (signal.SIGTERM, signal.SIGINT)
    handled = [number for number in numbers if signal.getsignal(number) != signal.SIG_IGN]
    before = {number: signal.signal(number, handle) for number in handled}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
