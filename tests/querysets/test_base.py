from __future__ import annotations

import pickle
import re

import pytest

import swf
from swf.exceptions import (
    BudgetExceeded,
    DoesNotExistError,
    InvalidKeywordArgumentError,
    InvalidTypeError,
    MultipleObjectsReturned,
    RateLimitExceededError,
    ValidationError,
)
from swf.models import Domain, WorkflowExecution
from swf.querysets import Count, DomainQuerySet, WorkflowExecutionQuerySet

LIST_OPEN = "ListOpenWorkflowExecutions"
LIST_CLOSED = "ListClosedWorkflowExecutions"


@pytest.fixture
def shop(stub):
    return Domain("shop")


@pytest.fixture
def three_pages(stub, shop, info):
    """Six open executions, two a page."""
    pages = [{"executionInfos": [info(9 - 2 * n), info(8 - 2 * n)]} for n in range(3)]
    pages[0]["nextPageToken"], pages[1]["nextPageToken"] = "t1", "t2"
    stub.answer(LIST_OPEN, *pages, *pages)
    return WorkflowExecutionQuerySet(shop).filter(status="OPEN")


def ids(rows):
    return [row.workflow_id for row in rows]


def test_queryset_makes_no_calls_before_iteration(stub, shop):
    queryset = WorkflowExecutionQuerySet(shop).filter(tag="a").exclude(tag="b").reverse()[:3]
    queryset.explain()
    iter(queryset)

    assert stub.requests == []


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


@pytest.mark.parametrize("size", [0, 1001, -1])
def test_a_page_has_one_to_a_thousand_rows(three_pages, size):
    with pytest.raises(ValidationError, match="page_size"):
        three_pages.iterator(page_size=size)


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


def test_a_slice_fetches_only_its_pages(stub, three_pages):
    assert ids(three_pages[:2]) == ["run-9", "run-8"]
    assert [body["maximumPageSize"] for _, body in stub.requests] == [2]


def test_a_slice_of_a_slice_counts_from_the_slice(three_pages):
    assert ids(three_pages[1:5][1:3]) == ["run-7", "run-6"]


def test_slice_of_cached_rows_makes_no_calls(stub, three_pages):
    list(three_pages)

    assert ids(three_pages[4:]) == ["run-5", "run-4"]
    assert three_pages[5].workflow_id == "run-4"
    assert len(stub.requests) == 3


def test_empty_slice_makes_no_calls(stub, shop):
    assert WorkflowExecutionQuerySet(shop)[3:3] == []
    assert stub.requests == []


def test_index_fetches_up_to_its_row(stub, three_pages):
    assert three_pages[1].workflow_id == "run-8"
    assert [body["maximumPageSize"] for _, body in stub.requests] == [2]


def test_an_index_beyond_the_rows_is_an_error(stub, shop, info):
    stub.answer(LIST_OPEN, {"executionInfos": [info(1)]})

    with pytest.raises(IndexError, match="7"):
        WorkflowExecutionQuerySet(shop).filter(status="OPEN")[7]


def test_negative_index_counts_from_the_end(stub, three_pages):
    assert three_pages[-1].workflow_id == "run-4"
    assert three_pages[-6].workflow_id == "run-9"
    assert len(stub.requests) == 3


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (slice(-2, None), ["run-5", "run-4"]),
        (slice(None, -4), ["run-9", "run-8"]),
        (slice(-4, -2), ["run-7", "run-6"]),
        (slice(1, -4), ["run-8"]),
        (slice(-99, 1), ["run-9"]),
        (slice(-1, 2), []),
    ],
    ids=str,
)
def test_slice_may_count_from_the_end(three_pages, key, expected):
    assert ids(three_pages[key]) == expected
    assert ids(three_pages[:6][key]) == expected


def test_a_negative_index_beyond_the_rows_is_an_error(three_pages):
    with pytest.raises(IndexError):
        three_pages[-7]


@pytest.mark.parametrize("page_size", [0, 1001, True, "all", 1.5])
def test_a_page_holds_from_1_to_1000_rows(shop, page_size):
    with pytest.raises(ValidationError, match=r"page_size=.*from 1 to 1000"):
        WorkflowExecutionQuerySet(shop).iterator(page_size)


@pytest.mark.parametrize("method", ["order_by", "values"])
def test_attribute_names_must_be_strings(shop, method):
    with pytest.raises(InvalidTypeError, match="name=5: must be an attribute name"):
        getattr(WorkflowExecutionQuerySet(shop), method)(5)


