"""The change that each event makes to its run.

`EVENT_HANDLERS` has one function for each event type that changes the state of a run; the other
events are only stored. The close of a run drops its open entities and keeps their counts, as the
service does.
Source: API Reference, HistoryEvent; Developer Guide, "Workflow Execution Lifecycle".
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from swf.local.deadlines import Deadlines
from swf.local.entities import (
    CLOSE_STATUSES,
    ActivityTask,
    Attributes,
    ChildExecution,
    DecisionTask,
    Execution,
    LambdaFunction,
    Override,
    Timer,
    after,
    attributes_member,
    seconds,
)
from swf.local.history import Event
from swf.local.limits import LAMBDA_SECONDS, YEAR
from swf.local.task_lists import TaskLists


class EventContext(NamedTuple):
    """The arguments of an event handler."""

    execution: Execution
    event: Event
    task_lists: TaskLists
    deadlines: Deadlines

    @property
    def event_id(self) -> int:
        """The id of the event."""
        event_id: int = self.event["eventId"]
        return event_id

    @property
    def at(self) -> float:
        """The time of the event."""
        timestamp: float = self.event["eventTimestamp"]
        return timestamp


def _start(context: EventContext, attributes: Attributes) -> None:
    """Store the settings; the service closes an execution after one year at most."""
    execution = context.execution
    execution.settings = {name: attributes[name] for name in attributes if name != "input"}
    execution.start_timestamp = context.at
    limit = seconds(attributes["executionStartToCloseTimeout"])
    execution.deadline = after(context.at, YEAR if limit is None else min(limit, YEAR))
    context.deadlines.arm(execution)


def _close(context: EventContext, _: Attributes) -> None:
    """Remove the open entities; keep their counts, and the children for the child policy."""
    execution = context.execution
    children = execution.children.values()
    execution.child_workflow_ids = tuple(child.workflow_id for child in children)
    execution.counts_at_close = execution.open_counts()
    execution.close_timestamp = context.at
    execution.close_status = CLOSE_STATUSES[context.event["eventType"]]
    execution.cancel_requested = False
    execution.deadline = None
    for entity in _open_entities(execution):
        entity.deadline = None
        if isinstance(entity, (ActivityTask, DecisionTask)):
            context.task_lists.withdraw(entity)
    execution.decision_task = execution.queued_decision_task = execution.override = None
    execution.activities, execution.activity_ids = {}, {}
    execution.timers, execution.children = {}, {}
    execution.lambdas, execution.lambda_ids = {}, {}
    execution.history.seal()


def _open_entities(execution: Execution) -> list[Any]:
    decision_tasks = (execution.decision_task, execution.queued_decision_task)
    return [
        *execution.activities.values(),
        *execution.timers.values(),
        *execution.lambdas.values(),
        *execution.children.values(),
        *(task for task in decision_tasks if task is not None),
    ]


def _request_cancel(context: EventContext, _: Attributes) -> None:
    """Set the `cancelRequested` flag."""
    context.execution.cancel_requested = True


def _schedule_decision_task(context: EventContext, attributes: Attributes) -> None:
    """Queue a decision task; offer it if no other one is started."""
    execution = context.execution
    task = DecisionTask(execution, context.event_id, context.at, attributes)
    execution.queued_decision_task = task
    context.task_lists.schedule(task)
    if execution.decision_task is None:
        context.task_lists.offer(task)
    context.deadlines.arm(task)


def _start_decision_task(context: EventContext, _: Attributes) -> None:
    """Start the queued decision task."""
    execution = context.execution
    task = execution.queued_decision_task
    if task is None:
        raise ValueError(f"event {context.event_id}: no decision task is scheduled")
    execution.decision_task, execution.queued_decision_task = task, None
    context.task_lists.withdraw(task)
    task.start(context.event_id, context.at)
    context.deadlines.arm(task)


def _end_decision_task(context: EventContext) -> None:
    execution = context.execution
    if execution.decision_task is not None:
        execution.decision_task.deadline = None
        execution.decision_task = None
    if execution.queued_decision_task is not None:
        context.task_lists.offer(execution.queued_decision_task)


def _complete_decision_task(context: EventContext, attributes: Attributes) -> None:
    """End the started decision task; store its execution context and task list."""
    execution = context.execution
    execution.previous_started_event_id = attributes["startedEventId"]
    if "executionContext" in attributes:
        execution.latest_context = attributes["executionContext"]
    if "taskList" in attributes:
        schedule_to_start = attributes.get("taskListScheduleToStartTimeout", "NONE")
        execution.override = Override(attributes["taskList"], schedule_to_start)
    _end_decision_task(context)


def _time_out_decision_task(context: EventContext, attributes: Attributes) -> None:
    """End a decision task that timed out, and remove a sticky task list."""
    execution = context.execution
    if execution.override is not None and execution.override.is_sticky:
        execution.override = None
    if attributes["timeoutType"] == "START_TO_CLOSE":
        execution.previous_started_event_id = attributes["startedEventId"]
        _end_decision_task(context)
        return
    task = execution.queued_decision_task
    if task is not None:
        task.deadline = None
        execution.queued_decision_task = None
        context.task_lists.withdraw(task)


def _schedule_activity_task(context: EventContext, attributes: Attributes) -> None:
    """Add an activity task to its list."""
    execution = context.execution
    task = ActivityTask(execution, context.event_id, context.at, attributes)
    execution.activities[task.event_id] = execution.activity_ids[task.activity_id] = task
    execution.latest_activity_timestamp = context.at
    context.task_lists.schedule(task)
    context.task_lists.offer(task)
    context.deadlines.arm(task)


def _start_activity_task(context: EventContext, attributes: Attributes) -> None:
    """Start an activity task."""
    execution = context.execution
    task = execution.activities[attributes["scheduledEventId"]]
    execution.latest_activity_timestamp = context.at
    context.task_lists.withdraw(task)
    task.start(context.event_id, context.at)
    context.deadlines.arm(task)


def _close_activity_task(context: EventContext, attributes: Attributes) -> None:
    """Remove an activity task; its id can be reused."""
    execution = context.execution
    task = execution.activities.pop(attributes["scheduledEventId"])
    del execution.activity_ids[task.activity_id]
    execution.latest_activity_timestamp = context.at
    context.task_lists.withdraw(task)
    task.deadline = None


def _request_cancel_activity_task(context: EventContext, attributes: Attributes) -> None:
    """Set the cancel request that the next heartbeat returns."""
    task = context.execution.activity_ids[attributes["activityId"]]
    task.cancel_requested_event_id = context.event_id


def _start_timer(context: EventContext, attributes: Attributes) -> None:
    """Start a timer."""
    timer = Timer(context.execution, context.event_id, context.at, attributes)
    context.execution.timers[timer.timer_id] = timer
    context.deadlines.arm(timer)


def _close_timer(context: EventContext, attributes: Attributes) -> None:
    """Remove a timer that fired or was canceled."""
    context.execution.timers.pop(attributes["timerId"]).deadline = None


def _initiate_child(context: EventContext, attributes: Attributes) -> None:
    """Add a child; it counts as open from this event on."""
    execution = context.execution
    child = ChildExecution(execution, context.event_id, attributes["workflowId"])
    context.deadlines.arm_start(child, context.at)
    execution.children[context.event_id] = child


def _start_child(context: EventContext, attributes: Attributes) -> None:
    """Store the event id of the start, to which the closing event refers."""
    child = context.execution.children[attributes["initiatedEventId"]]
    child.started_event_id = context.event_id
    child.deadline = None


def _close_child(context: EventContext, attributes: Attributes) -> None:
    """Remove a child that closed or failed to start."""
    child = context.execution.children.pop(attributes["initiatedEventId"], None)
    if child is not None:
        child.deadline = None


def _schedule_lambda(context: EventContext, attributes: Attributes) -> None:
    """Add a scheduled Lambda function."""
    execution = context.execution
    task = LambdaFunction(execution, context.event_id, attributes)
    context.deadlines.arm_start(task, context.at)
    execution.lambdas[context.event_id] = execution.lambda_ids[attributes["id"]] = task


def _start_lambda(context: EventContext, attributes: Attributes) -> None:
    """Start the timeout of a Lambda function."""
    task = context.execution.lambdas[attributes["scheduledEventId"]]
    task.start(context.event_id, context.at, LAMBDA_SECONDS)
    context.deadlines.arm(task)


def _close_lambda(context: EventContext, attributes: Attributes) -> None:
    """Remove a Lambda function; its id can be reused."""
    task = context.execution.lambdas.pop(attributes["scheduledEventId"])
    del context.execution.lambda_ids[task.attributes["id"]]
    task.deadline = None


EVENT_HANDLERS: dict[str, Callable[[EventContext, Attributes], None]] = {
    "WorkflowExecutionStarted": _start,
    **dict.fromkeys(CLOSE_STATUSES, _close),
    "WorkflowExecutionCancelRequested": _request_cancel,
    "DecisionTaskScheduled": _schedule_decision_task,
    "DecisionTaskStarted": _start_decision_task,
    "DecisionTaskCompleted": _complete_decision_task,
    "DecisionTaskTimedOut": _time_out_decision_task,
    "ActivityTaskScheduled": _schedule_activity_task,
    "ActivityTaskStarted": _start_activity_task,
    "ActivityTaskCompleted": _close_activity_task,
    "ActivityTaskFailed": _close_activity_task,
    "ActivityTaskTimedOut": _close_activity_task,
    "ActivityTaskCanceled": _close_activity_task,
    "ActivityTaskCancelRequested": _request_cancel_activity_task,
    "TimerStarted": _start_timer,
    "TimerFired": _close_timer,
    "TimerCanceled": _close_timer,
    "StartChildWorkflowExecutionInitiated": _initiate_child,
    "StartChildWorkflowExecutionFailed": _close_child,
    "ChildWorkflowExecutionStarted": _start_child,
    "ChildWorkflowExecutionCompleted": _close_child,
    "ChildWorkflowExecutionFailed": _close_child,
    "ChildWorkflowExecutionTimedOut": _close_child,
    "ChildWorkflowExecutionCanceled": _close_child,
    "ChildWorkflowExecutionTerminated": _close_child,
    "LambdaFunctionScheduled": _schedule_lambda,
    "LambdaFunctionStarted": _start_lambda,
    "LambdaFunctionCompleted": _close_lambda,
    "LambdaFunctionFailed": _close_lambda,
    "LambdaFunctionTimedOut": _close_lambda,
    "StartLambdaFunctionFailed": _close_lambda,
}
"""Event type -> handler; the other event types are only stored."""

MEMBERS = {event_type: attributes_member(event_type) for event_type in EVENT_HANDLERS}


def fold_event(
    execution: Execution, event: Event, task_lists: TaskLists, deadlines: Deadlines
) -> None:
    """Append an event to a run and apply its change.

    :param task_lists: the task lists of the tenant.
    :param deadlines: the deadlines of the tenant.
    """
    event_type = event["eventType"]
    execution.history.append(event)
    change = EVENT_HANDLERS.get(event_type)
    if change is not None:
        change(EventContext(execution, event, task_lists, deadlines), event[MEMBERS[event_type]])
