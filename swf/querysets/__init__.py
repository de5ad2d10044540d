"""Lazy collections of what Amazon SWF holds.

Read `lookups` (what can be asked of a row), `filters` (what the service is asked), `result_cache` (how
rows come and are kept), `base` (what can be asked of a queryset), then a file for each kind of row.
"""

from swf.querysets.activity import ActivityTypeQuerySet
from swf.querysets.base import Count, QuerySet
from swf.querysets.domain import DomainQuery, DomainQuerySet
from swf.querysets.filters import QueryPlan
from swf.querysets.history import HistoryQuerySet
from swf.querysets.workflow import WorkflowExecutionQuerySet, WorkflowTypeQuerySet

__all__ = [
    "ActivityTypeQuerySet",
    "Count",
    "DomainQuery",
    "DomainQuerySet",
    "HistoryQuerySet",
    "QueryPlan",
    "QuerySet",
    "WorkflowExecutionQuerySet",
    "WorkflowTypeQuerySet",
]
