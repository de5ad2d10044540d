from __future__ import annotations

import pytest

from swf.dataflow import Workflow, activity, futures, replay
from swf.dataflow.exceptions import ExecutionError, WorkflowCanceled
from swf.retry import Retry


class Arrivals:
    """Calls to the service that are made while the workflow's code runs, each once."""

    def __init__(self):
        self.execution = None
        self._done = set()

    def once(self, key, call, *args):
        if self.execution is not None and key not in self._done:
            self._done.add(key)
            call(self.execution, *args)


@pytest.fixture
def arrivals():
    return Arrivals()


@pytest.fixture
def run_late(make_local, arrivals):
    """Return a function that runs a workflow, checks its replays, and returns (status, result)."""

    def run_late(workflow, *args):
        local = make_local(workflow)
        arrivals.execution = execution = local.start(workflow, *args)
        last = local.run(execution)
        history = last.history()
        first = execution.history()
        refusals = [event for event in first if "UNHANDLED_DECISION" in str(event.raw)]
        arrivals.execution = None
        for each in (first, history):
            replay(workflow, each, workflow_id=execution.workflow_id, run_id=last.run_id)
        assert refusals
        try:
            return local.result(last)
        except ExecutionError as error:
            return error.status, error.reason

    return run_late


def signal(execution, name, value):
    execution.signal(name, value)


def cancel(execution):
    execution.request_cancel()


def test_signal_during_completion_is_received(run_late, acts, arrivals):
    class Loop(Workflow):
        def run(self):
            received, work = [], self.submit(acts.double, 1)
            while True:
                news = self.submit(self.wait_signal("news", consume=True))
                futures.wait_any(news, work)
                if not news.done:
                    arrivals.once("late", signal, "news", "late")
                    return received
                received.append(news.result)

    assert run_late(Loop) == ["late"]


def test_signal_between_refusal_and_next_decision_is_received(make_local, acts, arrivals):
    class Drains(Workflow):
        def run(self):
            self.submit(acts.double, 1).wait()
            received = []
            while (news := self.submit(self.wait_signal("news", consume=True))).done:
                received.append(news.result)
            arrivals.once("late", signal, "news", 1)
            return received

    local = make_local(Drains)
    arrivals.execution = execution = local.start(Drains)
    while "UNHANDLED_DECISION" not in str(execution.history().raw):
        local.step()
    execution.signal("news", 2)

    assert local.result(execution) == [1, 2]
    replay(Drains, execution.history())


def test_signal_that_starts_work_keeps_the_execution_open(run_late, acts, arrivals):
    class Works(Workflow):
        def run(self):
            deadline = self.submit(self.start_timer("deadline", 3600))
            self.submit(acts.double, 1).wait()
            stop = self.submit(self.wait_signal("more"))
            if stop.done:
                futures.wait_any(self.submit(acts.double, stop.result), deadline)
                return ["more", deadline.done]
            arrivals.once("late", signal, "more", 5)
            return "nothing"

    assert run_late(Works) == ["more", False]


def test_timer_canceled_by_the_end_of_code_keeps_its_time(make_local, acts, arrivals):
    class Waits(Workflow):
        def run(self):
            started = self.now()
            deadline = self.submit(self.start_timer("deadline", 3600))
            self.sleep(600)
            if self.submit(self.wait_signal("wait")).done:
                deadline.wait()
                return (self.now() - started).total_seconds()
            arrivals.once("late", signal, "wait", None)
            return None

    local = make_local(Waits)
    arrivals.execution = execution = local.start(Waits)

    assert 3600 <= local.result(execution) < 3605
    history = execution.history()
    assert len(history.timers["deadline"].attempts) == 2
    replay(Waits, history)


def test_each_of_two_late_signals_is_received(run_late, acts, arrivals):
    class Twice(Workflow):
        def run(self):
            self.submit(acts.double, 1).wait()
            values = []
            while True:
                news = self.submit(self.wait_signal("news", consume=True))
                if not news.done:
                    if len(values) < 2:
                        arrivals.once(len(values), signal, "news", len(values))
                    return values
                values.append(news.result)

    assert run_late(Twice) == [0, 1]


def test_signal_during_failure_is_received(run_late, acts, arrivals):
    class Fails(Workflow):
        def run(self):
            self.submit(acts.double, 1).wait()
            news = self.submit(self.wait_signal("news"))
            arrivals.once("late", signal, "news", "saved")
            if not news.done:
                self.fail("no news")
            return news.result

    assert run_late(Fails) == "saved"


def test_signal_during_continuation_is_passed_to_the_next_run(run_late, acts, arrivals):
    class Continues(Workflow):
        name = "continues with signals"

        def run(self, number=0, received=()):
            self.submit(acts.double, 1).wait()
            received = list(received)
            news = self.submit(self.wait_signal("news"))
            if news.done:
                received.append(news.result)
            arrivals.once("late", signal, "news", number)
            if number:
                return received
            return self.continue_as_new(number + 1, received)

    assert run_late(Continues) == [0]


