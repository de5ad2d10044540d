"""How each event changes the run that it is appended to.

`FOLDS` has one small function for each event type that changes something; the other events are
only kept.  What is open is dropped when the run closes, and the open counts stay as they were, as
the service's do.
Source: API Reference, HistoryEvent; Developer Guide, "Workflow Execution Lifecycle".
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from swf.local.deadlines import Deadlines
from swf.local.execution import CLOSE_STATUSES, Execution, Override, attributes_member
from swf.local.history import Event
from swf.local.limits import LAMBDA_SECONDS, YEAR
from swf.local.tasklists import TaskLists
from swf.local.tasks import (
    ActivityTask,
    Attributes,
    Child,
    DecisionTask,
    LambdaTask,
    Timer,
    after,
    seconds,
)


class Fold(NamedTuple):
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


def start(fold: Fold, attributes: Attributes) -> None:
    """Take over the settings; an execution is closed by the service after a year at most."""
    execution = fold.execution
    execution.settings = {name: attributes[name] for name in attributes if name != "input"}
    execution.start_timestamp = fold.at
    limit = seconds(attributes["executionStartToCloseTimeout"])
    execution.deadline = after(fold.at, YEAR if limit is None else min(limit, YEAR))
    fold.deadlines.arm(execution)


def close(fold: Fold, _: Attributes) -> None:
    """Drop what is open; the counts stay, and whom the child policy concerns."""
    execution = fold.execution
    children = execution.children.values()
    execution.child_workflow_ids = tuple(child.workflow_id for child in children)
    execution.counts_at_close = execution.open_counts()
    execution.close_timestamp = fold.at
    execution.close_status = CLOSE_STATUSES[fold.event["eventType"]]
    execution.cancel_requested = False
    execution.deadline = None
    for entity in _open_entities(execution):
        entity.deadline = None
        if isinstance(entity, (ActivityTask, DecisionTask)):
            fold.task_lists.withdraw(entity)
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


def request_cancel(fold: Fold, _: Attributes) -> None:
    """Remember that somebody asked; nothing is canceled by that."""
    fold.execution.cancel_requested = True


def schedule_decision_task(fold: Fold, attributes: Attributes) -> None:
    """Queue a decision task; it is offered when no other one is started."""
    execution = fold.execution
    task = DecisionTask(execution, fold.event_id, fold.at, attributes)
    execution.queued_decision_task = task
    fold.task_lists.schedule(task)
    if execution.decision_task is None:
        fold.task_lists.offer(task)
    fold.deadlines.arm(task)


def start_decision_task(fold: Fold, _: Attributes) -> None:
    """Take the queued decision task off its list."""
    execution = fold.execution
    task = execution.queued_decision_task
    if task is None:
        raise ValueError(f"no decision task is scheduled before event {fold.event_id}")
    execution.decision_task, execution.queued_decision_task = task, None
    fold.task_lists.withdraw(task)
    task.start(fold.event_id, fold.at)
    fold.deadlines.arm(task)


def _end_decision_task(fold: Fold) -> None:
    execution = fold.execution
    if execution.decision_task is not None:
        execution.decision_task.deadline = None
        execution.decision_task = None
    if execution.queued_decision_task is not None:
        fold.task_lists.offer(execution.queued_decision_task)


def complete_decision_task(fold: Fold, attributes: Attributes) -> None:
    """End the started decision task; keep the context and the task list that came with it."""
    execution = fold.execution
    execution.previous_started_event_id = attributes["startedEventId"]
    if "executionContext" in attributes:
        execution.latest_context = attributes["executionContext"]
    if "taskList" in attributes:
        schedule_to_start = attributes.get("taskListScheduleToStartTimeout", "NONE")
        execution.override = Override(attributes["taskList"], schedule_to_start)
    _end_decision_task(fold)


def time_out_decision_task(fold: Fold, attributes: Attributes) -> None:
    """End the decision task that waited or worked too long; leave a sticky task list."""
    execution = fold.execution
    if execution.override is not None and execution.override.is_sticky:
        execution.override = None
    if attributes["timeoutType"] == "START_TO_CLOSE":
        _end_decision_task(fold)
        return
    task = execution.queued_decision_task
    if task is not None:
        task.deadline = None
        execution.queued_decision_task = None
        fold.task_lists.withdraw(task)


def schedule_activity_task(fold: Fold, attributes: Attributes) -> None:
    """Put an activity task on its list."""
    execution = fold.execution
    task = ActivityTask(execution, fold.event_id, fold.at, attributes)
    execution.activities[task.event_id] = execution.activity_ids[task.activity_id] = task
    execution.latest_activity_timestamp = fold.at
    fold.task_lists.schedule(task)
    fold.task_lists.offer(task)
    fold.deadlines.arm(task)


def start_activity_task(fold: Fold, attributes: Attributes) -> None:
    """Take an activity task off its list."""
    execution = fold.execution
    task = execution.activities[attributes["scheduledEventId"]]
    execution.latest_activity_timestamp = fold.at
    fold.task_lists.withdraw(task)
    task.start(fold.event_id, fold.at)
    fold.deadlines.arm(task)


def close_activity_task(fold: Fold, attributes: Attributes) -> None:
    """Drop an activity task; its id may be used again."""
    execution = fold.execution
    task = execution.activities.pop(attributes["scheduledEventId"])
    del execution.activity_ids[task.activity_id]
    execution.latest_activity_timestamp = fold.at
    fold.task_lists.withdraw(task)
    task.deadline = None


def request_cancel_activity_task(fold: Fold, attributes: Attributes) -> None:
    """Let the next heartbeat know."""
    task = fold.execution.activity_ids[attributes["activityId"]]
    task.cancel_requested_event_id = fold.event_id


def start_timer(fold: Fold, attributes: Attributes) -> None:
    """Begin a timer's clock."""
    timer = Timer(fold.execution, fold.event_id, fold.at, attributes)
    fold.execution.timers[timer.timer_id] = timer
    fold.deadlines.arm(timer)


