"""Frozen values that the fold yields, one class per kind: activity, timer, child ... as it is now.

What they share is in `entity.py`; here is what is special to each.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

from attrs import frozen

from swf.models.history.entity import Entity, attribute, between


@frozen(repr=False)
class _Typed(Entity):
    """An activity or a child: it has a registered type."""

    _type: ClassVar[str]

    @property
    def name(self) -> str | None:
        """The name of its type."""
        return self._type_member("name")

    @property
    def version(self) -> str | None:
        """The version of its type."""
        return self._type_member("version")

    @property
    def task_list(self) -> str | None:
        """The task list that it was put on."""
        named: dict[str, str] = self._first("taskList") or {}
        return named.get("name")

    @property
    def task_priority(self) -> int | None:
        """Its priority."""
        priority: int | None = self._first("taskPriority")
        return priority

    def _type_member(self, member: str) -> str | None:
        reference: dict[str, str] = self._first(self._type) or {}
        return reference.get(member)


@frozen(repr=False)
class Activity(_Typed):
    """An activity task: `scheduled`, `started`, `completed`, `failed`, `timed_out`, `canceled`.

    Refused, it is `schedule_failed`. Source: API Reference, ActivityTaskScheduledEventAttributes.
    """

    _type = "activityType"

    @property
    def scheduled_event_id(self) -> int | None:
        """The ActivityTaskScheduled event."""
        return self.opened_event_id

    @property
    def scheduled_at(self) -> datetime | None:
        """When it was scheduled."""
        return self.opened_at

    @property
    def cancel_requested(self) -> bool:
        """Whether the decider asked to cancel it."""
        return bool(self._cancels)

    @property
    def identity(self) -> str | None:
        """The worker that started it."""
        identity: str | None = attribute(self._started, "identity")
        return identity

    @property
    def heartbeat_timeout(self) -> int | str | None:
        """Seconds or `NONE`."""
        return self._timeout("heartbeatTimeout")

    @property
    def schedule_to_close_timeout(self) -> int | str | None:
        """Seconds or `NONE`."""
        return self._timeout("scheduleToCloseTimeout")

    @property
    def schedule_to_start_timeout(self) -> int | str | None:
        """Seconds or `NONE`."""
        return self._timeout("scheduleToStartTimeout")

    @property
    def start_to_close_timeout(self) -> int | str | None:
        """Seconds or `NONE`."""
        return self._timeout("startToCloseTimeout")

    def _timeout(self, wire: str) -> int | str | None:
        seconds: int | str | None = self._first(wire)
        return seconds


@frozen(repr=False)
class Timer(Entity):
    """A timer: `started`, `fired`, `canceled`; refused, it is `start_failed`."""

    @property
    def started_event_id(self) -> int | None:
        """The TimerStarted event: a timer runs from its beginning."""
        return self.opened_event_id

    @property
    def started_at(self) -> datetime | None:
        """When it was started."""
        return self.opened_at

    @property
    def queued(self) -> timedelta | None:
        """No time at all: a timer runs from its beginning."""
        return timedelta(0) if self._opened else None

    @property
    def running(self) -> timedelta | None:
        """How long it ran until it fired or was canceled."""
        return between(self._opened, self._closed)

    @property
    def start_to_fire_timeout(self) -> int | None:
        """Seconds after which it fires."""
        seconds: int | None = self._first("startToFireTimeout")
        return seconds


@frozen(repr=False)
class ChildWorkflow(_Typed):
    """A child: `start_initiated`, `started`, then `completed`, `failed`, `timed_out`, `canceled` or
    `terminated`; refused, it is `start_failed`. Its id is its workflow id.
    """

    _type = "workflowType"

    @property
    def workflow_id(self) -> str:
        """Its workflow id."""
        return str(self.id)

    @property
    def run_id(self) -> str | None:
        """Its latest run: a child that continues as new closes under another run id."""
        execution = (
            attribute(self._closed, "workflowExecution")
            or attribute(self._started, "workflowExecution")
            or {}
        )
        run_id: str | None = execution.get("runId")
        return run_id

    @property
    def initiated_event_id(self) -> int | None:
        """The StartChildWorkflowExecutionInitiated event."""
        return self.opened_event_id

    @property
    def initiated_at(self) -> datetime | None:
        """When it was initiated."""
        return self.opened_at

    @property
    def child_policy(self) -> str | None:
        """What happens to its own children when it is terminated or times out."""
        policy: str | None = self._first("childPolicy")
        return policy

    @property
    def execution_timeout(self) -> int | str | None:
        """Seconds that it may take."""
        seconds: int | str | None = self._first("executionStartToCloseTimeout")
        return seconds

    @property
    def decision_tasks_timeout(self) -> int | str | None:
        """Seconds that its deciders may take, or `NONE`."""
        seconds: int | str | None = self._first("taskStartToCloseTimeout")
        return seconds

    @property
    def tag_list(self) -> list[str]:
        """Its tags."""
        return list(self._first("tagList") or ())

    @property
    def lambda_role(self) -> str | None:
        """The IAM role under which it calls Lambda functions."""
        role: str | None = self._first("lambdaRole")
        return role


@frozen(repr=False)
class LambdaFunction(Entity):
    """A Lambda function: `scheduled`, `started`, `completed`, `failed`, `timed_out`.

    Refused, it is `schedule_failed`, or `start_failed` when it could not be called.
    """

    @property
    def name(self) -> str | None:
        """The function's name or ARN."""
        name: str | None = self._first("name")
        return name

    @property
    def scheduled_event_id(self) -> int | None:
        """The LambdaFunctionScheduled event."""
        return self.opened_event_id

    @property
    def scheduled_at(self) -> datetime | None:
        """When it was scheduled."""
        return self.opened_at

    @property
    def start_to_close_timeout(self) -> int | str | None:
        """Seconds."""
        seconds: int | str | None = self._first("startToCloseTimeout")
        return seconds

    @property
    def message(self) -> str | None:
        """What the service said about a function that it could not call."""
        message: str | None = self._last("message")
        return message


