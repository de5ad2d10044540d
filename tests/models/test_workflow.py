from __future__ import annotations

from datetime import datetime, timezone

import pytest

from swf.constants import DEPRECATED, NONE, REGISTERED, TERMINATE
from swf.exceptions import (
    AlreadyExistsError,
    DeprecatedError,
    InvalidTypeError,
    NotFetchedError,
    ResponseError,
    ValidationError,
)
from swf.models import (
    Domain,
    WorkflowType,
    WorkflowTypeDoesNotExist,
)

DESCRIBED = {
    "typeInfo": {
        "workflowType": {"name": "order", "version": "1.0"},
        "status": "REGISTERED",
        "creationDate": 1487851963.534,
    },
    "configuration": {
        "defaultChildPolicy": "TERMINATE",
        "defaultExecutionStartToCloseTimeout": "300",
        "defaultTaskStartToCloseTimeout": "300",
    },
}
CREATED = datetime(2017, 2, 23, 12, 12, 43, 534000, tzinfo=timezone.utc)


@pytest.fixture
def workflow_type(domain):
    return WorkflowType(domain, "order", "1.0")


def test_arguments_come_in_the_documented_order(domain):
    kind = WorkflowType(
        domain, "order", "1.0", DEPRECATED, 1, 2, "deciders", "ABANDON", "60", "30", "Orders"
    )

    assert kind == WorkflowType(
        domain=domain,
        name="order",
        version="1.0",
        status=DEPRECATED,
        creation_date=datetime.fromtimestamp(1, timezone.utc),
        deprecation_date=datetime.fromtimestamp(2, timezone.utc),
        task_list="deciders",
        child_policy="ABANDON",
        execution_timeout=60,
        decision_tasks_timeout=30,
        description="Orders",
    )


def test_date_of_zero_is_unset(domain):
    kind = WorkflowType(domain, "order", "1.0", REGISTERED, 0.0, 0.0)

    assert kind == WorkflowType(domain, "order", "1.0")


def test_defaults_are_the_documented_ones(workflow_type):
    assert workflow_type.to_dict() | {"domain": None} == {
        "domain": None,
        "name": "order",
        "version": "1.0",
        "task_list": None,
        "child_policy": TERMINATE,
        "execution_timeout": 300,
        "decision_tasks_timeout": 300,
        "description": None,
        "task_priority": None,
        "lambda_role": None,
    }
    assert workflow_type.status == REGISTERED


REFUSED = {
    "status": "GONE",
    "child_policy": "KILL",
    "execution_timeout": NONE,
    "decision_tasks_timeout": -1,
    "task_list": "a:b",
    "description": "x" * 1025,
    "task_priority": 2**31,
    "lambda_role": "",
}


@pytest.mark.parametrize(("field", "value"), REFUSED.items(), ids=REFUSED)
def test_invalid_value_is_refused_by_name(domain, field, value):
    with pytest.raises(ValueError, match=f"^{field}="):
        WorkflowType(domain, "order", "1.0", **{field: value})


def test_execution_lasts_a_year_at_most(domain):
    year = 365 * 24 * 3600

    assert WorkflowType(domain, "a", "1", execution_timeout=year).execution_timeout == year
    with pytest.raises(ValidationError):
        WorkflowType(domain, "a", "1", execution_timeout=year + 1)


def test_type_requires_a_domain_object():
    with pytest.raises(InvalidTypeError):
        WorkflowType("orders", "order", "1.0")


RECORDED_TYPES = [
    "chain_send_result",
    "child_workflow",
    "simpleflow_idempotent",
    "timer_and_cancel",
    "wait_signal",
]


@pytest.mark.parametrize("name", RECORDED_TYPES)
def test_recorded_type_is_read(domain, recorded, name):
    response = recorded(f"{name}.DescribeWorkflowType")
    info = response["typeInfo"]

    kind = WorkflowType.from_wire(response, domain=domain)

    assert kind == WorkflowType(
        domain,
        info["workflowType"]["name"],
        "example",
        creation_date=info["creationDate"],
        task_list="None",
    )


@pytest.mark.parametrize("name", RECORDED_TYPES)
def test_recorded_type_does_not_differ_from_itself(domain, recorded, service, name):
    response = recorded(f"{name}.DescribeWorkflowType")
    service.answer(response)

    assert WorkflowType.from_wire(response, domain=domain).is_synced


def test_list_item_has_unknown_settings(domain):
    listed = WorkflowType.from_wire(DESCRIBED["typeInfo"], domain=domain)

    assert (listed.name, listed.status, listed.creation_date) == ("order", REGISTERED, CREATED)
    with pytest.raises(NotFetchedError):
        _ = listed.execution_timeout


def test_attributes_missing_from_a_list_do_not_differ(domain, service):
    service.answer(DESCRIBED)

    assert WorkflowType.from_wire(DESCRIBED["typeInfo"], domain=domain).is_synced


def test_evolved_list_item_cannot_be_saved_without_settings(domain, service):
    listed = WorkflowType.from_wire(DESCRIBED["typeInfo"], domain=domain)

    with pytest.raises(ValidationError, match="lacks its settings"):
        listed.evolve(domain=Domain("staging")).save()

    assert service.requests == []


def test_type_is_read_with_its_domain(domain):
    with pytest.raises(InvalidTypeError):
        WorkflowType.from_wire(DESCRIBED)


