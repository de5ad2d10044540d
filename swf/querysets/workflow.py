"""The querysets of workflow types and of workflow executions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any, ClassVar

from swf.constants import CLOSE_STATUSES, STATUS_CLOSED, STATUS_OPEN
from swf.exceptions import InvalidTypeError, ValidationError
from swf.models.domain import Domain
from swf.models.workflow import WORKFLOW_TYPE, OpenCounts, WorkflowExecution, WorkflowType
from swf.payload import PLAIN_JSON, Codec
from swf.querysets.conditions import Computed
from swf.querysets.domain import MemberQuerySet
from swf.querysets.filters import CLOSING, delegate, plan_executions
from swf.querysets.query_plan import QueryPlan, QuerySpec
from swf.querysets.recorded_row import EVENTS, RecordedRow
from swf.querysets.registered import UNSET
from swf.querysets.rows import finish
from swf.querysets.schema import Schema, kinds
from swf.querysets.types import ALIASES, LISTED, TypeQuerySet

if TYPE_CHECKING:
    from typing_extensions import Self


class WorkflowTypeQuerySet(TypeQuerySet[WorkflowType]):
    """The workflow types of a domain.

    Source: API Reference, ListWorkflowTypes.
    """

    schema: ClassVar[Schema] = Schema(model=WorkflowType, listed=LISTED, aliases=ALIASES)


#: The documented arguments of `filter` and the lookups that they stand for.
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


def _duration(execution: Any) -> timedelta | None:
    """Return the time from start to close; None for an open execution."""
    close = getattr(execution, "close_timestamp", None)
    return None if close is None else close - execution.start_timestamp


def _state(execution: Any) -> str | None:
    """Return the close status, or the status of an open execution."""
    return getattr(execution, "close_status", None) or getattr(execution, "status", None)


def _rounded_age(age: timedelta) -> timedelta:
    """Round ten or more days, hours or minutes down to whole ones: the table has little room."""
    for unit in (timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)):
        if age >= 10 * unit:
            return age - age % unit
    return age


def _valid_duration(lookup: str, value: Any) -> timedelta:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return timedelta(seconds=value)
    if not isinstance(value, timedelta):
        raise InvalidTypeError(lookup, value, "must be a timedelta or a number of seconds")
    return value


def _valid_state(lookup: str, value: Any) -> str:
    state = value.upper() if isinstance(value, str) else value
    choices = (STATUS_OPEN, STATUS_CLOSED, *CLOSE_STATUSES)
    if state not in choices:
        raise ValidationError(lookup, value, f"must be one of {', '.join(choices)}")
    return str(state)


def _state_attribute(state: str) -> str:
    return "close_status" if state in CLOSE_STATUSES else "status"


class WorkflowExecutionQuerySet(MemberQuerySet[WorkflowExecution]):
    """The open and closed executions of a domain, ordered by start time, newest first.

    With a condition on the close date they are ordered by close time, newest first.

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
        computed={
            "duration": Computed(frozenset({"close_timestamp"}), _duration, _valid_duration),
            "state": Computed(
                frozenset({"status", "close_status"}), _state, _valid_state, _state_attribute
            ),
        },
        events=EVENTS,
        short_names={
            "id": "workflow_id",
            "type": "workflow_type__name",
            "version": "workflow_type__version",
            "tag": "tag_list",
            "started": "start_timestamp",
            "closed": "close_timestamp",
        },
    )
    key: ClassVar[tuple[str, ...]] = ("workflow_id", "run_id")
    whole_columns: ClassVar[tuple[str, ...]] = ("workflow_id", "workflow_type", "state", "age")
    _codec: Codec = PLAIN_JSON

    def _displayed_row(self, row: Any) -> dict[str, Any]:
        """Return id, type, state and age, then the other attributes of a row; the run id last."""
        age = _rounded_age(max(datetime.now(timezone.utc) - row.start_timestamp, timedelta(0)))
        others = super()._displayed_row(row)
        first = {"workflow_id": row.workflow_id, "workflow_type": row.workflow_type}
        columns = {**first, "state": _state(row), "age": age, **others, "run_id": row.run_id}
        columns["run_id"] = columns.pop("run_id")
        return {
            name: value for name, value in columns.items() if name not in ("status", "close_status")
        }

    def all(
        self,
        status: str | None = UNSET,
        start_oldest_date: Moment | None = None,
    ) -> Self:
        """Return a queryset of all executions with a status.

        :param status: `STATUS_OPEN`, `STATUS_CLOSED`, or None for both. The default selects open
            executions, unless the queryset already has a condition on the status or the close.
        :param start_oldest_date: earliest start: number of days ago, a `timedelta` or a datetime;
            None for no limit.
        """
        if status is UNSET:
            is_free = all(CLOSING.isdisjoint(test.roots) for test in self._query.tests)
            status = STATUS_OPEN if is_free else None
        return self.filter(status=status, start_oldest_date=start_oldest_date)

    def filter(self, domain: Domain | None = None, **lookups: Any) -> Self:
        """Return a queryset of the executions that match all lookups; None means no condition.

        Dates are a number of days ago, a `timedelta` before now, or a datetime (naive ones are
        local time). Both ends of a window are included. The keys of `EXECUTION_ALIASES` are the
        documented arguments:

        :param domain: lists another domain; None keeps the domain.
        :param status: `STATUS_OPEN` or `STATUS_CLOSED`. The default is both, or closed if another
            argument requires a closed execution.
        :param tag: a tag of the execution.
        :param workflow_id: the workflow id.
        :param workflow_type_name: the name of the workflow type.
        :param workflow_type_version: the version of the workflow type.
        :param close_status: one of `CLOSE_STATUSES`.
        :param start_oldest_date: earliest start; `oldest_date` is an alias.
        :param start_latest_date: latest start; `latest_date` is an alias.
        :param close_oldest_date: earliest close.
        :param close_latest_date: latest close.
        :param lookups: attribute lookups, as for `QuerySet.filter`.
        :raises InvalidKeywordArgumentError: if a name does not exist.
        :raises ValidationError: if a value is invalid, or if arguments contradict each other, e.g.
            an open status and a close date.
        """
        return super(WorkflowExecutionQuerySet, self._in(domain)).filter(**lookups)

    def get(
        self, workflow_id: str | None = None, run_id: str | None = None, **lookups: Any
    ) -> WorkflowExecution:
        """Return one described execution.

        Workflow id and run id take one call. A workflow id alone returns the open execution or, if
        there is none, the closed one that started last, with two or three calls. Without a workflow
        id the one execution that matches the lookups is returned.

        :param workflow_id: workflow id of the execution.
        :param run_id: run id of the execution.
        :param lookups: attribute lookups that the execution must match.
        :raises WorkflowExecutionDoesNotExist: if no execution matches.
        :raises MultipleObjectsReturned: if several executions match the lookups.

        Source: API Reference, DescribeWorkflowExecution.
        """
        return self._find({"workflow_id": workflow_id, "run_id": run_id}, lookups)

    def create(
        self,
        workflow_type: WorkflowType,
        workflow_id: str | None = None,
        *fields: Any,
        **options: Any,
    ) -> WorkflowExecution:
        """Start an execution and return it.

        :param workflow_type: type to start; must belong to the domain of this queryset.
        :param workflow_id: id of the execution; None generates one.
        :param fields: further positional arguments of `WorkflowType.start_execution`.
        :param options: keyword arguments of `WorkflowType.start_execution`.
        :raises ValidationError: if the type belongs to another domain.
        :raises WorkflowExecutionAlreadyStartedError: if an execution with this id is open.

        Source: API Reference, StartWorkflowExecution.
        """
        WORKFLOW_TYPE.validate("workflow_type", workflow_type)
        if self._domain is not None and self._domain.name != workflow_type.domain.name:
            rule = f"must belong to the domain {self._domain.name!r}"
            raise ValidationError("workflow_type", workflow_type, rule)
        if self._connection is not None:
            workflow_type = workflow_type.evolve(connection=self._connection)
        return workflow_type.start_execution(workflow_id, *fields, **options)

    def get_or_create(
        self, workflow_type: WorkflowType, workflow_id: str, *fields: Any, **options: Any
    ) -> WorkflowExecution:
        """Start an execution, or return the open one with this id.

        :param workflow_type: type to start.
        :param workflow_id: id of the execution.
        :param fields: further positional arguments of `WorkflowType.start_execution`.
        :param options: keyword arguments of `WorkflowType.start_execution`.
        """
        try:
            return self.create(workflow_type, workflow_id, *fields, **options)
        except WorkflowExecution.AlreadyExists:
            return self._with(tests=()).get(workflow_id)

    def _find(self, identity: Mapping[str, Any], lookups: Mapping[str, Any]) -> WorkflowExecution:
        if identity.get("run_id") or not identity.get("workflow_id"):
            return super()._find(identity, lookups)
        candidates = self._unsliced("get").filter(workflow_id=identity["workflow_id"], **lookups)
        plan = candidates._plan(QuerySpec(tests=candidates._query.tests, stop=1))
        # The lists are chained, not merged: an open execution comes before any closed one.
        listed = chain.from_iterable(map(candidates._stream, plan.calls))
        described = partial(candidates._describe, plan)
        row = next(finish(listed, plan, described, candidates._with_events), None)
        return candidates._checked(row and row.upstream())

    def with_codec(self, codec: Codec) -> Self:
        """Return a queryset whose expressions, orders and values read payloads with a codec.

        :param codec: decodes `input`, `result` and `details`; plain JSON by default.
        """
        clone = self._with()
        clone._codec = codec
        return clone

    def _with_events(self, row: WorkflowExecution) -> Any:
        return RecordedRow(row, self._codec)

    def _planned(self, query: QuerySpec, scope: Mapping[str, Any], now: datetime) -> QueryPlan:
        plan = plan_executions(query, self.schema, scope, now)
        return delegate(plan, self._codec) if self.connection.is_archive else plan
