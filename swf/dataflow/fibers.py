"""Fibers, the event loop that runs them, and the threads to which they are pinned.

The code of a workflow is a fiber (a greenlet). When it waits, the event loop runs the other ready
callbacks. When none is ready, the decision is made, and the fibers stay suspended until the next
one. Callbacks run in the order in which they became ready, the same in every replay.

A greenlet belongs to the thread that created it, but a decider with several slots decides in any of
its threads. Therefore the code of each execution runs in one `PinnedThread`, chosen by its run id.

The garbage collector does not see the references of a suspended greenlet. Therefore an execution
that leaves the cache is closed (`EventLoop.close`): `GreenletExit` is raised in its fibers. Their
`finally` blocks run, but new commands raise `GreenletExit` again.
"""

from __future__ import annotations

import logging
import sys
import threading
import zlib
from collections import deque
from collections.abc import Callable
from contextvars import copy_context
from functools import partial
from queue import SimpleQueue
from typing import Any, Final, TypeVar

from greenlet import GreenletExit, getcurrent, greenlet

from swf.dataflow.ids import Scope
from swf.exceptions import SWFError

logger = logging.getLogger(__name__)

T = TypeVar("T")

_PACKAGE_DIRECTORY = __file__.rsplit("/", 1)[0]

#: How often `except` and `finally` blocks of a closed execution may swallow `GreenletExit`.
MAX_CLOSE_ATTEMPTS: Final = 100

#: Fibers that cannot be closed. Without a reference, they would receive `GreenletExit` once more.
_leaked: Final[list[Fiber]] = []


class Fiber(greenlet):
    """A function that runs in an event loop and can wait.

    :param scope: The scope of the tasks that the function submits.
    """

    def __init__(self, loop: EventLoop, function: Callable[[], Any], scope: Scope) -> None:
        super().__init__()
        self.loop = loop
        self.scope = scope
        self._function = function
        #: The `Completions` of the last wait for several futures.
        self.completions: Any = None

    def run(self) -> None:
        """Call the function.

        :raises SWFError: it raised `GreenletExit`, which would end the fiber without an error.
        """
        function = self._function
        del self._function  # it refers to the fiber
        try:
            function()
        except GreenletExit as error:
            if self.loop.is_closed:
                raise
            raise SWFError("workflow code raised GreenletExit") from error

    def wait(self) -> None:
        """Suspend the fiber until `resume`; the caller checks its condition again."""
        try:
            self.parent.switch()  # type: ignore[union-attr] # it runs below its loop
        except GreenletExit:
            self.loop.is_closed = True
            raise

    def resume(self, *_: Any) -> None:
        """Continue the fiber."""
        if not self.dead:
            self._enter(self.switch)

    def interrupt(self, error: BaseException) -> None:
        """Raise an error in the fiber, where it waits.

        :param error: The exception to raise.
        """
        if not self.dead:
            self._enter(partial(self.throw, error))

    def end(self) -> None:
        """Raise `GreenletExit` in the fiber; other errors are logged."""
        try:
            self.interrupt(GreenletExit())
        except Exception:
            logger.exception("Workflow code raised while it was closed: %r", self)

    def _enter(self, switch: Callable[[], Any]) -> None:
        self.parent = getcurrent()
        # Context variables, such as the replay flag of the log, change from turn to turn.
        self.gr_context = copy_context()
        switch()