def test_signal_during_cancellation_is_received(run_late, acts, arrivals):
    class Canceled(Workflow):
        def run(self):
            arrivals.once("request", cancel)
            try:
                self.sleep(60)
            except WorkflowCanceled:
                news = self.submit(self.wait_signal("news"))
                arrivals.once("late", signal, "news", 1)
                if news.done:
                    return "received"
                raise

    assert run_late(Canceled) == "received"


def test_cancel_request_during_completion_cancels_the_code(run_late, acts, arrivals):
    class Cleans(Workflow):
        def run(self):
            try:
                self.submit(acts.double, 1).wait()
            except WorkflowCanceled:
                self.submit(acts.echo, "clean").wait()
                raise
            arrivals.once("late", cancel)

    assert run_late(Cleans)[0] == "CANCELED"


@pytest.mark.parametrize("accepts", [True, False])
def test_cancel_request_during_first_turn_depends_on_should_cancel(run_late, arrivals, accepts):
    class Immediate(Workflow):
        def run(self):
            arrivals.once("late", cancel)
            return "done"

        def should_cancel(self, history):
            return accepts

    expected = ("CANCELED", None) if accepts else "done"
    assert run_late(Immediate) == expected


def test_decisions_of_a_repeated_turn_are_made_once(make_local, acts, arrivals):
    class Records(Workflow):
        def run(self):
            self.submit(acts.double, 1).wait()
            value = self.side_effect(calls.append, 1)
            self.submit(self.record_marker("done", 7))
            news = self.submit(self.wait_signal("news"))
            arrivals.once("late", signal, "news", "late")
            return [value, news.result if news.done else None]

    calls = []
    local = make_local(Records)
    arrivals.execution = execution = local.start(Records)

    assert local.result(execution) == [None, "late"]
    assert calls == [1]
    history = execution.history()
    assert [event.name for event in history].count("MarkerRecorded") == 2
    replay(Records, history)


def test_turn_that_cannot_be_repeated_closes_the_execution(make_local, acts, arrivals):
    class Differs(Workflow):
        def run(self):
            self.submit(acts.double, 1).wait()
            news = self.submit(self.wait_signal("news"))
            self.submit(self.record_marker("news", news.done))
            arrivals.once("late", signal, "news", "late")
            return news.done

    local = make_local(Differs)
    arrivals.execution = execution = local.start(Differs)

    assert local.result(execution) is False
    replay(Differs, execution.history())


def test_cancel_request_cancels_even_if_the_turn_cannot_be_repeated(make_local, acts, arrivals):
    class Marks(Workflow):
        def run(self):
            self.submit(acts.double, 1).wait()
            self.submit(self.record_marker("before the end"))
            arrivals.once("late", cancel)

    local = make_local(Marks)
    arrivals.execution = execution = local.start(Marks)

    assert local.run(execution).close_status == "CANCELED"
    replay(Marks, execution.history())


def test_failure_in_a_repeated_turn_is_retried_as_before(run_late, arrivals, failing_times):
    attempts = failing_times(1)

    @activity.with_attributes(name="flaky late", retry=Retry(max_attempts=2, delay=5))
    def flaky():
        return attempts()

    class Retries(Workflow):
        def run(self):
            work = self.submit(flaky)
            work.wait()
            news = self.submit(self.wait_signal("news"))
            arrivals.once("late", signal, "news", 1)
            return [work.result, news.done]

    assert run_late(Retries) == [2, True]


class Changing(Workflow):
    """Code that consumes signals, and that gets a new activity at its end."""

    name, is_new = "changing", False

    def run(self):
        self.submit(self.acts.double, 1).wait()
        received = []
        while (news := self.submit(self.wait_signal("news", consume=True))).done:
            received.append(news.result)
        self.submit(self.record_marker("received"))
        value = self.side_effect(len, "four")
        self.arrivals.once("late", signal, "news", "late")
        if self.is_new and self.patched("change"):
            received.append(self.submit(self.acts.double, value).result)
        return received


def test_new_code_receives_a_signal_after_a_refused_close(make_local, acts, arrivals):
    workflow = type("Changing", (Changing,), {"acts": acts, "arrivals": arrivals})
    local = make_local(workflow)
    arrivals.execution = execution = local.start(workflow)
    while "UNHANDLED_DECISION" not in str(execution.history().raw):
        local.step()
    workflow.is_new = True

    assert local.result(execution) == ["late", 8]
    replay(workflow, execution.history())


class Sleeping(Workflow):
    name = "sleeping"

    def run(self):
        self.sleep(600)


def test_signal_after_canceled_work_is_received(make_local, acts):
    class Leaves(Workflow):
        def run(self):
            slow = self.submit(Sleeping)
            self.submit(acts.double, 1).wait()
            news = self.submit(self.wait_signal("news"))
            slow.cancel()
            return news.done

    local = make_local(Leaves, Sleeping)
    execution = local.start(Leaves)
    while "Cancel" not in str([event.name for event in execution.history()]):
        local.step()
    execution.signal("news", 1)

    assert local.result(execution) is True
    replay(Leaves, execution.history(), workflow_id=execution.workflow_id, run_id=execution.run_id)
