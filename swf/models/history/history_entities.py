"""The entities of a history, one frozen class for each kind.

`entity.py` holds their common attributes. The classes have the prefix `History` because the decider
and the engines have activities, timers and decision tasks too.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from attrs import frozen

from swf.models.history.entity import Entity, time_between
from swf.models.history.event_field import CLOSED, OPENED, STARTED, EventField, decode_attribute


@frozen(repr=False)
class HistoryActivity(Entity):
    """An activity task: `scheduled`, `started`, `completed`, `failed`, `timed_out`, `canceled`.

    A refused one is `schedule_failed`. Source: API Reference, ActivityTaskScheduledEventAttributes.
    """

    name = EventField[str | None]("activityType.name", OPENED, "The name of the activity type.")
    version = EventField[str | None]("activityType.version", OPENED, "The activity type's version.")
    task_list = EventField[str | None]("taskList.name", OPENED, "The task list of the task.")
    task_priority = EventField[int | None](
        "taskPriority", OPENED, "The priority; a higher number is assigned sooner."
    )
    identity = EventField[str | None](
        "identity", STARTED, "The identity of the worker that started it."
    )
    heartbeat_timeout = EventField[int | str | None](
        "heartbeatTimeout", OPENED, "Seconds between two heartbeats, or `NONE`."
    )
    schedule_to_close_timeout = EventField[int | str | None](
        "scheduleToCloseTimeout", OPENED, "Seconds from its scheduling to its end, or `NONE`."
    )
    schedule_to_start_timeout = EventField[int | str | None](
        "scheduleToStartTimeout", OPENED, "Seconds from its scheduling to its start, or `NONE`."
    )
    start_to_close_timeout = EventField[int | str | None](
        "startToCloseTimeout", OPENED, "Seconds from its start to its end, or `NONE`."
    )

    @property
    def scheduled_event_id(self) -> int | None:
        """The id of the ActivityTaskScheduled event."""
        return self.opened_event_id

    @property
    def scheduled_at(self) -> datetime | None:
        """The time at which it was scheduled."""
        return self.opened_at

    @property
    def cancel_requested(self) -> bool:
        """Whether the decider requested its cancellation."""
        return bool(self._cancels)


@frozen(repr=False)
class HistoryTimer(Entity):
    """A timer: `started`, `fired`, `canceled`; a refused one is `start_failed`."""

    start_to_fire_timeout = EventField[int | None](
        "startToFireTimeout", OPENED, "Seconds after which it fires."
    )

    @property
    def started_event_id(self) -> int | None:
        """The id of the TimerStarted event: a timer runs from its beginning."""
        return self.opened_event_id

    @property
    def started_at(self) -> datetime | None:
        """The time at which it was started."""
        return self.opened_at

    @property
    def queued(self) -> timedelta | None:
        """Zero: a timer runs from its beginning."""
        return timedelta(0) if self._opened else None

    @property
    def running(self) -> timedelta | None:
        """The time from its start until it fired or was canceled."""
        return time_between(self._opened, self._closed)


@frozen(repr=False)
class HistoryChildWorkflow(Entity):
    """A child execution, by workflow id.

    Its states are `start_initiated`, `started`, then `completed`, `failed`, `timed_out`, `canceled`
    or `terminated`; a refused one is `start_failed`.
    """

    name = EventField[str | None]("workflowType.name", OPENED, "The name of the workflow type.")
    version = EventField[str | None]("workflowType.version", OPENED, "The workflow type's version.")
    task_list = EventField[str | None](
        "taskList.name", OPENED, "The task list of its decision tasks."
    )
    task_priority = EventField[int | None](
        "taskPriority", OPENED, "The priority of its decision tasks."
    )
    child_policy = EventField[str | None](
        "childPolicy",
        OPENED,
        "The policy for its own children when it is terminated or times out.",
    )
    execution_timeout = EventField[int | str | None](
        "executionStartToCloseTimeout", OPENED, "Seconds from its start to its close."
    )
    decision_tasks_timeout = EventField[int | str | None](
        "taskStartToCloseTimeout",
        OPENED,
        "Seconds from the start to the end of a decision task, or `NONE`.",
    )
    lambda_role = EventField[str | None](
        "lambdaRole", OPENED, "The IAM role for its Lambda functions."
    )

    @property
    def workflow_id(self) -> str:
        """The workflow id."""
        return str(self.id)

    @property
    def run_id(self) -> str | None:
        """The id of its latest run: a child that continues as new closes under another run id."""
        execution: dict[str, Any] = (
            decode_attribute(self._closed, "workflowExecution")
            or decode_attribute(self._started, "workflowExecution")
            or {}
        )
        return execution.get("runId")

    @property
    def initiated_event_id(self) -> int | None:
        """The id of the StartChildWorkflowExecutionInitiated event."""
        return self.opened_event_id

    @property
    def initiated_at(self) -> datetime | None:
        """The time at which it was initiated."""
        return self.opened_at

    @property
    def tag_list(self) -> list[str]:
        """The tags of the child."""
        return list(decode_attribute(self._opened or self._closed, "tagList") or ())


@frozen(repr=False)
class HistoryLambdaFunction(Entity):
    """A Lambda function: `scheduled`, `started`, `completed`, `failed`, `timed_out`.

    A refused one is `schedule_failed`, or `start_failed` when the service could not call it.
    """

    name = EventField[str | None]("name", OPENED, "The name or ARN of the function.")
    start_to_close_timeout = EventField[int | str | None](
        "startToCloseTimeout", OPENED, "Seconds from its start to its end."
    )
    message = EventField[str | None](
        "message", CLOSED, "The service's message about a function that it could not call."
    )

    @property
    def scheduled_event_id(self) -> int | None:
        """The id of the LambdaFunctionScheduled event."""
        return self.opened_event_id

    @property
    def scheduled_at(self) -> datetime | None:
        """The time at which it was scheduled."""
        return self.opened_at


@frozen(repr=False)
class _External(Entity):
    """A signal or cancel request to another execution, by the id of the event that initiated it."""

    workflow_id = EventField[str | None](
        "workflowId", OPENED, "The workflow id of the other execution."
    )
    _requested_run_id = EventField[str | None](
        "runId", OPENED, "The run id in the decision, if it had one."
    )

    @property
    def run_id(self) -> str | None:
        """The run that received it; before that, the run that the decision named."""
        execution: dict[str, Any] = decode_attribute(self._closed, "workflowExecution") or {}
        return execution.get("runId") or self._requested_run_id

    @property
    def initiated_event_id(self) -> int | None:
        """The id of the event that initiated it."""
        return self.opened_event_id

    @property
    def initiated_at(self) -> datetime | None:
        """The time at which it was initiated."""
        return self.opened_at


@frozen(repr=False)
class HistoryExternalSignal(_External):
    """A signal to another execution: `signal_initiated`, `signaled` or `signal_failed`."""

    signal_name = EventField[str | None]("signalName", OPENED, "The name of the signal.")


@frozen(repr=False)
class HistoryExternalCancel(_External):
    """A cancel request to another execution.

    Its states are `request_cancel_initiated`, `cancel_requested` and `request_cancel_failed`.
    """


@frozen(repr=False)
class HistoryDecisionTask(Entity):
    """A decision task, by the id of its DecisionTaskScheduled event.

    Its states are `scheduled`, `started`, `completed` and `timed_out`.
    """

    task_list = EventField[str | None]("taskList.name", OPENED, "The task list of the task.")
    task_priority = EventField[int | None](
        "taskPriority", OPENED, "The priority; a higher number is assigned sooner."
    )
    start_to_close_timeout = EventField[int | str | None](
        "startToCloseTimeout", OPENED, "Seconds from its start to its end, or `NONE`."
    )
    schedule_to_start_timeout = EventField[int | str | None](
        "scheduleToStartTimeout",
        OPENED,
        "Seconds from its scheduling to its start on a decider's own task list, or `NONE`.",
    )
    identity = EventField[str | None](
        "identity", STARTED, "The identity of the decider that started it."
    )
    execution_context = EventField[str | None](
        "executionContext", CLOSED, "The execution context that its completion set."
    )

    @property
    def scheduled_event_id(self) -> int | None:
        """The id of the DecisionTaskScheduled event."""
        return self.opened_event_id

    @property
    def scheduled_at(self) -> datetime | None:
        """The time at which it was scheduled."""
        return self.opened_at
