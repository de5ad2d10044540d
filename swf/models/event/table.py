"""The 54 event types: entity, state, link and attributes of each.

The *entity* of an event is the task, timer or other object that it belongs to. Its *state* is the
event type without the entity, in snake case: `StartChildWorkflowExecutionInitiated` is a
`ChildWorkflowExecution` in state `start_initiated`. Its *link* is the attribute with the id of the
event that it follows: the event that began the entity or, for the first event of an entity, the
`DecisionTaskCompleted` that carried the decision.

Source: API Reference, HistoryEvent; Developer Guide, "Workflow History".
"""

from __future__ import annotations

import re
from typing import NamedTuple


class EventType(NamedTuple):
    """One row of the table; `attributes` are the wire's names."""

    name: str
    entity: str
    state: str
    link: str | None
    attributes: tuple[str, ...]

    @property
    def key(self) -> str:
        """The wire member that holds the attributes of an event of this type."""
        return attributes_key(self.name)


def attributes_key(name: str) -> str:
    """Return the member of the wire with the attributes of an event.

    :param name: the event type.
    """
    return _KEYS.get(name) or _key(name)


def _key(name: str) -> str:
    return f"{name[:1].lower()}{name[1:]}EventAttributes"


def snake_case(name: str) -> str:
    """Return a name of the wire in snake case.

    :param name: e.g. `scheduledEventId` or `TimedOut`.
    """
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


_BY_DECISION = "decisionTaskCompletedEventId"

