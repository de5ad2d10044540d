"""Lazy collections of what Amazon SWF holds.

Read `lookups` (what can be asked of a row), `filters` (what the service is asked), `base` (how rows
are fetched and kept), then one file for each kind of row.
"""

from swf.querysets.activity import ActivityTypeQuerySet as ActivityTypeQuerySet
from swf.querysets.base import Count as Count
from swf.querysets.base import QuerySet as QuerySet
from swf.querysets.domain import DomainQuery as DomainQuery
from swf.querysets.domain import DomainQuerySet as DomainQuerySet
from swf.querysets.filters import Plan as Plan
from swf.querysets.history import HistoryQuerySet as HistoryQuerySet
from swf.querysets.workflow import WorkflowExecutionQuerySet as WorkflowExecutionQuerySet
from swf.querysets.workflow import WorkflowTypeQuerySet as WorkflowTypeQuerySet
