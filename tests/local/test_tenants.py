"""Tenants of one service: where domains are, and how long closed executions are retained."""

import logging
from contextlib import suppress

import pytest

from swf.actors import decider
from swf.local import LocalSWF, ManualClock
from swf.local.tenants import DELAY_TASK_LIST, is_blocked_on_time

DAY = 86_400
COMPLETE = {"decisionType": "CompleteWorkflowExecution"}


def close_execution(swf):
    run_id = swf.start()
    swf.decide(swf.poll(), COMPLETE)
    return run_id


def stored_runs(service):
    return sum(account["executions"] for account in service.accounts())


def test_unknown_domain_of_another_account_is_located(service, swf):
    other = service.client(aws_access_key_id="other", region_name="eu-west-1")

    with pytest.raises(other.exceptions.UnknownResourceFault) as caught:
        other.describe_domain(name="orders")

    assert caught.value.response["Error"]["Message"] == (
        "Unknown domain: orders (it exists for access key local in us-east-1; "
        "the request has access key other in eu-west-1)"
    )


def test_unknown_domain_of_no_account_has_the_message_of_swf(service, swf):
    with pytest.raises(swf.client.exceptions.UnknownResourceFault) as caught:
        swf.client.describe_domain(name="missing")

    assert caught.value.response["Error"]["Message"] == "Unknown domain: missing"


def test_request_to_an_empty_account_is_logged_once(service, swf, caplog):
    caplog.set_level(logging.WARNING)
    for key in ("other", "third"):
        client = service.client(aws_access_key_id=key)
        client.list_domains(registrationStatus="REGISTERED")
        with suppress(client.exceptions.UnknownResourceFault):
            client.describe_domain(name="orders")

    assert [record.getMessage() for record in caplog.records] == [
        "A request reached an account without domains: access key other, region us-east-1; "
        "there are domains for access key local, region us-east-1"
    ]


def test_first_request_of_a_service_is_not_logged(service, deciding, caplog):
    client = service.client()
    client.list_domains(registrationStatus="REGISTERED")
    deciding(client).register()
    deciding(service.client(aws_access_key_id="other")).register()

    assert caplog.records == []


def test_executions_past_retention_are_removed_at_opening(database, deciding):
    with LocalSWF(ManualClock(1000), database) as service:
        close_execution(deciding(service.client()).register(retention="1"))

    with LocalSWF(ManualClock(1000 + DAY - 1), database) as service:
        assert stored_runs(service) == 1
    with LocalSWF(ManualClock(1000 + DAY), database) as service:
        assert stored_runs(service) == 0


@pytest.mark.parametrize(("days", "count"), [(None, 1), (3, 1), (2, 0), (0, 0)])
def test_retention_of_the_service_applies_to_stored_executions(database, deciding, days, count):
    with LocalSWF(ManualClock(1000), database) as service:
        close_execution(deciding(service.client()).register(retention="90"))

    with LocalSWF(ManualClock(1000 + 2 * DAY), database, retention=days) as service:
        assert stored_runs(service) == count


def test_removed_executions_stay_removed(database, deciding):
    with LocalSWF(ManualClock(1000), database) as service:
        close_execution(deciding(service.client()).register(retention="90"))
    LocalSWF(ManualClock(1000 + DAY), database, retention=1).close()

    with LocalSWF(ManualClock(1000 + DAY), database) as service:
        assert stored_runs(service) == 0


def test_retention_of_the_service_keeps_executions_longer(make_service, clock, deciding):
    service = make_service(clock, retention=10)
    swf = deciding(service.client()).register(retention="1")
    close_execution(swf)
    configuration = swf.client.describe_domain(name="orders")["configuration"]

    clock.advance(9 * DAY)
    before = stored_runs(service)
    clock.advance(DAY)

    assert (before, stored_runs(service)) == (1, 0)
    assert configuration == {"workflowExecutionRetentionPeriodInDays": "1"}


def test_negative_retention_is_refused():
    with pytest.raises(ValueError, match=r"retention=-1: must be 0 or more days, or None"):
        LocalSWF(retention=-1)


# -- When a skipping clock may skip ----------------------------------------------------------------


def waits_for_a_timer(engine):
    engine.start()
    engine.decide(("StartTimer", {"timerId": "t", "startToFireTimeout": "60"}))


def delays_its_decision_task(engine):
    engine.start()
    overrides = {"taskList": {"name": DELAY_TASK_LIST}, "taskListScheduleToStartTimeout": "60"}
    engine.decide(**overrides)
    engine.signal()


def has_a_sticky_decision_task(engine):
    engine.start()
    overrides = {"taskList": {"name": "sticky"}, "taskListScheduleToStartTimeout": "60"}
    engine.decide(**overrides)
    engine.signal()


def has_a_decision_task(engine):
    engine.start()


def decides(engine):
    engine.start()
    engine.poll()


def has_an_activity(engine):
    engine.start()
    engine.decide(
        ("ScheduleActivityTask", {"activityId": "a", "activityType": ACTIVITY}),
    )


def works(engine):
    has_an_activity(engine)
    engine.poll("Activity")


def calls_a_function(engine):
    engine.start(lambdaRole="role")
    engine.decide(("ScheduleLambdaFunction", {"id": "l", "name": "f"}))


def is_closed(engine):
    engine.start()
    engine.terminate()


def has_a_task_beside_a_timer(engine):
    waits_for_a_timer(engine)
    engine.start("another")


ACTIVITY = {"name": "charge", "version": "1"}


@pytest.mark.parametrize(
    ("prepare", "is_blocked"),
    [
        (lambda _: None, False),
        (waits_for_a_timer, True),
        (delays_its_decision_task, True),
        (has_a_sticky_decision_task, False),
        (has_a_decision_task, False),
        (decides, False),
        (has_an_activity, False),
        (works, False),
        (calls_a_function, False),
        (is_closed, False),
        (has_a_task_beside_a_timer, False),
    ],
)
def test_service_is_blocked_on_time_while_tasks_are_delayed(engine, prepare, is_blocked):
    prepare(engine)

    assert is_blocked_on_time([engine.state]) is is_blocked


def test_decider_and_service_agree_on_the_list_of_delayed_tasks():
    assert decider.DELAY_TASK_LIST == DELAY_TASK_LIST
