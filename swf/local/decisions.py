"""The 13 decisions: each becomes an event, or the event that says why it failed.

A rule returns the cause of a failure, or None after it has written its events.  A failure fails
that decision alone: the rest of the batch goes on, and the decider gets a new decision task.
Source: API Reference, Decision; the causes stand in the order in which they are looked for.
"""

from typing import Any

from swf.local import children, external, lambdas, limits
from swf.local.batch import Batch, DecisionRule
from swf.local.entities import Attributes
from swf.local.registry import DEPRECATED


def attributes_member(decision_type: str) -> str:
    """Return the member of a decision that holds the attributes of its type."""
    return f"{decision_type[0].lower()}{decision_type[1:]}DecisionAttributes"


def carry_out(batch: Batch, decisions: list[dict[str, Any]]) -> None:
    """Carry out decisions in their order, until one closes the execution."""
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
"""Decision -> the event of its failure, and which of its attributes that event repeats."""

NEVER_INITIATED = (
    "SignalExternalWorkflowExecution",
    "RequestCancelExternalWorkflowExecution",
    "StartChildWorkflowExecution",
)


def _fail(batch: Batch, decision_type: str, attributes: Attributes, cause: str) -> None:
    event_type, repeated = FAILURES[decision_type]
    initiated = {"initiatedEventId": 0} if decision_type in NEVER_INITIATED else {}
    told = {name: attributes.get(name) for name in repeated}
    batch.append(event_type, cause=cause, **told, **initiated)
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


def schedule_activity_task(batch: Batch, given: Attributes) -> str | None:
    """Put an activity task on its list, with the type's defaults for what is not given."""
    execution, step = batch.execution, batch.step
    asked = given["activityType"]
    types = step.state.domains[execution.domain].activity_types
    activity_type = types.get((asked["name"], asked["version"]))
    if activity_type is None:
        return "ACTIVITY_TYPE_DOES_NOT_EXIST"
    if activity_type.status == DEPRECATED:
        return "ACTIVITY_TYPE_DEPRECATED"
    if given["activityId"] in execution.activity_ids:
        return "ACTIVITY_ID_ALREADY_IN_USE"
    defaults = activity_type.configuration
    settings: Attributes = {
        name: given.get(name, defaults.get(default))
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
    settings["taskPriority"] = given.get("taskPriority", defaults.get("defaultTaskPriority"))
    batch.append("ActivityTaskScheduled", **{**given, **settings})
    return None


def request_cancel_activity_task(batch: Batch, given: Attributes) -> str | None:
    """Ask a started activity to stop; cancel one that nobody started."""
    task = batch.execution.activity_ids.get(given["activityId"])
    if task is None:
        return "ACTIVITY_ID_UNKNOWN"
    requested = batch.append("ActivityTaskCancelRequested", activityId=given["activityId"])
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
    def close(batch: Batch, given: Attributes) -> str | None:
        if batch.is_unhandled:
            return "UNHANDLED_DECISION"
        batch.append(event_type, **given)
        return None

    return close


# -- Markers and timers ----------------------------------------------------------------------------


def record_marker(batch: Batch, given: Attributes) -> str | None:
    """Write a marker; names may repeat."""
    batch.append("MarkerRecorded", **given)
    return None


def start_timer(batch: Batch, given: Attributes) -> str | None:
    """Start a timer; even one of 0 seconds fires later, in a step of its own."""
    if given["timerId"] in batch.execution.timers:
        return "TIMER_ID_ALREADY_IN_USE"
    if len(batch.execution.timers) >= limits.OPEN_TIMERS:
        return "OPEN_TIMERS_LIMIT_EXCEEDED"
    if not batch.has_token("StartTimer"):
        return "TIMER_CREATION_RATE_EXCEEDED"
    batch.append("TimerStarted", **given)
    return None


def cancel_timer(batch: Batch, given: Attributes) -> str | None:
    """Cancel a timer that has not fired."""
    timer = batch.execution.timers.get(given["timerId"])
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
