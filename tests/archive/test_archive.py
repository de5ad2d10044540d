"""`Archive`: the object layer of a directory of closed executions."""

from __future__ import annotations

import stat

import pytest

from swf.archive import Archive, ArchiveError
from swf.exceptions import ValidationError
from swf.models import Domain, WorkflowType


def ids(executions):
    return [execution.workflow_id for execution in executions]


def test_archive_outlives_the_retention_period(service, orders, domain):
    service.clock.advance(30 * 86_400)

    assert domain.executions.count() == 0
    assert ids(orders.executions()) == ["order-3", "order-2", "order-1", "order-0"]
    execution = orders.executions("orders").get("order-2")
    assert execution.history().execution.input == {"customer": "c2", "n": 2}
    assert str(execution.why()).startswith("It was terminated after 1 h")


def test_archived_execution_equals_the_described_one(orders):
    described = Domain("orders").executions.get("order-1")
    archived = orders.executions().get("order-1")

    assert archived == described
    assert archived.to_dict() == described.to_dict()
    assert archived.history() == described.history()


def test_status_counts_executions_of_each_domain(orders, domain):
    other = Domain("billing", retention_period=7)
    other.save()
    orders.update(other, rate=None)

    empty, full = orders.status()
    assert (empty.domain, empty.executions, empty.newest) == ("billing", 0, None)
    assert (full.domain, full.executions, full.pending) == ("orders", 4, 0)
    assert sorted(row.name for row in orders.domains) == ["billing", "orders"]
    with pytest.raises(ValidationError, match="must be one of billing, orders"):
        orders.executions()


def test_files_are_readable_by_the_owner_only(orders):
    files = [orders.directory, *orders.directory.iterdir()]

    assert {stat.S_IMODE(file.stat().st_mode) & 0o077 for file in files} == {0}


def test_start_goes_to_the_service_and_other_changes_are_refused(orders, domain):
    kind = WorkflowType(domain, "ship", "1.0")
    with Archive(orders.directory, upstream=domain.connection) as archive:
        execution = archive.executions().get("order-1")
        with pytest.raises(
            ArchiveError, match="TerminateWorkflowExecution: an archive is read-only"
        ):
            execution.terminate()
        kind.evolve(connection=archive.connection).start_execution("order-9")

    assert domain.executions.get("order-9").status == "OPEN"
    with pytest.raises(ArchiveError, match="StartWorkflowExecution: an archive is read-only"):
        kind.evolve(connection=orders.connection).start_execution("order-8")


def test_directory_without_an_archive_is_refused(tmp_path):
    with pytest.raises(ArchiveError, match="not an archive"):
        Archive(tmp_path).status()


def test_index_is_rebuilt_from_the_histories(orders, domain):
    before = ids(orders.executions().where("tag=eu"))
    orders.close()
    (orders.directory / "index.sqlite").write_bytes(b"no database" * 1000)

    with pytest.raises(ArchiveError, match=r"index.sqlite: file is not a database"):
        orders.status()
    assert orders.rebuild() == 4
    assert ids(orders.executions().where("tag=eu")) == before
    assert [match.workflow_id for match in orders.grep('"c2"')] == ["order-2"]
    assert orders.update(domain, rate=None).archived == 0


def test_update_without_the_index_asks_for_a_rebuild(orders, domain):
    orders.close()
    (orders.directory / "index.sqlite").unlink()

    with pytest.raises(ArchiveError, match="no index; see `swf archive rebuild`"):
        orders.update(domain, rate=None)


def test_check_finds_damaged_histories(orders):
    assert list(orders.check()) == []
    [file] = orders.directory.glob("*.gz")
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 0xFF
    file.write_bytes(data)

    [problem] = orders.check()
    assert "damaged" in problem


DAMAGE = {
    "cut": lambda data: data[:-10],
    "changed at the start": lambda data: data[:20] + b"damage" + data[26:],
    "changed in the middle": lambda data: data[:900] + b"damage" + data[906:],
    "begun with other bytes": lambda data: b"damage" + data,
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_rebuild_keeps_the_histories_around_the_damage(orders, domain, damage):
    [file] = orders.directory.glob("*.gz")
    data = damage(file.read_bytes())
    file.write_bytes(data)

    count = orders.rebuild()
    assert count >= 3
    assert orders.update(domain, rate=None).archived == 4 - count
    assert ids(orders.executions()) == ["order-3", "order-2", "order-1", "order-0"]
    assert list(orders.check()) == []
    # Bytes are removed only from an unfinished member at the end of a file.
    prefix = data if len(data) >= 900 and damage is not DAMAGE["cut"] else data[:100]
    assert file.read_bytes().startswith(prefix)


def test_index_of_an_earlier_copy_is_completed_from_the_histories(orders, domain, close):
    orders.close()
    index = orders.directory / "index.sqlite"
    earlier = index.read_bytes()
    close("order-4")
    orders.update(domain, rate=None)
    orders.close()
    index.write_bytes(earlier)

    assert orders.update(domain, rate=None).archived == 0
    assert ids(orders.executions())[0] == "order-4"
    assert list(orders.check()) == []


def test_interrupted_rebuild_leaves_the_index(orders, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("swf.archive.index.Index.set_size", interrupt)
        with pytest.raises(KeyboardInterrupt):
            orders.rebuild()
    assert len(ids(orders.executions())) == 4
    assert orders.rebuild() == 4


def test_history_of_another_execution_is_a_problem(orders):
    with orders._writing() as index:
        index.execute("UPDATE executions SET workflow_id = 'other' WHERE workflow_id = 'order-1'")

    [problem] = orders.check()
    assert problem.endswith("the history is of another execution")
