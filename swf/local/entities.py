"""An execution and the entities open in it: tasks, timers, children and Lambda functions.

An event handler of `fold` creates an entity from the event that opens it and removes it at the
event that closes it; no other code changes an execution. An entity that can time out has a
`deadline`, in seconds since the epoch, or None when no timeout is running.
"""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

from swf.local.clock import whole_milliseconds
from swf.local.history import EventLog

QueueKey = tuple[str, str, str]
"""(kind, domain, task list); the kind is "activity" or "decision"."""

Attributes = dict[str, Any]
"""The attributes of an event or decision, as in requests and responses."""


def seconds(duration: str | None) -> float | None:
    """Return a duration in seconds, None for NONE and for an absent duration.

    :param duration: as in requests and events.
    """
    return None if duration is None or duration == "NONE" else float(duration)


def after(start: float, duration: float | None) -> float | None:
    """Return the time `duration` seconds after `start`, None if there is no limit.

    :param start: seconds since the epoch.
    """
    return None if duration is None else whole_milliseconds(start + duration)


def _priority(attributes: Attributes) -> int:
    """Return the task priority in event attributes; the default is 0."""
    return int(attributes.get("taskPriority", 0))


class DecisionTask:
    """A decision task that is scheduled or started."""

    __slots__ = (
        "armed",
        "deadline",
        "event_id",
        "execution",
        "key",
        "order",
        "pending",
        "priority",
        "start_to_close",
        "started_event_id",
    )

    def __init__(
        self, execution: Execution, event_id: int, timestamp: float, attributes: Attributes
    ) -> None:
        self.execution = execution
        self.event_id = event_id
        self.started_event_id = 0
        self.key: QueueKey = ("decision", execution.domain, attributes["taskList"]["name"])
        self.priority = _priority(attributes)
        self.order = 0
        self.pending = False
        self.start_to_close = seconds(attributes.get("startToCloseTimeout"))
        schedule_to_start = seconds(attributes.get("scheduleToStartTimeout"))
        self.deadline = after(timestamp, schedule_to_start)
        self.armed: float | None = None

    def start(self, event_id: int, timestamp: float) -> None:
        """Start the start-to-close timeout.

        :param event_id: the event id of DecisionTaskStarted.
        :param timestamp: seconds since the epoch.
        """
        self.started_event_id = event_id
        self.deadline = after(timestamp, self.start_to_close)


class ActivityTask:
    """An activity task that is scheduled or started."""

    __slots__ = (
        "armed",
        "attributes",
        "cancel_requested_event_id",
        "deadline",
        "details",
        "event_id",
        "execution",
        "heartbeat_at",
        "key",
        "order",
        "pending",
        "priority",
        "scheduled_at",
        "started_at",
        "started_event_id",
        "timeout_type",
    )

    def __init__(
        self, execution: Execution, event_id: int, timestamp: float, attributes: Attributes
    ) -> None:
        self.execution = execution
        self.event_id = event_id
        self.attributes = attributes
        self.key: QueueKey = ("activity", execution.domain, attributes["taskList"]["name"])
        self.priority = _priority(attributes)
        self.order = 0
        self.pending = False
        self.scheduled_at = timestamp
        self.started_at: float | None = None
        self.started_event_id = 0
        self.heartbeat_at: float | None = None
        self.details: str | None = None
        self.cancel_requested_event_id = 0
        self.timeout_type = ""
        self.deadline: float | None = None
        self.armed: float | None = None
        self.set_deadline()

    @property
    def activity_id(self) -> str:
        """The activity id of the decision."""
        name: str = self.attributes["activityId"]
        return name

    def start(self, event_id: int, timestamp: float) -> None:
        """Start the start-to-close and heartbeat timeouts.

        :param event_id: the event id of ActivityTaskStarted.
        :param timestamp: seconds since the epoch.
        """
        self.started_event_id = event_id
        self.started_at = self.heartbeat_at = timestamp
        self.set_deadline()

    def heartbeat(self, timestamp: float, details: str | None) -> None:
        """Restart the heartbeat timeout.

        :param timestamp: seconds since the epoch.
        :param details: replaces the stored details, also if None.
        """
        self.heartbeat_at = timestamp
        self.details = details
        self.set_deadline()

    def set_deadline(self) -> None:
        """Set the earliest timeout; of equal ones, the first in the order below."""
        self.deadline, self.timeout_type = None, ""
        for timeout_type, start, member in (
            ("SCHEDULE_TO_CLOSE", self.scheduled_at, "scheduleToCloseTimeout"),
            ("SCHEDULE_TO_START", self._waiting_since(), "scheduleToStartTimeout"),
            ("START_TO_CLOSE", self.started_at, "startToCloseTimeout"),
            ("HEARTBEAT", self.heartbeat_at, "heartbeatTimeout"),
        ):
            if start is None:
                continue
            due = after(start, seconds(self.attributes.get(member)))
            if due is not None and (self.deadline is None or due < self.deadline):
                self.deadline, self.timeout_type = due, timeout_type

    def _waiting_since(self) -> float | None:
        return self.scheduled_at if self.started_at is None else None


class Timer:
    """A timer that has not fired."""

    __slots__ = ("armed", "deadline", "event_id", "execution", "timer_id")

    def __init__(
        self, execution: Execution, event_id: int, timestamp: float, attributes: Attributes
    ) -> None:
        self.execution = execution
        self.event_id = event_id
        self.timer_id: str = attributes["timerId"]
        self.deadline = after(timestamp, seconds(attributes["startToFireTimeout"]))
        self.armed: float | None = None


