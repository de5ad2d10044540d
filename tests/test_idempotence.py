"""Calls whose response is lost after they were carried out."""

from __future__ import annotations

from functools import partial

import pytest

import swf
from swf import ActivityType, Domain, WorkflowType
from swf.exceptions import AlreadyExistsError, DoesNotExistError, EndpointUnreachableError
from swf.local import LocalSWF, LostResponse, SkippingClock

OPERATIONS = (
    "DeprecateWorkflowType",
    "RegisterActivityType",
    "RegisterDomain",
    "RegisterWorkflowType",
    "RequestCancelWorkflowExecution",
    "SignalWorkflowExecution",
    "StartWorkflowExecution",
    "TerminateWorkflowExecution",
    "UndeprecateWorkflowType",
)


def consume(lost, operation, _):
    """Return whether to lose the response, once for each operation in the set."""
    if operation not in lost:
        return False
    lost.remove(operation)
    return True


@pytest.fixture(params=["in process", "http"])
def losses(request, monkeypatch):
    """A service that loses responses on demand, reached directly and over HTTP."""
    monkeypatch.setattr("swf.connection.FIRST_PAUSE", 0.0)
    lost = set()
    rules = [LostResponse(name, when=partial(consume, lost)) for name in OPERATIONS]
    with LocalSWF(clock=SkippingClock(), faults=rules) as service:
        link = service.connection()
        if request.param == "http":
            keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
            link = swf.connect(endpoint_url=service.serve(), region="us-east-1", **keys)
        with swf.using(link):
            yield lost


@pytest.fixture
def orders(losses):
    domain = Domain("orders")
    domain.save()
    return domain


@pytest.fixture
def ship(orders):
    ship = WorkflowType(
        orders, "ship", "1", task_list="deciders", execution_timeout=3600, child_policy="TERMINATE"
    )
    ship.save()
    return ship


def lose(losses, operation):
    losses.add(operation)


def test_registration_of_a_domain_is_recognized(losses):
    lose(losses, "RegisterDomain")

    Domain("orders", retention_period=7, description="Orders").save()

    assert Domain("orders").upstream().retention_period == 7


def test_registration_of_a_workflow_type_is_recognized(losses, orders):
    lose(losses, "RegisterWorkflowType")

    WorkflowType(orders, "ship", "1", task_list="deciders").save()

    assert WorkflowType(orders, "ship", "1").exists


def test_registration_of_an_activity_type_is_recognized(losses, orders):
    lose(losses, "RegisterActivityType")

    ActivityType(orders, "pack", "1", task_list="workers").save()

    assert ActivityType(orders, "pack", "1").exists


def test_registration_by_another_client_is_refused(losses, orders):
    with pytest.raises(AlreadyExistsError):
        Domain("orders", retention_period=90).save()


def test_start_is_recognized(losses, orders, ship):
    lose(losses, "StartWorkflowExecution")

    execution = ship.start_execution("order-1", input={"lines": 2}, tag_list=["eu"])

    assert [row.run_id for row in orders.executions.filter(status="OPEN")] == [execution.run_id]


def test_start_with_generated_id_is_recognized(losses, orders, ship):
    lose(losses, "StartWorkflowExecution")

    ship.start_execution()

    assert orders.executions.filter(status="OPEN").count() == 1


def test_open_execution_with_other_input_is_not_recognized(losses, ship):
    ship.start_execution("order-1", input={"lines": 1})
    lose(losses, "StartWorkflowExecution")

    with pytest.raises(AlreadyExistsError):
        ship.start_execution("order-1", input={"lines": 2})


@pytest.mark.parametrize("method", ["delete", "undelete"])
def test_deprecation_is_recognized(losses, ship, method):
    if method == "undelete":
        ship.delete()
    lose(losses, "DeprecateWorkflowType" if method == "delete" else "UndeprecateWorkflowType")

    getattr(ship, method)()

    assert ship.upstream().status == ("DEPRECATED" if method == "delete" else "REGISTERED")


def test_termination_is_recognized(losses, ship):
    execution = ship.start_execution("order-1")
    lose(losses, "TerminateWorkflowExecution")

    execution.terminate()

    assert execution.upstream().close_status == "TERMINATED"


def test_termination_of_unknown_execution_is_refused(losses, orders, ship):
    lose(losses, "TerminateWorkflowExecution")

    with pytest.raises(DoesNotExistError):
        swf.WorkflowExecution(orders, "order-1").terminate()


def test_lost_signal_is_reported_and_not_doubled(losses, ship):
    execution = ship.start_execution("order-1")
    lose(losses, "SignalWorkflowExecution")

    with pytest.raises(EndpointUnreachableError):
        execution.signal("go")

    assert len(execution.history().signals) == 1


def test_lost_cancel_request_is_reported_and_not_doubled(losses, ship):
    execution = ship.start_execution("order-1")
    lose(losses, "RequestCancelWorkflowExecution")

    with pytest.raises(EndpointUnreachableError):
        execution.request_cancel()

    names = [event.name for event in execution.history()]
    assert names.count("WorkflowExecutionCancelRequested") == 1
