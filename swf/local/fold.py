"""How each event changes the run that it is appended to.

`EVENT_HANDLERS` has one small function for each event type that changes something; the other
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
    LambdaTask,
    Override,
    Timer,
    after,
    attributes_member,
    seconds,
)
from swf.local.history import Event
from swf.local.limits import LAMBDA_SECONDS, YEAR
from swf.local.tasklists import TaskLists


class EventContext(NamedTuple):
    """What the function for an event works on."""

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


def start(context: EventContext, attributes: Attributes) -> None:
    """Take over the settings; an execution is closed by the service after a year at most."""
    execution = context.execution
    execution.settings = {name: attributes[name] for name in attributes if name != "input"}
    execution.start_timestamp = context.at
    limit = seconds(attributes["executionStartToCloseTimeout"])
    execution.deadline = after(context.at, YEAR if limit is None else min(limit, YEAR))
    context.deadlines.arm(execution)


def close(context: EventContext, _: Attributes) -> None:
    """Drop what is open; the counts stay, and whom the child policy concerns."""
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
        *(task for task in decision_tasks if task is not None),
    ]


def request_cancel(context: EventContext, _: Attributes) -> None:
    """Remember that somebody asked; nothing is canceled by that."""
    context.execution.cancel_requested = True


def schedule_decision_task(context: EventContext, attributes: Attributes) -> None:
    """Queue a decision task; it is offered when no other one is started."""
    execution = context.execution
    task = DecisionTask(execution, context.event_id, context.at, attributes)
    execution.queued_decision_task = task
    context.task_lists.schedule(task)
    if execution.decision_task is None:
        context.task_lists.offer(task)
    context.deadlines.arm(task)


def start_decision_task(context: EventContext, _: Attributes) -> None:
    """Take the queued decision task off its list."""
    execution = context.execution
    task = execution.queued_decision_task
    if task is None:
        raise ValueError(f"no decision task is scheduled before event {context.event_id}")
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


def complete_decision_task(context: EventContext, attributes: Attributes) -> None:
    """End the started decision task; keep the context and the task list that came with it."""
    execution = context.execution
    execution.previous_started_event_id = attributes["startedEventId"]
    if "executionContext" in attributes:
        execution.latest_context = attributes["executionContext"]
    if "taskList" in attributes:
        schedule_to_start = attributes.get("taskListScheduleToStartTimeout", "NONE")
        execution.override = Override(attributes["taskList"], schedule_to_start)
    _end_decision_task(context)


def time_out_decision_task(context: EventContext, attributes: Attributes) -> None:
    """End the decision task that waited or worked too long; leave a sticky task list."""
    execution = context.execution
    if execution.override is not None and execution.override.is_sticky:
        execution.override = None
    if attributes["timeoutType"] == "START_TO_CLOSE":
        _end_decision_task(context)
        return
    task = execution.queued_decision_task
    if task is not None:
        task.deadline = None
        execution.queued_decision_task = None
        context.task_lists.withdraw(task)


def schedule_activity_task(context: EventContext, attributes: Attributes) -> None:
    """Put an activity task on its list."""
    execution = context.execution
    task = ActivityTask(execution, context.event_id, context.at, attributes)
    execution.activities[task.event_id] = execution.activity_ids[task.activity_id] = task
    execution.latest_activity_timestamp = context.at
    context.task_lists.schedule(task)
    context.task_lists.offer(task)
    context.deadlines.arm(task)


def start_activity_task(context: EventContext, attributes: Attributes) -> None:
    """Take an activity task off its list."""
    execution = context.execution
    task = execution.activities[attributes["scheduledEventId"]]
    execution.latest_activity_timestamp = context.at
    context.task_lists.withdraw(task)
    task.start(context.event_id, context.at)
    context.deadlines.arm(task)


def close_activity_task(context: EventContext, attributes: Attributes) -> None:
    """Drop an activity task; its id may be used again."""
    execution = context.execution
    task = execution.activities.pop(attributes["scheduledEventId"])
    del execution.activity_ids[task.activity_id]
    execution.latest_activity_timestamp = context.at
    context.task_lists.withdraw(task)
    task.deadline = None


def request_cancel_activity_task(context: EventContext, attributes: Attributes) -> None:
    """Let the next heartbeat know."""
    task = context.execution.activity_ids[attributes["activityId"]]
    task.cancel_requested_event_id = context.event_id


def start_timer(context: EventContext, attributes: Attributes) -> None:
    """Begin a timer's clock."""
    timer = Timer(context.execution, context.event_id, context.at, attributes)
    context.execution.timers[timer.timer_id] = timer
    context.deadlines.arm(timer)


