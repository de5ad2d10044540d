import json
import os
import pickle
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest
from botocore.config import Config

import swf as library
from swf import connection as connections
from swf.local import LocalSWF, ManualClock, SkippingClock, StoreError, SystemClock
from swf.local.store import Entry, RecordStore, TenantKey

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


# -- Snapshots -------------------------------------------------------------------------------------


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


# -- With a database -------------------------------------------------------------------------------


@pytest.fixture
def database(tmp_path):
    return tmp_path / "swf.db"


@pytest.fixture
def restarted(database):
    """Return a function that opens the database with a manual clock at a time."""
    services = []

    def restart(now=1000.0):
        for service in services:
            service.close()
        services.append(LocalSWF(ManualClock(now), database))
        return services[-1]

    yield restart
    for service in services:
        service.close()


def test_everything_is_there_after_a_restart(restarted, deciding):
    before = deciding(restarted().client()).register()
    run_id = before.start()
    before.decide(before.poll(), {"decisionType": "CompleteWorkflowExecution"})
    expected = before.event_types(run_id)

    after = deciding(restarted().client())

    assert after.event_types(run_id) == expected
    assert names(after.client) == ["orders"]


def test_old_task_tokens_work_after_a_restart(restarted, deciding):
    before = deciding(restarted().client()).register()
    run_id = before.start()
    task = before.poll()

    after = deciding(restarted().client())
    after.decide(task, {"decisionType": "CompleteWorkflowExecution"})

    assert after.event_types(run_id)[-1] == "WorkflowExecutionCompleted"


def test_timers_continue_after_a_restart(restarted, deciding):
    deciding(restarted(1000).client()).register().start_timer(60)

    events = deciding(restarted(1100).client()).poll()["events"]

    fired = next(event for event in events if event["eventType"] == "TimerFired")
    assert fired["eventTimestamp"].timestamp() == 1060


def test_run_ids_do_not_repeat_after_a_service_restart(restarted, deciding):
    first = deciding(restarted().client()).register().start()
    second = deciding(restarted().client()).start("w2")

    assert first != second


def test_tenants_stay_separate_after_a_restart(restarted):
    service = restarted()
    service.client(region_name="eu-west-1").register_domain(
        name="orders", workflowExecutionRetentionPeriodInDays="1"
    )

    service = restarted()

    assert names(service.client(region_name="eu-west-1")) == ["orders"]
    assert names(service.client()) == []


def test_a_reset_holds_after_a_restart(restarted, deciding):
    service = restarted()
    deciding(service.client()).register()
    service.reset()

    assert names(restarted().client()) == []


def test_a_restored_snapshot_holds_after_a_restart(restarted, deciding):
    service = restarted()
    swf = deciding(service.client()).register()
    snapshot = service.snapshot()
    swf.start()
    service.restore(snapshot)
    swf.start("w2")

    open_runs = deciding(restarted().client()).client.list_open_workflow_executions(
        domain="orders", startTimeFilter={"oldestDate": 0}
    )

    assert [run["execution"]["workflowId"] for run in open_runs["executionInfos"]] == ["w2"]


def test_lambda_call_without_outcome_is_repeated_after_restart(database, deciding):
    too_late = threading.Event()
    with LocalSWF(
        database=database, lambda_functions={"f": lambda _: too_late.wait(20)}
    ) as service:
        swf = deciding(service.client()).register()
        swf.start()
        attributes = {"id": "l1", "name": "f"}
        swf.decide(
            swf.poll(),
            {
                "decisionType": "ScheduleLambdaFunction",
                "scheduleLambdaFunctionDecisionAttributes": attributes,
            },
        )
    too_late.set()

    with LocalSWF(database=database, lambda_functions={"f": lambda _: "again"}) as service:
        events = deciding(service.client()).poll()["events"]

    completed = next(each for each in events if each["eventType"] == "LambdaFunctionCompleted")
    assert completed["lambdaFunctionCompletedEventAttributes"]["result"] == '"again"'


def test_a_database_in_use_is_refused(restarted, database):
    restarted()

    with pytest.raises(StoreError, match=f"{database} is in use"):
        LocalSWF(database=database)


