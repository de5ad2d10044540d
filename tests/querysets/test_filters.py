from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from swf.exceptions import InvalidKeywordArgumentError, ValidationError
from swf.models import Domain, WorkflowType
from swf.querysets import DomainQuerySet, WorkflowExecutionQuerySet, WorkflowTypeQuerySet
from swf.querysets.conditions import EPOCH
from swf.querysets.filters import plan_executions, plan_registered

NOW = datetime(2020, 5, 1, 12, 0, 0, 250_000, tzinfo=timezone.utc)
SHOP = Domain("shop")
TYPE = WorkflowType(SHOP, "order", "1")


def whole(**ago):
    return NOW.replace(microsecond=0) - timedelta(**ago)


def plan(queryset):
    return plan_executions(queryset._query, queryset.schema, {"domain": "shop"}, NOW)


def executions(**lookups):
    return WorkflowExecutionQuerySet(SHOP).filter(**lookups)


ONE_FILTER = {
    "id": ({"workflow_id": "w"}, {"executionFilter": {"workflowId": "w"}}, ""),
    "tag": ({"tag": "t"}, {"tagFilter": {"tag": "t"}}, ""),
    "type": (
        {"workflow_type_name": "n", "workflow_type_version": "v"},
        {"typeFilter": {"name": "n", "version": "v"}},
        "",
    ),
    "type by its model": (
        {"workflow_type": TYPE},
        {"typeFilter": {"name": "order", "version": "1"}},
        "",
    ),
    "version without a name": (
        {"workflow_type_version": "v"},
        {},
        "workflow_type_version='v'",
    ),
    "close status": ({"close_status": "FAILED"}, {"closeStatusFilter": {"status": "FAILED"}}, ""),
    "id before all": (
        {"workflow_id": "w", "tag": "t", "workflow_type_name": "n", "close_status": "FAILED"},
        {"executionFilter": {"workflowId": "w"}},
        "tag='t', workflow_type_name='n', close_status='FAILED'",
    ),
    "tag before failures": (
        {"tag": "t", "close_status": "FAILED"},
        {"tagFilter": {"tag": "t"}},
        "close_status='FAILED'",
    ),
    "failures before types": (
        {"workflow_type_name": "n", "close_status": "FAILED"},
        {"closeStatusFilter": {"status": "FAILED"}},
        "workflow_type_name='n'",
    ),
    "types before completions": (
        {"workflow_type_name": "n", "close_status": "COMPLETED"},
        {"typeFilter": {"name": "n"}},
        "close_status='COMPLETED'",
    ),
}


@pytest.mark.parametrize(("lookups", "sent", "client_tests"), ONE_FILTER.values(), ids=ONE_FILTER)
def test_most_selective_filter_is_sent(lookups, sent, client_tests):
    result = plan(executions(**lookups))

    assert {k: v for k, v in result.calls[0].params.items() if k.endswith("Filter")} == {
        "startTimeFilter": {"oldestDate": EPOCH},
        **sent,
    }
    assert ", ".join(map(str, result.client_side)) == client_tests


STATUSES = {
    "no condition": ({}, ["Open", "Closed"]),
    "None": ({"status": None}, ["Open", "Closed"]),
    "open": ({"status": "OPEN"}, ["Open"]),
    "closed": ({"status": "CLOSED"}, ["Closed"]),
    "close status": ({"close_status": "FAILED"}, ["Closed"]),
    "close statuses": ({"close_status__in": ["FAILED", "TIMED_OUT"]}, ["Closed"]),
    "close date": ({"close_oldest_date": 3}, ["Closed"]),
    "not closed yet": ({"close_timestamp": None, "status": "OPEN"}, ["Open"]),
    "one of": ({"status__in": ["OPEN"]}, ["Open"]),
}


@pytest.mark.parametrize(("lookups", "listed"), STATUSES.values(), ids=STATUSES)
def test_close_conditions_list_closed_executions_only(lookups, listed):
    operations = [call.operation for call in plan(executions(**lookups)).calls]

    assert operations == [f"List{status}WorkflowExecutions" for status in listed]


def test_an_excluded_status_is_not_listed():
    closed = plan(executions().exclude(status="OPEN"))

    assert [call.operation for call in closed.calls] == ["ListClosedWorkflowExecutions"]
    assert closed.client_side == ()


