"""RetryResolver: failures of which a history does not tell whether they were to be tried again.

A replay does about a failure what was done about it, so that a retry policy can change under a
running execution. A further attempt that was decided is in the history. Where there is none, either
the policy gave none at that time, or one was asked for and did not become a decision: the code took
it back in the same turn, or it was held since too many activities were open.

So the present policy is followed, and the failure is doubted. If its further attempt is among what
is asked for when the turn is over, and the history does not have it, there was none: then the task
fails for good, a little late. That is too late for code to which it matters what came first; when
the code leaves the history behind for it, the whole replay is made once more by a run that knows.
If that one does not know either, the present policy says something else than the one of that time:
then a further attempt is asked for at once, and doubted the same way.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple, Protocol, TypeVar

from swf.dataflow.command_queue import CommandQueue
from swf.dataflow.retryable_command import RetryableCommand

T = TypeVar("T")


class RetryFacts(NamedTuple):
    """What is known of failures whose further attempts are not recorded, by the ids of those.

    :param final: those that were not tried again.
    :param tried: those that may have been, at once, whatever the present policy says.
    """

    final: frozenset[str] = frozenset()
    tried: frozenset[str] = frozenset()


NO_FACTS: Final = RetryFacts()


class RetryResolver:
    """The retries of one run.

    :param known: what there is no doubt about any more.
    """

    def __init__(self, queue: CommandQueue, known: RetryFacts) -> None:
        self._queue = queue
        self._known = known
        self._open: dict[str, tuple[RetryableCommand, Exception]] = {}
        self._had: set[str] = set()
        self._late: set[str] = set()
        self._given_up: set[str] = set()

    def delay(
        self, retry_id: str, task: RetryableCommand, error: Exception, delay: int | None
    ) -> int | None:
        """Return after how many seconds a task is tried again, of which the history tells nothing.

        :param delay: what its policy says.
        """
        recorded = self._queue.recorded
        if retry_id in self._known.final:
            return None
        if recorded.is_live:
            return delay
        if retry_id in self._known.tried:
            delay = 0
        if delay is None:
            self._given_up.add(retry_id)
            return None
        self._had.add(retry_id)
        if recorded.is_whole:
            self._open[retry_id] = task, error
        return delay

    def settle(self) -> bool:
        """At the end of a turn, fail what was not tried again; return whether there was any."""
        found = False
        for retry_id, (task, error) in list(self._open.items()):
            if self._queue.is_held(task) or not self._queue.recorded.is_whole:
                continue
            del self._open[retry_id]
            if self._queue.is_unrecorded(task, retry_id):
                self._late.add(retry_id)
                task.give_up(error)
                found = True
        return found

    def learned(self) -> RetryFacts:
        """Return what the next run is to know; the same if all is said."""
        final, tried = self._known
        more = final | (self._late or self._had)
        if more != final:
            return RetryFacts(more, tried)
        untried = (final | self._given_up) - tried
        return RetryFacts(tried=tried | untried) if untried else self._known


class Replayable(Protocol):
    """A run, as far as its retries go."""

    retries: RetryResolver

    def close(self) -> None:
        """End it."""


R = TypeVar("R", bound=Replayable)


def replay_until_consistent(
    make: Callable[[RetryFacts], R], follow: Callable[[R], T]
) -> tuple[R, T]:
    """Have a new run follow a history; if it fails and had retries, one that knows better.

    :param make: makes a run, given what it is to know of failures.
    :param follow: what the run is to do.
    :returns: the run, and what `follow` returned.
    """
    known = NO_FACTS
    first: Exception | None = None
    while True:
        run = make(known)
        try:
            return run, follow(run)
        except BaseException as error:
            run.close()
            learned = run.retries.learned()
            if not isinstance(error, Exception):
                raise
            if learned == known:
                raise (first or error) from None
            known, first = learned, first or error
