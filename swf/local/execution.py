"""One run of a workflow: its history, and what follows from it.

Everything known about a run follows from its events (and from heartbeats, which write none); `fold`
is what makes it follow, and nothing else changes a run.
"""

from typing import NamedTuple

from swf.local.history import History
from swf.local.tasks import (
    ActivityTask,
    Attributes,
    Child,
    DecisionTask,
    LambdaTask,
    Timer,
)

CLOSE_STATUSES = {
    "WorkflowExecutionCompleted": "COMPLETED",
    "WorkflowExecutionFailed": "FAILED",
    "WorkflowExecutionCanceled": "CANCELED",
    "WorkflowExecutionTerminated": "TERMINATED",
    "WorkflowExecutionContinuedAsNew": "CONTINUED_AS_NEW",
    "WorkflowExecutionTimedOut": "TIMED_OUT",
}


def attributes_member(event_type: str) -> str:
    """Return the member of an event that holds the attributes of its type."""
    return f"{event_type[0].lower()}{event_type[1:]}EventAttributes"


class Override(NamedTuple):
    """The task list that a decider chose for the next decision tasks of its run."""

    task_list: dict[str, str]
    schedule_to_start: str

    @property
    def is_sticky(self) -> bool:
        """Whether a timeout takes the run back to its own list."""
        return self.schedule_to_start != "NONE"


class Execution:
    """A run, open or closed; `settings` are the attributes of its first event but the input."""

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
    """Where the execution stands among deadlines that fall due together: its first event."""

    def __init__(self, domain: str, workflow_id: str, run_id: str, ordinal: int) -> None:
        self.domain = domain
        self.workflow_id = workflow_id
        self.run_id = run_id
        self.ordinal = ordinal
        self.history = History()
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
        self.children: dict[int, Child] = {}
        self.lambdas: dict[int, LambdaTask] = {}
        self.lambda_ids: dict[str, LambdaTask] = {}
        self.counts_at_close: dict[str, int] | None = None
        self.child_workflow_ids: tuple[str, ...] = ()

    @property
    def execution(self) -> "Execution":
        """The execution itself: it is one of the things that have a deadline."""
        return self

    @property
    def is_open(self) -> bool:
        """Whether events may still be appended."""
        return self.close_status is None

    @property
    def reference(self) -> dict[str, str]:
        """The WorkflowExecution of the wire."""
        return {"runId": self.run_id, "workflowId": self.workflow_id}

    @property
    def workflow_type(self) -> dict[str, str]:
        """The WorkflowType of the wire."""
        found: dict[str, str] = self.settings["workflowType"]
        return found

    def open_counts(self) -> dict[str, int]:
        """Return what is open, or was when the execution closed."""
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
