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


LONG = "x" * 300


class Tagged(Workflow):
    name = "tagged"

    @classmethod
    def get_tag_list(cls, tags):
        return tags

    def run(self, tags):
        return tags


class Identified(Workflow):
    name = "identified"

    @classmethod
    def get_workflow_id(cls, workflow_id):
        return workflow_id

    def run(self, workflow_id):
        return workflow_id


def endless_list():
    value = []
    value.append(value)
    return value


@pytest.mark.parametrize(
    ("use", "reason"),
    {
        "long tag": (lambda self: self.submit(Tagged, [LONG]).result, "must have 0 to 256"),
        "six tags": (lambda self: self.submit(Tagged, list("abcdef")).result, "at most 5 tags"),
        "long id": (lambda self: self.submit(Identified, LONG).result, "must have 1 to 256"),
        "marker name": (lambda self: self.submit(self.record_marker(LONG)), "must have 1 to 256"),
        "signal name": (lambda self: self.submit(self.signal(LONG)), "must have 1 to 256"),
        "awaited signal": (lambda self: self.submit(self.wait_signal("")), "must have 1 to 256"),
        "function name": (lambda self: self.submit(self.call_lambda(LONG)), "must have 1 to 64"),
        "surrogate": (lambda self: "a\ud800", "contains a lone surrogate"),
        "name surrogate": (lambda self: self.submit(self.record_marker("\ud800")), "surrogate"),
        "endless argument": (
            lambda self: self.submit(Tagged, endless_list()).result,
            "is nested too deeply, or contains itself",
        ),
        "endless result": (lambda self: endless_list(), "is nested too deeply"),
    }.values(),
)
def test_values_that_the_service_cannot_accept_fail_the_execution(history_of, use, reason):
    execution = history_of(use).execution

    assert execution.close_status == "FAILED"
    assert reason in execution.reason + str(execution.details)


def test_value_whose_repr_raises_is_named_by_its_type(make_local):
    class Value:
        def __repr__(self):
            raise RuntimeError("no repr")

    class Wrong(Workflow):
        name = "wrong type"

        def run(self):
            self.submit(self.record_marker(Value()))

    local = make_local(Wrong)

    with pytest.raises(TypeError, match="marker_name=<Value: repr"):
        local.run(local.start(Wrong))


def test_reason_with_a_lone_surrogate_is_escaped(history_of):
    execution = history_of(lambda self: self.fail("a\ud800b", "c\ud800d")).execution

    assert (execution.reason, execution.details) == ("a\\ud800b", "c\\ud800d")


def test_bug_of_a_deferred_child_leaves_the_execution_open(make_local, acts):
    class Buggy(Workflow):
        name = "buggy tags"

        @classmethod
        def get_tag_list(cls, value):
            return {}["typo"]

        def run(self, value):
            return value

    class Parent(Workflow):
        name = "parent of buggy tags"

        def run(self):
            return self.submit(Buggy, self.submit(acts.echo)).result

    local = make_local(Parent)
    execution = local.start(Parent)

    with pytest.raises(KeyError, match="typo"):
        local.run(execution)
    assert execution.upstream().status == "OPEN"
