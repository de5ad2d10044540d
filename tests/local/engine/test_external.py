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


def test_both_sides_record_it(world, kind):
    decision, about, received, succeeded = kind
    world.start("target", taskList={"name": "other"})
    world.start("w")

    world.decide((decision, {"workflowId": "target", "control": "mine", **about}))

    initiated = world.last(f"{decision}Initiated")
    assert initiated == {
        "control": "mine",
        "decisionTaskCompletedEventId": 4,
        "workflowId": "target",
        **about,
    }
    assert world.last(succeeded) == {
        "initiatedEventId": 5,
        "workflowExecution": world.run("target").reference,
    }
    assert world.types()[-2:] == [succeeded, "DecisionTaskScheduled"]
    assert world.last(received, "target") == {
        "externalInitiatedEventId": 5,
        "externalWorkflowExecution": world.run("w").reference,
        **about,
    }


def test_an_execution_may_address_itself(world, kind):
    decision, about, received, succeeded = kind
    world.start()

    world.decide((decision, {"workflowId": "w", **about}))

    assert world.types()[4:] == [
        f"{decision}Initiated",
        received,
        "DecisionTaskScheduled",
        succeeded,
    ]


@pytest.mark.parametrize("run_id", [None, "22nobody"])
def test_an_unknown_target_fails(world, kind, run_id):
    decision, about, _, _ = kind
    world.start()
    if run_id:
        world.start("target", taskList={"name": "other"})
    address = {"workflowId": "target", **({"runId": run_id} if run_id else {})}

    world.decide((decision, {**address, "control": "mine", **about}))

    assert world.last(f"{decision}Failed") == {
        **address,
        "cause": "UNKNOWN_EXTERNAL_WORKFLOW_EXECUTION",
        "control": "mine",
        "decisionTaskCompletedEventId": 4,
        "initiatedEventId": 5,
    }
    assert world.types()[-1] == "DecisionTaskScheduled"


def test_a_closed_run_is_unknown(world, kind):
    decision, about, _, _ = kind
    closed = world.start("target")
    world.terminate("target")
    world.start()

    world.decide((decision, {"workflowId": "target", "runId": closed, **about}))

    assert f"{decision}Failed" in world.types()


def test_it_is_delivered_even_if_the_batch_closes_the_sender(world, kind):
    decision, about, received, _ = kind
    world.start("target", taskList={"name": "other"})
    world.start()

    world.decide((decision, {"workflowId": "target", **about}), ("CompleteWorkflowExecution", {}))

    assert world.types()[-1] == "WorkflowExecutionCompleted"
    assert received in world.types("target")