def close_timer(fold: Fold, attributes: Attributes) -> None:
    """Drop a timer that fired or was canceled."""
    fold.execution.timers.pop(attributes["timerId"]).deadline = None


def initiate_child(fold: Fold, attributes: Attributes) -> None:
    """Count a child from the moment that it was asked for."""
    child = Child(fold.event_id, 0, attributes["workflowId"])
    fold.execution.children[fold.event_id] = child


def start_child(fold: Fold, attributes: Attributes) -> None:
    """Remember which event says that the child runs: the event of its close refers to it."""
    children, initiated = fold.execution.children, attributes["initiatedEventId"]
    children[initiated] = children[initiated]._replace(started_event_id=fold.event_id)


def close_child(fold: Fold, attributes: Attributes) -> None:
    """Drop a child that closed or could not be started (initiated or not)."""
    fold.execution.children.pop(attributes["initiatedEventId"], None)


def schedule_lambda(fold: Fold, attributes: Attributes) -> None:
    """Remember a lambda function that was asked for."""
    task = LambdaTask(fold.execution, fold.event_id, attributes)
    fold.execution.lambdas[fold.event_id] = task
    fold.execution.lambda_ids[attributes["id"]] = task


def start_lambda(fold: Fold, attributes: Attributes) -> None:
    """Begin a lambda function's clock."""
    task = fold.execution.lambdas[attributes["scheduledEventId"]]
    task.start(fold.event_id, fold.at, LAMBDA_SECONDS)
    fold.deadlines.arm(task)


def close_lambda(fold: Fold, attributes: Attributes) -> None:
    """Drop a lambda function; its id may be used again."""
    task = fold.execution.lambdas.pop(attributes["scheduledEventId"])
    del fold.execution.lambda_ids[task.attributes["id"]]
    task.deadline = None


FOLDS: dict[str, Callable[[Fold, Attributes], None]] = {
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

MEMBERS = {event_type: attributes_member(event_type) for event_type in FOLDS}


def fold_event(
    execution: Execution, event: Event, task_lists: TaskLists, deadlines: Deadlines
) -> None:
    """Append an event and let it take effect."""
    event_type = event["eventType"]
    execution.history.append(event)
    change = FOLDS.get(event_type)
    if change is not None:
        change(Fold(execution, event, task_lists, deadlines), event[MEMBERS[event_type]])
