"""Fibers: code that waits in the middle and goes on later, and the loop that runs it.

A workflow's code is a fiber, a greenlet. When it waits, the loop goes on with whatever else is
ready; when nothing is, the decision is made and the fibers stay as they are until the next one.
What is ready runs in the order in which it became so: the same in each replay.

A greenlet belongs to its thread, so everything about one run happens in one (`PinnedThread`). The
garbage collector does not see what a suspended greenlet holds, so a run that is thrown out of the
cache is closed (`EventLoop.close`): its fibers end by `GreenletExit`. Their `finally` blocks run,
but whatever they ask for is refused the same way.
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

logger = logging.getLogger(__name__)

#: How often code may go on after its end was raised in it: in `except` and `finally` blocks.
MAX_CLOSE_ATTEMPTS: Final = 100

#: Code that cannot be ended: a greenlet that is freed while it runs is told to end once more.
_leaked: Final[list[Fiber]] = []


class Fiber(greenlet):
    """A function that runs in a loop.

    :param scope: where in the structure of the workflow it stands.
    """

    def __init__(self, loop: EventLoop, function: Callable[[], Any], scope: Scope) -> None:
        super().__init__(function)
        self.loop = loop
        self.scope = scope

    def wait(self) -> None:
        """Let others run until `resume`; whoever calls this looks again at what it waits for."""
        try:
            self.parent.switch()  # type: ignore[union-attr] # it runs below its loop
        except GreenletExit:
            self.loop.is_closed = True
            raise

    def resume(self, *_: Any) -> None:
        """Go on."""
        if not self.dead:
            self._enter(self.switch)

    def interrupt(self, error: BaseException) -> None:
        """Go on with an error."""
        if not self.dead:
            self._enter(partial(self.throw, error))

    def end(self) -> None:
        """End, wherever it waits."""
        try:
            self.interrupt(GreenletExit())
        except Exception:
            logger.exception("%r did not end quietly", self)

    def _enter(self, switch: Callable[[], Any]) -> None:
        self.parent = getcurrent()
        # What the context says, e.g. that this is a replay, changes from turn to turn.
        self.gr_context = copy_context()
        switch()


class EventLoop:
    """Runs what is ready until nothing is.

    :param start_timer: starts a timer of an id and so many seconds, and returns its future.
    """

    def __init__(self, start_timer: Callable[[str, float], Any] | None = None) -> None:
        self.start_timer = start_timer or _no_timer
        self._ready: deque[Callable[[], Any]] = deque()
        self._fibers: set[Fiber] = set()
        self._thread = threading.current_thread()
        self._refusals = 0
        self.is_closed = False

    @property
    def is_mine(self) -> bool:
        """Whether this is the thread that its fibers belong to."""
        return self._thread is threading.current_thread()

    def soon(self, work: Callable[..., Any], *args: Any) -> None:
        """Run something when its turn comes."""
        self._ready.append(partial(work, *args) if args else work)

    def spawn(self, function: Callable[[], Any], scope: Scope) -> Fiber:
        """Run a function as a fiber."""
        fiber = Fiber(self, function, scope)
        self._fibers.add(fiber)
        self.soon(fiber.resume)
        return fiber

    def settle(self) -> None:
        """Run until nothing is ready; what a fiber raises comes out here."""
        while self._ready:
            self._ready.popleft()()

    def close(self) -> None:
        """End all fibers. In another thread than theirs they are only let go of."""
        self.is_closed = True
        self._ready.clear()
        fibers, self._fibers = self._fibers, set()
        # At the very end of a process no greenlet can be switched to any more.
        for fiber in fibers if self.is_mine and not sys.is_finalizing() else ():
            if not fiber.dead:
                fiber.end()

    def check(self) -> None:
        """Refuse to go on with a run that was thrown out.

        Code that catches even that, again and again, is left where it is for good.
        """
        if not self.is_closed:
            return
        self._refusals += 1
        fiber = current()
        if self._refusals > MAX_CLOSE_ATTEMPTS and fiber is not None:
            logger.error("the code of a run that ends catches everything; it stays where it is")
            _leaked.append(fiber)
            while True:
                fiber.parent.switch()  # type: ignore[union-attr] # it runs below its loop
        raise GreenletExit


def _no_timer(timer_id: str, seconds: float) -> Any:
    raise LookupError(f"there is no clock for {timer_id} of {seconds} s")


def current() -> Fiber | None:
    """Return the fiber that runs, None outside of workflows."""
    running = getcurrent()
    return running if isinstance(running, Fiber) else None


T = TypeVar("T")


class PinnedThread:
    """A thread that does what it is given, one after another."""

    def __init__(self, name: str) -> None:
        self._work: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._has_ended = False
        # A daemon: code that hangs must not keep a process that wants to end.
        threading.Thread(target=self._serve, name=name, daemon=True).start()

    def call(self, function: Callable[..., T], *args: Any) -> T:
        """Call a function there, and return or raise what it does."""
        outcome: SimpleQueue[tuple[T | None, BaseException | None]] = SimpleQueue()
        context = copy_context()

        def work() -> None:
            try:
                outcome.put((context.run(function, *args), None))
            except BaseException as error:  # noqa: BLE001 - it is raised where it was called
                outcome.put((None, error))

        self._work.put(work)
        result, error = outcome.get()
        if error is not None:
            raise error
        return result  # type: ignore[return-value] # None only if that is the result

    def post(self, work: Callable[[], None]) -> None:
        """Have something done there, and do not wait for it; it raises nothing.

        When the thread has ended, it is done here.
        """
        if self._has_ended:
            work()
        else:
            self._work.put(work)

    def end(self) -> None:
        """End the thread when it has done all it was given."""
        self._has_ended = True
        self._work.put(None)

    def _serve(self) -> None:
        while (work := self._work.get()) is not None:
            work()
            del work  # it holds what it was about


class ThreadAffinity:
    """The stages of a decider, made when they are first needed."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._affinity: dict[int, PinnedThread] = {}
        self._lock = threading.Lock()

    def of(self, run_id: str) -> PinnedThread:
        """Return the thread of a run."""
        number = zlib.crc32(run_id.encode()) % self._count
        with self._lock:
            if number not in self._affinity:
                self._affinity[number] = PinnedThread(f"swf-workflow-{number}")
            return self._affinity[number]

    def end(self) -> None:
        """End all of them; what is needed later is made anew."""
        with self._lock:
            for thread in self._affinity.values():
                thread.end()
            self._affinity.clear()