def test_saving_sends_only_set_values(service, workflow_type):
    service.answer(None)

    workflow_type.save()

    assert service.requests == [
        (
            "RegisterWorkflowType",
            {
                "domain": "orders",
                "name": "order",
                "version": "1.0",
                "defaultChildPolicy": "TERMINATE",
                "defaultExecutionStartToCloseTimeout": "300",
                "defaultTaskStartToCloseTimeout": "300",
            },
        )
    ]


def test_saving_sends_all_that_is_set(domain, service):
    service.answer(None)

    WorkflowType(
        domain,
        "order",
        "1.0",
        task_list="deciders",
        decision_tasks_timeout=NONE,
        description="Orders",
        task_priority=3,
        lambda_role="arn:aws:iam::1:role/x",
    ).save()

    sent = service.requests[0][1]
    assert sent["defaultTaskList"] == {"name": "deciders"}
    assert sent["defaultTaskStartToCloseTimeout"] == "NONE"
    assert (sent["description"], sent["defaultTaskPriority"], sent["defaultLambdaRole"]) == (
        "Orders",
        "3",
        "arn:aws:iam::1:role/x",
    )


def test_saving_a_deprecated_type_deprecates_it(domain, service):
    service.answer(None, None)

    WorkflowType(domain, "order", "1.0", DEPRECATED).save()

    assert service.operations == ["RegisterWorkflowType", "DeprecateWorkflowType"]


def test_saved_type_does_not_differ(account, domain):
    domain.save()
    kind = WorkflowType(domain, "order", "1.0", task_list="deciders", description="Orders")

    kind.save()

    assert (kind.exists, kind.is_synced, list(kind.changes)) == (True, True, [])


def test_upstream_has_dates_and_settings(account, domain, workflow_type):
    domain.save()
    workflow_type.evolve(description="Orders", execution_timeout=60).save()

    upstream = workflow_type.upstream()

    assert (upstream.description, upstream.execution_timeout) == ("Orders", 60)
    assert upstream.creation_date.tzinfo is timezone.utc


def test_deprecated_type_differs_by_its_status(account, domain, workflow_type):
    domain.save()
    workflow_type.save()

    workflow_type.delete()

    assert repr(workflow_type.changes) == (
        "ModelDiff(Difference('status', 'REGISTERED', 'DEPRECATED'))"
    )


def test_settings_that_are_missing_upstream_differ(domain, service):
    service.answer(DESCRIBED)

    changes = WorkflowType(
        domain, "order", "1.0", task_list="deciders", description="Orders", deprecation_date=1
    ).changes

    assert changes.differing_fields() == ["deprecation_date", "task_list", "description"]


def test_settings_that_are_only_upstream_differ(service, workflow_type):
    configuration = DESCRIBED["configuration"] | {"defaultTaskList": {"name": "deciders"}}
    service.answer(DESCRIBED | {"configuration": configuration})

    assert workflow_type.changes.as_list() == [("task_list", None, "deciders")]


def test_undeprecated_type_is_registered_again(account, domain, workflow_type):
    domain.save()
    workflow_type.save()
    workflow_type.delete()

    workflow_type.undelete()

    assert workflow_type.is_synced


def test_registered_name_and_version_cannot_be_saved_again(account, domain, workflow_type):
    domain.save()
    workflow_type.save()

    with pytest.raises(WorkflowType.AlreadyExists) as raised:
        workflow_type.save()

    assert isinstance(raised.value, AlreadyExistsError)


def test_type_cannot_be_saved_in_an_unknown_domain(account, workflow_type):
    with pytest.raises(Domain.DoesNotExist, match="Unknown domain: orders"):
        workflow_type.save()


@pytest.mark.parametrize("act", ["upstream", "delete", "undelete", "purge"])
def test_unknown_type_does_not_exist(service, workflow_type, act):
    service.refuse("UnknownResourceFault", "Unknown type: WorkflowType=[name=order, version=1.0]")

    with pytest.raises(WorkflowTypeDoesNotExist):
        getattr(workflow_type, act)()


def test_any_other_fault_of_a_deprecation_is_raised(service, workflow_type):
    service.refuse("OperationNotPermittedFault")

    with pytest.raises(ResponseError):
        workflow_type.delete()


def test_deprecating_twice_is_refused(account, domain, workflow_type):
    domain.save()
    workflow_type.save()
    workflow_type.delete()

    with pytest.raises(DeprecatedError):
        workflow_type.delete()


def test_undeprecating_a_registered_type_is_refused(account, domain, workflow_type):
    domain.save()
    workflow_type.save()

    with pytest.raises(WorkflowType.AlreadyExists):
        workflow_type.undelete()


def test_purge_deletes_the_type(service, workflow_type):
    service.answer(None)

    workflow_type.purge()

    assert service.requests == [
        (
            "DeleteWorkflowType",
            {"domain": "orders", "workflowType": {"name": "order", "version": "1.0"}},
        )
    ]


def test_purged_type_does_not_exist(local, domain, workflow_type):
    domain.save()
    workflow_type.save()
    workflow_type.delete()

    workflow_type.purge()

    assert not workflow_type.exists


def test_purging_a_registered_type_is_refused(service, workflow_type):
    service.refuse("TypeNotDeprecatedFault", "The type is currently registered")

    with pytest.raises(ResponseError, match="currently registered"):
        workflow_type.purge()


@pytest.mark.parametrize("name", ["exists", "is_synced", "changes", "upstream"])
def test_upstream_and_comparisons_take_one_call(service, workflow_type, name):
    service.answer(DESCRIBED)

    value = getattr(workflow_type, name)
    if name == "upstream":
        value()

    assert service.operations == ["DescribeWorkflowType"]
