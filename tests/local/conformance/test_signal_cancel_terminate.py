"""Signals, cancel requests, termination and the execution's own timeout (S-105 to S-111)."""

import pytest


def test_s105_a_signal_from_outside_has_no_source(orders):
    run = orders.start()

    run.signal("hello", input="[1]")

    assert run.since(2) == [
        (
            "WorkflowExecutionSignaled",
            {"externalInitiatedEventId": 0, "input": "[1]", "signalName": "hello"},
        )
    ]


def test_s105_a_signal_wakes_the_decider_and_needs_no_input(orders):
    run = orders.start()
    orders.decide()

    run.signal("hello")

    assert run.since(4)[0] == (
        "WorkflowExecutionSignaled",
        {"externalInitiatedEventId": 0, "signalName": "hello"},
    )
    assert run.types(after=5) == ["DecisionTaskScheduled"]


CALLS = {
    "SignalWorkflowExecution": ({"signalName": "s"}, "WorkflowExecutionSignaled"),
    "RequestCancelWorkflowExecution": ({}, "WorkflowExecutionCancelRequested"),
    "TerminateWorkflowExecution": ({}, "WorkflowExecutionTerminated"),
}
CALL = pytest.mark.parametrize(
    ("operation", "params", "event"),
    [(operation, *row) for operation, row in CALLS.items()],
    ids=CALLS,
)


@CALL
def test_s106_without_a_run_id_the_open_run_is_selected(orders, operation, params, event):
    closed = orders.start()
    closed.terminate()
    run = orders.start()

    orders.ask(operation, workflowId="w", **params)

    assert event in run.types()
    assert closed.types(after=3) == []


@CALL
def test_s106_with_a_run_id_that_run_is_selected(orders, operation, params, event):
    run = orders.start()

    orders.ask(operation, workflowId="w", runId=run.run_id, **params)

    assert event in run.types()


@CALL
def test_s106_a_closed_run_is_unknown(orders, refused, operation, params, event):
    closed = orders.start()
    closed.terminate()
    run = orders.start()

    with refused("UnknownResourceFault", closed.unknown):
        orders.ask(operation, workflowId="w", runId=closed.run_id, **params)
    assert event not in run.types()


@CALL
def test_s107_without_an_open_run_the_workflow_id_is_unknown(
    orders, refused, operation, params, event
):
    with refused("UnknownResourceFault", "Unknown execution, workflowId = ghost"):
        orders.ask(operation, workflowId="ghost", **params)


@pytest.mark.parametrize("operation", ["DescribeWorkflowExecution", "GetWorkflowExecutionHistory"])
def test_s107_an_unknown_run_is_named(orders, refused, operation):
    orders.start()
    message = "Unknown execution: WorkflowExecution=[workflowId=w, runId=nope]"

    with refused("UnknownResourceFault", message):
        orders.ask(operation, execution={"workflowId": "w", "runId": "nope"})


def test_s108_cancel_request_sets_only_the_flag(orders, do):
    run = orders.start()
    orders.decide(do.activity(), do.timer())
    before = run.describe()

    run.request_cancel()

    assert run.since(6)[0] == ("WorkflowExecutionCancelRequested", {"externalInitiatedEventId": 0})
    assert run.types(after=7) == ["DecisionTaskScheduled"]
    after = run.describe()
    assert (before["executionInfo"]["cancelRequested"], run.info["cancelRequested"]) == (
        False,
        True,
    )
    assert run.status == "OPEN"
    counts = {"openActivityTasks": 1, "openTimers": 1}
    assert {name: after["openCounts"][name] for name in counts} == counts


def test_s108_refused_cancel_request_is_not_shown_after_close(orders, do):
    run = orders.start()
    run.request_cancel()

    orders.decide(do.complete())

    assert (run.status, run.info["cancelRequested"]) == ("COMPLETED", False)


def test_s108_every_request_is_recorded(orders):
    run = orders.start()

    run.request_cancel()
    run.request_cancel()

    assert run.types(after=2) == ["WorkflowExecutionCancelRequested"] * 2


def test_s109_a_termination_closes_at_once(orders, do):
    run = orders.start()
    orders.decide(do.timer())
    orders.advance(5)

    run.terminate(reason="enough", details="really", childPolicy="ABANDON")

    assert run.since(5) == [
        (
            "WorkflowExecutionTerminated",
            {
                "cause": "OPERATOR_INITIATED",
                "childPolicy": "ABANDON",
                "details": "really",
                "reason": "enough",
            },
        )
    ]
    info = run.info
    assert (info["executionStatus"], info["closeStatus"]) == ("CLOSED", "TERMINATED")
    assert info["closeTimestamp"] == run.history()[-1]["eventTimestamp"]
    assert "taskToken" not in orders.poll()


def test_s109_termination_defaults_to_the_policy_of_the_execution(orders):
    run = orders.start(childPolicy="REQUEST_CANCEL")

    run.terminate()

    assert run.last("WorkflowExecutionTerminated") == {
        "cause": "OPERATOR_INITIATED",
        "childPolicy": "REQUEST_CANCEL",
    }


def test_s110_an_execution_times_out(orders):
    run = orders.start(executionStartToCloseTimeout="60")

    orders.advance(59)
    assert run.status == "OPEN"
    orders.advance(1)

    assert run.since(2) == [
        (
            "WorkflowExecutionTimedOut",
            {"childPolicy": "TERMINATE", "timeoutType": "START_TO_CLOSE"},
        )
    ]
    assert run.status == "TIMED_OUT"
    info = run.info
    assert (info["closeTimestamp"] - info["startTimestamp"]).total_seconds() == 60


def test_s110_execution_timeout_precedes_later_ones(orders, do):
    run = orders.start(executionStartToCloseTimeout="60")
    orders.decide(do.timer("before", "59"), do.timer("after", "61"))

    orders.advance(3600)

    assert run.types(after=6) == [
        "TimerFired",
        "DecisionTaskScheduled",
        "WorkflowExecutionTimedOut",
    ]


@pytest.mark.parametrize("close", ["complete", "fail", "cancel", "continue_as_new", None])
def test_s111_nothing_follows_the_closing_event(orders, do, close):
    run = orders.start(taskStartToCloseTimeout="30", executionStartToCloseTimeout="600")
    orders.decide(
        do.timer("t", "10"),
        do.activity("a", heartbeatTimeout="20"),
        do.activity("b", scheduleToStartTimeout="20"),
        do.child("child", taskList={"name": "children"}),
    )
    orders.work()
    task = orders.poll()
    if close:
        orders.respond(task, getattr(do, close)())
    else:
        run.terminate(childPolicy="ABANDON")
    closed = run.history()

    orders.decide(do.complete(), task_list="children")
    orders.advance(3600)

    assert run.history() == closed
    assert closed[-1]["eventType"].startswith("WorkflowExecution")
