"""Lazy collections of domains, types, executions and histories.

Reading order: `lookups` (conditions on a row), `query_plan` (the calls and the remaining work on
the rows), `filters` (planning: which conditions the service evaluates), `result_cache` (fetching
and caching), `base` (the methods of a queryset), then one module for each kind of row.
"""

from swf.querysets.activity import ActivityTypeQuerySet
from swf.querysets.aggregates import Aggregate, Average, Maximum, Minimum, Sum
from swf.querysets.base import Count, QuerySet
from swf.querysets.domain import DomainQuery, DomainQuerySet
from swf.querysets.history import HistoryQuerySet
from swf.querysets.query_plan import QueryPlan
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
