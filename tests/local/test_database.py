"""Services with a database: restarts, a full disk, and files that are damaged or in use."""

import threading

import pytest
from botocore.config import Config

from swf.local import LocalSWF, ManualClock, SkippingClock, StoreError, SystemClock
from swf.local.store import Entry, RecordStore, TenantKey

ONCE = Config(retries={"total_max_attempts": 1})


def names(client):
    domains = client.list_domains(registrationStatus="REGISTERED")["domainInfos"]
    return [domain["name"] for domain in domains]


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
