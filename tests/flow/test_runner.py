"""Runners: in order, side by side, elsewhere; and the timeouts that follow."""

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


def test_a_task_that_says_nothing_may_take_ten_minutes():
    assert runner.Sync(plain).timeout({}) == 600
    assert runner.Sync(plain).heartbeat({}) == 600
    assert runner.Sync().timeout({}) == runner.Sync().heartbeat({}) == 0


def test_what_the_tasks_read_is_known_if_all_of_them_say_it():
    @task.contextify
    def reads(a, b):
        return None

    assert runner.Sync(reads.fill(a="x", b="y"), short.fill()).requirements({}) == {"x", "y"}
    with pytest.raises(runner.NoRunnerRequirementsFound):
        runner.Sync(reads.fill(a="x"), plain).requirements({})


@pytest.mark.parametrize("kind", [runner.Sync, runner.Async])
def test_what_stands_for_an_activity_needs_only_a_heartbeat(kind):
    beats = []
    activity = SimpleNamespace(heartbeat=lambda: beats.append(1))

    assert kind(plain, lambda context: {"a": 1}).execute(activity, {}) == {"a": 1}
    assert beats


def test_a_later_task_sees_what_an_earlier_one_returned(execution):
    tasks = runner.Sync(
        lambda context: {"count": context["count"] + 1},
        lambda context: {"seen": context["count"]},
    )

    assert tasks.execute(execution, {"count": 1}) == {"count": 2, "seen": 2}


@pytest.mark.parametrize("result", [None, "text", 7, ["a"]])
def test_a_result_that_is_no_dictionary_adds_nothing(result, execution):
    tasks = runner.Sync(lambda context: result, lambda context: {"a": 1})

    assert tasks.execute(execution, {}) == {"a": 1}


def test_tasks_run_side_by_side(execution):
    together = threading.Barrier(3, timeout=10)
    tasks = [lambda context, i=i: together.wait() < 3 and {f"{i}": i} for i in range(3)]

    assert runner.Async(*tasks).execute(execution, {}) == {"0": 0, "1": 1, "2": 2}


def test_results_side_by_side_are_merged_in_the_order_of_the_tasks(execution):
    first_waits = threading.Event()

    def first(context):
        first_waits.wait(10)
        return {"a": "first"}

    def second(context):
        first_waits.set()
        return {"a": "second"}

    assert runner.Async(first, second).execute(execution, {}) == {"a": "second"}


def test_after_a_failure_side_by_side_nothing_more_begins(execution):
    begun = []

    def fail(context):
        raise ValueError("no")

    tasks = runner.Async(fail, *[lambda context: begun.append(1)] * 20, max_workers=1)

    with pytest.raises(ValueError, match="no"):
        tasks.execute(execution, {})
    assert len(begun) < 20


@pytest.mark.parametrize("kind", [runner.Sync, runner.Async])
def test_a_canceled_activity_begins_no_task(kind, execution):
    execution._cancel_requested = True

    with pytest.raises(ActivityCanceled):
        kind(plain).execute(execution, {})


def test_an_external_runner_has_the_timeouts_it_was_given():
    assert runner.External(timeout=60).heartbeat() == 60
    assert runner.External(timeout=60, heartbeat=20).heartbeat({}) == 20
    assert runner.External(timeout=60).timeout({}) == 60
    with pytest.raises(AssertionError, match="timeout is missing"):
        runner.External()


def test_a_runner_of_ones_own_says_how_tasks_are_run():
    with pytest.raises(NotImplementedError):
        runner.BaseRunner().execute(None, {})
