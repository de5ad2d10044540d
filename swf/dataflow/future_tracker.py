"""`FutureTracker`: the futures that must be done before the execution can close."""

from __future__ import annotations

from typing import Any

from swf.dataflow.base_future import Future
from swf.dataflow.fibers import EventLoop, Fiber


class FutureTracker:
    """The open futures of one execution.

    :param loop: The event loop of the futures.
    :ivar open: The futures that are not done, in the order of their creation.
    :ivar failures: The failed futures with `raises_on_failure` that were not observed when they
        failed.
    """

    def __init__(self, loop: EventLoop) -> None:
        self.open: dict[Future, None] = {}
        self.failures: list[Future] = []
        self._loop = loop
        self._waiter: Fiber | None = None

    def create(self, task: Any, task_id: str, *, raises_on_failure: bool) -> Future:
        """Return a new tracked future.

        :param task: The submitted task.
        :param raises_on_failure: Whether a failure of the task raises from `Future.result`, or
            fails the execution if the workflow never reads the result.
        """
        future = Future(self._loop, task, task_id, raises_on_failure=raises_on_failure)
        self.track(future)
        return future

    def track(self, future: Future) -> None:
        """Keep the execution open until a future is done."""
        self.open[future] = None
        future._add_callback(self._on_done)

    def release(self, future: Future) -> None:
        """Stop tracking a future.

        :param future: A future that may still be open, such as that of an abandoned child.
        """
        self.open.pop(future, None)
        if self._waiter is not None and not self.open:
            self._loop.call_soon(self._waiter.resume)

    def drain(self, fiber: Fiber | None) -> None:
        """Wait until no future is open.

        :param fiber: The fiber that waits; None to return immediately, in a closed execution.
        """
        self._waiter = fiber
        while self.open and self._waiter is not None:
            self._waiter.wait()

    def close(self) -> None:
        """Stop waiting, and drop the callbacks of the open futures."""
        self._waiter = None
        for future in self.open:
            future.clear_callbacks()

    def _on_done(self, future: Future) -> None:
        self.release(future)
        if future.failed and future.raises_on_failure and not future.is_observed:
            self.failures.append(future)
