from __future__ import annotations

import datetime

import pytest

from swf import codecs
from swf.dataflow import Workflow, WorkflowHandle, exceptions
from swf.exceptions import InvalidTypeError, WaitTimeout
from swf.models import Domain


class Reversed:
    """A cipher for tests."""

    def encrypt(self, data):
        return data[::-1]

    decrypt = encrypt


class Waits(Workflow):
    name = "waits"

    def run(self):
        return self.submit(self.wait_signal("approve")).result


class Continues(Workflow):
    name = "continues"

    def run(self, rest):
        return (1, datetime.date(2026, 1, 1)) if not rest else self.continue_as_new(rest - 1)


class Fails(Workflow):
    name = "fails"

    def run(self):
        self.fail("no stock", {"left": 0})


@pytest.mark.parametrize(
    "codec",
    [codecs.TYPED_JSON, codecs.Encrypted(Reversed())],
    ids=["json", "encrypted"],
)
def test_result_is_decoded_after_continuing_as_new(make_local, codec):
    local = make_local(Continues, codec=codec)
    handle = local.start(Continues, 2)
    local.run(handle)

    assert handle.result() == (1, datetime.date(2026, 1, 1))


@pytest.mark.parametrize("value", [(1, 2), "secret", {"day": datetime.date(2026, 1, 1)}])
@pytest.mark.parametrize(
    "codec",
    [codecs.TYPED_JSON, codecs.Encrypted(Reversed())],
    ids=["json", "encrypted"],
)
def test_signal_is_encoded_by_the_codec_of_the_handle(make_local, codec, value):
    local = make_local(Waits, codec=codec)
    handle = local.start(Waits)
    local.run_until_idle()

    handle.signal("approve", value)

    assert local.result(handle) == value


def test_encrypted_signal_is_not_readable_in_the_history(make_local):
    local = make_local(Waits, codec=codecs.Encrypted(Reversed()))
    handle = local.start(Waits)

    handle.signal("approve", "secret")

    assert "secret" not in str(handle.history().raw)


def test_handle_of_existing_execution_uses_its_codec(make_local):
    codec = codecs.Encrypted(Reversed())
    local = make_local(Waits, codec=codec)
    started = local.start(Waits)

    handle = WorkflowHandle(local.domain, started.workflow_id, codec=codec)
    handle.signal("approve", "yes")
    local.run(started)

    assert handle.result() == "yes"
    assert handle.upstream().result() == "yes"


def test_result_raises_the_failure_with_decoded_details(make_local):
    local = make_local(Fails, codec=codecs.Encrypted(Reversed()))
    handle = local.start(Fails)
    local.run(handle)

    with pytest.raises(exceptions.ExecutionError, match="FAILED: no stock") as caught:
        handle.result()
    assert caught.value.details == {"left": 0}


def test_cancel_requests_cancellation(make_local):
    local = make_local(Waits)
    handle = local.start(Waits)
    local.run_until_idle()

    handle.cancel()
    local.run(handle)

    with pytest.raises(exceptions.ExecutionError, match="CANCELED"):
        handle.result()


def test_result_of_open_execution_times_out(make_local):
    handle = make_local(Waits).start(Waits)
    now = [0.0]

    def sleep(seconds):
        now[0] += seconds

    with pytest.raises(WaitTimeout):
        handle.result(5, sleep=sleep, clock=lambda: now[0])
    assert now == [5]


def test_handle_compares_and_displays_without_its_codec():
    domain = Domain("shop")
    handle = WorkflowHandle(domain, "w", "r", codec=codecs.Encrypted(Reversed()))

    assert handle == WorkflowHandle(domain, "w", "r")
    assert "codec" not in repr(handle)


@pytest.mark.parametrize(
    ("args", "message"),
    [((), "missing a required argument: 'rest'"), ((1, 2), "too many positional arguments")],
)
def test_start_refuses_arguments_outside_of_the_signature(make_local, args, message):
    local = make_local(Continues)

    with pytest.raises(InvalidTypeError, match=f"arguments of continues: {message}"):
        local.start(Continues, *args)

    assert local.domain.executions.count() == 0
