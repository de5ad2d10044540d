"""The execution that a history is about: how it was started, whether and how it closed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from attrs import frozen

from swf.constants import STATUS_CLOSED, STATUS_OPEN
from swf.models.event.base import WireStruct, moment
from swf.models.event.factory import EventFactory
from swf.models.event.table import CLOSE_EVENTS
from swf.models.history.entity import attribute, between
from swf.models.history.fold import Fold, Wire


@frozen(repr=False)
class Execution:
    """The execution as its history tells; what the history does not hold is `None`.

    Source: API Reference, WorkflowExecutionStartedEventAttributes.
    """

    _started: Wire | None
    _closed: Wire | None
    _cancel_requests: tuple[Wire, ...]
    execution_context: str | None

    @classmethod
    def of(cls, fold: Fold) -> Execution:
        """Return the execution as folded so far."""
        return cls(fold.started, fold.closed, tuple(fold.cancel_requests), fold.context)

    @property
    def status(self) -> str:
        """`OPEN` or `CLOSED`."""
        return STATUS_CLOSED if self._closed else STATUS_OPEN

    @property
    def is_open(self) -> bool:
        """Whether no event has closed it."""
        return self._closed is None

    @property
    def close_status(self) -> str | None:
        """`COMPLETED`, `FAILED`, `CANCELED`, `TERMINATED`, `CONTINUED_AS_NEW`, `TIMED_OUT`."""
        return CLOSE_EVENTS[self._closed["eventType"]] if self._closed else None

    @property
    def state(self) -> str:
        """The state of the event that started or closed it: `started`, `completed`, ..."""
        return EventFactory(self._closed).state if self._closed else "started"

    @property
    def cancel_requested(self) -> bool:
        """Whether somebody asked it to cancel."""
        return bool(self._cancel_requests)

    @property
    def cancel_requested_at(self) -> datetime | None:
        """When it was first asked to cancel."""
        asked = self._cancel_requests
        return moment(asked[0]["eventTimestamp"]) if asked else None

    @property
    def started_at(self) -> datetime | None:
        """When it was started."""
        return moment(self._started["eventTimestamp"]) if self._started else None

    @property
    def closed_at(self) -> datetime | None:
        """When it closed."""
        return moment(self._closed["eventTimestamp"]) if self._closed else None

    @property
    def duration(self) -> timedelta | None:
        """How long it was open; None while it is."""
        return between(self._started, self._closed)

    @property
    def workflow_type(self) -> WireStruct | None:
        """Its type: `.name` and `.version`."""
        workflow_type: WireStruct | None = self._first("workflowType")
        return workflow_type

    @property
    def input(self) -> Any:
        """The input it was started with."""
        return self._first("input")

    @property
    def tag_list(self) -> list[str]:
        """Its tags."""
        return list(self._first("tagList") or ())

    @property
    def task_list(self) -> str | None:
        """The task list of its decision tasks, as it was started."""
        named: dict[str, str] = self._first("taskList") or {}
        return named.get("name")

    @property
    def task_priority(self) -> int | None:
        """The priority of its decision tasks."""
        priority: int | None = self._first("taskPriority")
        return priority

    @property
    def child_policy(self) -> str | None:
        """What happens to its children when it is terminated or times out."""
        policy: str | None = self._first("childPolicy")
        return policy

    @property
    def execution_timeout(self) -> int | str | None:
        """Seconds that it may be open."""
        seconds: int | str | None = self._first("executionStartToCloseTimeout")
        return seconds

    @property
    def decision_tasks_timeout(self) -> int | str | None:
        """Seconds that a decision task may take, or `NONE`."""
        seconds: int | str | None = self._first("taskStartToCloseTimeout")
        return seconds

    @property
    def lambda_role(self) -> str | None:
        """The role that Lambda functions are called with."""
        role: str | None = self._first("lambdaRole")
        return role

    @property
    def parent(self) -> WireStruct | None:
        """Its parent, for a child: `.workflow_id` and `.run_id`."""
        parent: WireStruct | None = self._first("parentWorkflowExecution")
        return parent

    @property
    def parent_initiated_event_id(self) -> int | None:
        """The event in the parent's history that initiated it."""
        return self._first("parentInitiatedEventId") or None

    @property
    def continued_execution_run_id(self) -> str | None:
        """The run that continued as this one."""
        run_id: str | None = self._first("continuedExecutionRunId")
        return run_id

    @property
    def new_execution_run_id(self) -> str | None:
        """The run as which this one continued."""
        run_id: str | None = self._last("newExecutionRunId")
        return run_id

    @property
    def result(self) -> Any:
        """The result with which it completed."""
        return self._last("result")

    @property
    def reason(self) -> str | None:
        """The reason for which it failed or was terminated."""
        reason: str | None = self._last("reason")
        return reason

    @property
    def details(self) -> Any:
        """The details with which it failed, was canceled or was terminated."""
        return self._last("details")

    @property
    def cause(self) -> str | None:
        """Why the service terminated it: `CHILD_POLICY_APPLIED`, `OPERATOR_INITIATED`, ..."""
        cause: str | None = self._last("cause")
        return cause

    @property
    def timeout_type(self) -> str | None:
        """`START_TO_CLOSE` if it timed out."""
        timeout_type: str | None = self._last("timeoutType")
        return timeout_type

    def text(self, name: str) -> str | None:
        """Return a payload undecoded, as the wire has it: `text("input")`, `text("result")`."""
        raw = self._started if name == "input" else self._closed
        return EventFactory(raw).text(name) if raw else None

    def _first(self, wire: str) -> Any:
        return attribute(self._started, wire)

    def _last(self, wire: str) -> Any:
        return attribute(self._closed, wire)

    def __repr__(self) -> str:
        kind = self.workflow_type
        name = f"{kind.name} {kind.version} " if kind else ""
        return f"<Execution {name}{self.close_status or self.status}>"
