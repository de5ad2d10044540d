"""Replays of failures for which the history does not record whether a retry was scheduled."""

from __future__ import annotations

import pytest

from swf.dataflow import Workflow, futures, replay
from swf.dataflow.activity import Activity
from swf.exceptions import NonDeterminismError
from swf.retry import Retry

RETRIES = pytest.mark.parametrize("retry", [1, Retry(2, delay=5)], ids=["immediate", "delayed"])


def fails():
    raise ValueError("no")


def plain(x=1):
    return x


@pytest.fixture
def record(make_local):
    """Return a function that runs code, completing all open activities before each decision."""

    def record(run, retry, **attributes):
        """Return the history, and a function that replays it with another retry policy."""

        def workflow(retry):
            activities = {
                "fails": staticmethod(Activity(fails, name="fails", retry=retry)),
                "plain": staticmethod(Activity(plain, name="plain")),
            }
            attributes.update(activities, run=run, name="tested")
            return type("Tested", (Workflow,), dict(attributes))

        tested = workflow(retry)
        local = make_local(tested, activities=[tested.fails, tested.plain])
        execution = local.start(tested)
        while execution.upstream().status == "OPEN":
            while local.worker.poll_once():
                pass
            local.step()
        history = execution.history()
        ids = {"workflow_id": execution.workflow_id, "run_id": execution.run_id}
        return history, lambda retry: replay(workflow(retry), history, **ids)

    return record


def states(history):
    return {
        name: [attempt.state for attempt in activity.attempts]
        for name, activity in history.activities.items()
    }


def cancels_retry(self):
    """Cancel a task that will be retried, as soon as it has failed."""
    failing, other = self.submit(self.fails), self.submit(self.plain)
    other.wait()
    failing.cancel()
    self.submit(self.plain, str(failing.state)).wait()
    return failing.state


def takes_first(self):
    """Use the task that is done first of several, one of which fails."""
    failing = self.submit(self.fails)
    others = self.map(self.plain, range(3))
    first = futures.wait_any(failing, *others)
    self.submit(self.plain, others.index(first)).wait()
    return str(failing.exception)


@RETRIES
def test_replay_accepts_retry_canceled_in_the_same_turn(record, retry):
    history, replay_with = record(cancels_retry, retry)

    assert history.execution.result == "CANCELLED"
    replay_with(retry)


@RETRIES
def test_replay_accepts_retry_canceled_by_a_scope(record, retry):
    def run(self):
        with self.cancellation_scope() as scope:
            failing, other = self.submit(self.fails), self.submit(self.plain)
            other.wait()
            scope.cancel()
        self.submit(self.plain, str(failing.state)).wait()
        return failing.state

    history, replay_with = record(run, retry)

    assert history.execution.result == "CANCELLED"
    replay_with(retry)


def test_replay_accepts_throttled_retry(record):
    history, replay_with = record(takes_first, 1, max_open_activity_count=1)

    assert states(history)["fails-1"] == ["failed", "failed"]
    replay_with(1)


def test_signal_to_failed_child_is_not_its_retry(make_local):
    class Child(Workflow):
        name = "fails once"

        def run(self):
            self.fail("no")

    class Parent(Workflow):
        name = "signals a closed child"

        def run(self):
            child = self.submit(Child)
            failed = child.exception
            signal = self.submit(self.signal("hello", workflow_id=child.id))
            return [failed is not None, signal.exception is not None]

    local = make_local(Parent, Child)

    assert local.result(local.start(Parent)) == [True, True]


def test_second_child_with_same_id_is_not_a_retry(make_local):
    class Child(Workflow):
        name = "fails in one way"

        @classmethod
        def get_workflow_id(cls, succeeds):
            return "the one"

        def run(self, succeeds):
            if not succeeds:
                self.fail("no")

    class Parent(Workflow):
        name = "starts a child twice"

        def run(self):
            first = self.submit(Child, False)
            failed = str(first.exception)
            second, refused = self.submit(Child, True), self.submit(Child, True)
            return [failed, second.exception, refused.exception.reason]

    local = make_local(Parent, Child)

    reasons = ["fails in one way failed: no", None, "WORKFLOW_ALREADY_RUNNING"]
    assert local.result(local.start(Parent)) == reasons


def test_activity_with_long_name_is_retried(make_local):
    long = Activity(fails, name="f" * 250, retry=Retry(2, delay=5))

    class Tries(Workflow):
        name = "tries"

        def run(self):
            return str(self.submit(long).exception)

    local = make_local(Tries, activities=[long])

    assert "ValueError: no" in local.result(local.start(Tries))


POLICIES = [0, 1, 3, Retry(2, delay=5), Retry(2, delay=50), Retry(2, on=KeyError)]


@pytest.mark.parametrize("then", POLICIES, ids=str)
@pytest.mark.parametrize("now", POLICIES, ids=str)
def test_retry_policy_can_change_during_an_execution(record, then, now):
    def run(self):
        failing = [self.submit(self.fails), self.submit(self.fails)]
        return [str(future.exception) for future in failing]

    _, replay_with = record(run, then)

    replay_with(now)


@pytest.mark.parametrize("now", POLICIES, ids=str)
def test_retry_policy_can_change_if_order_of_completion_matters(record, now):
    def run(self):
        failing = [self.submit(self.fails) for _ in range(3)]
        tasks = [failing[0], self.submit(self.plain), *failing[1:]]
        for future in futures.as_completed(tasks):
            self.submit(self.plain, tasks.index(future)).wait()
            failing[1].cancel()

    _, replay_with = record(run, 0)

    replay_with(now)


@pytest.mark.parametrize("now", POLICIES, ids=str)
def test_retry_policy_can_change_after_canceled_retry(record, now):
    history, replay_with = record(cancels_retry, 1)

    assert history.execution.result == "CANCELLED"
    replay_with(now)


@pytest.mark.parametrize("now", POLICIES, ids=str)
def test_retry_policy_can_change_during_throttled_retry(record, now):
    history, replay_with = record(takes_first, 1, max_open_activity_count=1)

    assert states(history)["fails-1"] == ["failed", "failed"]
    replay_with(now)


@RETRIES
def test_retry_policy_can_change_if_code_cancels_failed_task(record, retry):
    history, replay_with = record(cancels_retry, 0)

    assert history.execution.result == "FINISHED"
    replay_with(retry)


def test_unrelated_divergence_reports_the_first_error(record):
    is_changed = False

    def run(self):
        failing, other = self.submit(self.fails), self.submit(self.plain)
        other.wait()
        failing.cancel()
        self.submit(self.plain, 6 if is_changed else 5).wait()

    _, replay_with = record(run, 1)
    is_changed = True

    with pytest.raises(NonDeterminismError) as caught:
        replay_with(1)

    assert "6" in caught.value.produced
    assert "5" in caught.value.expected