NOON = datetime(2020, 4, 1, 12, tzinfo=timezone.utc)
WINDOWS = {
    "none": ({}, "startTimeFilter", EPOCH, None),
    "days ago": ({"start_oldest_date": 3}, "startTimeFilter", whole(days=3), None),
    "the older name": ({"oldest_date": 3}, "startTimeFilter", whole(days=3), None),
    "timedelta": (
        {"start_oldest_date": timedelta(hours=3)},
        "startTimeFilter",
        whole(hours=3),
        None,
    ),
    "datetime": ({"start_oldest_date": NOON}, "startTimeFilter", NOON, None),
    "latest date in days": (
        {"start_latest_date": 3},
        "startTimeFilter",
        EPOCH,
        whole(days=3, seconds=-1),
    ),
    "latest close date alone": ({"close_latest_date": NOON}, "closeTimeFilter", EPOCH, NOON),
    "close window": (
        {"close_oldest_date": 9, "close_latest_date": 3},
        "closeTimeFilter",
        whole(days=9),
        whole(days=3, seconds=-1),
    ),
    "a start date narrows the close window": (
        {"start_oldest_date": 3, "close_oldest_date": 9},
        "closeTimeFilter",
        whole(days=3),
        None,
    ),
    "two words on the same matter": (
        {"start_oldest_date": 9, "oldest_date": 3},
        "startTimeFilter",
        whole(days=3),
        None,
    ),
    "strictly after": ({"start_timestamp__gt": NOON}, "startTimeFilter", NOON, None),
    "strictly before": ({"start_timestamp__lt": NOON}, "startTimeFilter", EPOCH, NOON),
    "closed strictly before": ({"close_timestamp__lt": NOON}, "closeTimeFilter", EPOCH, NOON),
    "before 1970": ({"start_oldest_date": 30_000}, "startTimeFilter", EPOCH, None),
}


@pytest.mark.parametrize(("lookups", "member", "oldest", "latest"), WINDOWS.values(), ids=WINDOWS)
def test_a_window_is_always_sent(lookups, member, oldest, latest):
    params = plan(executions(**lookups)).calls[-1].params

    window = {"oldestDate": oldest} | ({"latestDate": latest} if latest else {})
    assert {k: v for k, v in params.items() if k.endswith("TimeFilter")} == {member: window}


def test_start_date_with_close_window_is_client_side():
    result = plan(executions(start_oldest_date=NOON, close_oldest_date=9))

    assert [test.lookup for test in result.client_side] == ["start_oldest_date"]


def test_fractions_of_seconds_are_client_side():
    fine = plan(executions(status="OPEN", start_oldest_date=NOW, start_latest_date=NOW))

    assert [test.lookup for test in fine.client_side] == ["start_oldest_date", "start_latest_date"]
    assert fine.counts == ()


def test_exclusive_bounds_are_client_side():
    strict = plan(
        executions(close_timestamp__gt=NOON - timedelta(days=9), close_timestamp__lt=NOON)
    )

    assert [test.lookup for test in strict.client_side] == [
        "close_timestamp__gt",
        "close_timestamp__lt",
    ]
    assert strict.counts == ()


CONTRADICTIONS = {
    "lookups upside down": {"start_timestamp__gt": 3, "start_timestamp__lt": 9},
    "open with a close status": {"status": "OPEN", "close_status": "FAILED"},
    "open with a close date": {"status": "OPEN", "close_oldest_date": 3},
    "start window upside down": {"start_oldest_date": 3, "start_latest_date": 9},
    "close window upside down": {"close_oldest_date": 3, "close_latest_date": 9},
    "closed before it started": {"start_oldest_date": 3, "close_latest_date": 9},
}


@pytest.mark.parametrize("lookups", CONTRADICTIONS.values(), ids=CONTRADICTIONS)
def test_contradiction_is_refused_by_filter(lookups):
    with pytest.raises(ValidationError):
        executions(**lookups)


def test_contradiction_is_refused_across_filters():
    with pytest.raises(ValidationError, match="contradicts"):
        executions(status="OPEN").filter(status="CLOSED")


def test_close_argument_of_open_status_is_invalid_keyword():
    with pytest.raises(InvalidKeywordArgumentError, match="contradicts close_status='FAILED'"):
        executions(status="OPEN", close_status="FAILED")


def test_start_before_close_window_is_valid():
    assert plan(executions(start_latest_date=9, close_oldest_date=3)).calls


