from __future__ import annotations

import pytest

import swf
from swf.exceptions import ValidationError
from swf.models import WorkflowExecution, WorkflowType


@pytest.fixture
def execution(domain):
    return WorkflowExecution(domain, "order-1", "run-1")


CLOSED = {"executionStatus": "CLOSED", "closeStatus": "COMPLETED", "closeTimestamp": 1487851970}


# History.


def test_history_has_the_events_of_all_pages(service, execution, recorded):
    events = recorded("wait_signal.GetWorkflowExecutionHistory")["events"]
    service.answer({"events": events[:10], "nextPageToken": "more"}, {"events": events[10:]})

    history = execution.history()

    assert [event.id for event in history] == list(range(1, 32))
    assert service.requests == [
        (
            "GetWorkflowExecutionHistory",
            {"domain": "orders", "execution": {"workflowId": "order-1", "runId": "run-1"}} | token,
        )
        for token in ({}, {"nextPageToken": "more"})
    ]


def test_callback_receives_each_page(service, execution, recorded):
    events = recorded("wait_signal.GetWorkflowExecutionHistory")["events"]
    service.answer({"events": events[:10], "nextPageToken": "more"}, {"events": events[10:]})
    pages = []

    execution.history(
        callback=lambda loop_number, response: pages.append((loop_number, len(response["events"])))
    )

    assert pages == [(1, 10), (2, 21)]


def test_history_read_in_reverse_is_in_order(service, execution, recorded):
    events = recorded("wait_signal.GetWorkflowExecutionHistory")["events"]
    service.answer({"events": events[::-1]})

    history = execution.history(reverse_order=True)

    assert history[0].id == 1
    assert service.requests[0][1]["reverseOrder"] is True


def test_events_are_fetched_during_the_iteration(service, execution, recorded):
    events = recorded("wait_signal.GetWorkflowExecutionHistory")["events"]
    service.answer({"events": events[:0:-1], "nextPageToken": "more"})

    latest = next(execution.history_events(reverse_order=True, page_size=30))

    assert latest["eventId"] == 31
    assert service.requests[0][1]["maximumPageSize"] == 30
    assert len(service.requests) == 1


def test_history_without_a_run_id_is_of_the_open_execution(description, service, domain):
    service.answer({"executionInfos": [description()["executionInfo"]]}, {"events": []})

    WorkflowExecution(domain, "order-1").history()

    assert service.requests[1][1]["execution"]["runId"] == "run-1"


@pytest.mark.parametrize("page_size", [0, 1001, "all", True])
def test_page_size_of_history_is_1_to_1000(service, execution, page_size):
    with pytest.raises(ValidationError, match=r"page_size=.*from 1 to 1000"):
        execution.history(page_size=page_size)

    assert service.requests == []


def test_unknown_execution_has_no_history(service, execution):
    service.refuse("UnknownResourceFault", "Unknown execution")

    with pytest.raises(WorkflowExecution.DoesNotExist):
        execution.history()


# Signal, cancel, terminate.

SIGNALS = {
    "itself": ({}, {"workflowId": "order-1", "runId": "run-1"}),
    "another workflow": ({"workflow_id": "order-2"}, {"workflowId": "order-2"}),
    "another run": ({"run_id": "run-2"}, {"workflowId": "order-1", "runId": "run-2"}),
    "another run of another workflow": (
        {"workflow_id": "order-2", "run_id": "run-2"},
        {"workflowId": "order-2", "runId": "run-2"},
    ),
}


@pytest.mark.parametrize(("arguments", "target"), SIGNALS.values(), ids=SIGNALS)
def test_signal_goes_to(service, execution, arguments, target):
    service.answer(None)

    execution.signal("paid", {"n": 1}, **arguments)

    assert service.requests == [
        (
            "SignalWorkflowExecution",
            {"domain": "orders", "signalName": "paid", "input": '{"n":1}'} | target,
        )
    ]


def test_signal_without_input_sends_none(service, execution):
    service.answer(None)

    execution.signal("paid")

    assert "input" not in service.requests[0][1]


def test_without_a_run_id_the_open_execution_is_signaled(service, domain):
    service.answer(None)

    WorkflowExecution(domain, "order-1").signal("paid")

    assert "runId" not in service.requests[0][1]


def test_cancel_is_requested(service, execution):
    service.answer(None)

    execution.request_cancel()

    assert service.requests == [
        (
            "RequestCancelWorkflowExecution",
            {"domain": "orders", "workflowId": "order-1", "runId": "run-1"},
        )
    ]


def test_termination_has_its_reason(service, execution):
    service.answer(None)

    execution.terminate("ABANDON", {"since": 1}, reason="stuck")

    assert service.requests[0][1] == {
        "domain": "orders",
        "workflowId": "order-1",
        "runId": "run-1",
        "reason": "stuck",
        "details": '{"since":1}',
        "childPolicy": "ABANDON",
    }


def test_termination_needs_no_reason(service, execution):
    service.answer(None)

    execution.terminate()

    assert service.requests[0][1].keys() == {"domain", "workflowId", "runId"}


