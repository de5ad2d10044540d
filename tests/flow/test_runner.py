"""Runners: in sequence, concurrent, external; and their timeouts."""

import threading
from types import SimpleNamespace

import pytest

from swf.exceptions import ActivityCanceled
from swf.flow import runner, task
from swf.flow.activity import ActivityExecution


@pytest.fixture
def execution():
    in_hand = ActivityExecution(None, "a-1", "token", {})
    in_hand.heartbeat = lambda: False
    return in_hand


@task.decorate(timeout=10)
def short():
    return None


@task.decorate(timeout=30, heartbeat=5)
def long():
    return None


def plain(context):
    return None


@pytest.mark.parametrize("kind", [runner.Sync, runner.Async])
def test_timeouts_are_pessimistic(kind):
    tasks = kind(short.fill(), long.fill())

    assert tasks.timeout({}) == 40
    assert tasks.heartbeat({}) == 10


def test_default_timeouts_of_a_task_are_ten_minutes():
    assert runner.Sync(plain).timeout({}) == 600
    assert runner.Sync(plain).heartbeat({}) == 600
    assert runner.Sync().timeout({}) == runner.Sync().heartbeat({}) == 600


def test_requirements_need_declarations_of_all_tasks():
    @task.contextify
    def reads(a, b):
        return None

    assert runner.Sync(reads.fill(a="x", b="y"), short.fill()).requirements({}) == {"x", "y"}
    with pytest.raises(runner.NoRunnerRequirementsFound):
        runner.Sync(reads.fill(a="x"), plain).requirements({})


@pytest.mark.parametrize("kind", [runner.Sync, runner.Async])
def test_activity_stand_in_needs_only_a_heartbeat(kind):
    beats = []
    activity = SimpleNamespace(heartbeat=lambda: beats.append(1))

    assert kind(plain, lambda context: {"a": 1}).execute(activity, {}) == {"a": 1}
    assert beats


def test_later_task_sees_the_results_of_earlier_ones(execution):
    tasks = runner.Sync(
        lambda context: {"count": context["count"] + 1},
        lambda context: {"seen": context["count"]},
    )

    assert tasks.execute(execution, {"count": 1}) == {"count": 2, "seen": 2}


@pytest.mark.parametrize("result", [None, "text", 7, ["a"]])
def test_result_that_is_not_a_dictionary_is_ignored(result, execution):
    tasks = runner.Sync(lambda context: result, lambda context: {"a": 1})

    assert tasks.execute(execution, {}) == {"a": 1}


def test_async_tasks_run_concurrently(execution):
    together = threading.Barrier(3, timeout=10)
    tasks = [lambda context, i=i: together.wait() < 3 and {f"{i}": i} for i in range(3)]

    assert runner.Async(*tasks).execute(execution, {}) == {"0": 0, "1": 1, "2": 2}


def test_async_results_are_merged_in_task_order(execution):
    first_waits = threading.Event()

    def first(context):
        first_waits.wait(10)
        return {"a": "first"}

    def second(context):
        first_waits.set()
        return {"a": "second"}

    assert runner.Async(first, second).execute(execution, {}) == {"a": "second"}


def test_async_starts_no_task_after_a_failure(execution):
    begun = []

    def fail(context):
        raise ValueError("no")

    tasks = runner.Async(fail, *[lambda context: begun.append(1)] * 20, max_workers=1)

    with pytest.raises(ValueError, match="no"):
        tasks.execute(execution, {})
    assert len(begun) < 20


@pytest.mark.parametrize("kind", [runner.Sync, runner.Async])
def test_canceled_activity_starts_no_task(kind, execution):
    execution._cancel_requested = True

    with pytest.raises(ActivityCanceled):
        kind(plain).execute(execution, {})


def test_external_runner_has_fixed_timeouts():
    assert runner.External(timeout=60).heartbeat() == 60
    assert runner.External(timeout=60, heartbeat=20).heartbeat({}) == 20
    assert runner.External(timeout=60).timeout({}) == 60
    with pytest.raises(AssertionError, match="timeout is missing"):
        runner.External()


def test_base_runner_does_not_execute():
    with pytest.raises(NotImplementedError):
        runner.BaseRunner().execute(None, {})


def test_result_that_is_no_dictionary_is_ignored_with_a_warning(caplog):
    for kind in (runner.Sync, runner.Async):
        caplog.clear()
        step = kind(lambda context: [1, 2], lambda context: {"x": 1}, lambda context: None)

        assert step.execute(Heart(), {}) == {"x": 1}
        assert caplog.text.count("which is no dictionary: <class 'list'>") == 1


class Heart:
    """An activity with a heartbeat."""

    def heartbeat(self):
        """Do nothing."""