# Event type, entity, state, link, attributes: in the order of the API Reference.
# fmt: off
_ROWS: tuple[tuple[str, str, str, str | None, str], ...] = (
    ("WorkflowExecutionStarted", "WorkflowExecution", "started", None,
     "input executionStartToCloseTimeout taskStartToCloseTimeout childPolicy taskList"
     " taskPriority workflowType tagList continuedExecutionRunId parentWorkflowExecution"
     " parentInitiatedEventId lambdaRole"),
    ("WorkflowExecutionCancelRequested", "WorkflowExecution", "cancel_requested", None,
     "externalWorkflowExecution externalInitiatedEventId cause"),
    ("WorkflowExecutionCompleted", "WorkflowExecution", "completed", _BY_DECISION,
     "result decisionTaskCompletedEventId"),
    ("CompleteWorkflowExecutionFailed", "WorkflowExecution", "complete_failed", _BY_DECISION,
     "cause decisionTaskCompletedEventId"),
    ("WorkflowExecutionFailed", "WorkflowExecution", "failed", _BY_DECISION,
     "reason details decisionTaskCompletedEventId"),
    ("FailWorkflowExecutionFailed", "WorkflowExecution", "fail_failed", _BY_DECISION,
     "cause decisionTaskCompletedEventId"),
    ("WorkflowExecutionTimedOut", "WorkflowExecution", "timed_out", None,
     "timeoutType childPolicy"),
    ("WorkflowExecutionCanceled", "WorkflowExecution", "canceled", _BY_DECISION,
     "details decisionTaskCompletedEventId"),
    ("CancelWorkflowExecutionFailed", "WorkflowExecution", "cancel_failed", _BY_DECISION,
     "cause decisionTaskCompletedEventId"),
    ("WorkflowExecutionContinuedAsNew", "WorkflowExecution", "continued_as_new", _BY_DECISION,
     "input decisionTaskCompletedEventId newExecutionRunId executionStartToCloseTimeout"
     " taskList taskPriority taskStartToCloseTimeout childPolicy tagList workflowType"
     " lambdaRole"),
    ("ContinueAsNewWorkflowExecutionFailed", "WorkflowExecution",
     "continue_as_new_failed", _BY_DECISION,
     "cause decisionTaskCompletedEventId"),
    ("WorkflowExecutionTerminated", "WorkflowExecution", "terminated", None,
     "reason details childPolicy cause"),
    ("DecisionTaskScheduled", "DecisionTask", "scheduled", None,
     "taskList taskPriority startToCloseTimeout scheduleToStartTimeout"),
    ("DecisionTaskStarted", "DecisionTask", "started", "scheduledEventId",
     "identity scheduledEventId"),
    ("DecisionTaskCompleted", "DecisionTask", "completed", "scheduledEventId",
     "executionContext scheduledEventId startedEventId taskList"
     " taskListScheduleToStartTimeout"),
    ("DecisionTaskTimedOut", "DecisionTask", "timed_out", "scheduledEventId",
     "timeoutType scheduledEventId startedEventId"),
    ("ActivityTaskScheduled", "ActivityTask", "scheduled", _BY_DECISION,
     "activityType activityId input control scheduleToStartTimeout scheduleToCloseTimeout"
     " startToCloseTimeout taskList taskPriority decisionTaskCompletedEventId"
     " heartbeatTimeout"),
    ("ScheduleActivityTaskFailed", "ActivityTask", "schedule_failed", _BY_DECISION,
     "activityType activityId cause decisionTaskCompletedEventId"),
    ("ActivityTaskStarted", "ActivityTask", "started", "scheduledEventId",
     "identity scheduledEventId"),
    ("ActivityTaskCompleted", "ActivityTask", "completed", "scheduledEventId",
     "result scheduledEventId startedEventId"),
    ("ActivityTaskFailed", "ActivityTask", "failed", "scheduledEventId",
     "reason details scheduledEventId startedEventId"),
    ("ActivityTaskTimedOut", "ActivityTask", "timed_out", "scheduledEventId",
     "timeoutType scheduledEventId startedEventId details"),
    ("ActivityTaskCanceled", "ActivityTask", "canceled", "scheduledEventId",
     "details scheduledEventId startedEventId latestCancelRequestedEventId"),
    ("ActivityTaskCancelRequested", "ActivityTask", "cancel_requested", _BY_DECISION,
     "decisionTaskCompletedEventId activityId"),
    ("RequestCancelActivityTaskFailed", "ActivityTask", "request_cancel_failed", _BY_DECISION,
     "activityId cause decisionTaskCompletedEventId"),
    ("WorkflowExecutionSignaled", "WorkflowExecution", "signaled", None,
     "signalName input externalWorkflowExecution externalInitiatedEventId"),
    ("MarkerRecorded", "Marker", "recorded", _BY_DECISION,
     "markerName details decisionTaskCompletedEventId"),
    ("RecordMarkerFailed", "Marker", "record_failed", _BY_DECISION,
     "markerName cause decisionTaskCompletedEventId"),
    ("TimerStarted", "Timer", "started", _BY_DECISION,
     "timerId control startToFireTimeout decisionTaskCompletedEventId"),
    ("StartTimerFailed", "Timer", "start_failed", _BY_DECISION,
     "timerId cause decisionTaskCompletedEventId"),
    ("TimerFired", "Timer", "fired", "startedEventId",
     "timerId startedEventId"),
    ("TimerCanceled", "Timer", "canceled", "startedEventId",
     "timerId startedEventId decisionTaskCompletedEventId"),
    ("CancelTimerFailed", "Timer", "cancel_failed", _BY_DECISION,
     "timerId cause decisionTaskCompletedEventId"),
    ("StartChildWorkflowExecutionInitiated", "ChildWorkflowExecution",
     "start_initiated", _BY_DECISION,
     "workflowId workflowType control input executionStartToCloseTimeout taskList"
     " taskPriority decisionTaskCompletedEventId childPolicy taskStartToCloseTimeout tagList"
     " lambdaRole"),
    ("StartChildWorkflowExecutionFailed", "ChildWorkflowExecution",
     "start_failed", "initiatedEventId",
     "workflowType cause workflowId initiatedEventId decisionTaskCompletedEventId control"),
    ("ChildWorkflowExecutionStarted", "ChildWorkflowExecution", "started", "initiatedEventId",
     "workflowExecution workflowType initiatedEventId"),
    ("ChildWorkflowExecutionCompleted", "ChildWorkflowExecution", "completed", "initiatedEventId",
     "workflowExecution workflowType result initiatedEventId startedEventId"),
    ("ChildWorkflowExecutionFailed", "ChildWorkflowExecution", "failed", "initiatedEventId",
     "workflowExecution workflowType reason details initiatedEventId startedEventId"),
    ("ChildWorkflowExecutionTimedOut", "ChildWorkflowExecution", "timed_out", "initiatedEventId",
     "workflowExecution workflowType timeoutType initiatedEventId startedEventId"),
    ("ChildWorkflowExecutionCanceled", "ChildWorkflowExecution", "canceled", "initiatedEventId",
     "workflowExecution workflowType details initiatedEventId startedEventId"),
    ("ChildWorkflowExecutionTerminated", "ChildWorkflowExecution",
     "terminated", "initiatedEventId",
     "workflowExecution workflowType initiatedEventId startedEventId"),
    ("SignalExternalWorkflowExecutionInitiated", "ExternalWorkflowExecution",
     "signal_initiated", _BY_DECISION,
     "workflowId runId signalName input decisionTaskCompletedEventId control"),
    ("SignalExternalWorkflowExecutionFailed", "ExternalWorkflowExecution",
     "signal_failed", "initiatedEventId",
     "workflowId runId cause initiatedEventId decisionTaskCompletedEventId control"),
    ("ExternalWorkflowExecutionSignaled", "ExternalWorkflowExecution",
     "signaled", "initiatedEventId",
     "workflowExecution initiatedEventId"),
    ("RequestCancelExternalWorkflowExecutionInitiated", "ExternalWorkflowExecution",
     "request_cancel_initiated", _BY_DECISION,
     "workflowId runId decisionTaskCompletedEventId control"),
    ("RequestCancelExternalWorkflowExecutionFailed", "ExternalWorkflowExecution",
     "request_cancel_failed", "initiatedEventId",
     "workflowId runId cause initiatedEventId decisionTaskCompletedEventId control"),
    ("ExternalWorkflowExecutionCancelRequested", "ExternalWorkflowExecution",
     "cancel_requested", "initiatedEventId",
     "workflowExecution initiatedEventId"),
    ("LambdaFunctionScheduled", "LambdaFunction", "scheduled", _BY_DECISION,
     "id name control input startToCloseTimeout decisionTaskCompletedEventId"),
    ("LambdaFunctionStarted", "LambdaFunction", "started", "scheduledEventId",
     "scheduledEventId"),
    ("LambdaFunctionCompleted", "LambdaFunction", "completed", "scheduledEventId",
     "scheduledEventId startedEventId result"),
    ("LambdaFunctionFailed", "LambdaFunction", "failed", "scheduledEventId",
     "scheduledEventId startedEventId reason details"),
    ("LambdaFunctionTimedOut", "LambdaFunction", "timed_out", "scheduledEventId",
     "scheduledEventId startedEventId timeoutType"),
    ("ScheduleLambdaFunctionFailed", "LambdaFunction", "schedule_failed", _BY_DECISION,
     "id name cause decisionTaskCompletedEventId"),
    ("StartLambdaFunctionFailed", "LambdaFunction", "start_failed", "scheduledEventId",
     "scheduledEventId cause message"),
)
# fmt: on

