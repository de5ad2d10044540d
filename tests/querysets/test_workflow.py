from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swf.constants import CLOSE_STATUSES, EXECUTION_STATUSES
from swf.exceptions import InvalidTypeError, MultipleObjectsReturned, ValidationError
from swf.models import Domain, WorkflowExecution, WorkflowType
from swf.querysets import WorkflowExecutionQuerySet, WorkflowTypeQuerySet


def ids(rows):
    return [row.workflow_id for row in rows]


def test_open_and_closed_executions_are_merged_newest_first(orders):
    rows = list(orders.executions)

    starts = [row.start_timestamp for row in rows]
    assert starts == sorted(starts, reverse=True)
    assert {row.status for row in rows} == {"OPEN", "CLOSED"}
    assert len(rows) == 13


def test_default_window_includes_old_executions(service, orders):
    service.clock.advance(timedelta(days=70).total_seconds())

    assert len(orders.executions.all()) == 8
    assert len(orders.executions.filter()) == 13


@pytest.mark.parametrize(
    ("ask", "statuses"),
    [
        (lambda rows: rows.all(), {"OPEN"}),
        (lambda rows: rows.all(status="CLOSED"), {"CLOSED"}),
        (lambda rows: rows.all(None), {"OPEN", "CLOSED"}),
        (lambda rows: rows.filter(status="CLOSED").all(), {"CLOSED"}),
        (lambda rows: rows.filter(close_status="TERMINATED").all(), {"CLOSED"}),
        (lambda rows: rows.filter(), {"OPEN", "CLOSED"}),
    ],
    ids=["all", "closed", "both", "chained", "implied", "filter"],
)
def test_all_lists_open_executions_by_default(orders, ask, statuses):
    assert {row.status for row in ask(orders.executions)} == statuses


def test_all_accepts_start_oldest_date(service, orders):
    third_day = service.clock.datetime() - timedelta(days=3)

    assert ids(orders.executions.all(start_oldest_date=third_day)) == ["run-1", "run-10", "run-9"]


def test_a_latest_close_date_alone_is_a_window(service, orders):
    middle = service.clock.datetime() - timedelta(days=5)

    closed = orders.executions.filter(close_latest_date=middle)

    assert ids(closed) == ["run-5", "run-1"]


def test_filter_accepts_another_domain(orders, connection, register):
    other = Domain("other")
    other.save()
    register(other, "order", "1").start_execution("elsewhere")

    assert ids(orders.executions.filter(domain=other)) == ["elsewhere"]
    assert ids(orders.executions.filter(other, status="OPEN", workflow_id="elsewhere")) == [
        "elsewhere"
    ]


def test_domain_defaults_to_settings(service, orders):
    import swf

    with swf.using(service.connection()) as connection:
        swf.settings.set(domain="orders")
        connection.settings = swf.settings.resolve()
        assert len(WorkflowExecutionQuerySet()) == 13


def test_missing_domain_is_an_error(connection):
    with pytest.raises(ValidationError, match="domain"):
        list(WorkflowTypeQuerySet())


@pytest.mark.parametrize("queryset", [WorkflowTypeQuerySet, WorkflowExecutionQuerySet])
def test_domain_of_wrong_type_is_a_type_error(queryset):
    with pytest.raises(TypeError):
        queryset("orders")


def test_get_describes_the_execution(orders, calls):
    listed = orders.executions.filter(workflow_id="run-0")[0]
    calls.clear()

    result = orders.executions.get("run-0", listed.run_id)

    assert calls.operations == ["DescribeWorkflowExecution"]
    assert (result.task_list, result.child_policy) == ("deciders", "TERMINATE")
    assert result.open_counts.open_decision_tasks == 1
    assert result == listed.upstream()


def test_get_without_run_id_prefers_open_execution(orders, calls):
    assert orders.executions.get("run-1").status == "OPEN"
    assert calls.operations == ["ListOpenWorkflowExecutions", "DescribeWorkflowExecution"]


def test_get_without_run_id_returns_latest_closed_execution(service, domain, order):
    for details in ("first", "second"):
        run = order.start_execution("w", tag_list=[details])
        service.clock.advance(60)
        run.terminate()

    assert domain.executions.get("w").tag_list == ["second"]


def test_get_respects_the_filters(orders):
    assert orders.executions.filter(status="CLOSED").get("run-1").close_status == "TERMINATED"
    assert orders.executions.get("run-1", close_status="TERMINATED").status == "CLOSED"
    with pytest.raises(WorkflowExecution.DoesNotExist):
        orders.executions.filter(tag="nowhere").get("run-1")


