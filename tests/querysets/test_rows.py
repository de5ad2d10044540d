"""Rows of several lists are merged."""

from __future__ import annotations

from swf.querysets import WorkflowExecutionQuerySet

LIST_OPEN = "ListOpenWorkflowExecutions"


LIST_CLOSED = "ListClosedWorkflowExecutions"


def ids(rows):
    return [row.workflow_id for row in rows]


def test_open_and_closed_are_merged_page_by_page(stub, shop, info):
    queryset = WorkflowExecutionQuerySet(shop).filter(tag="a")
    stub.answer(LIST_OPEN, {"executionInfos": [info(9), info(3)], "nextPageToken": "t"})
    stub.answer(LIST_CLOSED, {"executionInfos": [info(6, status="CLOSED")]})
    stub.answer(LIST_OPEN, {"executionInfos": [info(1)]})

    rows = iter(queryset)

    assert ids([next(rows), next(rows), next(rows)]) == ["run-9", "run-6", "run-3"]
    assert [operation for operation, _ in stub.requests] == [LIST_OPEN, LIST_CLOSED]
    assert ids(rows) == ["run-1"]


def test_execution_that_closes_between_calls_is_yielded_once(stub, shop, info):
    closed = info(2, status="CLOSED", closeStatus="FAILED")
    stub.answer(LIST_OPEN, {"executionInfos": [info(3), info(2), info(1)]})
    stub.answer(LIST_CLOSED, {"executionInfos": [closed]})

    assert ids(WorkflowExecutionQuerySet(shop)) == ["run-3", "run-2", "run-1"]


def test_executions_with_same_start_are_all_yielded(stub, shop, info):
    stub.answer(LIST_OPEN, {"executionInfos": [info(1, started=5), info(2, started=5)]})
    stub.answer(LIST_CLOSED, {"executionInfos": [info(3, started=5)]})

    assert sorted(ids(WorkflowExecutionQuerySet(shop))) == ["run-1", "run-2", "run-3"]
