"""Lambda functions from the outside: which are to be called, and how a call ended.

Source: Developer Guide, "AWS Lambda Tasks".
"""

from typing import NamedTuple

from swf.local.consequences import lambda_call, settle
from swf.local.state import State
from swf.local.step import LambdaCall, Outcome, Step


class LambdaCompleted(NamedTuple):
    """The function returned; `result` is its answer as text."""

    result: str | None = None


class LambdaFailed(NamedTuple):
    """The function failed: "Handled", "Unhandled", or "ResourceNotFoundException"."""

    reason: str = "Unhandled"
    details: str | None = None


LambdaOutcome = LambdaCompleted | LambdaFailed


def finish_lambda(
    state: State, run_id: str, scheduled_event_id: int, outcome: LambdaOutcome, now: float
) -> Outcome:
    """Record how a call ended; one that timed out or outlived its execution is dropped."""
    step = Step(state, now)
    execution = state.executions.get(run_id)
    task = execution.lambdas.get(scheduled_event_id) if execution else None
    if execution is not None and task is not None and task.started_event_id:
        completed = isinstance(outcome, LambdaCompleted)
        step.trigger(
            execution,
            "LambdaFunctionCompleted" if completed else "LambdaFunctionFailed",
            scheduledEventId=scheduled_event_id,
            startedEventId=task.started_event_id,
            **outcome._asdict(),
        )
        settle(step)
    return step.outcome(None)


def open_lambdas(state: State) -> list[LambdaCall]:
    """Return the calls that nobody has answered: after a restart they are to be made again."""
    return [
        lambda_call(execution, task.event_id, task.attributes)
        for execution in state.executions.values()
        for task in execution.lambdas.values()
        if task.started_event_id
    ]
