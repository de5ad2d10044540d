"""The execution of a history: its settings, and whether and how it closed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from attrs import frozen

from swf.constants import STATUS_CLOSED, STATUS_OPEN
from swf.models.event.base import WireStruct, moment
from swf.models.event.factory import EventFactory
from swf.models.event.table import CLOSE_EVENTS
from swf.models.history.entity import time_between
from swf.models.history.entity_record import Wire
from swf.models.history.event_field import CLOSED, STARTED, EventField, decode_attribute
from swf.models.history.fold import HistoryState
from swf.text import escape_controls


@frozen(repr=False)
class HistoryExecution:
    """The execution as its history records it; values that the history lacks are `None`.

    Source: API Reference, WorkflowExecutionStartedEventAttributes.
    """

    _started: Wire | None
    _closed: Wire | None
    _cancel_requests: tuple[Wire, ...]
    execution_context: str | None

    workflow_type = EventField[WireStruct | None](
        "workflowType", STARTED, "The workflow type: `.name` and `.version`."
    )
    input = EventField[Any]("input", STARTED, "The input it was started with.")
    task_list = EventField[str | None](
        "taskList.name", STARTED, "The task list of its decision tasks at its start."
    )
    task_priority = EventField[int | None](
        "taskPriority", STARTED, "The priority of its decision tasks."
    )
    child_policy = EventField[str | None](
        "childPolicy", STARTED, "The policy for its children when it is terminated or times out."
    )
    execution_timeout = EventField[int | str | None](
        "executionStartToCloseTimeout", STARTED, "Seconds from its start to its close."
    )
    decision_tasks_timeout = EventField[int | str | None](
        "taskStartToCloseTimeout",
        STARTED,
        "Seconds from the start to the end of a decision task, or `NONE`.",
    )
    lambda_role = EventField[str | None](
        "lambdaRole", STARTED, "The IAM role for its Lambda functions."
    )
    parent = EventField[WireStruct | None](
        "parentWorkflowExecution", STARTED, "The parent of a child: `.workflow_id` and `.run_id`."
    )
    continued_execution_run_id = EventField[str | None](
        "continuedExecutionRunId", STARTED, "The run id of the execution that this one continues."
    )
    new_execution_run_id = EventField[str | None](
        "newExecutionRunId", CLOSED, "The run id of the execution that continues this one."
    )
    result = EventField[Any]("result", CLOSED, "The result of a completed execution.")
    reason = EventField[str | None](
        "reason", CLOSED, "The reason for which it failed or was terminated."
    )
    details = EventField[Any](
        "details", CLOSED, "The details of its failure, cancellation or termination."
    )
    cause = EventField[str | None](
        "cause",
        CLOSED,
        "The cause of a termination: `CHILD_POLICY_APPLIED`, `OPERATOR_INITIATED`, ...",
    )
    timeout_type = EventField[str | None](
        "timeoutType", CLOSED, "`START_TO_CLOSE` if it timed out."
    )

    @classmethod
    def from_state(cls, state: HistoryState) -> HistoryExecution:
        """Return the execution after the events so far.

        :param state: the fold of the history.
        """
        return cls(state.started, state.closed, tuple(state.cancel_requests), state.context)

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
        """Whether its cancellation was requested."""
        return bool(self._cancel_requests)

    @property
    def cancel_requested_at(self) -> datetime | None:
        """The time of the first cancel request."""
        requests = self._cancel_requests
        return moment(requests[0]["eventTimestamp"]) if requests else None

    @property
    def started_at(self) -> datetime | None:
        """The time at which it was started."""
        return moment(self._started["eventTimestamp"]) if self._started else None

    @property
    def closed_at(self) -> datetime | None:
        """The time at which it closed."""
        return moment(self._closed["eventTimestamp"]) if self._closed else None

    @property
    def duration(self) -> timedelta | None:
        """The time from its start to its close; None while it is open."""
        return time_between(self._started, self._closed)

    @property
    def tag_list(self) -> list[str]:
        """Its tags."""
        return list(decode_attribute(self._started, "tagList") or ())

    @property
    def parent_initiated_event_id(self) -> int | None:
        """The id of the event in the parent's history that initiated it."""
        return decode_attribute(self._started, "parentInitiatedEventId") or None

    def text(self, name: str) -> str | None:
        """Return a payload undecoded: `text("input")`, `text("result")`.

        :param name: `input`, `result` or `details`.
        """
        raw = self._started if name == "input" else self._closed
        return EventFactory(raw).text(name) if raw else None

    def __repr__(self) -> str:
        kind = self.workflow_type
        name = f"{kind.name} {kind.version} " if kind else ""
        return f"<{type(self).__name__} {escape_controls(name)}{self.close_status or self.status}>"
