"""Failures: executions whose decider fails, and when to retry them.

An error in a decider is usually a bug, and a bug must not close an execution. The decision task is
kept and decided again after a growing delay, so that temporary problems resolve without help. After
several attempts the execution is quarantined and retried rarely. If the task times out in the
meantime, the service delivers a new one, which replaces it.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable

from attrs import define

from swf.actors.backoff import Backoff
from swf.models import DecisionTask

#: Maximum number of failing executions; the tasks of others time out.
MAX_FAILING = 1000


@define
class Failure:
    """An execution whose decider fails.

    :param attempts: number of consecutive failures.
    :param task: the latest decision task if it awaits a retry.
    :param due: time of the next attempt.
    """

    attempts: int
    task: DecisionTask | None
    due: float


class Failures:
    """The failing executions of a decider.

    :param backoff: delays between attempts.
    :param attempts: number of consecutive failures before quarantine.
    :param quarantine: seconds between attempts in quarantine.
    :param clock: returns monotonic seconds.
    """

    def __init__(
        self, backoff: Backoff, attempts: int, quarantine: float, clock: Callable[[], float]
    ) -> None:
        self._backoff = backoff
        self._attempts = attempts
        self._quarantine = quarantine
        self._clock = clock
        self._failing: OrderedDict[str, Failure] = OrderedDict()
        self._lock = threading.Lock()

    def __contains__(self, run_id: object) -> bool:
        return run_id in self._failing

    def quarantined(self) -> list[str]:
        """Return the run ids of the quarantined executions."""
        with self._lock:
            failing = self._failing.items()
            return [run_id for run_id, each in failing if each.attempts >= self._attempts]

    def failed(self, run_id: str, task: DecisionTask) -> Failure:
        """Record a failure, keep the task for a retry, and return the record.

        :param run_id: run id of the execution.
        :param task: the decision task that failed.
        """
        with self._lock:
            before = self._failing.pop(run_id, None)
            attempts = 1 + (before.attempts if before else 0)
            delay = self._quarantine
            if attempts < self._attempts:
                delay = self._backoff.delay(attempts)
            failure = Failure(attempts, task, self._clock() + delay)
            self._failing[run_id] = failure
            if len(self._failing) > MAX_FAILING:
                self._failing.popitem(last=False)
            return failure

    def is_quarantine(self, failure: Failure) -> bool:
        """Return whether this failure puts the execution into quarantine.

        :param failure: the record that `failed` returned.
        """
        return failure.attempts == self._attempts

    def succeeded(self, run_id: str) -> None:
        """Delete the failures of an execution.

        :param run_id: run id of the execution.
        """
        if self._failing:
            with self._lock:
                self._failing.pop(run_id, None)

    def waits(self, run_id: str, task: DecisionTask) -> bool:
        """Return whether a new task has to wait for its retry time; the task is kept then.

        :param run_id: run id of the execution.
        :param task: the new decision task.
        """
        if run_id not in self._failing:
            return False
        with self._lock:
            failure = self._failing.get(run_id)
            if failure is None or failure.due <= self._clock():
                return False
            failure.task = task
            return True

    def next_due(self) -> DecisionTask | None:
        """Remove and return a task whose retry time has come, or None."""
        if not self._failing:
            return None
        now = self._clock()
        with self._lock:
            for failure in self._failing.values():
                if failure.task is not None and failure.due <= now:
                    task, failure.task = failure.task, None
                    return task
        return None

    def waiting(self) -> list[DecisionTask]:
        """Remove and return all tasks that await a retry."""
        with self._lock:
            tasks = [each.task for each in self._failing.values() if each.task is not None]
            self._failing.clear()
            return tasks
