"""`Cancellation`: cancellation requests of one execution, cancellation scopes and shields."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from swf.dataflow.base_future import Future
from swf.dataflow.exceptions import WorkflowCanceled
from swf.dataflow.future_tracker import FutureTracker
from swf.dataflow.timers import Timers


class CancellationScope:
    """The futures submitted within a `with` block.

    :ivar futures: The futures, in the order of submission.
    """

    def __init__(self) -> None:
        self.futures: list[Future] = []

    def cancel(self) -> None:
        """Request cancellation of all open futures in the scope."""
        for future in self.futures:
            future.cancel()


class Cancellation:
    """The cancellation state of one execution.

    :param tracker: The open futures, which a request cancels.
    :param timers: The open timers, which a request cancels.
    """

    def __init__(self, tracker: FutureTracker, timers: Timers) -> None:
        self._tracker = tracker
        self._timers = timers
        self._scopes: list[CancellationScope] = []
        self._shields = 0
        self._is_deferred = False

    def register(self, future: Future) -> None:
        """Add a future to all scopes that are open.

        :param future: The future of a submitted task.
        """
        for scope in self._scopes:
            scope.futures.append(future)

    def cancel_all(self) -> None:
        """Request cancellation of all open futures and timers."""
        for future in [*self._tracker.open, *self._timers.running.values()]:
            future.cancel()

    def request(self) -> bool:
        """Cancel all open futures and timers, unless the code is shielded.

        :returns: False if the request is deferred until the end of the shielded block.
        """
        if self._shields:
            self._is_deferred = True
            return False
        self.cancel_all()
        return True

    @contextmanager
    def scope(self) -> Iterator[CancellationScope]:
        """Collect the futures submitted within the block; an error that leaves it cancels them."""
        scope = CancellationScope()
        self._scopes.append(scope)
        try:
            yield scope
        except BaseException:
            scope.cancel()
            raise
        finally:
            self._scopes.remove(scope)

    @contextmanager
    def shielded(self) -> Iterator[None]:
        """Defer a cancellation request until the end of the block.

        :raises WorkflowCanceled: At the end of the block, if cancellation was requested.
        """
        self._shields += 1
        try:
            yield
        finally:
            self._shields -= 1
        if self._is_deferred and not self._shields:
            self._is_deferred = False
            self.cancel_all()
            raise WorkflowCanceled
