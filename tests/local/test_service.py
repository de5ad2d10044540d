"""`LocalSWF`: connections, limits, snapshots and metrics."""

import json
import pickle
import urllib.error
import urllib.request
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest
from botocore.config import Config

import swf as library
from swf import connection as connections
from swf.local import LocalSWF, ManualClock, SkippingClock, SystemClock

ONCE = Config(retries={"total_max_attempts": 1})


def names(client):
    domains = client.list_domains(registrationStatus="REGISTERED")["domainInfos"]
    return [domain["name"] for domain in domains]


def test_connection_is_an_swf_connection(swf, service):
    pages = service.connection().pages("ListDomains", registrationStatus="REGISTERED")

    assert [domain["name"] for page in pages for domain in page["domainInfos"]] == ["orders"]


def test_an_installed_service_is_the_default_until_it_is_closed(clock):
    with LocalSWF(clock) as service:
        connection = service.install()
        installed = connections.current()

    assert installed is connection
    assert connections.default() is not connection


def test_the_library_works_on_an_installed_service(service):
    service.install()

    library.Domain("orders", retention_period=1).save()

    assert names(service.client()) == ["orders"]


def test_uninstall_keeps_the_default_of_another_service(make_service):
    first, second = make_service(), make_service()
    first.install()
    connection = second.install()

    first.uninstall()

    assert connections.default() is connection


@pytest.mark.parametrize("limits", ["on", None])
def test_limits_are_strict_or_off(limits):
    with pytest.raises(ValueError, match="'strict' or 'off'"):
        LocalSWF(limits=limits)


def test_empty_names_and_tokens_are_refused(service):
    with pytest.raises(ValueError, match="database='': must be the name of a file"):
        LocalSWF(database="")
    with pytest.raises(ValueError, match="token='': must not be empty"):
        service.serve(token="")


def test_strict_limits_throttle(make_service, clock):
    client = make_service(clock, limits="strict").client(config=ONCE)
    for number in range(100):
        client.register_domain(name=f"d{number}", workflowExecutionRetentionPeriodInDays="1")

    with pytest.raises(client.exceptions.ClientError, match=r"Rate exceeded|LimitExceeded"):
        client.register_domain(name="one-more", workflowExecutionRetentionPeriodInDays="1")


def test_a_clock_serves_one_service(service, clock):
    with pytest.raises(ValueError, match="clock belongs to another service"):
        LocalSWF(clock)


def test_clock_can_be_reused_after_close(clock):
    LocalSWF(clock).close()

    with LocalSWF(clock) as service:
        assert service.clock is clock


def test_closed_service_raises(clock):
    service = LocalSWF(clock)
    client = service.client()
    service.close()
    service.close()

    with pytest.raises(RuntimeError, match="this local service is closed"):
        names(client)


def test_reset_removes_everything_in_all_tenants(swf, service):
    service.client(region_name="eu-west-1").register_domain(
        name="orders", workflowExecutionRetentionPeriodInDays="1"
    )

    service.reset()

    assert names(service.client()) == names(service.client(region_name="eu-west-1")) == []


def test_service_says_whether_a_poll_would_receive_a_task(swf, service, clock, decisions):
    def has_task(kind):
        return service.has_task(kind, "orders", "main")

    assert not has_task("decision")
    swf.start()
    assert has_task("decision")
    task = swf.poll()
    assert not has_task("decision")
    swf.decide(task, decisions.activity("a"), decisions.timer(60))
    assert has_task("activity")
    swf.poll_activity()
    assert not has_task("activity")
    clock.advance(60)
    assert has_task("decision")


