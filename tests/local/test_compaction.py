"""Compaction of the database: calls continue, and a crash at any point loses nothing."""

import json
import shutil
import threading
from contextlib import closing

import pytest

from swf.local import LocalSWF, ManualClock
from swf.local.compaction import Compaction
from swf.local.store import RecordStore, StoredChunks
from swf.local.tenants import Tenants

DAY = 86_400
COMPLETE = {"decisionType": "CompleteWorkflowExecution"}


@pytest.fixture
def small(monkeypatch):
    """Compact from the first record, in transactions of one row and one execution."""
    monkeypatch.setattr("swf.local.tenants.COMPACT_FROM", 0)
    monkeypatch.setattr("swf.local.compaction.ROW", 3)
    monkeypatch.setattr("swf.local.compaction.CLOSED_BATCH", 1)
    monkeypatch.setattr("swf.local.store.GARBAGE", 5)


@pytest.fixture
def stepwise(monkeypatch):
    """Disable the automatic compaction of services."""
    monkeypatch.setattr("swf.local.compaction_thread.Compactor.begin", lambda _: None)


def compact(service):
    """Yield before each transaction of a compaction."""
    tenants = service._core._tenants
    compaction = tenants._compaction = Compaction(tenants._store, tenants.states)
    yield "begun"
    for _ in compaction.steps():
        yield "written"
        if compaction.is_canceled:
            return
    tenants.finish_compaction(compaction)
    yield "committed"
    for _ in compaction._delete_garbage():
        yield "deleted"


def contents(service):
    """Return the records of a service by execution; their order differs after a compaction."""
    records = {}
    for key, data in service.snapshot().tenants.items():
        for record in json.loads(data):
            name = record[3] if record[0] == "run" else record[1]
            records.setdefault(f"{key} {name}", []).append(record)
    return records


def crashed(database, directory):
    """Return the contents of a copy of the database, as a crash at this moment leaves it."""
    copy = directory / "crashed.db"
    for suffix in ("", "-wal"):
        shutil.copy(f"{database}{suffix}", f"{copy}{suffix}")
    with LocalSWF(ManualClock(1000), copy) as service:
        return contents(service)


def populate(service, deciding, decisions):
    """Register a domain; close three executions and leave two open."""
    swf = deciding(service.client()).register()
    for number in range(3):
        swf.start(f"closed-{number}")
        swf.decide(swf.poll(), decisions.timer(5), COMPLETE)
    swf.start("timer")
    swf.decide(swf.poll(), decisions.timer(600))
    swf.start("activity")
    swf.decide(swf.poll(), decisions.activity("a1"), decisions.activity("a2"))
    token = swf.poll_activity()["taskToken"]
    swf.client.record_activity_task_heartbeat(taskToken=token, details="half")
    return swf


def test_crash_at_any_step_of_a_compaction_loses_nothing(
    database, tmp_path, deciding, decisions, small, stepwise
):
    with LocalSWF(ManualClock(1000), database) as service:
        swf = populate(service, deciding, decisions)
        steps = []
        for step in compact(service):
            steps.append(step)
            swf.start(f"during-{len(steps)}")
            if len(steps) % 3 == 0:
                swf.decide(swf.poll(), COMPLETE)
            assert crashed(database, tmp_path) == contents(service), step

    assert steps.count("written") >= 9
    assert steps.count("deleted") >= 5


def test_second_compaction_follows_an_interrupted_one(
    database, deciding, decisions, small, stepwise
):
    with LocalSWF(ManualClock(1000), database) as service:
        populate(service, deciding, decisions)
        before = contents(service)
        for number, _ in enumerate(compact(service)):
            if number == 8:
                break

    with LocalSWF(ManualClock(1000), database) as service:
        list(compact(service))
        assert contents(service) == before
    with LocalSWF(ManualClock(1000), database) as service:
        assert contents(service) == before


@pytest.mark.parametrize("before_step", [0, 6, 8, 10, 12])
def test_execution_past_retention_stays_removed(
    database, deciding, decisions, small, stepwise, before_step
):
    with LocalSWF(ManualClock(1000), database) as service:
        populate(service, deciding, decisions)
        for number, _ in enumerate(compact(service)):
            if number == before_step:  # the executions are written at steps 6 to 9
                service.clock.advance(DAY)
        list(compact(service))
        expected = contents(service)

    with LocalSWF(ManualClock(1000 + DAY), database) as service:
        assert contents(service) == expected
        assert service.accounts()[0]["executions"] == 2


def test_closed_histories_stay_in_the_database(database, deciding, decisions, small, stepwise):
    with LocalSWF(ManualClock(1000), database) as service:
        swf = deciding(service.client()).register()
        run_id = swf.start()
        swf.decide(swf.poll(), *[decisions.timer(5)] * 600, COMPLETE)
        expected = swf.event_types(run_id)
        list(compact(service))
        live = swf.event_types(run_id)

    with LocalSWF(ManualClock(1000), database) as service:
        state = next(iter(service._core._tenants.states.values()))
        assert isinstance(state.executions[run_id].history.chunks, StoredChunks)
        assert deciding(service.client()).event_types(run_id) == live == expected


