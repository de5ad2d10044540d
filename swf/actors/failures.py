"""Failures: executions whose decider fails, and when to try them again.

An error in a decider is mostly a bug, and a bug is no reason to close an execution: somebody will
repair it. The decision task is kept and decided again after a while, longer each time, so that what
passes by itself heals by itself. After some attempts the execution is in quarantine: it is tried
rarely, and takes nobody's time. If the task times out meanwhile, the service delivers another one,
which takes its place.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable

from attrs import define

from swf.actors.backoff import Backoff
from swf.models import DecisionTask

#: Executions that are remembered at most; the tasks of others are left to time out.
MOST = 1000


@define
class Failure:
    """An execution that fails: how often in a row, its latest task if it waits, and until when."""

    attempts: int
    task: DecisionTask | None
    due: float


class Failures:
    """The executions of a decider that fail.

    :param backoff: how long to wait after each failure.
    :param attempts: after how many failures in a row an execution is in quarantine.
    :param quarantine: seconds between two attempts there.
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
        """Return the run ids of the executions in quarantine."""
        with self._lock:
            failing = self._failing.items()
            return [run_id for run_id, each in failing if each.attempts >= self._attempts]

    def failed(self, run_id: str, task: DecisionTask) -> Failure:
        """Note that deciding failed, keep the task, and return how things stand."""
        with self._lock:
            before = self._failing.pop(run_id, None)
            attempts = 1 + (before.attempts if before else 0)
            delay = self._quarantine
            if attempts < self._attempts:
                delay = self._backoff.delay(attempts)
            failure = Failure(attempts, task, self._clock() + delay)
            self._failing[run_id] = failure
            if len(self._failing) > MOST:
                self._failing.popitem(last=False)
            return failure

    def is_quarantine(self, failure: Failure) -> bool:
        """Return whether so many failures put an execution in quarantine."""
        return failure.attempts == self._attempts

    def succeeded(self, run_id: str) -> None:
        """Forget that it ever failed."""
        if self._failing:
            with self._lock:
                self._failing.pop(run_id, None)

    def waits(self, run_id: str, task: DecisionTask) -> bool:
        """Return whether a new task of an execution has to wait; it is kept until it is due."""
        if run_id not in self._failing:
            return False
        with self._lock:
            failure = self._failing.get(run_id)
            if failure is None or failure.due <= self._clock():
                return False
            failure.task = task
            return True

    def next_due(self) -> DecisionTask | None:
        """Take out the task of an execution that is to be tried again now."""
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
        """Take out all tasks that wait to be tried again."""
        with self._lock:
            tasks = [each.task for each in self._failing.values() if each.task is not None]
            self._failing.clear()
            return tasks