def test_metrics_count_requests_by_operation_and_code(swf, service):
    swf.start()
    with pytest.raises(swf.client.exceptions.WorkflowExecutionAlreadyStartedFault):
        swf.start()

    lines = service.metrics().splitlines()

    assert 'swf_requests_total{operation="StartWorkflowExecution",code="OK"} 1' in lines
    assert (
        'swf_requests_total{operation="StartWorkflowExecution",'
        'code="WorkflowExecutionAlreadyStartedFault"} 1' in lines
    )
    assert 'swf_request_seconds_count{operation="StartWorkflowExecution"} 2' in lines
    assert {"swf_open_executions 1", "swf_pending_tasks 1", "swf_waiting_polls 0"} <= set(lines)


def test_snapshot_restores_the_earlier_state(swf, service):
    run_id = swf.start()
    snapshot = service.snapshot()
    swf.decide(swf.poll(), {"decisionType": "CompleteWorkflowExecution"})
    swf.start("w2")

    service.restore(snapshot)

    assert swf.event_types(run_id) == ["WorkflowExecutionStarted", "DecisionTaskScheduled"]
    assert (
        swf.client.count_open_workflow_executions(
            domain="orders", startTimeFilter={"oldestDate": 0}
        )["count"]
        == 1
    )


def test_snapshot_can_be_restored_repeatedly_and_elsewhere(swf, service, make_service, deciding):
    swf.start()
    snapshot = pickle.loads(pickle.dumps(service.snapshot()))
    other = make_service(ManualClock())

    for each in (service, service, other):
        each.restore(snapshot)
        task = deciding(each.client()).poll()
        assert task["startedEventId"] == 3


def test_task_tokens_are_valid_after_restore(swf, service):
    run_id = swf.start()
    task = swf.poll()
    snapshot = service.snapshot()
    swf.decide(task)

    service.restore(snapshot)
    swf.decide(task, {"decisionType": "CompleteWorkflowExecution"})

    assert swf.event_types(run_id)[-1] == "WorkflowExecutionCompleted"


@pytest.mark.parametrize("kind", [ManualClock, SkippingClock])
def test_a_virtual_clock_goes_back_with_a_snapshot(make_service, deciding, kind):
    clock = kind()
    service = make_service(clock)
    swf = deciding(service.client()).register()
    swf.start_timer(3600)
    snapshot = service.snapshot()
    clock.jump(7200)

    service.restore(snapshot)

    assert 0 <= clock.now() - snapshot.now < 60


def test_restore_on_a_system_clock_fires_overdue_deadlines(make_service, deciding):
    clock = SystemClock()
    service = make_service(clock)
    swf = deciding(service.client()).register()
    swf.start_timer(3600)
    snapshot = service.snapshot()
    clock.jump(7200)

    service.restore(snapshot)

    assert "TimerFired" in [event["eventType"] for event in swf.poll()["events"]]


def test_timestamp_of_any_size_is_a_serialization_exception(service):
    url = service.serve()
    params = {"domain": "d", "startTimeFilter": {"oldestDate": 10**400}}
    headers = {"X-Amz-Target": "SimpleWorkflowService.ListOpenWorkflowExecutions"}
    request = urllib.request.Request(url, json.dumps(params).encode(), headers)

    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request)

    assert caught.value.code == 400
    assert b"SerializationException" in caught.value.read()
    caught.value.close()


def test_access_key_and_region_may_be_any_bytes(database):
    scope = b"Credential=K\xff\xfe/20260101/us-\xe9ast/swf/aws4_request"
    for store in (None, database):
        with LocalSWF(ManualClock(), store) as served:
            parts = urlsplit(served.serve())
            connection = HTTPConnection(parts.hostname, parts.port)
            connection.putrequest("POST", "/")
            body = b'{"name": "d", "workflowExecutionRetentionPeriodInDays": "1"}'
            connection.putheader("Content-Length", str(len(body)))
            connection.putheader("X-Amz-Target", "SimpleWorkflowService.RegisterDomain")
            connection.putheader("Authorization", b"AWS4-HMAC-SHA256 " + scope)
            connection.endheaders(body)
            response = connection.getresponse()
            assert (response.status, response.read()) == (200, b"")
            connection.close()
