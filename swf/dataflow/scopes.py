"""Scopes of cancellation: what stops together, and what may not be stopped."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from swf.dataflow.exceptions import WorkflowCanceled
from swf.dataflow.futures import Future
from swf.dataflow.host import Host


class CancellationScope:
    """What was submitted within a block; `cancel` asks all of it to stop."""

    def __init__(self) -> None:
        self.futures: list[Future] = []

    def cancel(self) -> None:
        """Ask all that is open in it to stop."""
        for future in self.futures:
            future.cancel()


@contextmanager
def cancellation_scope(run: Host) -> Iterator[CancellationScope]:
    """Collect what is submitted within the block; an error that leaves it cancels what is open."""
    scope = CancellationScope()
    run.cancellation_scopes.append(scope)
    try:
        yield scope
    except BaseException:
        scope.cancel()
        raise
    finally:
        run.cancellation_scopes.remove(scope)


@contextmanager
def shielded(run: Host) -> Iterator[None]:
    """Heed a request to cancel the execution only when the block is done.

    :raises WorkflowCanceled: at its end, if there was one.
    """
    run.shields += 1
    try:
        yield
    finally:
        run.shields -= 1
    if run.is_cancel_deferred and not run.shields:
        run.is_cancel_deferred = False
        run.cancel_all()
        raise WorkflowCanceled