EVENT_TYPES: dict[str, EventType] = {
    name: EventType(name, entity, state, link, tuple(attributes.split()))
    for name, entity, state, link, attributes in _ROWS
}
_KEYS = {name: _key(name) for name in EVENT_TYPES}

# The event types that event ids refer to: by (entity, attribute), or else by attribute.
# `parentInitiatedEventId` and `externalInitiatedEventId` refer to other histories.
_TARGETS: dict[str, str] = {
    _BY_DECISION: "DecisionTaskCompleted",
    "latestCancelRequestedEventId": "ActivityTaskCancelRequested",
    "DecisionTask.scheduledEventId": "DecisionTaskScheduled",
    "DecisionTask.startedEventId": "DecisionTaskStarted",
    "ActivityTask.scheduledEventId": "ActivityTaskScheduled",
    "ActivityTask.startedEventId": "ActivityTaskStarted",
    "LambdaFunction.scheduledEventId": "LambdaFunctionScheduled",
    "LambdaFunction.startedEventId": "LambdaFunctionStarted",
    "Timer.startedEventId": "TimerStarted",
    "ChildWorkflowExecution.initiatedEventId": "StartChildWorkflowExecutionInitiated",
    "ChildWorkflowExecution.startedEventId": "ChildWorkflowExecutionStarted",
    "SignalExternalWorkflowExecutionFailed.initiatedEventId": (
        "SignalExternalWorkflowExecutionInitiated"
    ),
    "ExternalWorkflowExecutionSignaled.initiatedEventId": (
        "SignalExternalWorkflowExecutionInitiated"
    ),
    "ExternalWorkflowExecution.initiatedEventId": "RequestCancelExternalWorkflowExecutionInitiated",
}


def _references(kind: EventType) -> dict[str, str]:
    references = {}
    for attribute in kind.attributes:
        for key in (f"{kind.name}.{attribute}", f"{kind.entity}.{attribute}", attribute):
            if key in _TARGETS:
                references[attribute] = _TARGETS[key]
                break
    return references


# Event type -> {attribute with an event id of this history: type of that event}.
REFERENCES: dict[str, dict[str, str]] = {
    name: _references(kind) for name, kind in EVENT_TYPES.items()
}

# The six events that close an execution -> the close status.
CLOSE_EVENTS: dict[str, str] = {
    "WorkflowExecutionCompleted": "COMPLETED",
    "WorkflowExecutionFailed": "FAILED",
    "WorkflowExecutionCanceled": "CANCELED",
    "WorkflowExecutionTerminated": "TERMINATED",
    "WorkflowExecutionContinuedAsNew": "CONTINUED_AS_NEW",
    "WorkflowExecutionTimedOut": "TIMED_OUT",
}

# Events with a `cause` by which the service refuses a decision. (A child, a signal or a
# cancellation may also fail later, after it was initiated.)
REFUSALS: frozenset[str] = frozenset(
    name
    for name, kind in EVENT_TYPES.items()
    if "cause" in kind.attributes and _BY_DECISION in kind.attributes
)
