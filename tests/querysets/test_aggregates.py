"""Lists in filters, computed fields, tuples, distinct rows and groups."""

from __future__ import annotations

from datetime import timedelta

import pytest

import swf
from swf.exceptions import InvalidKeywordArgumentError, ValidationError
from swf.local import LocalSWF, ManualClock
from swf.models import Domain, WorkflowType
from swf.querysets import Average, Maximum, Minimum, Sum

TYPES = ("ship", "bill")
ROWS = [  # type, id, tags, minutes until the close, close status
    ("ship", "s-1", ["eu"], 10, "terminate"),
    ("ship", "s-2", ["eu", "canary"], 20, "terminate"),
    ("bill", "b-1", ["us", "canary"], 30, "time out"),
    ("bill", "b-2", [], None, None),
]


@pytest.fixture(scope="module")
def domain():
    """A domain with one execution for each row."""
    clock = ManualClock()
    with LocalSWF(clock=clock) as service:
        link = service.connection()
        with swf.using(link):
            domain = Domain("orders", connection=link)
            domain.save()
            types = {
                name: WorkflowType(
                    domain,
                    name,
                    "1",
                    task_list="t",
                    child_policy="TERMINATE",
                    execution_timeout=86400,
                )
                for name in TYPES
            }
            for kind in types.values():
                kind.save()
            for name, workflow_id, tags, minutes, end in ROWS:
                options = {"execution_timeout": minutes * 60} if end == "time out" else {}
                execution = types[name].start_execution(workflow_id, tag_list=tags, **options)
                if minutes is not None:
                    clock.advance(60 * minutes)
                if end == "terminate":
                    execution.terminate()
            yield domain


def ids(rows):
    return sorted(row.workflow_id for row in rows)


@pytest.mark.parametrize(
    ("lookups", "expected"),
    [
        ({"workflow_id": ["s-1", "b-2"]}, ["b-2", "s-1"]),
        ({"workflow_type_name": ["ship", "bill"]}, ["b-1", "b-2", "s-1", "s-2"]),
        ({"close_status": ["TERMINATED", "TIMED_OUT"]}, ["b-1", "s-1", "s-2"]),
        ({"close_status": ("TIMED_OUT",)}, ["b-1"]),
        ({"tag": ["eu", "canary"]}, ["s-2"]),
        ({"tag": ["canary"], "workflow_type_name": ["bill"]}, ["b-1"]),
        ({"workflow_id": []}, []),
        ({"duration__gte": timedelta(minutes=20)}, ["b-1", "s-2"]),
        ({"duration__lt": 1200}, ["s-1"]),
        ({"type": ["ship", "bill"]}, ["b-1", "b-2", "s-1", "s-2"]),
        ({"id": ["s-1", "b-2"]}, ["b-2", "s-1"]),
        ({"state": "terminated"}, ["s-1", "s-2"]),
        ({"state": ["TERMINATED", "timed_out"]}, ["b-1", "s-1", "s-2"]),
        ({"state": ["open"]}, ["b-2"]),
        ({"state": "closed"}, ["b-1", "s-1", "s-2"]),
    ],
)
def test_lists_mean_or_and_tags_mean_and(domain, lookups, expected):
    assert ids(domain.executions.filter(**lookups)) == expected


def test_list_with_one_value_is_evaluated_by_the_service(domain):
    plan = domain.executions.filter(workflow_id=["s-1"], status="OPEN").explain()

    assert "executionFilter" in str(plan)
    assert not plan.client_side


@pytest.mark.parametrize("name", ["close_status", "state"])
def test_list_with_an_invalid_value_is_refused(domain, name):
    with pytest.raises(ValidationError, match=name):
        domain.executions.filter(**{name: ["TERMINATED", "BROKEN"]})


def test_state_is_evaluated_by_the_service(domain):
    plan = domain.executions.filter(state="timed_out").explain()

    assert "server   close_status='TIMED_OUT'" in str(plan)
    assert not plan.client_side


def test_duration_costs_no_describe_call(domain):
    rows = domain.executions.filter(workflow_id__startswith="s").order_by("workflow_id")

    with swf.budget(2):
        assert list(rows.values("workflow_id", "duration")) == [
            {"workflow_id": "s-1", "duration": timedelta(minutes=10)},
            {"workflow_id": "s-2", "duration": timedelta(minutes=20)},
        ]


def test_open_execution_has_no_duration(domain):
    assert list(domain.executions.filter(workflow_id="b-2").values_list("duration", flat=True)) == [
        None
    ]


def test_order_by_duration(domain):
    rows = domain.executions.order_by("-duration").values_list("workflow_id", flat=True)

    assert list(rows) == ["b-1", "s-2", "s-1", "b-2"]


def test_values_list_returns_tuples(domain):
    rows = domain.executions.order_by("workflow_id").values_list("workflow_id", "status")

    assert list(rows[:2]) == [("b-1", "CLOSED"), ("b-2", "OPEN")]


def test_flat_values_list_takes_one_name(domain):
    with pytest.raises(ValidationError, match="flat=True"):
        domain.executions.values_list("workflow_id", "status", flat=True)


def test_distinct_removes_equal_rows(domain):
    names = domain.executions.order_by("workflow_type__name").values_list(
        "workflow_type__name", flat=True
    )

    assert list(names.distinct()) == ["bill", "ship"]
    assert list(names.distinct()[1:]) == ["ship"]
    assert names.distinct().count() == 2


def test_aggregate_computes_over_all_rows(domain):
    rows = domain.executions.filter(status="CLOSED")

    assert rows.aggregate(
        longest=Maximum("duration"), shortest=Minimum("duration"), mean=Average("duration")
    ) == {
        "longest": timedelta(minutes=30),
        "shortest": timedelta(minutes=10),
        "mean": timedelta(minutes=20),
    }


def test_aggregate_of_no_values_is_none(domain):
    rows = domain.executions.filter(workflow_id="b-2")

    assert rows.aggregate(longest=Maximum("duration"), total=Sum("duration")) == {
        "longest": None,
        "total": None,
    }


def test_group_by_counts_and_aggregates(domain):
    groups = domain.executions.group_by("workflow_type__name", total=Sum("duration"))

    assert sorted(groups, key=lambda row: row["workflow_type__name"]) == [
        {"workflow_type__name": "bill", "count": 2, "total": timedelta(minutes=30)},
        {"workflow_type__name": "ship", "count": 2, "total": timedelta(minutes=30)},
    ]


def test_groups_are_ordered_by_count(domain):
    groups = domain.executions.group_by("close_status")

    assert groups[0] == {"close_status": "TERMINATED", "count": 2}


def test_unknown_name_of_an_aggregate_is_refused(domain):
    with pytest.raises(InvalidKeywordArgumentError, match="duration"):
        domain.executions.aggregate(longest=Maximum("length"))


def test_explain_agrees_with_counted_calls_for_every_field(domain):
    queryset = domain.executions.filter(workflow_type_name="ship", status="CLOSED")

    for name in (*queryset.schema.attributes, *queryset.schema.computed):
        rows = queryset.values(name)
        with swf.budget(100) as budget:
            count = len(list(rows))

        assert budget.spent == 1 + (count if rows.explain().describe else 0), name
        assert rows.explain().describe == (
            name not in queryset.schema.listed and name not in queryset.schema.computed
        )
