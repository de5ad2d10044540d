from __future__ import annotations

import pytest

from swf import codecs
from swf.dataflow import Decider, Workflow
from swf.dataflow.activity import Activity
from swf.dataflow.exceptions import TaskException
from swf.dataflow.worker import ActivityWorker
from swf.exceptions import SWFError


class Salted:
    """A cipher for tests that returns a different text for each call."""

    def __init__(self):
        self.salt = 0

    def encrypt(self, data):
        self.salt += 1
        return self.salt.to_bytes(4, "big") + data

    def decrypt(self, token):
        return token[4:]


@pytest.mark.parametrize(
    "make",
    [
        lambda store: codecs.Compressed(),
        lambda store: codecs.ClaimCheck(store),
        lambda store: codecs.ClaimCheck(store, codecs.Compressed(), above=10),
    ],
    ids=["compressed", "stored", "both"],
)
def test_long_payloads_pass_through_a_workflow(history_of, tmp_path, make):
    codec = make(codecs.DirectoryStore(tmp_path))
    long = "z" * 60_000
    same = Activity(lambda x: x, name="same")

    def workflow(self, value):
        (middle,) = self.map(same, [value])
        return middle.result

    history = history_of(workflow, long, activities=[same], codec=codec)

    assert history.execution.close_status == "COMPLETED", history.execution.reason
    assert codec.decode(history.execution.text("result")) == long


def test_encrypted_payload_is_stored_once_despite_replays(history_of, tmp_path):
    store = codecs.DirectoryStore(tmp_path)
    codec = codecs.ClaimCheck(store, codecs.Encrypted(Salted()))
    size = Activity(len, name="size")

    def measure(self, value):
        return [self.submit(size, value).result for _ in range(5)]

    history = history_of(measure, "z" * 60_000, activities=[size], codec=codec)

    assert codec.decode(history.execution.text("result")) == [60_000] * 5
    assert len(list(store.keys(""))) == 1


class Identity(Workflow):
    name = "identity"

    def run(self, value):
        return self.submit(Activity(lambda x: x, name="same"), value).result


def start_raw(local, text):
    """Start an execution with an encoded input."""
    local.domain.connection.call(
        "StartWorkflowExecution",
        domain="local",
        workflowId="w",
        workflowType={"name": Identity.name, "version": Identity.version},
        taskList={"name": "local"},
        input=text,
    )
    return local.domain.executions.get("w")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (codecs.Compressed().encode({"args": ["z" * 60_000]}, "input"), "codec that is not config"),
        ('{"args": 5}', "'int' object is not iterable"),
        ('{"args": [], "meta": {"signals": [1]}}', "must be an iterable"),
    ],
    ids=["codec", "arguments", "signals"],
)
def test_undecodable_workflow_input_fails_the_execution(make_local, text, reason):
    local = make_local(Identity)
    execution = start_raw(local, text)

    local.run_until_idle()

    closed = execution.history().execution
    assert closed.close_status == "FAILED"
    assert closed.reason.startswith("input cannot be decoded: ")
    assert reason in closed.reason


def test_failure_because_of_an_undecodable_input_is_sent_again(make_local, monkeypatch):
    local = make_local(Identity)
    execution = start_raw(local, '{"args": 5}')
    make_decisions = Decider.decide

    def decide(self, task):
        if len(task.history) == 3:
            execution.signal("late")
        return make_decisions(self, task)

    monkeypatch.setattr(Decider, "decide", decide)

    history = local.run(execution).history()
    assert history.execution.reason.startswith("input cannot be decoded: ")
    assert [each.cause for each in history.refusals] == ["UNHANDLED_DECISION"]


def test_input_that_another_decider_has_decoded_keeps_the_execution_open(make_local):
    local = make_local(Identity, codec=codecs.Encrypted(Salted()))
    execution = local.start(Identity, 1)
    local.decider.poll_once()
    local.worker.poll_once()
    decider = Decider(local.domain, "local", [Identity])
    decider.poll_once()

    assert execution.upstream().status == "OPEN"
    assert execution.run_id in decider.failures


def test_undecodable_details_of_a_failure_are_passed_as_text(make_local):
    local = make_local(Careful)
    execution = local.start(Careful)
    local.decider.poll_once()
    token, _ = ActivityWorker(local.domain, "local").poll()
    local.domain.connection.call(
        "RespondActivityTaskFailed", taskToken=token, reason="r", details='{"$type":"set"}'
    )

    local.decider.poll_once()

    assert execution.history().execution.close_status == "COMPLETED"


def test_activity_input_of_another_codec_is_refused(make_local):
    local = make_local(Identity, codec=codecs.Compressed())
    execution = local.start(Identity, "z" * 60_000)
    local.decider.poll_once()

    with pytest.raises(SWFError, match=r"invalid input: .*: was encoded by a codec"):
        ActivityWorker(local.domain, "local").poll_once()

    (activity,) = execution.history().activities.values()
    assert activity.state == "failed"


class Careful(Workflow):
    name = "careful"

    def run(self):
        future = self.submit(Activity(lambda: 1, name="same"))
        try:
            return future.result
        except TaskException:
            return f"undecodable: {future.exception}"


def test_undecodable_result_raises_where_it_is_read(make_local):
    local = make_local(Careful)
    execution = local.start(Careful)
    local.decider.poll_once()
    token, _ = ActivityWorker(local.domain, "local").poll()
    local.domain.connection.call(
        "RespondActivityTaskCompleted", taskToken=token, result='{"$type":"set","value":[[1]]}'
    )

    local.decider.poll_once()

    assert execution.history().execution.result == (
        "undecodable: result of activity 'same-1' cannot be decoded: "
        "payload: is not a valid set: TypeError"
    )
