"""What happens when a deadline passes; which one passes first is `deadlines`' affair.

Source: Developer Guide, "Timeout Types".
"""

from collections.abc import Callable
from typing import Any

from swf.local.consequences import apply_consequences
from swf.local.entities import ActivityTask, DecisionTask, Execution, LambdaTask, Timer
from swf.local.state import State
from swf.local.step import EngineStep, StepResult


def tick(state: State, now: float) -> StepResult:
    """Let everything happen that fell due by `now`, in order, each at its own time."""
    step = EngineStep(state, now)
    end = step.now
    while (at := next_deadline(state)) is not None and at <= end:
        step.now = max(state.now, at)
        entity = state.deadlines.first()
        PASSES[type(entity)](step, entity)
        apply_consequences(step)
    state.now = end
    return step.outcome(None)


def next_deadline(state: State) -> float | None:
    """Return when something falls due next, in seconds since the epoch; None if nothing will."""
    return state.deadlines.next()


def execution_passed(step: EngineStep, execution: Execution) -> None:
    """Time an open execution out; forget a closed one."""
    if not execution.is_open:
        step.record("purge", execution.run_id)
        return
    step.append(
        execution,
        "WorkflowExecutionTimedOut",
        childPolicy=execution.settings["childPolicy"],
        timeoutType="START_TO_CLOSE",
    )


def decision_task_passed(step: EngineStep, task: DecisionTask) -> None:
    """Time a decision task out that was not started, or not completed, soon enough."""
    step.trigger(
        task.execution,
        "DecisionTaskTimedOut",
        scheduledEventId=task.event_id,
        startedEventId=task.started_event_id,
        timeoutType="START_TO_CLOSE" if task.started_event_id else "SCHEDULE_TO_START",
    )


def activity_task_passed(step: EngineStep, task: ActivityTask) -> None:
    """Time an activity task out, with what its last heartbeat said."""
    step.trigger(
        task.execution,
        "ActivityTaskTimedOut",
        details=task.details,
        scheduledEventId=task.event_id,
        startedEventId=task.started_event_id,
        timeoutType=task.timeout_type,
    )


def timer_passed(step: EngineStep, timer: Timer) -> None:
    """Fire a timer."""
    step.trigger(
        timer.execution, "TimerFired", startedEventId=timer.event_id, timerId=timer.timer_id
    )


def lambda_passed(step: EngineStep, task: LambdaTask) -> None:
    """Time a lambda function out."""
    step.trigger(
        task.execution,
        "LambdaFunctionTimedOut",
        scheduledEventId=task.event_id,
        startedEventId=task.started_event_id,
        timeoutType="START_TO_CLOSE",
    )


PASSES: dict[type, Callable[[EngineStep, Any], None]] = {
    Execution: execution_passed,
    DecisionTask: decision_task_passed,
    ActivityTask: activity_task_passed,
    Timer: timer_passed,
    LambdaTask: lambda_passed,
}
