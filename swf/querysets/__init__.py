"""Lazy collections of domains, types, executions and histories.

Reading order: `lookups` (conditions on a row), `filters` (the plan: the calls and the work left on
the rows), `result_cache` (fetching and caching), `base` (the methods of a queryset), then one
module for each kind of row.
"""

from swf.querysets.activity import ActivityTypeQuerySet
from swf.querysets.aggregates import Aggregate, Average, Maximum, Minimum, Sum
from swf.querysets.base import Count, QuerySet
from swf.querysets.domain import DomainQuery, DomainQuerySet
from swf.querysets.filters import QueryPlan
from swf.querysets.history import HistoryQuerySet
from swf.querysets.workflow import WorkflowExecutionQuerySet, WorkflowTypeQuerySet

__all__ = [
    "ActivityTypeQuerySet",
    "Aggregate",
    "Average",
    "Count",
    "DomainQuery",
    "DomainQuerySet",
    "HistoryQuerySet",
    "Maximum",
    "Minimum",
    "QueryPlan",
    "QuerySet",
    "Sum",
    "WorkflowExecutionQuerySet",
    "WorkflowTypeQuerySet",
]