def test_closed_executions_are_written_once(database, deciding, decisions, small, stepwise):
    with LocalSWF(ManualClock(1000), database) as service:
        swf = populate(service, deciding, decisions)
        list(compact(service))
        swf.start("another")
        swf.decide(swf.poll(), COMPLETE)
        second = [step for step in compact(service) if step == "written"]
        described = swf.client.list_closed_workflow_executions(
            domain="orders", startTimeFilter={"oldestDate": 0}
        )["executionInfos"]

    with LocalSWF(ManualClock(1000), database) as service:
        listed = service.client().list_closed_workflow_executions(
            domain="orders", startTimeFilter={"oldestDate": 0}
        )["executionInfos"]
    assert len(second) < 20
    assert listed == described


@pytest.mark.parametrize("change", ["reset", "restore"])
def test_compaction_of_replaced_states_is_given_up(
    database, deciding, decisions, small, stepwise, change
):
    with LocalSWF(ManualClock(1000), database) as service:
        snapshot = service.snapshot()
        populate(service, deciding, decisions)
        for number, _ in enumerate(compact(service)):
            if number == 4:
                service.reset() if change == "reset" else service.restore(snapshot)

    with LocalSWF(ManualClock(1000), database) as service:
        assert contents(service) == {}


def test_calls_are_answered_while_the_database_is_compacted(
    database, deciding, decisions, small, monkeypatch
):
    begun, proceed = threading.Event(), threading.Event()
    original = RecordStore.write_state

    def write_state(*arguments):
        begun.set()
        assert proceed.wait(20)
        original(*arguments)

    monkeypatch.setattr(RecordStore, "write_state", write_state)
    with LocalSWF(ManualClock(1000), database) as service:
        swf = populate(service, deciding, decisions)
        assert begun.wait(20)
        swf.start("meanwhile")
        expected = contents(service)
        proceed.set()

    with LocalSWF(ManualClock(1000), database) as service:
        assert contents(service) == expected


def test_close_does_not_wait_until_garbage_is_deleted(
    database, deciding, decisions, small, monkeypatch
):
    deleting = threading.Event()

    def delete_garbage(store):
        if store.state_size:  # after the commit
            deleting.set()
        return store.state_size > 0

    monkeypatch.setattr(RecordStore, "delete_garbage", delete_garbage)
    with LocalSWF(ManualClock(1000), database) as service:
        populate(service, deciding, decisions)
        assert deleting.wait(20)
        expected = contents(service)

    with LocalSWF(ManualClock(1000), database) as service:
        assert contents(service) == expected


def test_log_is_replaced_by_the_state(database, deciding, decisions, small):
    with LocalSWF(ManualClock(1000), database) as service:
        populate(service, deciding, decisions)
        compactor = service._core._compactor
        expected = contents(service)
    compactor.join(20)

    with closing(RecordStore(database)) as store:
        assert list(store.entries())
        assert store.state_size > 0
    with LocalSWF(ManualClock(1000), database) as service:
        assert contents(service) == expected


def test_compaction_that_fails_waits_until_the_log_has_doubled(database, deciding, small, stepwise):
    with LocalSWF(ManualClock(1000), database) as service:
        swf = deciding(service.client()).register()
        tenants = service._core._tenants
        store = tenants._store
        assert tenants.begin_compaction() is not None
        tenants.cancel_compaction(has_failed=True)
        size, started = store.log_size, 0
        while store.log_size <= 2 * size:
            assert tenants.begin_compaction() is None
            swf.start(f"w{started}")
            started += 1

        assert tenants.begin_compaction() is not None


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM chunk WHERE closed = 1",
        "UPDATE chunk SET data = X'00' WHERE closed = 1",
    ],
)
def test_damaged_closed_history_fails_only_its_reads(
    database, deciding, decisions, small, stepwise, caplog, damage
):
    with LocalSWF(ManualClock(1000), database) as service:
        swf = populate(service, deciding, decisions)
        list(compact(service))
        service._core._tenants._store._database.execute(damage)
        closed = swf.client.list_closed_workflow_executions(
            domain="orders", startTimeFilter={"oldestDate": 0}
        )["executionInfos"]
        broken, *others = sorted(info["execution"]["workflowId"] for info in closed)
        run_ids = {each["workflowId"]: each["runId"] for each in map(execution_of, closed)}
        with pytest.raises(swf.client.exceptions.ClientError, match="InternalFailure"):
            swf.event_types(run_ids[broken], broken)
        lengths = [len(swf.event_types(run_ids[each], each)) for each in others]

    assert lengths == [6, 6]
    assert "is damaged: part 0 of the history of closed execution 1" in caplog.text
    assert "Traceback" not in caplog.text


def execution_of(info):
    return info["execution"]


def test_snapshot_cannot_refer_to_a_database():
    records = [["tenant", {"account": "1", "region": "r", "secret": "", "runs": 0}], ["closed"]]

    with pytest.raises(ValueError, match="record 'closed': must be in a database"):
        Tenants(None, "off").parse(json.dumps(records).encode())
