from __future__ import annotations

import pickle

import pytest

import swf
from swf.exceptions import (
    DoesNotExistError,
    InvalidKeywordArgumentError,
    InvalidTypeError,
    MultipleObjectsReturned,
    ValidationError,
)
from swf.models import Domain, WorkflowExecution
from swf.querysets import Count, DomainQuerySet, WorkflowExecutionQuerySet

LIST_OPEN = "ListOpenWorkflowExecutions"


def ids(rows):
    return [row.workflow_id for row in rows]


def test_queryset_makes_no_calls_before_iteration(stub, shop):
    queryset = WorkflowExecutionQuerySet(shop).filter(tag="a").exclude(tag="b").reverse()[:3]
    queryset.explain()
    iter(queryset)

    assert stub.requests == []


@pytest.mark.parametrize("size", [0, 1001, -1])
def test_a_page_has_one_to_a_thousand_rows(three_pages, size):
    with pytest.raises(ValidationError, match="page_size"):
        three_pages.iterator(page_size=size)


def test_a_slice_of_a_slice_counts_from_the_slice(three_pages):
    assert ids(three_pages[1:5][1:3]) == ["run-7", "run-6"]


def test_empty_slice_makes_no_calls(stub, shop):
    assert WorkflowExecutionQuerySet(shop)[3:3] == []
    assert stub.requests == []


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