class LambdaFunction:
    """A lambda function that is scheduled or started."""

    __slots__ = (
        "armed",
        "attributes",
        "deadline",
        "event_id",
        "execution",
        "started_event_id",
    )

    def __init__(self, execution: Execution, event_id: int, attributes: Attributes) -> None:
        self.execution = execution
        self.event_id = event_id
        self.attributes = attributes
        self.started_event_id = 0
        self.deadline: float | None = None
        """When it starts, then when it times out."""
        self.armed: float | None = None

    def start(self, event_id: int, timestamp: float, default: float) -> None:
        """Start the start-to-close timeout.

        :param event_id: the event id of LambdaFunctionStarted.
        :param timestamp: seconds since the epoch.
        :param default: the timeout in seconds if the decision has none.
        """
        self.started_event_id = event_id
        timeout = seconds(self.attributes.get("startToCloseTimeout"))
        self.deadline = after(timestamp, default if timeout is None else timeout)


class ChildExecution:
    """An open child, from its Initiated event on; a child that continues as new keeps its id."""

    __slots__ = ("armed", "deadline", "event_id", "execution", "started_event_id", "workflow_id")

    def __init__(self, execution: Execution, event_id: int, workflow_id: str) -> None:
        self.execution = execution
        self.event_id = event_id
        self.workflow_id = workflow_id
        self.started_event_id = 0
        self.deadline: float | None = None
        """When it starts."""
        self.armed: float | None = None


Task: TypeAlias = DecisionTask | ActivityTask


CLOSE_STATUSES = {
    "WorkflowExecutionCompleted": "COMPLETED",
    "WorkflowExecutionFailed": "FAILED",
    "WorkflowExecutionCanceled": "CANCELED",
    "WorkflowExecutionTerminated": "TERMINATED",
    "WorkflowExecutionContinuedAsNew": "CONTINUED_AS_NEW",
    "WorkflowExecutionTimedOut": "TIMED_OUT",
}


def attributes_member(event_type: str) -> str:
    """Return the member of an event that contains the attributes of its type.

    :param event_type: the type of the event, such as TimerStarted.
    """
    return f"{event_type[0].lower()}{event_type[1:]}EventAttributes"


class Override(NamedTuple):
    """The task list that a decider set for the next decision tasks of its run."""

    task_list: dict[str, str]
    schedule_to_start: str

    @property
    def is_sticky(self) -> bool:
        """Whether a timed-out decision task removes the override."""
        return self.schedule_to_start != "NONE"


class Execution:
    """A run, open or closed.

    `settings` are the attributes of its first event, without the input.
    """

    __slots__ = (
        "activities",
        "activity_ids",
        "armed",
        "cancel_requested",
        "child_workflow_ids",
        "children",
        "close_status",
        "close_timestamp",
        "counts_at_close",
        "deadline",
        "decision_task",
        "domain",
        "history",
        "lambda_ids",
        "lambdas",
        "latest_activity_timestamp",
        "latest_context",
        "ordinal",
        "override",
        "previous_started_event_id",
        "queued_decision_task",
        "run_id",
        "settings",
        "start_timestamp",
        "timers",
        "workflow_id",
    )

    event_id = 1
    """Its first event; orders deadlines at the same time."""

    def __init__(self, domain: str, workflow_id: str, run_id: str, ordinal: int) -> None:
        self.domain = domain
        self.workflow_id = workflow_id
        self.run_id = run_id
        self.ordinal = ordinal
        self.history = EventLog()
        self.settings: Attributes = {}
        self.start_timestamp = 0.0
        self.close_timestamp: float | None = None
        self.close_status: str | None = None
        self.cancel_requested = False
        self.deadline: float | None = None
        self.armed: float | None = None
        self.decision_task: DecisionTask | None = None
        self.queued_decision_task: DecisionTask | None = None
        self.previous_started_event_id = 0
        self.override: Override | None = None
        self.latest_context: str | None = None
        self.latest_activity_timestamp: float | None = None
        self.activities: dict[int, ActivityTask] = {}
        self.activity_ids: dict[str, ActivityTask] = {}
        self.timers: dict[str, Timer] = {}
        self.children: dict[int, ChildExecution] = {}
        self.lambdas: dict[int, LambdaFunction] = {}
        self.lambda_ids: dict[str, LambdaFunction] = {}
        self.counts_at_close: dict[str, int] | None = None
        self.child_workflow_ids: tuple[str, ...] = ()

    @property
    def execution(self) -> Execution:
        """The execution itself, which has a deadline as its entities do."""
        return self

    @property
    def is_open(self) -> bool:
        """Whether the execution is open."""
        return self.close_status is None

    @property
    def reference(self) -> dict[str, str]:
        """The `WorkflowExecution` structure of the API."""
        return {"runId": self.run_id, "workflowId": self.workflow_id}

    @property
    def workflow_type(self) -> dict[str, str]:
        """The `WorkflowType` structure of the API."""
        reference: dict[str, str] = self.settings["workflowType"]
        return reference

    def start(self, event_id: int) -> tuple[Execution, int, Attributes]:
        """Return the arguments of the start of a child or Lambda function.

        :param event_id: the event of its decision.
        """
        event = self.history.between(event_id, event_id)[0]
        return self, event_id, event[attributes_member(event["eventType"])]

    def open_counts(self) -> dict[str, int]:
        """Return the counts of open entities, for a closed execution at the time of its close."""
        if self.counts_at_close is not None:
            return self.counts_at_close
        has_decision_task = bool(self.decision_task or self.queued_decision_task)
        return {
            "openActivityTasks": len(self.activities),
            "openChildWorkflowExecutions": len(self.children),
            "openDecisionTasks": int(has_decision_task),
            "openLambdaFunctions": len(self.lambdas),
            "openTimers": len(self.timers),
        }