BAD_CALLS = {
    "an empty signal name": lambda execution: execution.signal(""),
    "a long signal name": lambda execution: execution.signal("x" * 257),
    "a long signal input": lambda execution: execution.signal("paid", "x" * 32769),
    "an empty workflow id": lambda execution: execution.signal("paid", workflow_id=""),
    "a long reason": lambda execution: execution.terminate(reason="x" * 257),
    "long details": lambda execution: execution.terminate(details="x" * 32769),
    "no such policy": lambda execution: execution.terminate(child_policy="KILL"),
    "an empty policy": lambda execution: execution.terminate(child_policy=""),
}


@pytest.mark.parametrize("call", BAD_CALLS.values(), ids=BAD_CALLS)
def test_bad_call_sends_nothing(service, execution, call):
    with pytest.raises(ValidationError):
        call(execution)

    assert service.requests == []


ACTS = {
    "signal": lambda execution: execution.signal("paid"),
    "cancel": lambda execution: execution.request_cancel(),
    "terminate": lambda execution: execution.terminate(),
}


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_unknown_execution_does_not_exist(service, execution, act):
    service.refuse("UnknownResourceFault", "Unknown execution")

    with pytest.raises(WorkflowExecution.DoesNotExist):
        act(execution)


def test_terminated_execution_is_closed(account, domain):
    domain.save()
    kind = WorkflowType(domain, "order", "1.0", task_list="deciders")
    kind.save()
    execution = kind.start_execution("order-1")

    execution.terminate(reason="done with it")

    assert execution.upstream().close_status == "TERMINATED"


# Waiting.


class Clock:
    """A clock that only `sleep` advances."""

    def __init__(self):
        self.now = 0.0
        self.pauses = []

    def sleep(self, seconds):
        self.pauses.append(seconds)
        self.now += seconds

    def __call__(self):
        return self.now


def test_waiting_for_a_closed_execution_returns_it_at_once(description, service, execution):
    service.answer(description(**CLOSED))
    clock = Clock()

    closed = execution.wait(sleep=clock.sleep, clock=clock)

    assert (closed.status, closed.close_status, clock.pauses) == ("CLOSED", "COMPLETED", [])


def test_waiting_looks_less_and_less_often(description, service, execution):
    service.answer(*[description()] * 18, description(**CLOSED))
    clock = Clock()

    execution.wait(sleep=clock.sleep, clock=clock)

    assert clock.pauses[:3] == pytest.approx([0.05, 0.075, 0.1125])
    assert clock.pauses == sorted(clock.pauses)
    assert clock.pauses[-1] == 20


def test_wait_ends_at_the_timeout(description, service, execution):
    service.answer(*[description()] * 8)
    clock = Clock()

    with pytest.raises(TimeoutError, match="order-1 is still open after 1 seconds"):
        execution.wait(timeout=1, sleep=clock.sleep, clock=clock)

    assert clock.now == 1


def test_wait_describes_once_more_at_the_timeout(description, service, execution):
    service.answer(*[description()] * 3, description(**CLOSED))
    clock = Clock()

    assert execution.wait(timeout=1, sleep=clock.sleep, clock=clock).status == "CLOSED"


def test_timeout_of_zero_looks_once(description, service, execution):
    service.answer(description())

    with pytest.raises(TimeoutError):
        execution.wait(timeout=0)

    assert len(service.requests) == 1


def test_wait_without_a_run_id_follows_one_run(description, service, domain):
    service.answer(
        {"executionInfos": [description()["executionInfo"]]}, description(), description(**CLOSED)
    )
    clock = Clock()

    closed = WorkflowExecution(domain, "order-1").wait(sleep=clock.sleep, clock=clock)

    assert closed.run_id == "run-1"
    assert service.operations[1:] == ["DescribeWorkflowExecution"] * 2


# Ids.


def test_workflow_id_with_a_colon_is_accepted(service, domain):
    service.answer({})

    WorkflowExecution(domain, "22Od4CZ7N/C2G=:1").signal("go")

    assert service.requests[0][1]["workflowId"] == "22Od4CZ7N/C2G=:1"


@pytest.mark.parametrize("workflow_id", ["", "x" * 257])
def test_id_has_1_to_256_characters(domain, workflow_id):
    with pytest.raises(ValidationError, match=r"workflow_id=.*: must have 1 to 256 characters"):
        WorkflowExecution(domain, workflow_id)


@pytest.mark.parametrize("workflow_id", ["a:b", "a/b", "a|b", "arn"])
def test_start_refuses_an_invalid_workflow_id(service, domain, workflow_id):
    with pytest.raises(ValidationError, match="workflow_id="):
        WorkflowType(domain, "order", "1.0").start_execution(workflow_id)

    assert service.requests == []


# Explaining.


def test_why_explains_an_open_execution_with_its_backlog(local, domain):
    domain.save()
    kind = WorkflowType(domain, "order", "1.0", task_list="deciders")
    kind.save()
    execution = kind.start_execution("order-1")
    kind.start_execution("order-2")

    with swf.budget(calls=3):
        explanation = execution.why()

    assert explanation.status == "OPEN"
    assert "A decision task has waited on task list 'deciders'" in str(explanation)
    assert "2 decision tasks wait there" in str(explanation)
    assert str(explanation).split()[0] in explanation._display().text(width=80)


def test_why_explains_a_closed_execution(local, domain):
    domain.save()
    kind = WorkflowType(domain, "order", "1.0", task_list="deciders")
    kind.save()
    execution = kind.start_execution("order-1")
    execution.terminate(reason="enough")

    with swf.budget(calls=1):
        explanation = execution.why()

    assert "Reason: enough." in str(explanation)