class EventLoop:
    """Runs callbacks and fibers until none is ready.

    :param start_timer: Starts a timer with an id and a duration in seconds, and returns its future.
        None to raise `LookupError` when code waits with a timeout.
    """

    def __init__(self, start_timer: Callable[[str, float], Any] | None = None) -> None:
        self.start_timer = start_timer or _refuse_timer
        self.is_closed = False
        #: Whether the function of a side effect runs; a replay does not call it.
        self.is_in_side_effect = False
        self._ready: deque[Callable[[], Any]] = deque()
        self._fibers: set[Fiber] = set()
        self._thread = threading.current_thread()
        self._close_attempts = 0

    @property
    def is_current_thread(self) -> bool:
        """Whether the loop and its fibers belong to the calling thread."""
        return self._thread is threading.current_thread()

    @property
    def fibers(self) -> frozenset[Fiber]:
        """The fibers that have been spawned."""
        return frozenset(self._fibers)

    def call_soon(self, callback: Callable[..., Any], *args: Any) -> None:
        """Call a function after the callbacks that are already ready.

        :param callback: The function to call.
        :param args: Its positional arguments.
        """
        self._ready.append(partial(callback, *args) if args else callback)

    def call_next(self, callback: Callable[[], Any]) -> None:
        """Call a function before the callbacks that are already ready.

        :param callback: The function to call.
        """
        self._ready.appendleft(callback)

    def spawn(self, function: Callable[[], Any], scope: Scope) -> Fiber:
        """Create a fiber that runs a function, and make it ready.

        :param scope: The scope of the tasks that the function submits.
        """
        fiber = Fiber(self, function, scope)
        self._fibers.add(fiber)
        self.call_soon(fiber.resume)
        return fiber

    def run_until_idle(self) -> None:
        """Run callbacks until none is ready; an error of a fiber is raised here."""
        while self._ready:
            self._ready.popleft()()

    def close(self) -> None:
        """Close all fibers; in another thread than theirs, only drop them."""
        self.is_closed = True
        self._ready.clear()
        fibers, self._fibers = self._fibers, set()
        # While the interpreter finalizes, greenlets cannot be switched to.
        for fiber in fibers if self.is_current_thread and not sys.is_finalizing() else ():
            if not fiber.dead:
                fiber.end()

    def check_open(self) -> None:
        """Raise `GreenletExit` if the loop is closed.

        :raises SWFError: The function of a side effect is running.

        A fiber that swallows `GreenletExit` more than `MAX_CLOSE_ATTEMPTS` times is never resumed.
        """
        if self.is_in_side_effect:
            raise SWFError("cannot submit or wait in the function of a side effect")
        if not self.is_closed:
            return
        self._close_attempts += 1
        fiber = current()
        if self._close_attempts > MAX_CLOSE_ATTEMPTS and fiber is not None:
            logger.error(
                "Workflow code swallowed GreenletExit %d times; leaking its greenlet",
                MAX_CLOSE_ATTEMPTS,
            )
            _leaked.append(fiber)
            while True:
                fiber.parent.switch()  # type: ignore[union-attr] # it runs below its loop
        raise GreenletExit


def _refuse_timer(timer_id: str, seconds: float) -> Any:
    raise LookupError(f"The event loop has no timers: timer_id={timer_id!r} seconds={seconds}")


def current() -> Fiber | None:
    """Return the running fiber; None outside workflow code."""
    running = getcurrent()
    return running if isinstance(running, Fiber) else None


def code_position(fiber: Fiber | None) -> tuple[str, int] | None:
    """Return file and line at which workflow code waits; None if it does not.

    :param fiber: the fiber that runs the code.
    """
    frame = fiber.gr_frame if fiber is not None else None
    while frame is not None and frame.f_code.co_filename.startswith(_PACKAGE_DIRECTORY):
        frame = frame.f_back
    return None if frame is None else (frame.f_code.co_filename, frame.f_lineno)


class PinnedThread:
    """A daemon thread that runs functions one after another.

    :param name: The name of the thread, for debuggers and logs.
    """

    def __init__(self, name: str) -> None:
        self._queue: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._has_ended = False
        # A daemon thread, so that workflow code that hangs does not keep the process alive.
        threading.Thread(target=self._serve, name=name, daemon=True).start()

    def call(self, function: Callable[..., T], *args: Any) -> T:
        """Call a function in the thread, and return its result or raise its exception.

        :param function: The function; it runs in a copy of the calling context.
        :param args: Its positional arguments.
        """
        outcome: SimpleQueue[tuple[T | None, BaseException | None]] = SimpleQueue()
        context = copy_context()

        def work() -> None:
            try:
                outcome.put((context.run(function, *args), None))
            except BaseException as error:  # noqa: BLE001 - it is raised in the calling thread
                outcome.put((None, error))

        self._queue.put(work)
        result, error = outcome.get()
        if error is not None:
            raise error
        return result  # type: ignore[return-value] # None only if that is the result

    def post(self, work: Callable[[], None]) -> None:
        """Run a function in the thread without waiting; in the calling thread after `end`.

        :param work: The function; it must not raise.
        """
        if self._has_ended:
            work()
        else:
            self._queue.put(work)

    def end(self) -> None:
        """End the thread after the queued functions."""
        self._has_ended = True
        self._queue.put(None)

    def _serve(self) -> None:
        while (work := self._queue.get()) is not None:
            work()
            del work  # it refers to the execution


class ThreadAffinity:
    """Assigns each execution to one of a decider's pinned threads.

    :param count: The number of threads; each is started when it is first needed.
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._threads: dict[int, PinnedThread] = {}
        self._lock = threading.Lock()

    def thread_for(self, run_id: str) -> PinnedThread:
        """Return the thread of an execution.

        :param run_id: The run id of the execution.
        """
        number = zlib.crc32(run_id.encode()) % self._count
        with self._lock:
            if number not in self._threads:
                self._threads[number] = PinnedThread(f"swf-workflow-{number}")
            return self._threads[number]

    def end(self) -> None:
        """End all threads; later calls of `thread_for` start new ones."""
        with self._lock:
            for thread in self._threads.values():
                thread.end()
            self._threads.clear()
