"""Operations with which a decider or a worker reports on a task.

Source: API Reference, RespondDecisionTaskCompleted, RespondActivityTask*,
RecordActivityTaskHeartbeat.
"""

from typing import Any

from swf.local.batch import Batch
from swf.local.consequences import apply_consequences
from swf.local.decisions import CLOSING, apply_decisions
from swf.local.entities import ActivityTask
from swf.local.execution_operations import throttle
from swf.local.faults import invalid, unknown
from swf.local.polls import open_execution, started_decision_task
from swf.local.step import EngineStep
from swf.local.tokens import read_task_token

Params = dict[str, Any]


def _complete_decision_task(step: EngineStep, params: Params) -> None:
    """Complete a decision task and apply its decisions, all or none."""
    decisions = params.get("decisions", [])
    if any(decision["decisionType"] in CLOSING for decision in decisions[:-1]):
        raise invalid("Close must be last decision in list")
    token = read_task_token(step.state.secret, "decision", params["taskToken"])
    task = started_decision_task(step, token)
    execution = task.execution
    # The children of its last decisions start before, so that a decider does not miss a start.
    for start in step.delayed_starts(execution):
        step.consequences.append(start)
        apply_consequences(step)
    batch = Batch(step, execution, execution.queued_decision_task is not None)
    step.batch = execution
    batch.completed_event_id = step.append(
        execution,
        "DecisionTaskCompleted",
        executionContext=params.get("executionContext"),
        scheduledEventId=task.event_id,
        startedEventId=task.started_event_id,
        taskList=params.get("taskList"),
        taskListScheduleToStartTimeout=params.get("taskListScheduleToStartTimeout"),
    )
    apply_decisions(batch, decisions)
    step.end_batch()


def _started_activity(step: EngineStep, params: Params) -> ActivityTask:
    token = read_task_token(step.state.secret, "activity", params["taskToken"])
    task = open_execution(step, token).activities.get(token.scheduled_event_id)
    if task is None:
        raise unknown(f"Unknown activity, scheduledEventId = {token.scheduled_event_id}")
    return task


def _close(step: EngineStep, task: ActivityTask, event_type: str, **attributes: Any) -> None:
    step.trigger(
        task.execution,
        event_type,
        scheduledEventId=task.event_id,
        startedEventId=task.started_event_id,
        **attributes,
    )


def _complete_activity_task(step: EngineStep, params: Params) -> None:
    """Close an activity task with its result."""
    task = _started_activity(step, params)
    _close(step, task, "ActivityTaskCompleted", result=params.get("result"))


def _fail_activity_task(step: EngineStep, params: Params) -> None:
    """Close an activity task with the reason of its failure."""
    task = _started_activity(step, params)
    reason, details = params.get("reason"), params.get("details")
    _close(step, task, "ActivityTaskFailed", reason=reason, details=details)


def _cancel_activity_task(step: EngineStep, params: Params) -> None:
    """Close an activity task as canceled, with or without a cancel request."""
    task = _started_activity(step, params)
    _close(
        step,
        task,
        "ActivityTaskCanceled",
        details=params.get("details"),
        latestCancelRequestedEventId=task.cancel_requested_event_id,
    )


def _heartbeat(step: EngineStep, params: Params) -> dict[str, Any]:
    """Record a heartbeat; return whether cancellation was requested."""
    task = _started_activity(step, params)
    throttle(step, "RecordActivityTaskHeartbeat", task.execution)
    run_id = task.execution.run_id
    step.record("heartbeat", run_id, task.event_id, step.now, params.get("details"))
    return {"cancelRequested": bool(task.cancel_requested_event_id)}


OPERATIONS = {
    "RespondDecisionTaskCompleted": _complete_decision_task,
    "RespondActivityTaskCompleted": _complete_activity_task,
    "RespondActivityTaskFailed": _fail_activity_task,
    "RespondActivityTaskCanceled": _cancel_activity_task,
    "RecordActivityTaskHeartbeat": _heartbeat,
}