@pytest.mark.parametrize("identity", [("nobody",), ("nobody", "22nobody")])
def test_get_of_unknown_execution_raises_execution_error(orders, identity):
    with pytest.raises(WorkflowExecution.DoesNotExist):
        orders.executions.get(*identity)


def test_get_by_lookups(orders):
    assert orders.executions.get(tag="eu", close_status="TERMINATED", workflow_id="run-7").run_id
    with pytest.raises(MultipleObjectsReturned):
        orders.executions.get(tag="eu")


def test_unlisted_fields_describe_each_row(orders, calls):
    rows = orders.executions.filter(execution_timeout__lt=timedelta(days=1))

    assert set(ids(rows)) == {"run-5", "run-11"}
    assert rows[0].execution_timeout == 12 * 3600
    assert calls.operations.count("DescribeWorkflowExecution") == 13


def test_filter_accepts_nested_fields(orders):
    assert len(orders.executions.filter(workflow_type__name="refund")) == 4
    assert len(orders.executions.filter(workflow_type__name__startswith="ref")) == 4
    assert len(orders.executions.filter(status="OPEN", open_counts__open_decision_tasks=1)) == 9
    assert len(orders.executions.filter(open_counts__open_timers__gt=0)) == 0


def test_filter_accepts_a_workflow_type(orders, order):
    rows = orders.executions.filter(workflow_type=order)

    assert {(row.workflow_type.name, row.workflow_type.version) for row in rows} == {("order", "1")}
    assert len(rows) == 5


def test_described_rows_are_complete(orders):
    assert all(row.child_policy for row in orders.executions.described())


def test_where_gets_described_rows(orders):
    rows = orders.executions.described().where(lambda row: row.execution_timeout < 24 * 3600)

    assert set(ids(rows)) == {"run-5", "run-11"}


def test_order_by_puts_missing_values_last(orders):
    rows = orders.executions.order_by("-close_status", "workflow_id")

    assert [row.close_status for row in rows][:4] == ["TIMED_OUT"] * 2 + ["TERMINATED"] * 2
    assert ids(rows)[4:7] == ["run-0", "run-1", "run-10"]
    assert [row.close_status for row in rows.reverse()][-1] is None


def test_order_by_model_uses_its_identity(orders):
    types = [row.workflow_type for row in orders.executions.order_by("workflow_type")]

    assert [of.name + of.version for of in types] == ["order1"] * 5 + ["order2"] * 4 + [
        "refund1"
    ] * 4


def test_reverse_is_the_opposite_order(orders):
    assert ids(orders.executions.reverse()) == ids(orders.executions)[::-1]
    assert orders.executions.last().workflow_id == "run-0"


def test_values_are_dictionaries(orders):
    rows = orders.executions.filter(workflow_id="run-2").values(
        "workflow_id", "workflow_type__name"
    )

    assert rows == [{"workflow_id": "run-2", "workflow_type__name": "refund"}]
    assert "tag_list" in orders.executions.values().first()
    assert orders.executions.filter(workflow_id="run-0").values("child_policy").first() == {
        "child_policy": "TERMINATE"
    }


def test_in_bulk_omits_missing_rows(orders):
    run = orders.executions.filter(workflow_id="run-0").first()

    result = orders.executions.in_bulk(["run-1", "nobody", ("run-0", run.run_id)])

    assert set(result) == {"run-1", ("run-0", run.run_id)}
    assert result["run-1"].child_policy == "TERMINATE"
    assert len(orders.executions.in_bulk()) == 13
    assert len(orders.executions.values("status").in_bulk()) == 13


def test_in_compares_identity_only(orders):
    execution = orders.executions.get("run-0")

    assert execution in orders.executions
    assert execution not in orders.executions.filter(status="CLOSED")
    assert "run-0" not in orders.executions
    assert execution not in orders.executions.values("workflow_id")
    assert {"workflow_id": "run-0"} in orders.executions.values("workflow_id")


def test_counts_agree_with_lists(orders, calls):
    for rows in (orders.executions, orders.executions.filter(tag="eu", status="OPEN")):
        calls.clear()
        assert rows.count() == len(rows.filter())
        assert calls.operations[0].startswith("Count")


