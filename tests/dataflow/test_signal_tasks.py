from __future__ import annotations

import json

import pytest

from swf import codecs
from swf.dataflow import Workflow, futures
from swf.models import WorkflowExecution


class Listener(Workflow):
    name = "listener"

    def run(self, consume, times):
        return [self.submit(self.wait_signal("go", consume=consume)).result for _ in range(times)]


@pytest.mark.parametrize(("consume", "results"), [(False, [2, 2, 2]), (True, [1, 2, 3])])
def test_wait_takes_latest_signal_or_consumes_next(make_local, consume, results):
    local = make_local(Listener)
    execution = local.start(Listener, consume, 3)
    execution.signal("go", 1)
    execution.signal("go", 2)
    local.run_until_idle()
    if consume:
        execution.signal("go", 3)

    assert local.result(execution) == results


class Sealed:
    """A cipher that decrypts only its own tokens."""

    def encrypt(self, data):
        return b"sealed " + data

    def decrypt(self, token):
        if not token.startswith(b"sealed "):
            raise LookupError
        return token[7:]


@pytest.mark.parametrize(
    ("codec", "text"),
    [
        (codecs.TYPED_JSON, '{"$type":"set","value":5}'),
        (codecs.TYPED_JSON, '{"$type":"date","value":"tomorrow"}'),
        (codecs.Compressed(), "swf+zlib:x"),
        (codecs.Encrypted(Sealed()), "swf+encrypted:x"),
        (codecs.ClaimCheck({}), "swf+stored:no-address"),
    ],
    ids=["of a wrong type", "of a wrong value", "not compressed", "not encrypted", "not stored"],
)
def test_undecodable_signal_input_is_passed_as_text(make_local, codec, text):
    class Hears(Workflow):
        name = "hears"

        def run(self):
            return self.submit(self.wait_signal("news")).result

    local = make_local(Hears, codec=codec)
    execution = local.start(Hears)
    local.domain.connection.call(
        "SignalWorkflowExecution",
        domain="local",
        workflowId=execution.workflow_id,
        signalName="news",
        input=text,
    )

    assert local.result(execution) == text


def test_wait_for_signal_times_out(run):
    def waits(self):
        try:
            self.submit(self.wait_signal("go")).wait(timeout=60)
        except TimeoutError as error:
            return str(error)

    assert run(waits) == "WAIT timeout after 60 s"


def test_execution_context_lists_awaited_signals(make_local):
    class Waits(Workflow):
        name = "waits for two"

        def run(self):
            futures.wait(*(self.submit(self.wait_signal(each)) for each in ("one", "two")))
            self.sleep(1)

    local = make_local(Waits)
    execution = local.start(Waits)
    contexts = []
    for name in ("one", "two"):
        local.run_until_idle()
        contexts.append(execution.upstream().latest_execution_context)
        execution.signal(name)
    local.run_until_idle()

    assert contexts == ['{"waiting_signals":["one","two"]}', '{"waiting_signals":["two"]}']
    assert not execution.upstream().latest_execution_context


def test_signal_without_receiver_goes_to_own_execution(run):
    def signals(self):
        self.submit(self.signal("go", 1, name="me"))
        received = self.submit(self.wait_signal("go")).result
        return received["args"], received["kwargs"], self.get_event_details("signal", "go") is None

    assert run(signals) == ([1], {"name": "me"}, False)


def test_signal_to_unknown_execution_sets_exception(run):
    def signals(self):
        return self.submit(self.signal("go", workflow_id="nobody")).exception.reason

    assert run(signals) == "UNKNOWN_EXTERNAL_WORKFLOW_EXECUTION"


class Hears(Workflow):
    name = "hears"

    def run(self):
        return self.submit(self.wait_signal("news")).result["args"]


def test_signal_is_propagated_to_children(make_local):
    class Parent(Workflow):
        name = "parent of two"

        def run(self):
            children = [self.submit(Hears), self.submit(Hears)]
            self.submit(self.wait_signal("news")).wait()
            return futures.wait(*children)

    local = make_local(Parent)
    execution = local.start(Parent)
    local.run_until_idle()
    execution.signal("news", {"args": ["x"], "kwargs": {}, "__propagate": True})

    assert local.result(execution) == [["x"], ["x"]]


def test_signal_is_propagated_to_parent_but_not_to_sender(make_local):
    class Tells(Workflow):
        name = "tells its parent"

        def run(self):
            self.submit(self.signal("news", "y")).wait()
            self.submit(self.wait_signal("news")).wait()

    class Parent(Workflow):
        name = "parent that hears"

        def run(self):
            child = self.submit(Tells)
            arguments = self.submit(self.wait_signal("news")).result["args"]
            child.wait()
            return arguments

    local = make_local(Parent)
    execution = local.start(Parent)

    assert local.result(execution) == ["y"]
    assert len(execution.history().signals) == 1


@pytest.mark.parametrize("text", ['{"__propagate":true,"x":1e999}', '{"__propagate":true,"x":"é"}'])
def test_propagated_signal_keeps_the_text_of_its_sender(make_local, text):
    class Receiver(Workflow):
        name = "receiver"

        def run(self):
            self.submit(self.wait_signal("news")).wait()

    class Sender(Workflow):
        name = "sender"

        def run(self):
            self.submit(Receiver).wait()

    local = make_local(Sender)
    execution = local.start(Sender)
    local.run_until_idle()
    WorkflowExecution(local.domain, execution.workflow_id).signal("news", text)
    local.run_until_idle()
    history = execution.history()

    (signal,) = history.external_signals.values()
    assert signal.text("input") == text


def test_execution_context_contains_the_awaited_signals_that_fit(make_local):
    class Waits(Workflow):
        name = "waits for many"

        def run(self):
            waits = [self.submit(self.wait_signal(f"{i} " + "x" * 240)) for i in range(200)]
            waits[0].wait()

    local = make_local(Waits)
    execution = local.start(Waits)
    local.run_until_idle()

    context = json.loads(execution.upstream().latest_execution_context)
    assert context["waiting_signals"][0].startswith("0 ")
    execution.signal("0 " + "x" * 240)
    assert local.run(execution).close_status == "COMPLETED"
