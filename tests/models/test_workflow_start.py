from __future__ import annotations

import pytest

from swf.constants import NONE, STATUS_OPEN
from swf.exceptions import (
    DefaultUndefinedError,
    DeprecatedError,
    WorkflowExecutionAlreadyStartedError,
)
from swf.models import (
    WorkflowExecution,
    WorkflowType,
    WorkflowTypeDoesNotExist,
)


@pytest.fixture
def workflow_type(domain):
    return WorkflowType(domain, "order", "1.0")


def test_start_sends_only_set_values(service, workflow_type):
    service.answer({"runId": "run-1"})

    workflow_type.start_execution("order-1")

    assert service.requests == [
        (
            "StartWorkflowExecution",
            {
                "domain": "orders",
                "workflowId": "order-1",
                "workflowType": {"name": "order", "version": "1.0"},
            },
        )
    ]


def test_start_sends_every_set_value(service, workflow_type):
    service.answer({"runId": "run-1"})

    workflow_type.start_execution(
        "order-1", "deciders", "ABANDON", "60", {"n": 1}, ["a"], 30, 5, "arn:aws:iam::1:role/x"
    )

    assert service.requests[0][1] == {
        "domain": "orders",
        "workflowId": "order-1",
        "workflowType": {"name": "order", "version": "1.0"},
        "taskList": {"name": "deciders"},
        "childPolicy": "ABANDON",
        "executionStartToCloseTimeout": "60",
        "input": '{"n":1}',
        "tagList": ["a"],
        "taskStartToCloseTimeout": "30",
        "taskPriority": "5",
        "lambdaRole": "arn:aws:iam::1:role/x",
    }


def test_start_returns_the_open_execution(domain, service, workflow_type):
    service.answer({"runId": "run-1"})

    execution = workflow_type.start_execution("order-1", input={"n": 1}, tag_list=["a"])

    assert execution == WorkflowExecution(
        domain,
        "order-1",
        "run-1",
        STATUS_OPEN,
        workflow_type=workflow_type,
        input={"n": 1},
        tag_list=["a"],
    )


def test_start_keeps_the_connection(service, domain):
    service.answer({"runId": "run-1"})
    kind = WorkflowType(domain, "order", "1.0", connection=service.connection)

    assert kind.start_execution()._connection is service.connection


@pytest.mark.parametrize("value", ["", 0, [], False])
def test_input_that_is_false_is_sent(service, workflow_type, value):
    service.answer({"runId": "run-1"})

    workflow_type.start_execution(input=value)

    assert "input" in service.requests[0][1]


def test_default_ids_do_not_collide(service, workflow_type):
    service.answer({"runId": "run-1"}, {"runId": "run-2"})

    ids = {workflow_type.start_execution().workflow_id for _ in range(2)}

    assert len(ids) == 2
    assert all(each.startswith("order-1.0-") for each in ids)


def test_default_workflow_id_fits_with_a_long_name(domain, service):
    service.answer({"runId": "run-1"})

    execution = WorkflowType(domain, "n" * 256, "v" * 64).start_execution()

    assert len(execution.workflow_id) == 256


BAD_STARTS = {
    "tag_list": list("abcdef"),
    "child_policy": "KILL",
    "execution_timeout": NONE,
    "decision_tasks_timeout": "soon",
    "task_list": "",
    "workflow_id": "a/b",
    "input": "x" * 32769,
    "task_priority": "high",
}


@pytest.mark.parametrize(("argument", "value"), BAD_STARTS.items(), ids=BAD_STARTS)
def test_invalid_start_raises_without_a_call(service, workflow_type, argument, value):
    with pytest.raises(ValueError, match=f"^{argument}="):
        workflow_type.start_execution(**{argument: value})

    assert service.requests == []


START_FAULTS = {
    "WorkflowExecutionAlreadyStartedFault": WorkflowExecutionAlreadyStartedError,
    "UnknownResourceFault": WorkflowTypeDoesNotExist,
    "TypeDeprecatedFault": DeprecatedError,
    "DefaultUndefinedFault": DefaultUndefinedError,
}


@pytest.mark.parametrize(("code", "error"), START_FAULTS.items(), ids=START_FAULTS)
def test_refused_start_has_its_cause(service, workflow_type, code, error):
    service.refuse(code)

    with pytest.raises(error):
        workflow_type.start_execution("order-1")


def test_started_execution_exists_and_does_not_differ(account, domain):
    domain.save()
    kind = WorkflowType(domain, "order", "1.0", task_list="deciders")
    kind.save()

    execution = kind.start_execution("order-1", tag_list=["a"])

    assert (execution.exists, execution.is_synced) == (True, True)


def test_open_id_cannot_be_started_again(account, domain):
    domain.save()
    kind = WorkflowType(domain, "order", "1.0", task_list="deciders")
    kind.save()
    kind.start_execution("order-1")

    with pytest.raises(WorkflowExecutionAlreadyStartedError):
        kind.start_execution("order-1")