def close_timer(context: EventContext, attributes: Attributes) -> None:
    """Drop a timer that fired or was canceled."""
    context.execution.timers.pop(attributes["timerId"]).deadline = None


def initiate_child(context: EventContext, attributes: Attributes) -> None:
    """Count a child from the moment that it was asked for."""
    child = ChildExecution(context.event_id, 0, attributes["workflowId"])
    context.execution.children[context.event_id] = child


def start_child(context: EventContext, attributes: Attributes) -> None:
    """Remember which event says that the child runs: the event of its close refers to it."""
    children, initiated = context.execution.children, attributes["initiatedEventId"]
    children[initiated] = children[initiated]._replace(started_event_id=context.event_id)


def close_child(context: EventContext, attributes: Attributes) -> None:
    """Drop a child that closed or could not be started (initiated or not)."""
    context.execution.children.pop(attributes["initiatedEventId"], None)


def schedule_lambda(context: EventContext, attributes: Attributes) -> None:
    """Remember a lambda function that was asked for."""
    task = LambdaTask(context.execution, context.event_id, attributes)
    context.execution.lambdas[context.event_id] = task
    context.execution.lambda_ids[attributes["id"]] = task


def start_lambda(context: EventContext, attributes: Attributes) -> None:
    """Begin a lambda function's clock."""
    task = context.execution.lambdas[attributes["scheduledEventId"]]
    task.start(context.event_id, context.at, LAMBDA_SECONDS)
    context.deadlines.arm(task)


def close_lambda(context: EventContext, attributes: Attributes) -> None:
    """Drop a lambda function; its id may be used again."""
    task = context.execution.lambdas.pop(attributes["scheduledEventId"])
    del context.execution.lambda_ids[task.attributes["id"]]
    task.deadline = None


EVENT_HANDLERS: dict[str, Callable[[EventContext, Attributes], None]] = {
    "WorkflowExecutionStarted": start,
    **dict.fromkeys(CLOSE_STATUSES, close),
    "WorkflowExecutionCancelRequested": request_cancel,
    "DecisionTaskScheduled": schedule_decision_task,
    "DecisionTaskStarted": start_decision_task,
    "DecisionTaskCompleted": complete_decision_task,
    "DecisionTaskTimedOut": time_out_decision_task,
    "ActivityTaskScheduled": schedule_activity_task,
    "ActivityTaskStarted": start_activity_task,
    "ActivityTaskCompleted": close_activity_task,
    "ActivityTaskFailed": close_activity_task,
    "ActivityTaskTimedOut": close_activity_task,
    "ActivityTaskCanceled": close_activity_task,
    "ActivityTaskCancelRequested": request_cancel_activity_task,
    "TimerStarted": start_timer,
    "TimerFired": close_timer,
    "TimerCanceled": close_timer,
    "StartChildWorkflowExecutionInitiated": initiate_child,
    "StartChildWorkflowExecutionFailed": close_child,
    "ChildWorkflowExecutionStarted": start_child,
    "ChildWorkflowExecutionCompleted": close_child,
    "ChildWorkflowExecutionFailed": close_child,
    "ChildWorkflowExecutionTimedOut": close_child,
    "ChildWorkflowExecutionCanceled": close_child,
    "ChildWorkflowExecutionTerminated": close_child,
    "LambdaFunctionScheduled": schedule_lambda,
    "LambdaFunctionStarted": start_lambda,
    "LambdaFunctionCompleted": close_lambda,
    "LambdaFunctionFailed": close_lambda,
    "LambdaFunctionTimedOut": close_lambda,
    "StartLambdaFunctionFailed": close_lambda,
}
"""The events that change something; the others are only kept."""

MEMBERS = {event_type: attributes_member(event_type) for event_type in EVENT_HANDLERS}


def fold_event(
    execution: Execution, event: Event, task_lists: TaskLists, deadlines: Deadlines
) -> None:
    """Append an event and let it take effect."""
    event_type = event["eventType"]
    execution.history.append(event)
    change = EVENT_HANDLERS.get(event_type)
    if change is not None:
        change(EventContext(execution, event, task_lists, deadlines), event[MEMBERS[event_type]])
