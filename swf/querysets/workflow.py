"""`WorkflowTypeQuerySet` and `WorkflowExecutionQuerySet`: types of workflow, and their runs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any, ClassVar

from swf.constants import STATUS_OPEN
from swf.exceptions import ValidationError
from swf.models.domain import Domain
from swf.models.workflow import WORKFLOW_TYPE, OpenCounts, WorkflowExecution, WorkflowType
from swf.querysets.domain import MemberQuerySet
from swf.querysets.filters import QueryPlan, QuerySpec, plan_executions
from swf.querysets.lookups import Schema, kinds
from swf.querysets.registered import UNSET
from swf.querysets.rows import finish
from swf.querysets.types import ALIASES, LISTED, TypeQuerySet

if TYPE_CHECKING:
    from typing_extensions import Self


class WorkflowTypeQuerySet(TypeQuerySet[WorkflowType]):
    """The workflow types of a domain.  Source: API Reference, ListWorkflowTypes."""

    schema: ClassVar[Schema] = Schema(model=WorkflowType, listed=LISTED, aliases=ALIASES)


#: What the documented arguments ask for.
EXECUTION_ALIASES = {
    "status": "status",
    "tag": "tag_list__contains",
    "workflow_id": "workflow_id",
    "workflow_type_name": "workflow_type__name",
    "workflow_type_version": "workflow_type__version",
    "close_status": "close_status",
    "oldest_date": "start_timestamp__gte",
    "latest_date": "start_timestamp__lte",
    "start_oldest_date": "start_timestamp__gte",
    "start_latest_date": "start_timestamp__lte",
    "close_oldest_date": "close_timestamp__gte",
    "close_latest_date": "close_timestamp__lte",
}

Moment = int | float | timedelta | datetime


class WorkflowExecutionQuerySet(MemberQuerySet[WorkflowExecution]):
    """The executions of a domain, open and closed, the one that started last first.

    Where close dates are given, the one that closed last comes first.
    Source: API Reference, ListOpenWorkflowExecutions, ListClosedWorkflowExecutions.
    """

    schema: ClassVar[Schema] = Schema(
        model=WorkflowExecution,
        listed=frozenset(
            {
                "workflow_id",
                "run_id",
                "workflow_type",
                "start_timestamp",
                "close_timestamp",
                "status",
                "close_status",
                "parent",
                "tag_list",
                "cancel_requested",
            }
        ),
        aliases=EXECUTION_ALIASES,
        nested={
            "workflow_type": (WorkflowType, ("name", "version")),
            "parent": (WorkflowExecution, ("workflow_id", "run_id")),
            "open_counts": (OpenCounts, tuple(kinds(OpenCounts))),
        },
    )
    key: ClassVar[tuple[str, ...]] = ("workflow_id", "run_id")

    def all(
        self,
        status: str | None = UNSET,
        start_oldest_date: Moment | None = None,
    ) -> Self:
        """Return all executions of this status; the open ones, when nothing was said on it.

        :param status: `STATUS_OPEN` or `STATUS_CLOSED`; None for both.
        :param start_oldest_date: days ago, a `timedelta` or a datetime; when None, as far back as
            the service remembers.
        """
        if status is UNSET:
            about = {"status", "close_status", "close_timestamp"}
            free = all(about.isdisjoint(test.roots) for test in self._query.tests)
            status = STATUS_OPEN if free else None
        return self.filter(status=status, start_oldest_date=start_oldest_date)

    def filter(
        self,
        domain: Domain | None = None,
        status: str | None = None,
        tag: str | None = None,
        workflow_id: str | None = None,
        workflow_type_name: str | None = None,
        workflow_type_version: str | None = None,
        close_status: str | None = None,
        start_oldest_date: Moment | None = None,
        start_latest_date: Moment | None = None,
        close_oldest_date: Moment | None = None,
        close_latest_date: Moment | None = None,
        oldest_date: Moment | None = None,
        latest_date: Moment | None = None,
        **lookups: Any,
    ) -> Self:
        """Return the executions that match; what is None says nothing.

        Dates are a number of days ago, a `timedelta` ago, or a datetime (local time if it has no
        zone). Both ends of a window belong to it.

        :param domain: another domain than this one.
        :param status: `STATUS_OPEN` or `STATUS_CLOSED`; both, unless another argument can only be
            true of a closed one.
        :param tag: one of its tags.
        :param close_status: how it closed, one of `CLOSE_STATUSES`.
        :param oldest_date: the same as `start_oldest_date`.
        :param latest_date: the same as `start_latest_date`.
        :param lookups: see `QuerySet.filter`.
        :raises ValidationError: for arguments that contradict each other, such as an open status
            and a close date.
        """
        return super(WorkflowExecutionQuerySet, self._in(domain)).filter(
            status=status,
            tag=tag,
            workflow_id=workflow_id,
            workflow_type_name=workflow_type_name,
            workflow_type_version=workflow_type_version,
            close_status=close_status,
            start_oldest_date=start_oldest_date,
            start_latest_date=start_latest_date,
            close_oldest_date=close_oldest_date,
            close_latest_date=close_latest_date,
            oldest_date=oldest_date,
            latest_date=latest_date,
            **lookups,
        )

    def get(
        self, workflow_id: str | None = None, run_id: str | None = None, **lookups: Any
    ) -> WorkflowExecution:
        """Return one execution in full.

        By workflow id and run id it is one call. By workflow id alone it is the open execution, and
        when there is none, the closed one that started last: two or three calls. Otherwise it is
        the one execution that matches the lookups.

        :raises WorkflowExecutionDoesNotExist: when there is none.
        :raises MultipleObjectsReturned: when the lookups match several.
        """
        return self._find({"workflow_id": workflow_id, "run_id": run_id}, lookups)

    def create(
        self,
        workflow_type: WorkflowType,
        workflow_id: str | None = None,
        *fields: Any,
        **named: Any,
    ) -> WorkflowExecution:
        """Start an execution; the other arguments are those of `WorkflowType.start_execution`.

        :raises ValidationError: when the type is of another domain than this queryset.
        :raises WorkflowExecutionAlreadyStartedError: while one of this id is open.
        """
        WORKFLOW_TYPE.validate("workflow_type", workflow_type)
        if self._domain is not None and self._domain.name != workflow_type.domain.name:
            rule = f"must be of the domain {self._domain.name!r}"
            raise ValidationError("workflow_type", workflow_type, rule)
        if self._connection is not None:
            workflow_type = workflow_type.evolve(connection=self._connection)
        return workflow_type.start_execution(workflow_id, *fields, **named)

    def get_or_create(
        self, workflow_type: WorkflowType, workflow_id: str, *fields: Any, **named: Any
    ) -> WorkflowExecution:
        """Start an execution, or return the one of this id that is open already."""
        try:
            return self.create(workflow_type, workflow_id, *fields, **named)
        except WorkflowExecution.AlreadyExists:
            return self._with(tests=()).get(workflow_id)

    def _find(self, identity: Mapping[str, Any], lookups: Mapping[str, Any]) -> WorkflowExecution:
        if identity.get("run_id") or not identity.get("workflow_id"):
            return super()._find(identity, lookups)
        asked = self._unsliced("get").filter(workflow_id=identity["workflow_id"], **lookups)
        plan = asked._plan(QuerySpec(tests=asked._query.tests, stop=1))
        # One list after the other, not merged: the open execution comes before any closed one.
        listed = chain.from_iterable(map(asked._stream, plan.calls))
        found = next(finish(listed, plan, partial(asked._describe, plan)), None)
        return asked._checked(found and found.upstream())

    def _planned(self, query: QuerySpec, scope: Mapping[str, Any], now: datetime) -> QueryPlan:
        return plan_executions(query, self.schema, scope, now)
