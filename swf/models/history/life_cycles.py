"""The life cycles of entities in a history, as tables, for `invariants.py`.

`REFERENCES` lists for each of the 54 event types the earlier event that each of its ids refers to,
`LIFE_CYCLES` the events that open, start and end an entity. The tables share no code with those of
`swf.models.event`, so that each verifies the other.

Source: Developer Guide, "Amazon SWF Workflow History"; API Reference, HistoryEvent.
"""

from __future__ import annotations

from attrs import frozen

_DECISION = {"decisionTaskCompletedEventId": "DecisionTaskCompleted"}
_DECISION_TASK = {"scheduledEventId": "DecisionTaskScheduled"}
_DECISION_TASK_RUN = {**_DECISION_TASK, "startedEventId": "DecisionTaskStarted"}
_ACTIVITY = {"scheduledEventId": "ActivityTaskScheduled"}
_ACTIVITY_RUN = {**_ACTIVITY, "startedEventId": "ActivityTaskStarted"}
_TIMER = {"startedEventId": "TimerStarted"}
_CHILD = {"initiatedEventId": "StartChildWorkflowExecutionInitiated"}
_CHILD_RUN = {**_CHILD, "startedEventId": "ChildWorkflowExecutionStarted"}
_SIGNAL = {"initiatedEventId": "SignalExternalWorkflowExecutionInitiated"}
_CANCEL = {"initiatedEventId": "RequestCancelExternalWorkflowExecutionInitiated"}
_LAMBDA = {"scheduledEventId": "LambdaFunctionScheduled"}
_LAMBDA_RUN = {**_LAMBDA, "startedEventId": "LambdaFunctionStarted"}

REFERENCES: dict[str, dict[str, str]] = {
    "WorkflowExecutionStarted": {},
    "WorkflowExecutionCancelRequested": {},
    "WorkflowExecutionCompleted": _DECISION,
    "CompleteWorkflowExecutionFailed": _DECISION,
    "WorkflowExecutionFailed": _DECISION,
    "FailWorkflowExecutionFailed": _DECISION,
    "WorkflowExecutionTimedOut": {},
    "WorkflowExecutionCanceled": _DECISION,
    "CancelWorkflowExecutionFailed": _DECISION,
    "WorkflowExecutionContinuedAsNew": _DECISION,
    "ContinueAsNewWorkflowExecutionFailed": _DECISION,
    "WorkflowExecutionTerminated": {},
    "DecisionTaskScheduled": {},
    "DecisionTaskStarted": _DECISION_TASK,
    "DecisionTaskCompleted": _DECISION_TASK_RUN,
    "DecisionTaskTimedOut": _DECISION_TASK_RUN,
    "ActivityTaskScheduled": _DECISION,
    "ScheduleActivityTaskFailed": _DECISION,
    "ActivityTaskStarted": _ACTIVITY,
    "ActivityTaskCompleted": _ACTIVITY_RUN,
    "ActivityTaskFailed": _ACTIVITY_RUN,
    "ActivityTaskTimedOut": _ACTIVITY_RUN,
    "ActivityTaskCanceled": {
        **_ACTIVITY_RUN,
        "latestCancelRequestedEventId": "ActivityTaskCancelRequested",
    },
    "ActivityTaskCancelRequested": _DECISION,
    "RequestCancelActivityTaskFailed": _DECISION,
    "WorkflowExecutionSignaled": {},
    "MarkerRecorded": _DECISION,
    "RecordMarkerFailed": _DECISION,
    "TimerStarted": _DECISION,
    "StartTimerFailed": _DECISION,
    "TimerFired": _TIMER,
    "TimerCanceled": {**_TIMER, **_DECISION},
    "CancelTimerFailed": _DECISION,
    "StartChildWorkflowExecutionInitiated": _DECISION,
    "StartChildWorkflowExecutionFailed": {**_CHILD, **_DECISION},
    "ChildWorkflowExecutionStarted": _CHILD,
    "ChildWorkflowExecutionCompleted": _CHILD_RUN,
    "ChildWorkflowExecutionFailed": _CHILD_RUN,
    "ChildWorkflowExecutionTimedOut": _CHILD_RUN,
    "ChildWorkflowExecutionCanceled": _CHILD_RUN,
    "ChildWorkflowExecutionTerminated": _CHILD_RUN,
    "SignalExternalWorkflowExecutionInitiated": _DECISION,
    "SignalExternalWorkflowExecutionFailed": {**_SIGNAL, **_DECISION},
    "ExternalWorkflowExecutionSignaled": _SIGNAL,
    "RequestCancelExternalWorkflowExecutionInitiated": _DECISION,
    "RequestCancelExternalWorkflowExecutionFailed": {**_CANCEL, **_DECISION},
    "ExternalWorkflowExecutionCancelRequested": _CANCEL,
    "LambdaFunctionScheduled": _DECISION,
    "LambdaFunctionStarted": _LAMBDA,
    "LambdaFunctionCompleted": _LAMBDA_RUN,
    "LambdaFunctionFailed": _LAMBDA_RUN,
    "LambdaFunctionTimedOut": _LAMBDA_RUN,
    "ScheduleLambdaFunctionFailed": _DECISION,
    "StartLambdaFunctionFailed": _LAMBDA,
}

