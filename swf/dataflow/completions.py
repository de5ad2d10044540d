"""`Completions`: the futures of a wait, and those of them that are done.

A loop around `wait_any` passes all its futures to each call. So that such a loop takes a time in
proportion to their number, a fiber keeps the completions of its last wait. A wait for the rest of
these futures, and perhaps some more, continues with them.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from swf.dataflow import fibers
from swf.dataflow.base_future import DONE, Future, WaitTimer, current_fiber, wait_until
from swf.exceptions import InvalidTypeError

#: The number of pending futures from which a fiber keeps completions instead of its previous ones.
LARGE: Final = 100


class Completions:
    """The futures of a wait, each once, and those of them that are done.

    :param futures: The futures to wait for.
    :raises InvalidTypeError: One of them is no future.
    :ivar futures: The futures that no wait has returned, in the order of the arguments.
    :ivar done: Those of them that are done, in the order of their completion.
    """

    def __init__(self, futures: Sequence[Any]) -> None:
        self.futures: list[Future] = []
        self.done: deque[Future] = deque()
        #: The position of each future in the arguments, and these positions in ascending order.
        self._positions: dict[Future, int] = {}
        self._sorted_positions: list[int] = []
        self._next_position = 0
        self._lazy: list[Future] = []
        self._waiter: fibers.Fiber | None = None
        self._ends_wait: Callable[[Future], bool] = bool
        self._is_satisfied = False
        self._add(futures)

    @classmethod
    def begin(cls, fs: Sequence[Any]) -> Completions:
        """Return the completions of a wait: those of the fiber's last wait, if they fit.

        :param fs: Futures, and iterables of futures.
        """
        fiber = fibers.current()
        if fiber is None or fiber.completions is None:
            return cls(flatten(fs))
        previous: Completions = fiber.completions
        futures = list(fs)
        if not previous._extend(futures):
            futures = flatten(futures)
            if not previous._extend(futures) and not previous._extend_pending(futures):
                return cls(futures)
        fiber.completions = None
        return previous

    def end(self) -> None:
        """Keep the completions for the next wait of the fiber, or stop recording."""
        fiber = fibers.current()
        if fiber is None or self.are_all_done:
            self.close()
            return
        previous = fiber.completions
        if previous is None or len(self.futures) >= LARGE:
            fiber.completions, previous = self, previous
        else:
            previous = self
        if previous is not None:
            previous.close()

    def close(self) -> None:
        """Stop recording."""
        for future in self.futures:
            future.remove_watcher(self)

    @property
    def are_all_done(self) -> bool:
        """Whether no future is pending."""
        return len(self.done) == len(self.futures)

    @property
    def is_waiting(self) -> bool:
        """Whether a fiber waits for these futures now."""
        return self._waiter is not None

    def have_ended(self, ends_wait: Callable[[Future], bool]) -> bool:
        """Return whether all futures are done, or one that ends the wait.

        :param ends_wait: Returns whether a future ends the wait.
        """
        if not self.are_all_done and not any(map(ends_wait, self.done)):
            self.look()
        return self.are_all_done or any(map(ends_wait, self.done))

    def look(self) -> None:
        """Finish the lazy futures that can be finished."""
        if self._lazy:
            self._lazy = [future for future in self._lazy if not future.done]

    def take(self) -> Future:
        """Remove the future that was done first, and return it."""
        future = self.done.popleft()
        self._remove(future)
        return future

    def take_all(self) -> list[Future]:
        """Remove the futures that are done, and return them in the order of the arguments."""
        finished = sorted(self.done, key=self._positions.__getitem__)
        self.done.clear()
        for future in finished:
            self._remove(future)
        return finished

    def wait(self, ends_wait: Callable[[Future], bool], timer: WaitTimer | None = None) -> None:
        """Wait until all futures are done, or one that ends the wait.

        :param ends_wait: Returns whether a future ends the wait.
        :param timer: Limits the wait; None for no limit.
        :raises TimeoutError: The timer has fired.
        """
        fiber = current_fiber(self.futures[0])
        self._waiter, self._ends_wait, self._is_satisfied = fiber, ends_wait, False
        try:
            wait_until(lambda: self._is_satisfied, fiber, timer)
        finally:
            self._waiter = None

    def record(self, future: Future) -> None:
        """Record that a future is done, and resume the fiber if that ends its wait."""
        self.done.append(future)
        if self._waiter is not None:
            self._waiter.loop.call_soon(self._wake, future)

    def _wake(self, future: Future) -> None:
        if self._waiter is None or future not in self._positions:
            return
        is_last = self.are_all_done and future is self.done[-1]
        if is_last or self._ends_wait(future):
            self._is_satisfied = True
            self._waiter.resume()

    def _extend(self, fs: list[Any]) -> bool:
        """Add the futures of a wait that follow those which no wait has returned.

        :returns: Whether the wait begins with the futures that no wait has returned.
        """
        count = len(self.futures)
        if fs[:count] != self.futures:
            return False
        self._add(flatten(fs[count:]))
        return True

    def _extend_pending(self, futures: list[Any]) -> bool:
        """Do the same, but without the futures that are done: the code may have seen that."""
        if not futures or futures[0] not in self._positions:
            return False
        self.take_all()
        return self._extend(futures)

    def _add(self, futures: Sequence[Any]) -> None:
        for future in futures:
            if not isinstance(future, Future):
                raise InvalidTypeError("fs", future, "must be a future or an iterable of futures")
            if future in self._positions:
                continue
            self._next_position += 1
            self._positions[future] = self._next_position
            self._sorted_positions.append(self._next_position)
            self.futures.append(future)
            if future.state in DONE:
                self.done.append(future)
            else:
                future.add_watcher(self)
            if future.is_lazy:
                self._lazy.append(future)

    def _remove(self, future: Future) -> None:
        index = bisect_left(self._sorted_positions, self._positions.pop(future))
        del self._sorted_positions[index], self.futures[index]


def flatten(fs: Sequence[Any]) -> list[Any]:
    """Return the futures among some values, and in the iterables among them.

    :param fs: Futures, and iterables of futures.
    """
    futures: list[Any] = []
    for item in fs:
        if isinstance(item, Iterable):
            futures.extend(item)
        else:
            futures.append(item)
    return futures