PAGES = {
    "a small slice": (slice(0, 10), 10),
    "an offset": (slice(20, 30), 30),
    "more than a page": (slice(0, 1500), 750),
    "all": (slice(None), None),
}


@pytest.mark.parametrize(("part", "size"), PAGES.values(), ids=PAGES)
def test_slice_limits_the_page_size(part, size):
    for call in plan(executions()[part]).calls:
        assert call.params.get("maximumPageSize") == size


def test_slice_of_client_side_filter_fetches_full_pages():
    call = plan(executions(tag="a", workflow_type_name="b")[:3]).calls[0]

    assert "maximumPageSize" not in call.params


ORDERS = {
    "the service's": (executions(), False, ()),
    "spelled out": (executions().order_by("-start_timestamp"), False, ()),
    "opposite": (executions().order_by("start_timestamp"), True, ()),
    "reversed": (executions().reverse(), True, ()),
    "reversed twice": (executions().reverse().reverse(), False, ()),
    "by close, given close dates": (
        executions(close_oldest_date=3).order_by("-close_timestamp"),
        False,
        (),
    ),
    "by close, without": (
        executions().order_by("-close_timestamp"),
        False,
        ("-close_timestamp",),
    ),
    "another, reversed": (
        executions().order_by("workflow_id", "-run_id").reverse(),
        False,
        ("-workflow_id", "run_id"),
    ),
}


@pytest.mark.parametrize(("queryset", "reverse", "client_tests"), ORDERS.values(), ids=ORDERS)
def test_order_of_the_service_is_sent(queryset, reverse, client_tests):
    result = plan(queryset)

    assert result.calls[0].params.get("reverseOrder", False) is reverse
    assert result.order == client_tests


def test_unlisted_field_describes_each_row():
    result = plan(executions(tag="t", child_policy="TERMINATE").where(lambda row: row.run_id))

    assert result.describe
    assert str(result.described[0]) == "child_policy='TERMINATE'"
    assert len(result.described) == 2
    assert result.client_side == ()


def registered(queryset):
    scope = {} if isinstance(queryset, DomainQuerySet) else {"domain": "shop"}
    return plan_registered(queryset._query, queryset.schema, "WorkflowType", scope, NOW)


TYPE_STATUSES = {
    "no condition": (WorkflowTypeQuerySet(SHOP).filter(), ["REGISTERED"]),
    "all": (WorkflowTypeQuerySet(SHOP).all(), ["REGISTERED"]),
    "deprecated": (WorkflowTypeQuerySet(SHOP).filter(status="DEPRECATED"), ["DEPRECATED"]),
    "by its other name": (
        WorkflowTypeQuerySet(SHOP).filter(registration_status="DEPRECATED"),
        ["DEPRECATED"],
    ),
    "by position": (WorkflowTypeQuerySet(SHOP).filter(None, "DEPRECATED"), ["DEPRECATED"]),
    "both": (WorkflowTypeQuerySet(SHOP).filter(status=None), ["REGISTERED", "DEPRECATED"]),
    "all of both": (WorkflowTypeQuerySet(SHOP).all(None), ["REGISTERED", "DEPRECATED"]),
    "one of": (WorkflowTypeQuerySet(SHOP).filter(status__in=["DEPRECATED"]), ["DEPRECATED"]),
    "not one": (WorkflowTypeQuerySet(SHOP).exclude(status="REGISTERED"), ["DEPRECATED"]),
    "chained": (
        WorkflowTypeQuerySet(SHOP).filter(status="DEPRECATED").filter(name="n").all(),
        ["DEPRECATED"],
    ),
}


@pytest.mark.parametrize(("queryset", "statuses"), TYPE_STATUSES.values(), ids=TYPE_STATUSES)
def test_registered_types_are_listed_by_default(queryset, statuses):
    calls = registered(queryset).calls

    assert [call.params["registrationStatus"] for call in calls] == statuses


def test_type_name_is_server_side():
    result = registered(WorkflowTypeQuerySet(SHOP).filter(name="n", version="v"))

    assert result.calls[0].params["name"] == "n"
    assert [str(test) for test in result.client_side] == ["version='v'"]


def test_domain_name_is_client_side():
    result = registered(DomainQuerySet().filter(name="n"))

    assert "name" not in result.calls[0].params
    assert [str(test) for test in result.client_side] == ["name='n'"]
