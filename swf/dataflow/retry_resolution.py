"""Failures for which the history does not record whether a retry was scheduled.

Replay repeats the recorded reaction to a failure, so that a retry policy can change while
executions are open. A retry that became a decision is in the history. If there is none, either the
policy allowed no retry at that time, or the retry never became a decision: the code cancelled it in
the same turn, or it was throttled because too many activities were open.

The resolver follows the current policy and marks the failure as ambiguous. If its retry is pending
at the end of the turn and the history does not record it, there was no retry, and the task fails
then. That is too late for code that depends on the order of completion. When such code diverges
from the history, `replay_until_consistent` replays the whole history with this fact. If that does
not help, the current policy allows fewer retries than the policy of that time, and the next replay
assumes an immediate retry.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple, Protocol, TypeVar

from swf.dataflow.command_queue import CommandQueue
from swf.dataflow.commands import Command
from swf.dataflow.late_events import LateEventsError, Repetitions
from swf.exceptions import NonDeterminismError

T = TypeVar("T")


class RetryFacts(NamedTuple):
    """Conclusions about ambiguous failures, as sets of retry ids.

    :ivar final: Failures without a retry.
    :ivar retried: Failures with an assumed immediate retry, which overrides the current policy.
    """

    final: frozenset[str] = frozenset()
    retried: frozenset[str] = frozenset()


class ReplayFacts(NamedTuple):
    """Conclusions from previous replays of the same history.

    :ivar retries: Conclusions about ambiguous retries.
    :ivar repetitions: The turns to repeat with late events; see `late_events.py`.
    """

    retries: RetryFacts = RetryFacts()
    repetitions: Repetitions = Repetitions()

    def refine(self, error: Exception, retries: RetryFacts) -> ReplayFacts:
        """Return the facts for another replay; the same facts if nothing is left to try.

        :param error: The error of the last replay.
        :param retries: The refined facts about ambiguous retries.
        """
        if isinstance(error, LateEventsError):
            return ReplayFacts(self.retries, self.repetitions.adding(error.repetition))
        is_different = isinstance(error, NonDeterminismError)
        if retries == self.retries and self.repetitions.repeated and is_different:
            return ReplayFacts(self.retries, self.repetitions.without_last())
        return ReplayFacts(retries, self.repetitions)


NO_FACTS: Final = ReplayFacts()


class RetryResolver:
    """Decides in a replay about failures without a recorded retry.

    :param facts: Conclusions from previous replays of the same history.
    """

    def __init__(self, queue: CommandQueue, facts: RetryFacts) -> None:
        self._queue = queue
        self._facts = facts
        self._ambiguous: dict[str, tuple[Command, Callable[[], None]]] = {}
        #: Failures that the current policy retries.
        self._retried: set[str] = set()
        #: Failures whose retry was found to be unrecorded at the end of the turn.
        self._failed_late: set[str] = set()
        #: Failures that the current policy does not retry.
        self._not_retried: set[str] = set()

    def resolve_retry_delay(
        self, retry_id: str, command: Command, fail: Callable[[], None], policy_delay: int | None
    ) -> int | None:
        """Return the delay of a retry that the history does not record.

        :param retry_id: The id of the timer that delays the retry.
        :param fail: Fails the command without a retry.
        :param policy_delay: The delay of the current policy in seconds; None for no retry.
        :returns: Seconds until the retry; None for no retry.
        """
        recorded = self._queue.recorded
        if retry_id in self._facts.final:
            return None
        if recorded.is_live:
            return policy_delay
        delay = 0 if retry_id in self._facts.retried else policy_delay
        if delay is None:
            self._not_retried.add(retry_id)
            return None
        self._retried.add(retry_id)
        if recorded.is_complete:
            self._ambiguous[retry_id] = command, fail
        return delay

    def fail_unrecorded(self) -> bool:
        """Fail the commands whose retry is pending but not recorded, at the end of a turn.

        :returns: Whether any command failed.
        """
        has_failed = False
        for retry_id, (command, fail) in list(self._ambiguous.items()):
            if self._queue.is_throttled(command) or not self._queue.recorded.is_complete:
                continue
            del self._ambiguous[retry_id]
            if self._queue.is_unrecorded(command, retry_id):
                self._failed_late.add(retry_id)
                fail()
                has_failed = True
        return has_failed

    def refined_facts(self) -> RetryFacts:
        """Return the facts for another replay; the same facts if nothing is left to try."""
        final, retried = self._facts
        more = final | (self._failed_late or self._retried)
        if more != final:
            return RetryFacts(more, retried)
        untried = (final | self._not_retried) - retried
        return RetryFacts(retried=retried | untried) if untried else self._facts


class Replayable(Protocol):
    """The methods of a workflow instance that `replay_until_consistent` uses."""

    def refined_facts(self, error: Exception) -> ReplayFacts:
        """Return the facts for another replay.

        :param error: The error of the last replay.
        """

    def close(self) -> None:
        """Discard the instance."""


R = TypeVar("R", bound=Replayable)


def replay_until_consistent(
    create: Callable[[ReplayFacts], R], follow: Callable[[R], T]
) -> tuple[R, T]:
    """Replay a history, and repeat a failed replay with refined facts.

    :param create: Creates a workflow instance with some facts.
    :param follow: Replays the history with the instance.
    :returns: The instance, and the return value of `follow`.
    :raises Exception: The first error of `follow`, if no facts lead to a consistent replay.
    """
    facts = NO_FACTS
    first_error: Exception | None = None
    while True:
        instance = create(facts)
        try:
            return instance, follow(instance)
        except BaseException as error:
            instance.close()
            if not isinstance(error, Exception):
                raise
            refined = instance.refined_facts(error)
            if refined == facts:
                raise (first_error or error) from None
            facts = refined
            if not isinstance(error, LateEventsError):
                first_error = first_error or error