@frozen(repr=False)
class _External(Entity):
    """A signal or request to another execution; its id is that of the event that initiated it."""

    @property
    def workflow_id(self) -> str | None:
        """The other execution's workflow id."""
        workflow_id: str | None = self._first("workflowId")
        return workflow_id

    @property
    def run_id(self) -> str | None:
        """The run that was named or, once it was reached, the run that it was."""
        reached = attribute(self._closed, "workflowExecution") or {}
        run_id: str | None = reached.get("runId") or self._first("runId")
        return run_id

    @property
    def initiated_event_id(self) -> int | None:
        """The event that initiated it."""
        return self.opened_event_id

    @property
    def initiated_at(self) -> datetime | None:
        """When it was initiated."""
        return self.opened_at


@frozen(repr=False)
class ExternalSignal(_External):
    """A signal to another execution: `signal_initiated`, `signaled` or `signal_failed`."""

    @property
    def signal_name(self) -> str | None:
        """The signal's name."""
        name: str | None = self._first("signalName")
        return name


@frozen(repr=False)
class ExternalCancel(_External):
    """A request to another execution to cancel.

    `request_cancel_initiated`, `cancel_requested` or `request_cancel_failed`.
    """


@frozen(repr=False)
class DecisionTask(Entity):
    """A decision task: `scheduled`, `started`, `completed`, `timed_out`.

    Its id is that of its DecisionTaskScheduled event.
    """

    @property
    def scheduled_event_id(self) -> int | None:
        """The DecisionTaskScheduled event."""
        return self.opened_event_id

    @property
    def scheduled_at(self) -> datetime | None:
        """When it was scheduled."""
        return self.opened_at

    @property
    def task_list(self) -> str | None:
        """The task list that it was put on."""
        named: dict[str, str] = self._first("taskList") or {}
        return named.get("name")

    @property
    def start_to_close_timeout(self) -> int | str | None:
        """Seconds that the decider may take, or `NONE`."""
        seconds: int | str | None = self._first("startToCloseTimeout")
        return seconds

    @property
    def schedule_to_start_timeout(self) -> int | str | None:
        """Seconds that it waits on a task list of a decider's own, or `NONE`."""
        seconds: int | str | None = self._first("scheduleToStartTimeout")
        return seconds

    @property
    def task_priority(self) -> int | None:
        """Its priority; higher is sooner."""
        priority: int | None = self._first("taskPriority")
        return priority

    @property
    def identity(self) -> str | None:
        """The decider that started it."""
        identity: str | None = attribute(self._started, "identity")
        return identity

    @property
    def execution_context(self) -> str | None:
        """The execution context that its completion set."""
        context: str | None = self._last("executionContext")
        return context
