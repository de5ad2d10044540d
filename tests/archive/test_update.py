"""Updates of an archive: increments, interruptions, call rates, and faults of the disk."""

from __future__ import annotations

import errno
import sqlite3

import pytest

from swf.archive import Archive, ArchiveError
from swf.archive import update as updates
from swf.archive.segments import Segments
from swf.archive.update import RateLimit
from swf.connection import Connection, budget
from swf.exceptions import BudgetExceeded
from swf.models import Domain


class Calls(Connection):
    """A connection that counts its calls, and may run a function before each."""

    def __init__(self, connection, before=lambda operation: None):
        super().__init__()
        self._connection = connection
        self.before = before
        self.operations = []

    def call(self, operation, /, **params):
        self.before(operation)
        self.operations.append(operation)
        return self._connection.call(operation, **params)


@pytest.fixture
def calls(domain):
    return Calls(domain.connection)


@pytest.fixture
def counted(domain, calls):
    return Domain(domain.name, connection=calls)


def test_history_is_fetched_once(archive, counted, calls, close):
    close("a")
    close("b")
    assert archive.update(counted, rate=None).archived == 2
    calls.operations.clear()
    close("c")

    assert archive.update(counted, rate=None).archived == 1
    assert calls.operations == [
        "DescribeDomain",
        "ListClosedWorkflowExecutions",
        "GetWorkflowExecutionHistory",
    ]


def test_executions_that_appear_late_in_lists_are_archived(archive, calls, close):
    close("a")
    close("b")
    infos = []

    class Late(Calls):
        def call(self, operation, /, **params):
            response = super().call(operation, **params)
            if operation == "ListClosedWorkflowExecutions" and not infos:
                infos.append(response["executionInfos"].pop())
            return response

    domain = Domain("orders", connection=Late(calls))
    assert archive.update(domain, rate=None).archived == 1
    assert archive.update(domain, rate=None).archived == 1


def test_limit_leaves_the_newest_pending(archive, counted, close):
    for name in "abc":
        close(name)

    result = archive.update(counted, rate=None, limit=2)
    assert (result.archived, result.pending) == (2, 1)
    assert [each.workflow_id for each in archive.executions()] == ["b", "a"]
    assert archive.update(counted, rate=None).archived == 1


@pytest.mark.parametrize("calls_made", range(9))
def test_interrupted_update_is_continued(archive, counted, calls, close, monkeypatch, calls_made):
    monkeypatch.setattr(updates, "BATCH", 2)
    for name in "abcde":
        close(name)
    spent = []

    def interrupt(operation):
        spent.append(operation)
        if len(spent) > calls_made:
            raise KeyboardInterrupt

    calls.before = interrupt
    if calls_made < 7:
        with pytest.raises(KeyboardInterrupt):
            archive.update(counted, rate=None)
    calls.before = lambda operation: None

    archive.update(counted, rate=None)
    assert list(archive.check()) == []
    assert [each.workflow_id for each in archive.executions()] == list("edcba")
    assert calls.operations.count("GetWorkflowExecutionHistory") == 5


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("moment", ["append", "flush", "index", "commit"])
def test_killed_update_leaves_a_usable_archive(archive, counted, close, monkeypatch, moment):
    close("a")
    archive.update(counted, rate=None)
    close("b")

    def die(*_):
        raise Killed

    def torn(segments, document):
        segments._writable().write(b"\x1f\x8b half of a member")
        raise Killed

    with monkeypatch.context() as patch:
        if moment == "append":
            patch.setattr(Segments, "append", torn)
        elif moment == "flush":
            patch.setattr(Segments, "flush", die)
        elif moment == "index":
            patch.setattr("swf.archive.index.Index.add", die)
        else:
            patch.setattr("swf.archive.index.Index.set_size", die)
        with pytest.raises(Killed):
            archive.update(counted, rate=None)
    assert [each.workflow_id for each in archive.executions()] == ["a"]

    assert archive.update(counted, rate=None).pending == 0
    assert list(archive.check()) == []
    assert [each.workflow_id for each in archive.executions()] == ["b", "a"]
    assert [match.workflow_id for match in archive.grep("stock")] == ["b", "a"]
    assert archive.rebuild() == 2


