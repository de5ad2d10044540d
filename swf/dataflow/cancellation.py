"""Scopes of cancellation: what stops together, and what may not be stopped."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from swf.dataflow.exceptions import WorkflowCanceled
from swf.dataflow.futures import Future
from swf.dataflow.runtime import WorkflowRuntime


class CancellationScope:
    """What was submitted within a block; `cancel` asks all of it to stop."""

    def __init__(self) -> None:
        self.futures: list[Future] = []

    def cancel(self) -> None:
        """Ask all that is open in it to stop."""
        for future in self.futures:
            future.cancel()


@contextmanager
def cancellation_scope(runtime: WorkflowRuntime) -> Iterator[CancellationScope]:
    """Collect what is submitted within the block; an error that leaves it cancels what is open."""
    scope = CancellationScope()
    runtime.cancellation_scopes.append(scope)
    try:
        yield scope
    except BaseException:
        scope.cancel()
        raise
    finally:
        runtime.cancellation_scopes.remove(scope)


@contextmanager
def shielded(runtime: WorkflowRuntime) -> Iterator[None]:
    """Heed a request to cancel the execution only when the block is done.

    :raises WorkflowCanceled: at its end, if there was one.
    """
    runtime.shields += 1
    try:
        yield
    finally:
        runtime.shields -= 1
    if runtime.is_cancel_deferred and not runtime.shields:
        runtime.is_cancel_deferred = False
        runtime.cancel_all()
        raise WorkflowCanceled