def test_get_or_create_returns_open_execution(domain, order):
    started = domain.executions.create(order, "w", tag_list=["a"])

    assert domain.executions.get_or_create(order, "w").run_id == started.run_id
    assert domain.executions.get_or_create(order, "v").run_id != started.run_id


def test_create_requires_a_workflow_type(domain, calls):
    with pytest.raises(InvalidTypeError, match="workflow_type='order': must be a WorkflowType"):
        domain.executions.create("order", "w")

    assert calls == []


def test_create_refuses_a_type_of_another_domain(domain, calls):
    elsewhere = WorkflowType(Domain("elsewhere"), "order", "1")

    with pytest.raises(ValidationError, match="must belong to the domain 'orders'"):
        domain.executions.create(elsewhere, "w")

    assert calls == []


def test_create_uses_domain_of_the_type(domain, order):
    assert WorkflowExecutionQuerySet().create(order, "w").domain == domain


def test_invalid_tag_is_refused():
    with pytest.raises(ValidationError, match=r"tag=.*0 to 256 characters, has 257"):
        WorkflowExecutionQuerySet().filter(tag="x" * 257)


LOOKUPS = st.fixed_dictionaries(
    {},
    optional={
        "status": st.sampled_from(EXECUTION_STATUSES),
        "tag": st.sampled_from(["eu", "shop-1", "nowhere"]),
        "workflow_id": st.sampled_from(["run-1", "run-5", "nobody"]),
        "workflow_type_name": st.sampled_from(["order", "refund"]),
        "workflow_type_version": st.sampled_from(["1", "2"]),
        "close_status": st.sampled_from(CLOSE_STATUSES),
        "start_oldest_date": st.integers(0, 14),
        "start_latest_date": st.integers(0, 14),
        "close_oldest_date": st.integers(0, 14),
        "close_latest_date": st.integers(0, 14),
        "cancel_requested": st.booleans(),
    },
)
BY_HAND = {
    "status": lambda row, value: row.status == value,
    "tag": lambda row, value: value in (row.tag_list or ()),
    "workflow_id": lambda row, value: row.workflow_id == value,
    "workflow_type_name": lambda row, value: row.workflow_type.name == value,
    "workflow_type_version": lambda row, value: row.workflow_type.version == value,
    "close_status": lambda row, value: row.close_status == value,
    "start_oldest_date": lambda row, value: row.start_timestamp >= value,
    "start_latest_date": lambda row, value: row.start_timestamp <= value,
    "close_oldest_date": lambda row, value: bool(
        row.close_timestamp and row.close_timestamp >= value
    ),
    "close_latest_date": lambda row, value: bool(
        row.close_timestamp and row.close_timestamp <= value
    ),
    "cancel_requested": lambda row, value: row.cancel_requested is value,
}


@given(
    filters=LOOKUPS, excluded=LOOKUPS, backwards=st.booleans(), part=st.slices(15), data=st.data()
)
def test_any_query_matches_brute_force_filtering(
    service, orders, filters, excluded, backwards, part, data
):
    now = service.clock.datetime()
    dated = [
        {k: now - timedelta(days=v) if k.endswith("_date") else v for k, v in lookups.items()}
        for lookups in (filters, excluded)
    ]
    try:
        rows = orders.executions.filter(**dated[0]).exclude(**dated[1])
    except ValidationError:
        return
    expected = [
        row
        for row in orders.executions
        if all(BY_HAND[k](row, v) for k, v in dated[0].items())
        and not (dated[1] and all(BY_HAND[k](row, v) for k, v in dated[1].items()))
    ]
    if any(k.startswith("close_") and k.endswith("date") for k in dated[0]):
        expected.sort(key=lambda row: row.close_timestamp, reverse=True)
    if backwards:
        rows, expected = rows.reverse(), expected[::-1]
    if part.step in (None, 1) and (part.start or 0) >= 0 and (part.stop or 0) >= 0:
        rows, expected = rows[part], expected[part]

    size = data.draw(st.integers(1, 15))
    assert list(rows.iterator(page_size=size)) == expected
    assert rows.count() == len(expected)
    assert list(rows) == expected


def test_workflow_types_are_filtered_by_name(domain, order, register):
    register(domain, "order", "2")
    register(domain, "refund", "1")

    assert [row.version for row in domain.workflow_types.filter(name="order")] == ["1", "2"]
    assert (
        domain.workflow_types.get("order", "1")
        == WorkflowType(
            domain, "order", "1", task_list="deciders", execution_timeout=7 * 24 * 3600
        ).upstream()
    )
