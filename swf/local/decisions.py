"""Apply the 13 decision types: each appends its event, or an event that records its failure.

A rule appends its events and returns None, or returns the cause of its failure. A failed decision
does not stop the batch; the decider gets a new decision task.
Source: API Reference, Decision. Causes are checked in the order of the code.
"""

from typing import Any

from swf.local import children, external, lambdas, limits
from swf.local.batch import Batch, DecisionRule
from swf.local.entities import Attributes
from swf.local.registry import DEPRECATED


def attributes_member(decision_type: str) -> str:
    """Return the member of a decision that contains the attributes of its type."""
    return f"{decision_type[0].lower()}{decision_type[1:]}DecisionAttributes"


def apply_decisions(batch: Batch, decisions: list[dict[str, Any]]) -> None:
    """Apply decisions in order, until one closes the execution."""
    for decision in decisions:
        decision_type = decision["decisionType"]
        attributes = decision[attributes_member(decision_type)]
        refuse = batch.step.state.refuse
        cause = refuse(decision_type, attributes) if refuse else None
        if cause is None:
            cause = RULES[decision_type](batch, attributes)
        if cause is not None:
            _fail(batch, decision_type, attributes, cause)
        if not batch.execution.is_open:
            return
    if batch.needs_decision:
        batch.step.schedule_decision_task(batch.execution)


FAILURES: dict[str, tuple[str, tuple[str, ...]]] = {
    "ScheduleActivityTask": ("ScheduleActivityTaskFailed", ("activityId", "activityType")),
    "RequestCancelActivityTask": ("RequestCancelActivityTaskFailed", ("activityId",)),
    "CompleteWorkflowExecution": ("CompleteWorkflowExecutionFailed", ()),
    "FailWorkflowExecution": ("FailWorkflowExecutionFailed", ()),
    "CancelWorkflowExecution": ("CancelWorkflowExecutionFailed", ()),
    "ContinueAsNewWorkflowExecution": ("ContinueAsNewWorkflowExecutionFailed", ()),
    "RecordMarker": ("RecordMarkerFailed", ("markerName",)),
    "StartTimer": ("StartTimerFailed", ("timerId",)),
    "CancelTimer": ("CancelTimerFailed", ("timerId",)),
    "SignalExternalWorkflowExecution": (
        "SignalExternalWorkflowExecutionFailed",
        ("control", "runId", "workflowId"),
    ),
    "RequestCancelExternalWorkflowExecution": (
        "RequestCancelExternalWorkflowExecutionFailed",
        ("control", "runId", "workflowId"),
    ),
    "StartChildWorkflowExecution": (
        "StartChildWorkflowExecutionFailed",
        ("control", "workflowId", "workflowType"),
    ),
    "ScheduleLambdaFunction": ("ScheduleLambdaFunctionFailed", ("id", "name")),
}
"""Decision type -> the event of its failure, and the attributes that it repeats."""

NEVER_INITIATED = (
    "SignalExternalWorkflowExecution",
    "RequestCancelExternalWorkflowExecution",
    "StartChildWorkflowExecution",
)


def _fail(batch: Batch, decision_type: str, attributes: Attributes, cause: str) -> None:
    event_type, repeated = FAILURES[decision_type]
    initiated = {"initiatedEventId": 0} if decision_type in NEVER_INITIATED else {}
    copies = {name: attributes.get(name) for name in repeated}
    batch.append(event_type, cause=cause, **copies, **initiated)
    batch.needs_decision = True


# -- Activities ------------------------------------------------------------------------------------

ACTIVITY_SETTINGS = {
    "taskList": ("defaultTaskList", "DEFAULT_TASK_LIST_UNDEFINED"),
    "scheduleToStartTimeout": (
        "defaultTaskScheduleToStartTimeout",
        "DEFAULT_SCHEDULE_TO_START_TIMEOUT_UNDEFINED",
    ),
    "scheduleToCloseTimeout": (
        "defaultTaskScheduleToCloseTimeout",
        "DEFAULT_SCHEDULE_TO_CLOSE_TIMEOUT_UNDEFINED",
    ),
    "startToCloseTimeout": (
        "defaultTaskStartToCloseTimeout",
        "DEFAULT_START_TO_CLOSE_TIMEOUT_UNDEFINED",
    ),
    "heartbeatTimeout": ("defaultTaskHeartbeatTimeout", "DEFAULT_HEARTBEAT_TIMEOUT_UNDEFINED"),
}


