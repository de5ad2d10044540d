"""Rows are fetched page by page on demand, cached, and previewed by `repr`."""

from __future__ import annotations

import re

import pytest

import swf
from swf.exceptions import (
    BudgetExceeded,
    RateLimitExceededError,
)
from swf.querysets import WorkflowExecutionQuerySet

LIST_OPEN = "ListOpenWorkflowExecutions"


LIST_CLOSED = "ListClosedWorkflowExecutions"


def ids(rows):
    return [row.workflow_id for row in rows]


def test_pages_are_fetched_on_demand(stub, three_pages):
    rows = iter(three_pages)

    assert ids([next(rows), next(rows)]) == ["run-9", "run-8"]
    assert len(stub.requests) == 1
    assert next(rows).workflow_id == "run-7"
    assert [body.get("nextPageToken") for _, body in stub.requests] == [None, "t1"]


def test_a_second_iteration_costs_nothing(stub, three_pages):
    assert ids(three_pages) == ids(three_pages) == [f"run-{n}" for n in (9, 8, 7, 6, 5, 4)]
    assert len(stub.requests) == 3


def test_iteration_continues_after_an_interrupted_one(stub, three_pages):
    next(iter(three_pages))

    assert bool(three_pages)
    assert len(three_pages) == 6
    assert len(stub.requests) == 3


def test_iterations_may_be_nested(three_pages):
    pairs = [(a, b) for a in three_pages for b in three_pages]

    assert len(pairs) == 36


def test_failed_page_clears_the_cache(stub, shop, info):
    queryset = WorkflowExecutionQuerySet(shop).filter(status="OPEN")
    stub.answer(LIST_OPEN, {"executionInfos": [info(2)], "nextPageToken": "t"})
    stub.refuse(LIST_OPEN, "ThrottlingException")
    stub.answer(LIST_OPEN, {"executionInfos": [info(3), info(2)]})

    with pytest.raises(RateLimitExceededError):
        list(queryset)

    assert ids(queryset) == ["run-3", "run-2"]


def test_copy_does_not_share_the_cache(stub, three_pages):
    list(three_pages)

    assert len(three_pages.filter()) == 6
    assert len(stub.requests) == 6


def test_iterator_does_not_cache(stub, three_pages):
    assert len(list(three_pages.iterator(page_size=2))) == 6
    assert len(list(three_pages.iterator())) == 6
    assert [body.get("maximumPageSize") for _, body in stub.requests] == [2] * 3 + [None] * 3


def test_a_slice_fetches_only_its_pages(stub, three_pages):
    assert ids(three_pages[:2]) == ["run-9", "run-8"]
    assert [body["maximumPageSize"] for _, body in stub.requests] == [2]


def test_slice_of_cached_rows_makes_no_calls(stub, three_pages):
    list(three_pages)

    assert ids(three_pages[4:]) == ["run-5", "run-4"]
    assert three_pages[5].workflow_id == "run-4"
    assert len(stub.requests) == 3


def test_index_fetches_up_to_its_row(stub, three_pages):
    assert three_pages[1].workflow_id == "run-8"
    assert [body["maximumPageSize"] for _, body in stub.requests] == [2]


def test_repr_of_one_page_is_complete(stub, shop, info):
    queryset = WorkflowExecutionQuerySet(shop).filter(status="OPEN")
    stub.answer(LIST_OPEN, {"executionInfos": [info(2), info(1)]})

    assert repr(queryset) == repr(list(queryset))
    assert len(stub.requests) == 1


def test_repr_of_long_list_costs_one_call_and_is_marked(stub, shop, info):
    queryset = WorkflowExecutionQuerySet(shop).filter(status="OPEN")
    page = {"executionInfos": [info(n) for n in range(21, 0, -1)], "nextPageToken": "t"}
    stub.answer(LIST_OPEN, page)

    text = repr(queryset)

    assert repr(queryset) == text
    assert text.count("'run-") == 20
    assert text.endswith(f", ... (cut: one page of {LIST_OPEN})]")
    assert [body["maximumPageSize"] for _, body in stub.requests] == [21]


def test_repr_marks_full_page_without_token(stub, shop, info):
    queryset = WorkflowExecutionQuerySet(shop).filter(status="OPEN")
    stub.answer(LIST_OPEN, {"executionInfos": [info(n) for n in range(21, 0, -1)]})

    assert "... (cut: " in repr(queryset)


def test_repr_merges_a_page_of_open_and_closed(stub, shop, info):
    stub.answer(LIST_OPEN, {"executionInfos": [info(4), info(1)]})
    stub.answer(LIST_CLOSED, {"executionInfos": [info(3, status="CLOSED")]})

    text = repr(WorkflowExecutionQuerySet(shop))

    assert re.findall(r"run-\d", text) == ["run-4", "run-3", "run-1"]
    assert "... (" not in text
    assert len(stub.requests) == 2


def test_repr_marks_incomplete_open_or_closed_list(stub, shop, info):
    stub.answer(LIST_OPEN, {"executionInfos": [info(4)]})
    stub.answer(LIST_CLOSED, {"executionInfos": [info(3)], "nextPageToken": "more"})

    text = repr(WorkflowExecutionQuerySet(shop))

    assert f"cut: one page of {LIST_OPEN} and {LIST_CLOSED}" in text


def test_repr_of_slice_is_complete(stub, shop, info):
    queryset = WorkflowExecutionQuerySet(shop).filter(status="OPEN")[:2]
    page = {"executionInfos": [info(2), info(1)], "nextPageToken": "t"}
    stub.answer(LIST_OPEN, page)

    assert "... (" not in repr(queryset)
    assert len(queryset) == 2
    assert len(stub.requests) == 1


def test_repr_after_partial_iteration_makes_no_calls(stub, three_pages):
    next(iter(three_pages))

    assert "... (cut: " in repr(three_pages)
    assert len(stub.requests) == 1


def test_a_repr_does_not_describe_rows(stub, shop):
    assert "each row costs a call" in repr(WorkflowExecutionQuerySet(shop).described())
    assert stub.requests == []


def test_repr_of_cached_rows_counts_omitted_ones(stub, shop, info):
    queryset = WorkflowExecutionQuerySet(shop).filter(status="OPEN")
    stub.answer(LIST_OPEN, {"executionInfos": [info(n) for n in range(25, 0, -1)]})
    list(queryset)

    assert repr(queryset).endswith("... (5 more)]")


def test_a_budget_stops_a_crawl(three_pages):
    with swf.budget(calls=2), pytest.raises(BudgetExceeded):
        list(three_pages)


def test_row_deleted_before_describe_is_omitted(stub, shop, info):
    stub.answer(LIST_OPEN, {"executionInfos": [info(2), info(1)]})
    stub.refuse("DescribeWorkflowExecution", "UnknownResourceFault")
    stub.answer("DescribeWorkflowExecution", {"executionInfo": info(1)})
    queryset = WorkflowExecutionQuerySet(shop).filter(status="OPEN").described()

    assert ids(queryset) == ["run-1"]