# Members that may be 0 or absent when there is no such event. A failure after its batch refers to
# an Initiated event; no recording shows whether it refers to the decision task too.
ZERO_ALLOWED = frozenset(
    {
        ("DecisionTaskTimedOut", "startedEventId"),
        ("ActivityTaskTimedOut", "startedEventId"),
        ("ActivityTaskCanceled", "startedEventId"),
        ("ActivityTaskCanceled", "latestCancelRequestedEventId"),
        ("StartChildWorkflowExecutionFailed", "initiatedEventId"),
        ("StartChildWorkflowExecutionFailed", "decisionTaskCompletedEventId"),
        ("SignalExternalWorkflowExecutionFailed", "initiatedEventId"),
        ("SignalExternalWorkflowExecutionFailed", "decisionTaskCompletedEventId"),
        ("RequestCancelExternalWorkflowExecutionFailed", "initiatedEventId"),
        ("RequestCancelExternalWorkflowExecutionFailed", "decisionTaskCompletedEventId"),
        ("LambdaFunctionTimedOut", "startedEventId"),
        ("StartLambdaFunctionFailed", "scheduledEventId"),
    }
)

CLOSING = frozenset(
    {
        "WorkflowExecutionCompleted",
        "WorkflowExecutionFailed",
        "WorkflowExecutionCanceled",
        "WorkflowExecutionTimedOut",
        "WorkflowExecutionTerminated",
        "WorkflowExecutionContinuedAsNew",
    }
)

# Timeout types that only a started, or only an unstarted, task can have.
STARTED_TIMEOUTS = frozenset({"START_TO_CLOSE", "HEARTBEAT"})
UNSTARTED_TIMEOUTS = frozenset({"SCHEDULE_TO_START"})


@frozen
class LifeCycle:
    """The events that open, start and end one kind of entity.

    :param kind: the kind of entity in messages.
    :param opens: the event type that opens it.
    :param ends: the event types that end it.
    :param starts: the event type that starts it, if there is one.
    :param id: the attribute with its id.
    :param count: its name in `openCounts`.
    """

    kind: str
    opens: str
    ends: tuple[str, ...]
    starts: str | None = None
    id: str | None = None
    count: str | None = None

    @property
    def claims(self) -> str:
        """The event type that claims the id.

        A child claims its workflow id when it starts: before, the service may still refuse it
        because another execution has that id.
        """
        return self.starts if self.kind == "child" and self.starts else self.opens

    def link(self, event_type: str) -> str:
        """Return the member in which an event of this type refers to the event that opened it."""
        return next(
            member for member, target in REFERENCES[event_type].items() if target == self.opens
        )


LIFE_CYCLES = (
    LifeCycle(
        "decision task",
        "DecisionTaskScheduled",
        ("DecisionTaskCompleted", "DecisionTaskTimedOut"),
        starts="DecisionTaskStarted",
    ),
    LifeCycle(
        "activity task",
        "ActivityTaskScheduled",
        (
            "ActivityTaskCompleted",
            "ActivityTaskFailed",
            "ActivityTaskTimedOut",
            "ActivityTaskCanceled",
        ),
        starts="ActivityTaskStarted",
        id="activityId",
        count="openActivityTasks",
    ),
    LifeCycle(
        "timer",
        "TimerStarted",
        ("TimerFired", "TimerCanceled"),
        id="timerId",
        count="openTimers",
    ),
    LifeCycle(
        "child",
        "StartChildWorkflowExecutionInitiated",
        (
            "StartChildWorkflowExecutionFailed",
            "ChildWorkflowExecutionCompleted",
            "ChildWorkflowExecutionFailed",
            "ChildWorkflowExecutionTimedOut",
            "ChildWorkflowExecutionCanceled",
            "ChildWorkflowExecutionTerminated",
        ),
        starts="ChildWorkflowExecutionStarted",
        id="workflowId",
        count="openChildWorkflowExecutions",
    ),
    LifeCycle(
        "external signal",
        "SignalExternalWorkflowExecutionInitiated",
        ("ExternalWorkflowExecutionSignaled", "SignalExternalWorkflowExecutionFailed"),
    ),
    LifeCycle(
        "external cancel",
        "RequestCancelExternalWorkflowExecutionInitiated",
        (
            "ExternalWorkflowExecutionCancelRequested",
            "RequestCancelExternalWorkflowExecutionFailed",
        ),
    ),
    LifeCycle(
        "lambda function",
        "LambdaFunctionScheduled",
        (
            "LambdaFunctionCompleted",
            "LambdaFunctionFailed",
            "LambdaFunctionTimedOut",
            "StartLambdaFunctionFailed",
        ),
        starts="LambdaFunctionStarted",
        id="id",
        count="openLambdaFunctions",
    ),
)

OPENS = {cycle.opens: cycle for cycle in LIFE_CYCLES}
STARTS = {cycle.starts: cycle for cycle in LIFE_CYCLES if cycle.starts}
CLAIMS = {cycle.claims: cycle for cycle in LIFE_CYCLES if cycle.id}
ENDS = {event_type: cycle for cycle in LIFE_CYCLES for event_type in cycle.ends}
