"""Executions with unusual data are stored, found and read unchanged."""

from __future__ import annotations

import sqlite3

import pytest

from swf.archive import Archive
from swf.archive.documents import is_complete
from swf.archive.segments import ArchiveError


def document(workflow_id="w", payload="{}", tags=None, started=None, **close):
    """Return an execution of two events."""
    kind = {"name": "ship", "version": "1.0"}
    attributes = {"input": payload, "taskList": {"name": "l"}, "workflowType": kind}
    return {
        "domain": "orders",
        "executionInfo": {
            "execution": {"workflowId": workflow_id, "runId": "r"},
            "workflowType": kind,
            "startTimestamp": 1.7e9,
            "closeTimestamp": 1.7e9 + 1,
            "executionStatus": "CLOSED",
            "closeStatus": "FAILED",
            "tagList": tags,
        },
        "events": [
            {
                "eventId": 1,
                "eventType": "WorkflowExecutionStarted",
                "eventTimestamp": 1.7e9,
                "workflowExecutionStartedEventAttributes": {**attributes, **(started or {})},
            },
            {
                "eventId": 2,
                "eventType": "WorkflowExecutionFailed",
                "eventTimestamp": 1.7e9 + 1,
                "workflowExecutionFailedEventAttributes": close,
            },
        ],
    }


@pytest.fixture
def add(archive):
    """Write executions to the archive without a service."""

    def add(*documents):
        with archive._writing() as index:
            for each in documents:
                place = archive._segments.append(each)
                archive._segments.flush()
                archive._add(index, each, place)
        return archive

    return add


def test_ids_and_tags_that_are_not_unicode_are_read_unchanged(add):
    archive = add(document("a\ud800", tags=["a\ud800"], reason="a\ud800"))

    [execution] = archive.executions()
    assert (execution.workflow_id, execution.tag_list) == ("a\ud800", ["a\ud800"])
    assert execution.history().execution.reason == "a\ud800"
    assert archive.rebuild() == 1


@pytest.mark.parametrize("name", ["a\x00b", "a?b", "a'; DROP TABLE executions; --", "\u202e"])
def test_hostile_ids_and_tags_are_exact(add, name):
    archive = add(document(name, tags=[name, "eu"], reason=name, details=f'"{name}"'))

    [execution] = archive.executions().filter(workflow_id=name)
    assert (execution.workflow_id, execution.tag_list) == (name, [name, "eu"])
    assert execution.history().execution.reason == name
    assert archive.executions().get(name).run_id == "r"
    assert archive.executions().filter(tag=name).count() == 1
    assert [match.field for match in archive.grep(name)] == ["reason", "details"]
    assert archive.rebuild() == 1


def test_execution_written_twice_is_stored_once(add):
    archive = add(document(), document())

    assert archive.executions().count() == 1
    assert archive.rebuild() == 2
    assert archive.executions().count() == 1


@pytest.mark.parametrize(
    "started",
    [{"executionStartToCloseTimeout": []}, {"taskPriority": "high"}, {"taskList": "l"}],
    ids=lambda started: next(iter(started)),
)
def test_execution_outside_the_protocol_is_not_complete(add, started):
    hostile = document("hostile", started=started)

    assert not is_complete(hostile)
    archive = add(hostile, document("honest"))
    assert [each.workflow_id for each in archive.executions()] == ["honest"]


def test_index_of_another_program_is_refused(tmp_path):

    with sqlite3.connect(tmp_path / "index.sqlite") as database:
        database.execute("CREATE TABLE other (id)")

    with pytest.raises(ArchiveError, match="not the index of an archive of this version"):
        Archive(tmp_path).status()
