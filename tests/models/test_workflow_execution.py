from __future__ import annotations

from datetime import datetime, timezone

import pytest

from swf import constants
from swf.constants import STATUS_CLOSED, TERMINATE
from swf.exceptions import NotFetchedError
from swf.models import (
    WorkflowExecution,
    WorkflowType,
)

CREATED = datetime(2017, 2, 23, 12, 12, 43, 534000, tzinfo=timezone.utc)


@pytest.fixture
def workflow_type(domain):
    return WorkflowType(domain, "order", "1.0")


@pytest.fixture
def execution(domain):
    return WorkflowExecution(domain, "order-1", "run-1")


CLOSED = {"executionStatus": "CLOSED", "closeStatus": "COMPLETED", "closeTimestamp": 1487851970}


def test_arguments_of_an_execution_are_in_documented_order(domain, workflow_type):
    parent = WorkflowExecution(domain, "parent", "run-0")

    execution = WorkflowExecution(
        domain, "order-1", "run-1", STATUS_CLOSED, workflow_type, "deciders", TERMINATE,
        "COMPLETED", 300, "in", ["a"], 60, 2, 1, False, "context", 2, None, parent,
    )  # fmt: skip

    assert execution == WorkflowExecution(
        domain=domain,
        workflow_id="order-1",
        run_id="run-1",
        status=STATUS_CLOSED,
        workflow_type=workflow_type,
        task_list="deciders",
        child_policy=TERMINATE,
        close_status="COMPLETED",
        execution_timeout=300,
        input="in",
        tag_list=["a"],
        decision_tasks_timeout=60,
        close_timestamp=2,
        start_timestamp=1,
        cancel_requested=False,
        latest_execution_context="context",
        latest_activity_task_timestamp=2,
        open_counts=None,
        parent=parent,
    )


@pytest.mark.parametrize("name", constants.CLOSE_STATUSES)
def test_each_close_status_has_a_name_on_the_class(domain, name):
    status = getattr(WorkflowExecution, f"CLOSE_STATUS_{name}")

    assert (status, WorkflowExecution(domain, "a", close_status=status).close_status) == (
        name,
        name,
    )


def test_description_has_every_attribute(description, domain):
    described = description(
        tagList=["a", "b"], parent={"workflowId": "parent", "runId": "run-0"}, **CLOSED
    ) | {"latestActivityTaskTimestamp": 1487851969.5, "latestExecutionContext": ""}

    execution = WorkflowExecution.from_wire(described, domain=domain)

    values = execution.to_dict()
    assert {name: values[name] for name in values if name not in ("domain", "parent")} == {
        "workflow_id": "order-1",
        "run_id": "run-1",
        "status": "CLOSED",
        "workflow_type": execution.workflow_type.to_dict(),
        "task_list": "deciders",
        "child_policy": "TERMINATE",
        "close_status": "COMPLETED",
        "execution_timeout": 300,
        "tag_list": ["a", "b"],
        "decision_tasks_timeout": "NONE",
        "close_timestamp": datetime(2017, 2, 23, 12, 12, 50, tzinfo=timezone.utc),
        "start_timestamp": CREATED,
        "cancel_requested": False,
        "latest_execution_context": "",
        "latest_activity_task_timestamp": datetime(
            2017, 2, 23, 12, 12, 49, 500000, tzinfo=timezone.utc
        ),
        "open_counts": {
            "open_activity_tasks": 1,
            "open_decision_tasks": 0,
            "open_timers": 2,
            "open_child_workflow_executions": 3,
            "open_lambda_functions": 0,
        },
        "task_priority": 5,
        "lambda_role": "arn:aws:iam::1:role/x",
    }
    assert (execution.parent.workflow_id, execution.parent.run_id) == ("parent", "run-0")
    assert (execution.workflow_type.name, execution.workflow_type.version) == ("order", "1.0")


def test_list_item_has_unknown_attributes(description, domain):
    listed = WorkflowExecution.from_wire(description()["executionInfo"], domain=domain)

    assert (listed.run_id, listed.status) == ("run-1", "OPEN")
    for name in ("task_list", "open_counts"):
        with pytest.raises(NotFetchedError):
            getattr(listed, name)


