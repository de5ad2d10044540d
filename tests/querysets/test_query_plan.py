from __future__ import annotations

from datetime import datetime, timezone

from swf.models import Domain
from swf.querysets import WorkflowExecutionQuerySet
from swf.querysets.filters import plan_executions

NOW = datetime(2020, 5, 1, 12, tzinfo=timezone.utc)
NOON = datetime(2020, 4, 1, 12, tzinfo=timezone.utc)
EXECUTIONS = WorkflowExecutionQuerySet(Domain("shop"))


def plan(queryset):
    return plan_executions(queryset._query, queryset.schema, {"domain": "shop"}, NOW)


def test_plan_text_shows_both_sides():
    text = str(
        plan(EXECUTIONS.filter(tag="t", workflow_type_name="n", start_oldest_date=NOON)[:10])
    )

    assert text.splitlines() == [
        "call     ListOpenWorkflowExecutions(domain='shop',"
        " startTimeFilter={oldestDate: 2020-04-01 12:00:00Z}, tagFilter={tag: 't'})",
        "call     ListClosedWorkflowExecutions(domain='shop',"
        " startTimeFilter={oldestDate: 2020-04-01 12:00:00Z}, tagFilter={tag: 't'})",
        "window   startTimeFilter: 2020-04-01 12:00:00Z to now",
        "server   start_oldest_date=2020-04-01 12:00:00Z, tag='t'",
        "client   workflow_type_name='n'",
        "order    -start_timestamp: by the service, merged page by page",
        "slice    [0:10]",
        "cost     one call per page of at most 1000 rows",
        "count()  by listing",
    ]


def test_plan_without_dates_covers_everything():
    assert "window   everything the service retains" in str(plan(EXECUTIONS.filter()))
    assert "count()  CountOpenWorkflowExecutions" in str(plan(EXECUTIONS.filter()))
