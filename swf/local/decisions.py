"""The 13 decisions: each becomes an event, or the event that says why it failed.

A rule is a function that yields nothing and returns the cause of a failure, or None after it has
written its events.  A failure fails that decision alone: the rest of the batch goes on, and the
decider gets a new decision task after it.
Source: API Reference, Decision; the causes stand in the order in which they are looked for.
"""

from collections.abc import Callable
from typing import Any

from swf.local import limits
from swf.local.consequences import begin
from swf.local.execution import Execution
from swf.local.registry import DEPRECATED
from swf.local.settings import SettingMissing, resolve
from swf.local.step import Step
from swf.local.tasks import Attributes


class Batch:
    """The decisions of one completed decision task, while they are carried out."""

    __slots__ = ("completed_event_id", "execution", "is_unhandled", "needs_decision", "step")

    def __init__(self, step: Step, execution: Execution, is_unhandled: bool) -> None:
        self.step = step
        self.execution = execution
        self.is_unhandled = is_unhandled
        self.completed_event_id = 0
        self.needs_decision = False

    def append(self, event_type: str, **attributes: Any) -> int:
        """Append an event that refers to the completed decision task."""
        return self.step.append(
            self.execution,
            event_type,
            decisionTaskCompletedEventId=self.completed_event_id,
            **attributes,
        )

    def initiate(self, consequence: str, event_type: str, attributes: Attributes) -> None:
        """Append an event, and leave what it sets going for after the batch."""
        event_id = self.append(event_type, **attributes)
        if event_id:
            about = {**attributes, "decisionTaskCompletedEventId": self.completed_event_id}
            self.step.consequences.append((consequence, self.execution, event_id, about))

    def has_token(self, decision: str) -> bool:
        """Take a token from the account's bucket for a kind of decision."""
        return self.step.has_token(("decision", decision), limits.DECISION_RATES.get(decision))


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


def _closing(event_type: str) -> Callable[[Batch, Attributes], str | None]:
    def close(batch: Batch, given: Attributes) -> str | None:
        if batch.is_unhandled:
            return "UNHANDLED_DECISION"
        batch.append(event_type, **given)
        return None

    return close


def continue_as_new(batch: Batch, given: Attributes) -> str | None:
    """Close the run and start the next one; no setting but the parent is inherited."""
    if batch.is_unhandled:
        return "UNHANDLED_DECISION"
    execution, step = batch.execution, batch.step
    current = execution.workflow_type
    version = given.get("workflowTypeVersion", current["version"])
    types = step.state.domains[execution.domain].workflow_types
    workflow_type = types.get((current["name"], version))
    if workflow_type is None:
        return "WORKFLOW_TYPE_DOES_NOT_EXIST"
    if workflow_type.status == DEPRECATED:
        return "WORKFLOW_TYPE_DEPRECATED"
    try:
        settings = resolve(given, workflow_type)
    except SettingMissing as missing:
        return missing.cause
    new_run_id = step.state.next_run_id()
    batch.append("WorkflowExecutionContinuedAsNew", newExecutionRunId=new_run_id, **settings)
    links = ("parentInitiatedEventId", "parentWorkflowExecution")
    inherited = {name: execution.settings.get(name) for name in links}
    begin(
        step,
        execution.domain,
        execution.workflow_id,
        {**settings, **inherited, "continuedExecutionRunId": execution.run_id},
    )
    return None


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


# -- Other executions ------------------------------------------------------------------------------


def signal_external(batch: Batch, given: Attributes) -> str | None:
    """Send a signal to another execution after the batch."""
    if not batch.has_token("SignalExternalWorkflowExecution"):
        return "SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_RATE_EXCEEDED"
    batch.initiate("signal", "SignalExternalWorkflowExecutionInitiated", given)
    return None


def request_cancel_external(batch: Batch, given: Attributes) -> str | None:
    """Ask another execution to cancel itself after the batch."""
    if not batch.has_token("RequestCancelExternalWorkflowExecution"):
        return "REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_RATE_EXCEEDED"
    batch.initiate("request_cancel", "RequestCancelExternalWorkflowExecutionInitiated", given)
    return None


def start_child(batch: Batch, given: Attributes) -> str | None:
    """Start a child after the batch; whether its id is taken shows only then."""
    execution, state = batch.execution, batch.step.state
    asked = given["workflowType"]
    domain = state.domains[execution.domain]
    workflow_type = domain.workflow_types.get((asked["name"], asked["version"]))
    if workflow_type is None:
        return "WORKFLOW_TYPE_DOES_NOT_EXIST"
    if workflow_type.status == DEPRECATED:
        return "WORKFLOW_TYPE_DEPRECATED"
    try:
        settings = resolve(given, workflow_type)
    except SettingMissing as missing:
        return missing.cause
    if len(execution.children) >= limits.OPEN_CHILDREN:
        return "OPEN_CHILDREN_LIMIT_EXCEEDED"
    if state.limits != "off" and len(domain.open_runs) >= limits.OPEN_EXECUTIONS_PER_DOMAIN:
        return "OPEN_WORKFLOWS_LIMIT_EXCEEDED"
    if not batch.has_token("StartChildWorkflowExecution"):
        return "CHILD_CREATION_RATE_EXCEEDED"
    about = {"workflowId": given["workflowId"], "control": given.get("control"), **settings}
    given = {name: value for name, value in about.items() if value is not None}
    batch.initiate("start_child", "StartChildWorkflowExecutionInitiated", given)
    return None


def schedule_lambda_function(batch: Batch, given: Attributes) -> str | None:
    """Call a lambda function after the batch."""
    if given["id"] in batch.execution.lambda_ids:
        return "ID_ALREADY_IN_USE"
    if len(batch.execution.lambdas) >= limits.OPEN_LAMBDAS:
        return "OPEN_LAMBDA_FUNCTIONS_LIMIT_EXCEEDED"
    batch.initiate("call_lambda", "LambdaFunctionScheduled", given)
    return None


RULES: dict[str, Callable[[Batch, Attributes], str | None]] = {
    "ScheduleActivityTask": schedule_activity_task,
    "RequestCancelActivityTask": request_cancel_activity_task,
    "CompleteWorkflowExecution": _closing("WorkflowExecutionCompleted"),
    "FailWorkflowExecution": _closing("WorkflowExecutionFailed"),
    "CancelWorkflowExecution": _closing("WorkflowExecutionCanceled"),
    "ContinueAsNewWorkflowExecution": continue_as_new,
    "RecordMarker": record_marker,
    "StartTimer": start_timer,
    "CancelTimer": cancel_timer,
    "SignalExternalWorkflowExecution": signal_external,
    "RequestCancelExternalWorkflowExecution": request_cancel_external,
    "StartChildWorkflowExecution": start_child,
    "ScheduleLambdaFunction": schedule_lambda_function,
}

CLOSING = (
    "CompleteWorkflowExecution",
    "FailWorkflowExecution",
    "CancelWorkflowExecution",
    "ContinueAsNewWorkflowExecution",
)
