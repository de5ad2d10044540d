from __future__ import annotations

import pytest

from swf.dataflow import Workflow, activity, exceptions, futures, replay
from swf.dataflow.activity import Activity
from swf.retry import Retry


class Child(Workflow):
    name, version, tag_list = "child of tests", "3", ["kid"]

    def run(self, x):
        if x < 0:
            self.fail("negative", {"x": x})
        self.sleep(x)
        return x * 10


class Patient(Workflow):
    """Waits for a month, or until it is canceled."""

    name = "patient"

    def run(self):
        self.sleep(30 * 86_400)
        return "slept"


def test_canceled_execution_closes_as_canceled(make_local):
    hooks = []

    class Canceled(Patient):
        name = "canceled"

        def on_canceled(self, history):
            hooks.append("canceled")

    local = make_local(Canceled)
    execution = local.start(Canceled)
    local.run_until_idle()
    execution.request_cancel()
    history = local.run(execution).history()

    assert history.execution.close_status == "CANCELED"
    assert history.timers["sleep-1"].state == "canceled"
    assert hooks == ["canceled"]


@pytest.mark.parametrize("ends", ["result", "continuation"])
def test_cancel_request_precedes_the_end_in_one_decision_task(make_local, ends):
    class Ending(Workflow):
        name = "ending"

        def run(self):
            signal = self.submit(self.wait_signal("go")).result
            return signal if ends == "result" else self.continue_as_new()

    local = make_local(Ending)
    execution = local.start(Ending)
    local.run_until_idle()
    execution.signal("go")
    execution.request_cancel()

    history = local.run(execution).history()

    assert history.execution.close_status == "CANCELED"
    replay(Ending, history)


def test_result_after_cancel_request_does_not_prevent_cancellation(make_local):
    def cancels():
        local.executions[0].request_cancel()

    cancels = Activity(cancels, name="cancels")

    class Asks(Workflow):
        name = "asks to be canceled"

        def run(self):
            return self.submit(cancels).result

    local = make_local(Asks, activities=[cancels])
    local.executions = [local.start(Asks)]
    history = local.run(local.executions[0]).history()

    assert history.execution.close_status == "CANCELED"
    assert next(iter(history.activities.values())).state == "completed"


@pytest.mark.parametrize("retry", [1, Retry(max_attempts=2, delay=5)])
def test_replay_accepts_retry_withdrawn_by_cancel_request(make_local, acts, retry):
    def fails():
        raise ValueError("no")

    fails = Activity(fails, name="fails", retry=retry)

    class Cleans(Workflow):
        name = "cleans after a failure"

        def run(self):
            try:
                return self.submit(fails).result
            except exceptions.WorkflowCanceled:
                self.submit(acts.echo, "cleaned").wait()
                raise

    local = make_local(Cleans, activities=[fails, acts.echo])
    execution = local.start(Cleans)
    while "ActivityTaskFailed" not in [event.name for event in execution.history()]:
        local.step()
    execution.request_cancel()
    history = local.run(execution).history()

    assert history.execution.close_status == "CANCELED"
    assert [a.state for a in history.activities.values()] == ["failed", "completed"]


def test_workflow_can_decline_cancellation(make_local):
    class Declines(Patient):
        name = "declines"

        def should_cancel(self, history):
            return False

    local = make_local(Declines)
    execution = local.start(Declines)
    local.run_until_idle()
    execution.request_cancel()

    assert local.result(execution) == "slept"


def test_cancellation_is_requested_for_open_activities_and_children(make_local, acts):
    class Cleans(Workflow):
        name = "cleans"

        def run(self):
            try:
                futures.wait(self.submit(Patient), self.submit(acts.double, 1))
            except exceptions.WorkflowCanceled:
                self.submit(acts.echo, "cleaned").wait()
                raise

    local = make_local(Cleans, activities=[acts.echo])
    execution = local.start(Cleans)
    with local.clock.hold():
        while local.decider.poll_once():
            pass
    execution.request_cancel()
    history = local.run(execution).history()

    assert history.execution.close_status == "CANCELED"
    assert [child.state for child in history.children.values()] == ["canceled"]
    states = {a.name.rsplit(".")[-1]: a.state for a in history.activities.values()}
    assert states == {"double": "canceled", "echo": "completed"}


def test_running_activity_is_canceled_by_its_heartbeat(make_local):
    def works():
        local.executions[0].signal("cancel it")
        local.decider.poll_once()
        activity.task().heartbeat()

    works = Activity(works, name="works")

    class Stops(Workflow):
        name = "stops"

        def run(self):
            future = self.submit(works)
            self.submit(self.wait_signal("cancel it")).wait()
            future.cancel()
            return future.wait().cancelled

    local = make_local(Stops, activities=[works])
    local.executions = [local.start(Stops)]

    assert local.result(local.executions[0]) is True
    history = local.executions[0].history()
    assert history.activities["works-1"].state == "canceled"


def test_shielded_block_completes_before_cancellation(make_local, acts):
    class Pays(Workflow):
        name = "pays"

        def run(self):
            with self.shielded():
                self.submit(self.wait_signal("paid")).wait()
                self.submit(acts.echo, "booked").wait()
            self.submit(acts.echo, "shipped").wait()

    local = make_local(Pays)
    execution = local.start(Pays)
    local.run_until_idle()
    execution.request_cancel()
    local.run_until_idle()
    execution.signal("paid")
    history = local.run(execution).history()

    assert history.execution.close_status == "CANCELED"
    assert len(history.activities) == 1


def test_scope_cancels_its_tasks_only(history_of):
    def scopes(self):
        outside = self.submit(self.start_timer("outside", 5))
        with self.cancellation_scope() as scope:
            inside = self.map(Child, [600, 601])
            self.sleep(1)
            scope.cancel()
        return [future.cancelled for future in inside], outside.wait().cancelled

    history = history_of(scopes)

    assert history.execution.close_status == "COMPLETED"
    assert {child.state for child in history.children.values()} == {"canceled"}


def test_error_that_leaves_scope_cancels_open_tasks(history_of):
    def scopes(self):
        try:
            with self.cancellation_scope():
                timer = self.submit(self.start_timer("t", 600))
                self.sleep(1)
                raise LookupError
        except LookupError:
            return timer.cancelled

    assert history_of(scopes).timers["t"].state == "canceled"
