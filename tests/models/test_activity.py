from __future__ import annotations

from datetime import datetime, timezone

import pytest

from swf.constants import DEPRECATED, NONE, REGISTERED
from swf.exceptions import DoesNotExistError, InvalidTypeError, ResponseError
from swf.models import ActivityTask, ActivityType, ActivityTypeDoesNotExist, Domain

DESCRIBED = {
    "typeInfo": {
        "activityType": {"name": "charge", "version": "1.0"},
        "status": "DEPRECATED",
        "description": "Charge a card",
        "creationDate": 1,
        "deprecationDate": 2,
    },
    "configuration": {
        "defaultTaskStartToCloseTimeout": "60",
        "defaultTaskHeartbeatTimeout": "NONE",
        "defaultTaskList": {"name": "workers"},
        "defaultTaskPriority": "-1",
        "defaultTaskScheduleToStartTimeout": "30",
        "defaultTaskScheduleToCloseTimeout": "90",
    },
}


@pytest.fixture
def activity_type(domain):
    return ActivityType(domain, "charge", "1.0")


def test_arguments_come_in_the_documented_order(domain):
    kind = ActivityType(
        domain,
        "charge",
        "1.0",
        DEPRECATED,
        "Charge a card",
        1,
        2,
        "workers",
        NONE,
        90,
        "30",
        60,
        -1,
    )

    assert kind == ActivityType.from_wire(DESCRIBED, domain=domain)
    assert (kind.task_heartbeat_timeout, kind.task_schedule_to_close_timeout) == (NONE, 90)
    assert (kind.task_schedule_to_start_timeout, kind.task_start_to_close_timeout) == (30, 60)
    assert kind.deprecation_date == datetime.fromtimestamp(2, timezone.utc)


def test_unset_timeouts_are_not_sent(service, activity_type):
    service.answer(None)

    activity_type.save()

    assert service.requests == [
        ("RegisterActivityType", {"domain": "orders", "name": "charge", "version": "1.0"})
    ]


def test_set_timeouts_are_sent(domain, service):
    service.answer(None)

    ActivityType.from_wire(DESCRIBED, domain=domain).evolve(status=REGISTERED).save()

    assert service.requests[0][1] == {
        "domain": "orders",
        "name": "charge",
        "version": "1.0",
        "description": "Charge a card",
        **DESCRIBED["configuration"],
    }


def test_timeout_of_zero_is_sent(domain, service):
    service.answer(None)

    ActivityType(domain, "charge", "1.0", task_start_to_close_timeout=0).save()

    assert service.requests[0][1]["defaultTaskStartToCloseTimeout"] == "0"


def test_saved_type_does_not_differ(account, domain):
    domain.save()
    kind = ActivityType(domain, "charge", "1.0", task_list="workers", task_heartbeat_timeout=30)

    kind.save()

    assert (kind.exists, kind.is_synced) == (True, True)


def test_type_is_deprecated_and_registered_again(account, domain, activity_type):
    domain.save()
    activity_type.save()

    activity_type.delete()

    assert activity_type.changes.as_list() == [("status", REGISTERED, DEPRECATED)]
    activity_type.undelete()
    assert activity_type.is_synced


def test_purge_deletes_the_type(service, activity_type):
    service.answer(None)

    activity_type.purge()

    assert service.requests == [
        (
            "DeleteActivityType",
            {"domain": "orders", "activityType": {"name": "charge", "version": "1.0"}},
        )
    ]


def test_purged_type_does_not_exist(local, domain, activity_type):
    domain.save()
    activity_type.save()
    activity_type.delete()

    activity_type.purge()

    assert not activity_type.exists


def test_unknown_type_does_not_exist(account, domain, activity_type):
    domain.save()

    with pytest.raises(ActivityTypeDoesNotExist) as raised:
        activity_type.upstream()

    assert isinstance(raised.value, DoesNotExistError)


def test_type_cannot_be_saved_in_an_unknown_domain(account, activity_type):
    with pytest.raises(Domain.DoesNotExist):
        activity_type.save()


def test_refusal_is_a_response_error(service, activity_type):
    service.refuse("OperationNotPermittedFault")

    with pytest.raises(ResponseError):
        _ = activity_type.exists


# Tasks.

POLLED = {
    "taskToken": "token",
    "activityId": "charge-1",
    "startedEventId": 8,
    "workflowExecution": {"workflowId": "order-1", "runId": "run-1"},
    "activityType": {"name": "charge", "version": "1.0"},
    "input": '{"amount": 3}',
}


def test_task_is_read_from_a_poll(domain):
    task = ActivityTask.from_poll(domain, "workers", POLLED)

    assert (task.domain, task.task_list, task.task_token) == (domain, "workers", "token")
    assert (task.activity_id, task.started_event_id) == ("charge-1", 8)
    assert (task.activity_type.name, task.activity_type.version) == ("charge", "1.0")
    assert (task.workflow_execution.workflow_id, task.workflow_execution.run_id) == (
        "order-1",
        "run-1",
    )


@pytest.mark.parametrize(
    ("text", "value"),
    [('{"amount": 3}', {"amount": 3}), ("not JSON", "not JSON"), ("", ""), (None, None)],
)
def test_input_of_a_task_is_decoded(domain, text, value):
    polled = {name: POLLED[name] for name in POLLED if name != "input"}

    task = ActivityTask.from_poll(
        domain, "workers", polled if text is None else polled | {"input": text}
    )

    assert task.input == value


@pytest.mark.parametrize("name", ["exists", "is_synced", "changes", "save", "delete", "upstream"])
def test_task_is_a_plain_value(name):
    assert not hasattr(ActivityTask, name)


def test_task_requires_a_domain():
    with pytest.raises(InvalidTypeError):
        ActivityTask("orders", "workers", "token")
