"""The operations with which deciders and workers poll for tasks.

A task is claimed only after all checks have passed, and an empty poll changes nothing: its caller
waits on `Step.waits_on`, and then the poll is repeated.
Source: API Reference, PollForDecisionTask, PollForActivityTask.
"""

from typing import Any

from swf.local.entities import DecisionTask, Execution, QueueKey, Task
from swf.local.execution_operations import page_of_events
from swf.local.faults import unknown, unknown_run
from swf.local.paging import Paging
from swf.local.step import EngineStep
from swf.local.tokens import TaskToken, task_token

Params = dict[str, Any]

STARTED = {"decision": "DecisionTaskStarted", "activity": "ActivityTaskStarted"}


def _claim(step: EngineStep, key: QueueKey, identity: str | None) -> Task | None:
    """Start the next task of a list; None if the list is empty.

    An execution whose history is full is terminated instead of starting its task.
    """
    while (task := step.state.task_lists.next(key)) is not None:
        attributes = {"identity": identity, "scheduledEventId": task.event_id}
        if step.append(task.execution, STARTED[key[0]], **attributes):
            return task
    step.waits_on = key
    return None


def _token(step: EngineStep, task: Task) -> str:
    execution = task.execution
    token = TaskToken(execution.run_id, task.event_id, task.started_event_id, execution.workflow_id)
    return task_token(step.state.secret, task.key[0], token)


def _poll_for_activity_task(step: EngineStep, params: Params) -> dict[str, Any]:
    """Start an activity task, or return an empty response."""
    step.state.domain(params["domain"])
    key = ("activity", params["domain"], params["taskList"]["name"])
    task = _claim(step, key, params.get("identity"))
    if task is None or isinstance(task, DecisionTask):
        return {"startedEventId": 0}
    response = {
        "activityId": task.activity_id,
        "activityType": task.attributes["activityType"],
        "startedEventId": task.started_event_id,
        "taskToken": _token(step, task),
        "workflowExecution": task.execution.reference,
    }
    if "input" in task.attributes:
        response["input"] = task.attributes["input"]
    return response


def _poll_for_decision_task(step: EngineStep, params: Params) -> dict[str, Any]:
    """Start a decision task and return the first page of its history, or a further page."""
    paging = Paging(step, "PollForDecisionTask", params)
    step.state.domain(params["domain"])
    if paging.cursor is not None:
        run_id, scheduled, started, start_id, workflow_id = paging.cursor
        token = TaskToken(run_id, scheduled, started, workflow_id)
        task = started_decision_task(step, token)
        return _page(step, params, paging, task, start_id)
    key = ("decision", params["domain"], params["taskList"]["name"])
    claimed = _claim(step, key, params.get("identity"))
    if not isinstance(claimed, DecisionTask):
        return {"previousStartedEventId": 0, "startedEventId": 0}
    return _page(step, params, paging, claimed, None)


def _page(
    step: EngineStep, params: Params, paging: Paging, task: DecisionTask, start_id: int | None
) -> dict[str, Any]:
    """Return a page of the events up to the DecisionTaskStarted of the task.

    :param start_id: the event id with which the page starts; None for the first page.
    """
    execution, last = task.execution, task.started_event_id
    previous = execution.previous_started_event_id
    first = previous if previous and params.get("startAtPreviousStartedEvent", False) else 1
    newest_first = params.get("reverseOrder", False)
    if start_id is None:
        start_id = last if newest_first else first
    bounds = (first, last)
    events, next_id = page_of_events(execution, bounds, start_id, paging.size, newest_first)
    response = {
        "events": events,
        "previousStartedEventId": previous,
        "startedEventId": last,
        "taskToken": _token(step, task),
        "workflowExecution": execution.reference,
        "workflowType": execution.workflow_type,
    }
    if next_id is None:
        return response
    cursor = [execution.run_id, task.event_id, last, next_id, execution.workflow_id]
    return paging.response(response, cursor)


def open_execution(step: EngineStep, token: TaskToken) -> Execution:
    """Return the open execution of a task token.

    :param token: the content of a valid task token.
    :raises Fault: UnknownResourceFault if it is closed or purged.
    """
    execution = step.state.executions.get(token.run_id)
    if execution is None:
        raise unknown_run(token.workflow_id, token.run_id)
    if not execution.is_open:
        raise unknown_run(execution.workflow_id, token.run_id)
    return execution


def started_decision_task(step: EngineStep, token: TaskToken) -> DecisionTask:
    """Return the decision task of a task token.

    :param token: the content of a valid task token.
    :raises Fault: UnknownResourceFault if it is no longer started.
    """
    task = open_execution(step, token).decision_task
    if task is None or task.started_event_id != token.started_event_id:
        raise unknown(f"Unknown decision task, scheduledEventId = {token.scheduled_event_id}")
    return task


OPERATIONS = {
    "PollForActivityTask": _poll_for_activity_task,
    "PollForDecisionTask": _poll_for_decision_task,
}