@pytest.mark.parametrize("keys", [[5], [("a", "b", "c")], [()], [["a", "b"]], "run-1"], ids=str)
def test_invalid_key_sends_nothing(stub, shop, keys):
    with pytest.raises(InvalidTypeError, match="keys="):
        WorkflowExecutionQuerySet(shop).in_bulk(keys)

    assert stub.requests == []


@pytest.mark.parametrize(
    "change",
    [
        lambda rows: rows.filter(tag="a"),
        lambda rows: rows.reverse(),
        lambda rows: rows.order_by("run_id"),
        lambda rows: rows.get("run-1"),
    ],
    ids=["filter", "reverse", "order_by", "get"],
)
def test_a_slice_cannot_be_changed_afterwards(shop, change):
    with pytest.raises(ValidationError, match="before slicing"):
        change(WorkflowExecutionQuerySet(shop)[:3])


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


def test_a_count_adds_up_open_and_closed(stub, shop):
    stub.answer("CountOpenWorkflowExecutions", {"count": 3, "truncated": False})
    stub.answer("CountClosedWorkflowExecutions", {"count": 4, "truncated": True})

    count = WorkflowExecutionQuerySet(shop).filter(tag="a").count()

    assert (count, count.truncated, repr(count)) == (7, True, "Count(7, truncated=True)")
    assert stub.requests[0][1]["tagFilter"] == {"tag": "a"}


@pytest.mark.parametrize(
    ("part", "count", "truncated"),
    [
        (slice(0, 2), 2, False),
        (slice(2, None), 5, True),
        (slice(2, 50), 5, True),
        (slice(0, 7), 7, False),
        (slice(9, None), 0, True),
    ],
    ids=str,
)
def test_count_respects_the_slice(stub, shop, part, count, truncated):
    stub.answer("CountOpenWorkflowExecutions", {"count": 7, "truncated": True})

    result = WorkflowExecutionQuerySet(shop).filter(status="OPEN")[part].count()

    assert (result, result.truncated) == (count, truncated)


def test_client_side_filters_are_counted_by_listing(stub, shop, info):
    stub.answer(LIST_OPEN, {"executionInfos": [info(2), info(1)]})
    queryset = WorkflowExecutionQuerySet(shop).filter(status="OPEN")

    assert queryset.where(lambda row: row.workflow_id == "run-1").count() == 1


def test_cached_rows_are_counted_without_calls(stub, three_pages):
    list(three_pages)

    assert three_pages.count() == 6
    assert len(stub.requests) == 3


def test_count_survives_pickling():
    assert pickle.loads(pickle.dumps(Count(5, True))).truncated is True


def test_exists_and_first_fetch_one_row(stub, shop, info):
    queryset = WorkflowExecutionQuerySet(shop).filter(status="OPEN")
    stub.answer(LIST_OPEN, {"executionInfos": [info(1)]}, {"executionInfos": [info(1)]})

    assert queryset.exists()
    assert queryset.first().workflow_id == "run-1"
    assert [body["maximumPageSize"] for _, body in stub.requests] == [1, 1]


def test_last_fetches_first_row_in_reverse_order(stub, shop, info):
    stub.answer(LIST_OPEN, {"executionInfos": [info(1)]})

    assert WorkflowExecutionQuerySet(shop).filter(status="OPEN").last().workflow_id == "run-1"
    assert stub.requests[0][1]["reverseOrder"] is True
    assert stub.requests[0][1]["maximumPageSize"] == 1


def test_last_of_slice_is_its_last_row(three_pages):
    assert three_pages[:3].last().workflow_id == "run-7"


def test_first_and_last_of_empty_queryset_are_none(stub, shop):
    stub.answer(LIST_OPEN, *[{"executionInfos": []}] * 3)
    queryset = WorkflowExecutionQuerySet(shop).filter(status="OPEN")

    assert (queryset.first(), queryset.last(), queryset.exists()) == (None, None, False)


def test_row_deleted_before_describe_is_omitted(stub, shop, info):
    stub.answer(LIST_OPEN, {"executionInfos": [info(2), info(1)]})
    stub.refuse("DescribeWorkflowExecution", "UnknownResourceFault")
    stub.answer("DescribeWorkflowExecution", {"executionInfo": info(1)})
    queryset = WorkflowExecutionQuerySet(shop).filter(status="OPEN").described()

    assert ids(queryset) == ["run-1"]