RECORDED_EXECUTIONS = {
    "chain_send_result.DescribeWorkflowExecution": "COMPLETED",
    "child_workflow.DescribeWorkflowExecution": None,
    "child_workflow.DescribeWorkflowExecution-2": "COMPLETED",
    "simpleflow_idempotent.DescribeWorkflowExecution": None,
    "simpleflow_idempotent.DescribeWorkflowExecution-2": "COMPLETED",
    "timer_and_cancel.DescribeWorkflowExecution": None,
    "timer_and_cancel.DescribeWorkflowExecution-2": "COMPLETED",
    "wait_signal.DescribeWorkflowExecution": None,
    "wait_signal.DescribeWorkflowExecution-4": "COMPLETED",
}


@pytest.mark.parametrize(("name", "close_status"), RECORDED_EXECUTIONS.items())
def test_recorded_execution_is_read(domain, recorded, name, close_status):
    execution = WorkflowExecution.from_wire(recorded(name), domain=domain)

    assert execution.close_status == close_status
    assert execution.status == ("CLOSED" if close_status else "OPEN")
    assert (execution.close_timestamp is None) == (close_status is None)


@pytest.mark.parametrize("name", RECORDED_EXECUTIONS)
def test_recorded_execution_does_not_differ_from_itself(domain, recorded, service, name):
    service.answer(recorded(name))

    assert WorkflowExecution.from_wire(recorded(name), domain=domain).is_synced


def test_unset_attribute_of_an_execution_does_not_differ(description, service, execution):
    service.answer(description())

    assert execution.is_synced


def test_closed_execution_differs_from_an_open_one(description, service, execution):
    service.answer(description(**CLOSED))

    assert execution.changes.as_list() == [("status", "OPEN", "CLOSED")]


def test_type_of_an_execution_compares_by_name_and_version(description, service, domain, execution):
    service.answer(description(), description())
    same, other = (WorkflowType(domain, "order", version) for version in ("1.0", "2.0"))

    assert execution.evolve(workflow_type=same).is_synced
    assert execution.evolve(workflow_type=other).changes.differing_fields() == ["workflow_type"]


def test_input_never_differs(description, service, execution):
    service.answer(description())

    assert execution.evolve(input="in").is_synced


@pytest.mark.parametrize("name", ["exists", "is_synced", "changes", "upstream"])
def test_description_of_a_run_takes_one_call(description, service, execution, name):
    service.answer(description())

    value = getattr(execution, name)
    if name == "upstream":
        value()

    assert service.requests == [
        (
            "DescribeWorkflowExecution",
            {"domain": "orders", "execution": {"workflowId": "order-1", "runId": "run-1"}},
        )
    ]


def test_without_a_run_id_the_open_execution_is_found(description, service, domain):
    service.answer({"executionInfos": [description()["executionInfo"]]}, description())

    upstream = WorkflowExecution(domain, "order-1").upstream()

    assert (upstream.run_id, upstream.status) == ("run-1", "OPEN")
    assert service.operations == ["ListOpenWorkflowExecutions", "DescribeWorkflowExecution"]
    assert service.requests[0][1] == {
        "domain": "orders",
        "startTimeFilter": {"oldestDate": 0},
        "executionFilter": {"workflowId": "order-1"},
        "maximumPageSize": 1,
    }


def test_without_a_run_id_the_latest_closed_execution_is_found(description, service, domain):
    closed = description(**CLOSED)
    service.answer(
        {"executionInfos": []},
        {"executionInfos": [], "nextPageToken": "more"},
        {"executionInfos": [closed["executionInfo"]], "nextPageToken": "more"},
        closed,
    )

    upstream = WorkflowExecution(domain, "order-1").upstream()

    assert (upstream.run_id, upstream.status) == ("run-1", "CLOSED")
    assert service.operations == [
        "ListOpenWorkflowExecutions",
        "ListClosedWorkflowExecutions",
        "ListClosedWorkflowExecutions",
        "DescribeWorkflowExecution",
    ]


def test_unknown_workflow_id_without_a_run_id_does_not_exist(service, domain):
    service.answer({"executionInfos": []}, {"executionInfos": []})

    with pytest.raises(WorkflowExecution.DoesNotExist, match="order-1"):
        WorkflowExecution(domain, "order-1").upstream()


def test_execution_of_an_unknown_domain_does_not_exist(service, domain):
    service.refuse("UnknownResourceFault", "Unknown domain: orders")

    assert not WorkflowExecution(domain, "order-1").exists
