"""Signals that the code has not read are passed to the next run; at the end they are reported."""

from __future__ import annotations

import itertools

import pytest

from swf import codecs
from swf.dataflow import Workflow, futures, replay
from swf.dataflow.exceptions import ExecutionError, PayloadError, WorkflowCanceled


class CountingCipher:
    """A cipher for tests that returns a different text for each call."""

    def __init__(self):
        self._numbers = itertools.count(1)

    def encrypt(self, data):
        key = next(self._numbers) % 256
        return bytes([key]) + bytes(byte ^ key for byte in data)

    def decrypt(self, data):
        return bytes(byte ^ data[0] for byte in data[1:])


CODECS = {"typed": codecs.TYPED_JSON, "encrypted": codecs.Encrypted(CountingCipher())}


@pytest.fixture(params=CODECS)
def codec(request):
    return CODECS[request.param]


@pytest.fixture
def start(make_local):
    """Return a function that starts `function(self, *args)` as a workflow."""

    def start(function, *args, codec=codecs.TYPED_JSON, **attributes):
        attributes = {"run": function, "name": "tested", "version": "1", **attributes}
        workflow = type("Tested", (Workflow,), attributes)
        local = make_local(workflow, codec=codec)
        return local, local.start(workflow, *args)

    return start


def finish(local, execution):
    """Run an execution to its end, replay its first and last run, and return its result."""
    last = local.run(execution)
    [workflow] = local.decider.workflows.values()
    for each in (execution, last):
        ids = {"workflow_id": each.workflow_id, "run_id": each.run_id}
        replay(workflow, each.history(), codec=local.codec, **ids)
    try:
        return local.result(last)
    except ExecutionError as error:
        return error.status, error.reason


def send(execution, *values, name="news"):
    for value in values:
        execution.signal(name, value)


def drain(workflow, name="news"):
    """Return the values of all signals that have arrived."""
    values = []
    while (news := workflow.submit(workflow.wait_signal(name, consume=True))).done:
        values.append(news.result)
    return values


def test_unread_signals_are_passed_to_the_next_run(start, acts, codec):
    def run(self, read=None):
        if read is not None:
            return [*read, *drain(self)]
        self.submit(acts.double, 1).wait()
        first = self.submit(self.wait_signal("news", consume=True)).result
        self.submit(acts.double, 1).wait()
        return self.continue_as_new([first])

    local, execution = start(run, codec=codec)
    send(execution, {"number": 1}, 2, "three")

    assert finish(local, execution) == [{"number": 1}, 2, "three"]


def test_unread_signals_are_passed_by_automatic_continuation(start, acts, codec):
    def run(self, number=0):
        self.number = number
        while self.number < 6:
            self.submit(acts.double, 1).wait()
            self.number += 1
        return drain(self)

    continues = {"on_continue_as_new": lambda self: self.continue_as_new(self.number)}
    local, execution = start(run, codec=codec, event_budget=20, **continues)
    send(execution, 1, 2)

    assert finish(local, execution) == [1, 2]


def test_signal_that_the_code_has_seen_is_not_passed_on(start, acts):
    def run(self, is_first=True):
        if not is_first:
            return drain(self)
        news = self.submit(self.wait_signal("news"))
        callback = self.submit(self.wait_signal("callback"))
        callback.add_done_callback(lambda future: None)
        self.submit(acts.double, 1).wait()
        assert news.done
        self.get_event_details("signal", "details")
        return self.continue_as_new(False)

    local, execution = start(run)
    send(execution, 1, 2)
    for name in ("callback", "details", "never read"):
        send(execution, 3, name=name)

    local.run(execution)
    [workflow_input] = [
        event.raw["workflowExecutionContinuedAsNewEventAttributes"]["input"]
        for event in execution.history()
        if event.name == "WorkflowExecutionContinuedAsNew"
    ]
    assert codecs.TYPED_JSON.decode(workflow_input)["meta"]["signals"] == [["never read", "3"]]


def test_signal_for_an_abandoned_wait_is_passed_on(start, acts):
    def run(self, is_first=True):
        if not is_first:
            return drain(self)
        news = self.submit(self.wait_signal("news", consume=True))
        with pytest.raises(futures.TimeoutError):
            news.wait(timeout=60)
        self.submit(acts.double, 1).wait()
        return self.continue_as_new(False)

    local, execution = start(run)
    while not execution.history().activities:
        local.step()
    send(execution, "late")

    assert finish(local, execution) == ["late"]


def test_signals_too_large_for_the_next_run_fail_the_execution(start, acts):
    def run(self, is_first=True):
        self.submit(acts.double, 1).wait()
        return self.continue_as_new(False)

    local, execution = start(run)
    send(execution, "x" * 20_000, "x" * 20_000)

    status, reason = finish(local, execution)
    assert status == "FAILED"
    assert "input with 2 unread signals" in reason
    assert "32768" in reason