def test_unknown_domain_raises_domain_error(stub, shop):
    stub.refuse(LIST_OPEN, "UnknownResourceFault")

    with pytest.raises(Domain.DoesNotExist):
        list(WorkflowExecutionQuerySet(shop).filter(status="OPEN"))


def test_get_by_lookups_requires_exactly_one_row(stub, shop, info):
    queryset = WorkflowExecutionQuerySet(shop).filter(status="OPEN")
    stub.answer(LIST_OPEN, {"executionInfos": [info(2), info(1)]}, {"executionInfos": []})

    with pytest.raises(MultipleObjectsReturned, match="tag='a'"):
        queryset.get(tag="a")
    with pytest.raises(WorkflowExecution.DoesNotExist, match="tag='a'"):
        queryset.get(tag="a")


UNKNOWN = {
    "a name": lambda rows: rows.filter(colour="red"),
    "a name in exclude": lambda rows: rows.exclude(colour="red"),
    "an operator": lambda rows: rows.filter(workflow_id__like="a"),
    "a nested name": lambda rows: rows.filter(workflow_type__colour="red"),
    "an order": lambda rows: rows.order_by("-colour"),
    "a value": lambda rows: rows.values("colour"),
    "an attribute that no call returns": lambda rows: rows.filter(input="{}"),
}


@pytest.mark.parametrize("ask", UNKNOWN.values(), ids=UNKNOWN)
def test_unknown_lookup_error_lists_valid_names(shop, ask):
    with pytest.raises(InvalidKeywordArgumentError, match="must be one of "):
        ask(WorkflowExecutionQuerySet(shop))


def test_valid_names_are_aliases_and_attributes():
    with pytest.raises(InvalidKeywordArgumentError) as caught:
        WorkflowExecutionQuerySet(Domain("shop")).filter(colour="red")

    assert {"tag", "close_latest_date", "child_policy"} <= set(
        caught.value.rule.removeprefix("unknown argument; must be one of ").split(", ")
    )


WRONG = {
    "a status that is none": ({"status": "RUNNING"}, ValidationError),
    "a close status that is none": ({"close_status": "DONE"}, ValidationError),
    "a tag that is no string": ({"tag": 3}, InvalidTypeError),
    "an id that is no string": ({"workflow_id": 3}, InvalidTypeError),
    "a date that is a string": ({"start_oldest_date": "today"}, InvalidTypeError),
    "a date that is a bool": ({"start_oldest_date": True}, InvalidTypeError),
    "days to come": ({"start_oldest_date": -1}, ValidationError),
    "too many days": ({"start_oldest_date": 10**9}, ValidationError),
    "a string for in": ({"status__in": "OPEN"}, InvalidTypeError),
    "a number for isnull": ({"parent__isnull": 1}, InvalidTypeError),
    "a number for startswith": ({"workflow_id__startswith": 1}, InvalidTypeError),
    "a domain that is none": ({"domain": "shop"}, TypeError),
}


@pytest.mark.parametrize(("lookups", "error"), WRONG.values(), ids=WRONG)
def test_invalid_value_sends_nothing(shop, lookups, error):
    with pytest.raises(error):
        WorkflowExecutionQuerySet(shop).filter(**lookups)


def test_where_requires_an_expression_or_a_callable(shop):
    with pytest.raises(TypeError, match="must be an expression or a function"):
        WorkflowExecutionQuerySet(shop).where(3)


def test_using_changes_the_connection(stub, service):
    stub.answer("ListDomains", {"domainInfos": [{"name": "shop", "status": "REGISTERED"}]})
    elsewhere = service.connection()

    assert DomainQuerySet().using(elsewhere) == []
    assert len(DomainQuerySet()) == 1
    with pytest.raises(TypeError):
        DomainQuerySet().using("elsewhere")


def test_rows_keep_the_connection_of_their_queryset(stub, shop, info):
    stub.answer(LIST_OPEN, {"executionInfos": [info(1)]})

    (row,) = WorkflowExecutionQuerySet(Domain("shop")).filter(status="OPEN").using(stub.connection)

    assert row.connection is stub.connection


def test_a_queryset_cannot_be_hashed(shop):
    with pytest.raises(TypeError):
        hash(WorkflowExecutionQuerySet(shop))


def test_refusal_is_not_an_absence(stub, shop):
    stub.refuse("DescribeWorkflowExecution", "OperationNotPermittedFault")

    with pytest.raises(swf.exceptions.PermissionDeniedError):
        WorkflowExecutionQuerySet(shop).get("run-1", "r1")
    assert not issubclass(swf.exceptions.PermissionDeniedError, DoesNotExistError)
