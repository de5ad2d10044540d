"""Executions whose decider fails."""

from __future__ import annotations

import pytest

from swf.actors import Backoff
from swf.actors.failures import MAX_FAILING, Failures


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


class Least:
    """A source of random numbers that always draws the longest delay."""

    def uniform(self, _low, high):
        return high


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def failures(clock):
    backoff = Backoff(base=1, cap=60, random=Least())
    return Failures(backoff, attempts=3, quarantine=300, clock=clock)


def test_nothing_is_due_without_failures(failures):
    assert failures.next_due() is None


def test_task_is_due_after_growing_delays(failures, clock):
    failures.failed("run", "task")
    clock.now = 0.9
    assert failures.next_due() is None
    clock.now = 1
    assert failures.next_due() == "task"

    failures.failed("run", "task")
    clock.now = 2.9
    assert failures.next_due() is None
    clock.now = 3
    assert failures.next_due() == "task"


def test_due_task_is_returned_once(failures, clock):
    failures.failed("run", "task")
    clock.now = 1

    assert [failures.next_due(), failures.next_due()] == ["task", None]


def test_quarantine_starts_after_maximum_attempts(failures, clock):
    for _ in range(3):
        failure = failures.failed("run", "task")

    assert failures.is_quarantine(failure)
    assert failures.quarantined() == ["run"]
    clock.now = 299
    assert failures.next_due() is None
    clock.now = 300
    assert failures.next_due() == "task"


def test_success_deletes_failures(failures):
    for _ in range(3):
        failures.failed("run", "task")

    failures.succeeded("run")

    assert "run" not in failures
    assert failures.failed("run", "task").attempts == 1


def test_new_task_replaces_the_waiting_one(failures, clock):
    failures.failed("run", "old")

    assert failures.waits("run", "new")
    clock.now = 1
    assert failures.next_due() == "new"


def test_new_task_of_due_execution_does_not_wait(failures, clock):
    failures.failed("run", "old")
    clock.now = 1

    assert not failures.waits("run", "new")


def test_task_of_other_execution_does_not_wait(failures):
    failures.failed("run", "task")

    assert not failures.waits("other", "task")


def test_number_of_failing_executions_is_limited(failures):
    for number in range(MAX_FAILING + 1):
        failures.failed(f"run-{number}", "task")

    assert ("run-0" in failures, "run-1" in failures) == (False, True)
