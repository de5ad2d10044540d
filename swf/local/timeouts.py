"""Timeouts: the event that follows when a deadline passes.

`tick` applies the deadlines that have passed, in order. Each entity of `entities.py` computes its
deadline and the type of its timeout, such as the earliest of the four timeouts of an activity task;
the heap of `deadlines.py` orders them.

Source: Developer Guide, "Timeout Types".
"""

from collections.abc import Callable
from typing import Any

from swf.local.consequences import apply_consequences
from swf.local.entities import (
    ActivityTask,
    ChildExecution,
    DecisionTask,
    Execution,
    LambdaFunction,
    Timer,
)
from swf.local.state import State
from swf.local.step import EngineStep, StepResult


def tick(state: State, now: float) -> StepResult:
    """Apply everything due by `now`, in order, each at its own time.

    :param now: seconds since the epoch.
    """
    step = EngineStep(state, now)
    end = step.now
    while (at := next_deadline(state)) is not None and at <= end:
        step.now = max(state.now, at)
        entity = state.deadlines.first()
        TIMEOUT_HANDLERS[type(entity)](step, entity)
        apply_consequences(step)
    state.now = end
    return step.result(None)


def next_deadline(state: State) -> float | None:
    """Return the earliest deadline in seconds since the epoch, None if there is none."""
    return state.deadlines.next()


def _time_out_execution(step: EngineStep, execution: Execution) -> None:
    """Time out an open execution; purge a closed one, whose retention has ended."""
    if not execution.is_open:
        step.record("purge", execution.run_id)
        return
    step.append(
        execution,
        "WorkflowExecutionTimedOut",
        childPolicy=execution.settings["childPolicy"],
        timeoutType="START_TO_CLOSE",
    )


def _time_out_decision_task(step: EngineStep, task: DecisionTask) -> None:
    """Time out a decision task that was not started or completed in time."""
    step.trigger(
        task.execution,
        "DecisionTaskTimedOut",
        scheduledEventId=task.event_id,
        startedEventId=task.started_event_id,
        timeoutType="START_TO_CLOSE" if task.started_event_id else "SCHEDULE_TO_START",
    )


def _time_out_activity_task(step: EngineStep, task: ActivityTask) -> None:
    """Time out an activity task, with the details of its last heartbeat."""
    step.trigger(
        task.execution,
        "ActivityTaskTimedOut",
        details=task.details,
        scheduledEventId=task.event_id,
        startedEventId=task.started_event_id,
        timeoutType=task.timeout_type,
    )


def _fire_timer(step: EngineStep, timer: Timer) -> None:
    """Fire a timer."""
    step.trigger(
        timer.execution, "TimerFired", startedEventId=timer.event_id, timerId=timer.timer_id
    )


def _start_child(step: EngineStep, child: ChildExecution) -> None:
    """Start a child whose start was delayed."""
    step.consequences.append(("start_child", *child.execution.start(child.event_id)))


def _time_out_lambda(step: EngineStep, task: LambdaFunction) -> None:
    """Time out a Lambda function, or start one whose start was delayed."""
    if not task.started_event_id:
        step.consequences.append(("call_lambda", *task.execution.start(task.event_id)))
        return
    step.trigger(
        task.execution,
        "LambdaFunctionTimedOut",
        scheduledEventId=task.event_id,
        startedEventId=task.started_event_id,
        timeoutType="START_TO_CLOSE",
    )


TIMEOUT_HANDLERS: dict[type, Callable[[EngineStep, Any], None]] = {
    Execution: _time_out_execution,
    DecisionTask: _time_out_decision_task,
    ActivityTask: _time_out_activity_task,
    ChildExecution: _start_child,
    Timer: _fire_timer,
    LambdaFunction: _time_out_lambda,
}
