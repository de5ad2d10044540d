"""Signals and cancel requests between executions."""

import pytest

KINDS = {
    "signal": (
        "SignalExternalWorkflowExecution",
        {"signalName": "s", "input": "i"},
        "WorkflowExecutionSignaled",
        "ExternalWorkflowExecutionSignaled",
    ),
    "cancel": (
        "RequestCancelExternalWorkflowExecution",
        {},
        "WorkflowExecutionCancelRequested",
        "ExternalWorkflowExecutionCancelRequested",
    ),
}


@pytest.fixture(params=KINDS)
def kind(request):
    return KINDS[request.param]


def test_both_executions_record_the_request(engine, kind):
    decision, about, received, succeeded = kind
    engine.start("target", taskList={"name": "other"})
    engine.start("w")

    engine.decide((decision, {"workflowId": "target", "control": "mine", **about}))

    initiated = engine.last(f"{decision}Initiated")
    assert initiated == {
        "control": "mine",
        "decisionTaskCompletedEventId": 4,
        "workflowId": "target",
        **about,
    }
    assert engine.last(succeeded) == {
        "initiatedEventId": 5,
        "workflowExecution": engine.run("target").reference,
    }
    assert engine.types()[-2:] == [succeeded, "DecisionTaskScheduled"]
    assert engine.last(received, "target") == {
        "externalInitiatedEventId": 5,
        "externalWorkflowExecution": engine.run("w").reference,
        **about,
    }


def test_an_execution_may_address_itself(engine, kind):
    decision, about, received, succeeded = kind
    engine.start()

    engine.decide((decision, {"workflowId": "w", **about}))

    assert engine.types()[4:] == [
        f"{decision}Initiated",
        received,
        "DecisionTaskScheduled",
        succeeded,
    ]


@pytest.mark.parametrize("run_id", [None, "22nobody"])
def test_an_unknown_target_fails(engine, kind, run_id):
    decision, about, _, _ = kind
    engine.start()
    if run_id:
        engine.start("target", taskList={"name": "other"})
    address = {"workflowId": "target", **({"runId": run_id} if run_id else {})}

    engine.decide((decision, {**address, "control": "mine", **about}))

    assert engine.last(f"{decision}Failed") == {
        **address,
        "cause": "UNKNOWN_EXTERNAL_WORKFLOW_EXECUTION",
        "control": "mine",
        "decisionTaskCompletedEventId": 4,
        "initiatedEventId": 5,
    }
    assert engine.types()[-1] == "DecisionTaskScheduled"


def test_a_closed_run_is_unknown(engine, kind):
    decision, about, _, _ = kind
    closed = engine.start("target")
    engine.terminate("target")
    engine.start()

    engine.decide((decision, {"workflowId": "target", "runId": closed, **about}))

    assert f"{decision}Failed" in engine.types()


def test_delivery_happens_even_if_the_batch_closes_the_sender(engine, kind):
    decision, about, received, _ = kind
    engine.start("target", taskList={"name": "other"})
    engine.start()

    engine.decide((decision, {"workflowId": "target", **about}), ("CompleteWorkflowExecution", {}))

    assert engine.types()[-1] == "WorkflowExecutionCompleted"
    assert received in engine.types("target")