def test_invalid_records_are_refused(database):
    store = RecordStore(database)
    store.append([Entry(TenantKey("local", "us-east-1"), [["nonsense", 1]])])
    store.close()

    with pytest.raises(StoreError, match=f"{database} is damaged: a record cannot be applied"):
        LocalSWF(database=database)


def test_failed_start_releases_clock_and_file(database, clock):
    LocalSWF(ManualClock(), database).close()
    with (
        LocalSWF(clock) as service,
        pytest.raises(ValueError, match="clock belongs to another service"),
    ):
        LocalSWF(service.clock, database)
    database.with_name("bad.db").write_text("not a database" * 100)
    with pytest.raises(StoreError):
        LocalSWF(clock, database.with_name("bad.db"))

    with LocalSWF(clock, database) as service:
        assert names(service.client()) == []


def test_missing_table_fails_requests_until_it_is_back(database, deciding, caplog):
    with LocalSWF(ManualClock(1000), database) as service:
        swf = deciding(service.client(config=ONCE)).register()
        disk = service._core._tenants._store._database
        disk.execute("ALTER TABLE log RENAME TO elsewhere")
        for _ in range(2):
            with pytest.raises(swf.client.exceptions.ClientError, match="InternalFailure"):
                swf.start()
        disk.execute("ALTER TABLE elsewhere RENAME TO log")

        assert len(swf.event_types(swf.start())) == 2

    assert "no such table: log" in caplog.text


def test_heartbeats_do_not_grow_the_file_without_bound(database, deciding, decisions, monkeypatch):
    monkeypatch.setattr("swf.local.tenants.COMPACT_FROM", 50)
    with LocalSWF(ManualClock(1000), database) as service:
        swf = deciding(service.client()).register()
        swf.start()
        swf.decide(swf.poll(), decisions.activity("a1"))
        token = swf.poll_activity()["taskToken"]
        for number in range(300):
            swf.client.record_activity_task_heartbeat(taskToken=token, details=str(number))
        service._core._compactor.join(20)
        store = service._core._tenants._store

    assert store.state_size + store.log_size < 200


def test_full_disk_fails_only_the_request(database, deciding, caplog):
    with LocalSWF(ManualClock(1000), database) as service:
        swf = deciding(service.client(config=ONCE)).register()
        disk = service._core._tenants._store._database
        disk.execute("PRAGMA max_page_count = 1")
        with pytest.raises(swf.client.exceptions.ClientError, match="InternalFailure"):
            start_many(swf)
        disk.execute("PRAGMA max_page_count = 1000000")

        run_id = swf.start("after")

    assert "cannot be used: database or disk is full" in caplog.text
    with LocalSWF(ManualClock(1000), database) as service:
        assert len(deciding(service.client()).event_types(run_id, "after")) == 2


@pytest.fixture
def full_disk(database, deciding):
    """A service with an open execution `w1`, whose database has no more room."""
    with LocalSWF(ManualClock(1000), database) as service:
        swf = deciding(service.client(config=ONCE)).register()
        swf.start_timer(60)
        swf.disk = service._core._tenants._store._database
        swf.service = service
        swf.disk.execute("PRAGMA max_page_count = 1")
        with pytest.raises(swf.client.exceptions.ClientError, match="InternalFailure"):
            start_many(swf, "x")
        yield swf


def test_full_disk_leaves_reads_working(full_disk, monkeypatch):
    assert names(full_disk.client) == ["orders"]
    store = full_disk.service._core._tenants._store
    monkeypatch.setattr(type(store), "entries", lambda _: pytest.fail("the database is reloaded"))
    with pytest.raises(full_disk.client.exceptions.ClientError, match="InternalFailure"):
        full_disk.start("another")

    assert names(full_disk.client) == ["orders"]
    assert count_open(full_disk) >= 1


def count_open(swf):
    oldest = {"oldestDate": 0}
    return swf.client.count_open_workflow_executions(domain="orders", startTimeFilter=oldest)[
        "count"
    ]


def test_timer_due_on_a_full_disk_fires_when_room_returns(full_disk):
    full_disk.service.clock.advance(100)
    run_ids = open_runs(full_disk)
    before = full_disk.event_types(run_ids["w1"])

    full_disk.disk.execute("PRAGMA max_page_count = 1000000")

    assert "TimerFired" not in before
    assert "TimerFired" in full_disk.event_types(run_ids["w1"])