def schedule_activity_task(batch: Batch, attributes: Attributes) -> str | None:
    """Schedule an activity task, with the type's defaults for absent settings."""
    execution, step = batch.execution, batch.step
    reference = attributes["activityType"]
    types = step.state.domains[execution.domain].activity_types
    activity_type = types.get((reference["name"], reference["version"]))
    if activity_type is None:
        return "ACTIVITY_TYPE_DOES_NOT_EXIST"
    if activity_type.status == DEPRECATED:
        return "ACTIVITY_TYPE_DEPRECATED"
    if attributes["activityId"] in execution.activity_ids:
        return "ACTIVITY_ID_ALREADY_IN_USE"
    defaults = activity_type.configuration
    settings: Attributes = {
        name: attributes.get(name, defaults.get(default))
        for name, (default, _) in ACTIVITY_SETTINGS.items()
    }
    for name, (_, cause) in ACTIVITY_SETTINGS.items():
        if settings[name] is None:
            return cause
    if len(execution.activities) >= limits.OPEN_ACTIVITIES:
        return "OPEN_ACTIVITIES_LIMIT_EXCEEDED"
    task_list = ("activity list", execution.domain, settings["taskList"]["name"])
    if not batch.has_token("ScheduleActivityTask") or not step.has_token(
        task_list, limits.TASK_LIST_RATE
    ):
        return "ACTIVITY_CREATION_RATE_EXCEEDED"
    settings["taskPriority"] = attributes.get("taskPriority", defaults.get("defaultTaskPriority"))
    batch.append("ActivityTaskScheduled", **{**attributes, **settings})
    return None


def request_cancel_activity_task(batch: Batch, attributes: Attributes) -> str | None:
    """Request the cancellation of a started activity; cancel a scheduled one at once."""
    task = batch.execution.activity_ids.get(attributes["activityId"])
    if task is None:
        return "ACTIVITY_ID_UNKNOWN"
    requested = batch.append("ActivityTaskCancelRequested", activityId=attributes["activityId"])
    if requested and not task.started_event_id:
        batch.step.append(
            batch.execution,
            "ActivityTaskCanceled",
            latestCancelRequestedEventId=requested,
            scheduledEventId=task.event_id,
            startedEventId=0,
        )
        batch.needs_decision = True
    return None


# -- Closing ---------------------------------------------------------------------------------------


def _closing(event_type: str) -> DecisionRule:
    def close(batch: Batch, attributes: Attributes) -> str | None:
        if batch.is_unhandled:
            return "UNHANDLED_DECISION"
        batch.append(event_type, **attributes)
        return None

    return close


# -- Markers and timers ----------------------------------------------------------------------------


def record_marker(batch: Batch, attributes: Attributes) -> str | None:
    """Append a marker; marker names may repeat."""
    batch.append("MarkerRecorded", **attributes)
    return None


def start_timer(batch: Batch, attributes: Attributes) -> str | None:
    """Start a timer; a timer of 0 seconds fires in a later step."""
    if attributes["timerId"] in batch.execution.timers:
        return "TIMER_ID_ALREADY_IN_USE"
    if len(batch.execution.timers) >= limits.OPEN_TIMERS:
        return "OPEN_TIMERS_LIMIT_EXCEEDED"
    if not batch.has_token("StartTimer"):
        return "TIMER_CREATION_RATE_EXCEEDED"
    batch.append("TimerStarted", **attributes)
    return None


def cancel_timer(batch: Batch, attributes: Attributes) -> str | None:
    """Cancel a timer that has not fired."""
    timer = batch.execution.timers.get(attributes["timerId"])
    if timer is None:
        return "TIMER_ID_UNKNOWN"
    batch.append("TimerCanceled", startedEventId=timer.event_id, timerId=timer.timer_id)
    return None


RULES: dict[str, DecisionRule] = {
    "ScheduleActivityTask": schedule_activity_task,
    "RequestCancelActivityTask": request_cancel_activity_task,
    "CompleteWorkflowExecution": _closing("WorkflowExecutionCompleted"),
    "FailWorkflowExecution": _closing("WorkflowExecutionFailed"),
    "CancelWorkflowExecution": _closing("WorkflowExecutionCanceled"),
    "ContinueAsNewWorkflowExecution": children.continue_as_new,
    "RecordMarker": record_marker,
    "StartTimer": start_timer,
    "CancelTimer": cancel_timer,
    "SignalExternalWorkflowExecution": external.signal_external,
    "RequestCancelExternalWorkflowExecution": external.request_cancel_external,
    "StartChildWorkflowExecution": children.initiate_child,
    "ScheduleLambdaFunction": lambdas.schedule,
}

CLOSING = (
    "CompleteWorkflowExecution",
    "FailWorkflowExecution",
    "CancelWorkflowExecution",
    "ContinueAsNewWorkflowExecution",
)