def test_state_that_does_not_fit_raises_where_the_code_waits(start, acts):
    def run(self):
        try:
            while True:
                self.submit(acts.double, 1).wait()
        except PayloadError as error:
            self.submit(acts.echo, "clean up").wait()
            self.fail(str(error))

    continues = {"on_continue_as_new": lambda self: self.continue_as_new()}
    local, execution = start(run, event_budget=20, **continues)
    send(execution, "x" * 20_000, "x" * 20_000)

    status, reason = finish(local, execution)
    assert status == "FAILED"
    assert reason.startswith("input with 2 unread signals")
    assert "echo" in str(list(execution.history().activities))


def test_signal_during_an_unrepeatable_continuation_is_passed_on(start, acts):
    def run(self, is_first=True):
        if not is_first:
            return drain(self)
        self.submit(acts.double, 1).wait()
        is_late = self.submit(self.wait_signal("news")).done
        self.submit(self.record_marker("told", is_late))  # differs with the late signal
        if not sent:
            sent.append(send(execution, "late"))
        return self.continue_as_new(False)

    sent = []
    local, execution = start(run)

    assert finish(local, execution) == ["late"]


def test_unread_signals_are_logged_when_the_execution_closes(start, acts, caplog):
    def run(self):
        self.submit(acts.double, 1).wait()
        return "done"

    local, execution = start(run)
    send(execution, 1, 2)

    assert finish(local, execution) == "done"
    [message] = [m for m in caplog.messages if m.startswith("Execution closes with unread signals")]
    assert message.endswith("count=2 names=news")


def test_signal_after_the_code_has_returned_is_read(start, acts):
    def run(self):
        self.submit(acts.double, 1)
        return drain(self)

    local, execution = start(run)
    local.decider.poll_once()
    send(execution, 1)
    local.decider.poll_once()
    send(execution, 2)

    assert finish(local, execution) == [1, 2]


@pytest.mark.parametrize("ends", ["returns", "fails", "records a marker"])
def test_cancel_request_after_the_code_has_returned_cancels_the_execution(start, acts, ends):
    def run(self):
        self.submit(acts.double, 1)
        self.submit(self.wait_signal("go")).wait()
        if ends == "records a marker":
            self.submit(self.record_marker("end"))
        if ends == "fails":
            self.fail("as planned")

    local, execution = start(run)
    local.decider.poll_once()
    send(execution, 1, name="go")
    local.decider.poll_once()
    execution.request_cancel()

    assert finish(local, execution)[0] == "CANCELED"


def test_cancel_request_after_the_code_has_returned_runs_its_cleanup(start, acts):
    def run(self):
        self.submit(acts.double, 1)
        try:
            self.submit(self.wait_signal("go")).wait()
        except WorkflowCanceled:
            self.submit(acts.echo, "clean up").wait()
            raise

    local, execution = start(run)
    local.decider.poll_once()
    send(execution, 1, name="go")
    local.decider.poll_once()
    execution.request_cancel()

    assert finish(local, execution)[0] == "CANCELED"
    states = {each.name: each.state for each in execution.history().activities.values()}
    assert states == {acts.double.name: "canceled", acts.echo.name: "completed"}


@pytest.mark.parametrize("gives_up", ["timeout", "other future"])
def test_wait_that_was_given_up_does_not_consume_a_signal(start, acts, gives_up):
    def run(self):
        values = []
        while len(values) < 2:
            news = self.submit(self.wait_signal("news", consume=True))
            try:
                if gives_up == "timeout":
                    news.wait(timeout=60)
                else:
                    futures.wait_any(news, self.submit(self.start_timer(None, 60)))
            except futures.TimeoutError:
                pass
            if news.done:
                values.append(news.result)
            else:
                self.submit(acts.double, 1).wait()
        return values

    local, execution = start(run)
    while len(execution.history().activities) < 2:
        local.step()
    send(execution, 1)
    while len(execution.history().activities) < 4:
        local.step()
    send(execution, 2)

    assert finish(local, execution) == [1, 2]


def test_waits_that_the_code_keeps_receive_signals_in_order(start, acts):
    def run(self):
        first, second = (self.submit(self.wait_signal("news", consume=True)) for _ in range(2))
        canceled = self.submit(self.wait_signal("news", consume=True))
        self.submit(acts.double, 1).wait()
        canceled.cancel()
        return [first.result, second.result, canceled.cancelled]

    local, execution = start(run)
    local.decider.poll_once()
    send(execution, 1, 2)

    assert finish(local, execution) == [1, 2, True]