def open_runs(swf):
    oldest = {"oldestDate": 0}
    page = swf.client.list_open_workflow_executions(domain="orders", startTimeFilter=oldest)
    executions = [info["execution"] for info in page["executionInfos"]]
    return {execution["workflowId"]: execution["runId"] for execution in executions}


def test_failed_compaction_fails_no_request(database, deciding, monkeypatch, caplog):
    monkeypatch.setattr("swf.local.tenants.COMPACT_FROM", 5)
    with LocalSWF(ManualClock(1000), database) as service:
        swf = deciding(service.client(config=ONCE)).register()

        def fail(*_, **__):
            raise StoreError("no room")

        monkeypatch.setattr(RecordStore, "write_state", fail)
        runs = {name: swf.start(name) for name in "abc"}
        service._core._compactor.join(20)

    assert "Cannot compact the database: no room" in caplog.text
    with LocalSWF(ManualClock(1000), database) as service:
        assert open_runs(deciding(service.client())) == runs


def start_many(swf, prefix="w"):
    for number in range(100):
        swf.start(f"{prefix}{number}")


def test_timer_fires_after_a_database_of_a_skipping_clock(database, deciding, decisions, caplog):
    with LocalSWF(SkippingClock(), database) as service:
        swf = deciding(service.client()).register()
        swf.start_timer(30_000_000)
        swf.poll()
        recorded = service.clock.now()

    clock = SystemClock()
    with LocalSWF(clock, database) as service:
        swf = deciding(service.client())
        run_id = swf.start("w2")
        swf.decide(swf.poll(), decisions.timer(1))
        clock.jump(1)

        assert "TimerFired" in swf.event_types(run_id, "w2")
        assert clock.now() >= recorded
    assert "continuing from it" in caplog.text


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


def in_child(function):
    """Run a function in a forked process that exits normally; return its result."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reader)
        with os.fdopen(writer, "w") as pipe:
            pipe.write(str(function()))
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        result = pipe.read()
    os.waitpid(pid, 0)
    return result


FORKS = pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")
FORKED = "ServiceForkedError: this local service belongs to process "


@FORKS
@pytest.mark.parametrize(
    "use",
    [
        lambda service, client: client.list_domains(registrationStatus="REGISTERED"),
        lambda service, client: service.snapshot(),
        lambda service, client: service.reset(),
        lambda service, client: service.metrics(),
        lambda service, client: service.serve(),
    ],
    ids=["call", "snapshot", "reset", "metrics", "serve"],
)
def test_service_used_in_a_forked_process_raises(service, use):
    client = service.client(config=ONCE)

    def attempt():
        try:
            use(service, client)
        except Exception as error:  # noqa: BLE001 (it is the result)
            return f"{type(error).__name__}: {error}"
        return "no error"

    assert in_child(attempt).startswith(FORKED)


@FORKS
def test_fork_while_the_service_is_locked_does_not_hang(service):
    client = service.client(config=ONCE)
    with service._core._lock:
        result = in_child(lambda: attempt(client))

    assert result.startswith("ServiceForkedError")


def attempt(client):
    try:
        client.list_domains(registrationStatus="REGISTERED")
    except Exception as error:  # noqa: BLE001 (it is the result)
        return type(error).__name__
    return "no error"


CHILD_EXIT = """
import os, sys
from swf.local import LocalSWF

def register(client, name):
    client.register_domain(name=name, workflowExecutionRetentionPeriodInDays="1")

with LocalSWF(database=sys.argv[1]) as service:
    client = service.client()
    register(client, "before")
    pid = os.fork()
    if not pid:
        sys.exit(0)
    os.waitpid(pid, 0)
    for number in range(5):
        register(client, f"after-{number}")
    os.kill(os.getpid(), 9)
"""


def test_exit_of_a_forked_process_keeps_the_database(database):
    subprocess.run([sys.executable, "-c", CHILD_EXIT, str(database)], check=False)

    with LocalSWF(ManualClock(), database) as service:
        assert names(service.client()) == [*(f"after-{n}" for n in range(5)), "before"]