@pytest.mark.parametrize("target", ["segments", "index"])
def test_full_disk_is_reported_and_loses_nothing(archive, counted, close, monkeypatch, target):
    close("a")

    def full(*_):
        if target == "segments":
            raise OSError(errno.ENOSPC, "No space left on device")
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patch:
        place = "segments.Segments.flush" if target == "segments" else "index.describe"
        patch.setattr(f"swf.archive.{place}", full)
        with pytest.raises(ArchiveError, match=r"No space left|disk is full"):
            archive.update(counted, rate=None)

    assert archive.update(counted, rate=None).pending == 0
    assert archive.executions().count() == 1
    assert list(archive.check()) == []


def test_close_in_the_future_does_not_hide_others(archive, counted, close, monkeypatch):
    close("a")
    monkeypatch.setattr(updates.time, "time", lambda: 1_000_000_000.0)
    assert archive.update(counted, rate=None).archived == 1

    [row] = archive.index.rows("SELECT listed_until FROM domains")
    assert row["listed_until"] == 1_000_000_000.0


def test_execution_that_expired_is_left_out(archive, counted, calls, close, service):
    close("a")

    def expire(operation):
        if operation == "GetWorkflowExecutionHistory":
            service.clock.advance(30 * 86_400)

    calls.before = expire
    result = archive.update(counted, rate=None)

    assert (result.archived, result.expired, result.pending) == (0, 1, 0)


def test_history_without_its_end_stays_pending(archive, counted, calls, close, monkeypatch):
    close("a")

    class Short(Calls):
        def call(self, operation, /, **params):
            response = super().call(operation, **params)
            if operation == "GetWorkflowExecutionHistory":
                response["events"].pop()
            return response

    result = archive.update(Domain("orders", connection=Short(calls)), rate=None)
    assert (result.archived, result.incomplete, result.pending) == (0, 1, 1)
    assert archive.update(counted, rate=None).archived == 1


def test_second_update_at_the_same_time_is_refused(archive, counted, calls, close):
    close("a")

    def compete(operation):
        with pytest.raises(ArchiveError, match="another process updates it"):
            Archive(archive.directory).update(counted, rate=None)

    calls.before = compete
    assert archive.update(counted, rate=None).archived == 1


def test_archive_is_readable_during_an_update(archive, counted, calls, close):
    close("a")
    archive.update(counted, rate=None)
    close("b")
    counts = []
    calls.before = lambda operation: counts.append(archive.executions().count())

    archive.update(counted, rate=None)
    assert set(counts) == {1}
    assert archive.executions().count() == 2


def test_domain_of_another_account_is_refused(archive, counted, service, close):
    close("a")
    archive.update(counted, rate=None)
    elsewhere = Domain("orders", connection=service.connection(region_name="eu-west-1"))
    elsewhere.save()

    with pytest.raises(ArchiveError, match="use another directory"):
        archive.update(elsewhere, rate=None)


def test_calls_keep_to_the_rate(archive, counted, calls, close, monkeypatch):
    for name in "ab":
        close(name)
    pauses = []
    monkeypatch.setattr(
        "swf.archive.archive.RateLimit",
        lambda rate: RateLimit(rate, clock=lambda: sum(pauses), sleep=pauses.append),
    )

    archive.update(counted, rate=4)
    assert len(calls.operations) == 4
    assert sum(pauses) >= 3 / 4


def test_budget_stops_an_update(archive, domain, close):
    close("a")

    with pytest.raises(BudgetExceeded), budget(calls=2):
        archive.update(domain, rate=None)


def test_gap_beyond_the_retention_period_is_reported(archive, counted, close, monkeypatch):
    assert not archive.update(counted, rate=None).may_have_gap
    now = updates.time.time()
    monkeypatch.setattr(updates.time, "time", lambda: now + 8 * 86_400)

    assert archive.update(counted, rate=None).may_have_gap
    assert not archive.update(counted, rate=None).may_have_gap
