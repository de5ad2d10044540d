from __future__ import annotations

import pytest

from swf import codecs
from swf.dataflow import Workflow
from swf.dataflow.activity import Activity
from swf.dataflow.worker import ActivityWorker
from swf.exceptions import SWFError, ValidationError


class Salted:
    """A cipher for tests, whose texts differ each time."""

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
def test_payloads_longer_than_a_field_pass_through_a_whole_workflow(history_of, tmp_path, make):
    codec = make(codecs.DirectoryStore(tmp_path))
    long = "z" * 60_000
    same = Activity(lambda x: x, name="same")

    def passes(self, given):
        (middle,) = self.map(same, [given])
        return middle.result

    history = history_of(passes, long, activities=[same], codec=codec)

    assert history.execution.close_status == "COMPLETED", history.execution.reason
    assert codec.decode(history.execution.text("result")) == long


def test_what_is_stored_encrypted_is_stored_once_however_often_code_is_replayed(
    history_of, tmp_path
):
    store = codecs.DirectoryStore(tmp_path)
    codec = codecs.ClaimCheck(store, codecs.Encrypted(Salted()))
    size = Activity(len, name="size")

    def measures(self, given):
        return [self.submit(size, given).result for _ in range(5)]

    history = history_of(measures, "z" * 60_000, activities=[size], codec=codec)

    assert codec.decode(history.execution.text("result")) == [60_000] * 5
    assert len(list(store.keys(""))) == 1


class Passes(Workflow):
    name = "passes"

    def run(self, given):
        return self.submit(Activity(lambda x: x, name="same"), given).result


def test_a_workflow_is_not_given_what_another_codec_wrote(make_local):
    local = make_local(Passes)
    given = codecs.Compressed().encode({"args": ["z" * 60_000]}, "input")
    local.domain.connection.call(
        "StartWorkflowExecution",
        domain="local",
        workflowId="w",
        workflowType={"name": Passes.name, "version": Passes.version},
        taskList={"name": "local"},
        input=given,
    )

    with pytest.raises(ValidationError, match="a codec that is not in use here"):
        local.run_until_idle()

    assert local.domain.executions.get("w").status == "OPEN"


def test_an_activity_is_not_given_what_another_codec_wrote(make_local):
    local = make_local(Passes, codec=codecs.Compressed())
    execution = local.start(Passes, "z" * 60_000)
    local.decider.poll_once()

    with pytest.raises(SWFError, match=r"cannot be read: .*: was written by a codec"):
        ActivityWorker(local.domain, "local").poll_once()

    (activity,) = execution.history().activities.values()
    assert activity.state == "failed"
