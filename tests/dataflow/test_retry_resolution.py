"""A failure and what else came with it, decided together: a replay does about it what was done."""

from __future__ import annotations

import pytest

from swf.dataflow import Workflow, futures, replay
from swf.dataflow.activity import Activity
from swf.exceptions import NonDeterminismError
from swf.retry import Retry

RETRIES = pytest.mark.parametrize("retry", [1, Retry(2, delay=5)], ids=["at once", "later"])


def fails():
    raise ValueError("no")


def plain(x=1):
    return x


@pytest.fixture
def record(make_local):
    """Return a function that runs code with everything open done before each of its decisions."""

    def record(run, retry, **attributes):
        """:returns: the history, and a function that replays it with another retry policy."""

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


def takes_back(self):
    """Take back what may be tried again, as soon as it has failed."""
    failing, other = self.submit(self.fails), self.submit(self.plain)
    other.wait()
    failing.cancel()
    self.submit(self.plain, str(failing.state)).wait()
    return failing.state


def looks_for_the_first(self):
    """Look which of several comes first, of which one fails."""
    failing = self.submit(self.fails)
    others = self.map(self.plain, range(3))
    first = futures.wait_any(failing, *others)
    self.submit(self.plain, others.index(first)).wait()
    return str(failing.exception)


@RETRIES
def test_a_further_attempt_that_the_code_took_back_at_once(record, retry):
    history, replayed = record(takes_back, retry)

    assert history.execution.result == "CANCELLED"
    replayed(retry)


@RETRIES
def test_a_further_attempt_that_a_scope_took_back_at_once(record, retry):
    def run(self):
        with self.cancellation_scope() as scope:
            failing, other = self.submit(self.fails), self.submit(self.plain)
            other.wait()
            scope.cancel()
        self.submit(self.plain, str(failing.state)).wait()
        return failing.state

    history, replayed = record(run, retry)

    assert history.execution.result == "CANCELLED"
    replayed(retry)


def test_a_further_attempt_that_had_to_wait_until_fewer_activities_were_open(record):
    history, replayed = record(looks_for_the_first, 1, max_open_activity_count=1)

    assert states(history)["fails-1"] == ["failed", "failed"]
    replayed(1)


def test_a_signal_to_a_child_that_failed_is_no_further_attempt_of_it(make_local):
    class Child(Workflow):
        name = "fails once"

        def run(self):
            self.fail("no")

    class Parent(Workflow):
        name = "tells the dead"

        def run(self):
            child = self.submit(Child)
            failed = child.exception
            signal = self.submit(self.signal("hello", workflow_id=child.id))
            return [failed is not None, signal.exception is not None]

    local = make_local(Parent, Child)

    assert local.result(local.start(Parent)) == [True, True]


def test_another_child_of_the_same_id_is_no_further_attempt_of_one_that_failed(make_local):
    class Child(Workflow):
        name = "fails in one way"

        @classmethod
        def get_workflow_id(cls, succeeds):
            return "the one"

        def run(self, succeeds):
            if not succeeds:
                self.fail("no")

    class Parent(Workflow):
        name = "asks again by itself"

        def run(self):
            first = self.submit(Child, False)
            failed = str(first.exception)
            second, refused = self.submit(Child, True), self.submit(Child, True)
            return [failed, second.exception, refused.exception.reason]

    local = make_local(Parent, Child)

    reasons = ["fails in one way failed: no", None, "WORKFLOW_ALREADY_RUNNING"]
    assert local.result(local.start(Parent)) == reasons


def test_a_further_attempt_of_something_with_a_long_name(make_local):
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
def test_the_policy_may_change_under_an_execution(record, then, now):
    def run(self):
        failing = [self.submit(self.fails), self.submit(self.fails)]
        return [str(future.exception) for future in failing]

    _, replayed = record(run, then)

    replayed(now)


@pytest.mark.parametrize("now", POLICIES, ids=str)
def test_the_policy_may_change_where_the_code_looks_at_what_came_first(record, now):
    def run(self):
        failing = [self.submit(self.fails) for _ in range(3)]
        asked = [failing[0], self.submit(self.plain), *failing[1:]]
        for future in futures.as_completed(asked):
            self.submit(self.plain, asked.index(future)).wait()
            failing[1].cancel()

    _, replayed = record(run, 0)

    replayed(now)


@pytest.mark.parametrize("now", POLICIES, ids=str)
def test_the_policy_may_change_after_the_code_took_a_further_attempt_back(record, now):
    history, replayed = record(takes_back, 1)

    assert history.execution.result == "CANCELLED"
    replayed(now)


@pytest.mark.parametrize("now", POLICIES, ids=str)
def test_the_policy_may_change_while_a_further_attempt_has_to_wait(record, now):
    history, replayed = record(looks_for_the_first, 1, max_open_activity_count=1)

    assert states(history)["fails-1"] == ["failed", "failed"]
    replayed(now)


@RETRIES
def test_the_policy_may_change_where_the_code_takes_back_what_was_never_asked_for(record, retry):
    history, replayed = record(takes_back, 0)

    assert history.execution.result == "FINISHED"
    replayed(retry)


def test_what_differs_for_another_reason_is_named_as_it_was_first(record):
    is_changed = False

    def run(self):
        failing, other = self.submit(self.fails), self.submit(self.plain)
        other.wait()
        failing.cancel()
        self.submit(self.plain, 6 if is_changed else 5).wait()

    _, replayed = record(run, 1)
    is_changed = True

    with pytest.raises(NonDeterminismError) as caught:
        replayed(1)

    assert "6" in caught.value.produced
    assert "5" in caught.value.expected
