"""Doubts: failures of which a history does not tell whether they were to be tried again.

A replay does about a failure what was done about it, so that a retry policy can change under a
running execution. A further attempt that was decided is in the history. Where there is none, either
the policy gave none at that time, or one was asked for and did not become a decision: the code took
it back in the same turn, or it was held since too many activities were open.

So the present policy is followed, and the failure is doubted. If its further attempt is among what
is asked for when the turn is over, and the history does not have it, there was none: then the task
fails for good, a little late. That is too late for code to which it matters what came first; when
the code leaves the history behind for it, the whole replay is made once more by a run that knows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from swf.dataflow.attempts import Task
from swf.dataflow.ledger import Ledger

T = TypeVar("T")


class Doubts:
    """The doubts of one run.

    :param final: the failures that are known to be final, by the ids of the retries they have not.
    """

    def __init__(self, ledger: Ledger, final: frozenset[str]) -> None:
        self._ledger = ledger
        self._final = final
        self._open: dict[str, tuple[Task, Exception]] = {}
        self._had: set[str] = set()
        self._late: set[str] = set()

    def may_retry(self, retry_id: str, task: Task, error: Exception) -> bool:
        """Return whether a task is to be tried again, of which the history records nothing."""
        if retry_id in self._final:
            return False
        recorded = self._ledger.recorded
        if not recorded.is_live:
            self._had.add(retry_id)
        if recorded.is_whole:
            self._open[retry_id] = task, error
        return True

    def settle(self) -> bool:
        """At the end of a turn, fail what was not tried again; return whether there was any."""
        found = False
        for retry_id, (task, error) in list(self._open.items()):
            if self._ledger.is_held(task) or not self._ledger.recorded.is_whole:
                continue
            del self._open[retry_id]
            if self._ledger.is_unrecorded(task, retry_id):
                self._late.add(retry_id)
                task.give_up(error)
                found = True
        return found

    def learned(self) -> frozenset[str]:
        """Return the failures that the next run takes for final; the same ones if all is said."""
        return self._final | (self._late or self._had)


class Doubting(Protocol):
    """A run, as far as its doubts go."""

    doubts: Doubts

    def close(self) -> None:
        """End it."""


R = TypeVar("R", bound=Doubting)


def replayed(make: Callable[[frozenset[str]], R], follow: Callable[[R], T]) -> tuple[R, T]:
    """Have a new run follow a history; if it fails and had doubts, one that knows better.

    :param make: makes a run, given the failures that it is to take for final.
    :param follow: what the run is to do.
    :returns: the run, and what `follow` returned.
    """
    final: frozenset[str] = frozenset()
    first: Exception | None = None
    while True:
        run = make(final)
        try:
            return run, follow(run)
        except BaseException as error:
            run.close()
            learned = run.doubts.learned()
            if not isinstance(error, Exception):
                raise
            if learned == final:
                raise (first or error) from None
            final, first = learned, first or error
