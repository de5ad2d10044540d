"""Lambda functions: scheduled by a decision, called by the shell, answered by `finish_lambda`.

Source: Developer Guide, "AWS Lambda Tasks".
"""

from typing import NamedTuple

from swf.local import limits
from swf.local.batch import Batch
from swf.local.entities import Attributes, Execution
from swf.local.state import State
from swf.local.step import EngineStep, LambdaCall


class LambdaCompleted(NamedTuple):
    """The function returned; `result` is its answer as text."""

    result: str | None = None


class LambdaFailed(NamedTuple):
    """The function failed: "Handled", "Unhandled", or "ResourceNotFoundException"."""

    reason: str = "Unhandled"
    details: str | None = None


LambdaOutcome = LambdaCompleted | LambdaFailed


def schedule(batch: Batch, given: Attributes) -> str | None:
    """Call a lambda function after the batch."""
    if given["id"] in batch.execution.lambda_ids:
        return "ID_ALREADY_IN_USE"
    if len(batch.execution.lambdas) >= limits.OPEN_LAMBDAS:
        return "OPEN_LAMBDA_FUNCTIONS_LIMIT_EXCEEDED"
    batch.initiate("call_lambda", "LambdaFunctionScheduled", given)
    return None


def call(step: EngineStep, execution: Execution, scheduled: int, attributes: Attributes) -> None:
    """Start a lambda function, if the execution has a role to call it with."""
    if not execution.is_open:
        return
    if "lambdaRole" not in execution.settings:
        step.trigger(
            execution,
            "StartLambdaFunctionFailed",
            cause="ASSUME_ROLE_FAILED",
            message="No IAM role is attached to the current workflow execution.",
            scheduledEventId=scheduled,
        )
    elif step.append(execution, "LambdaFunctionStarted", scheduledEventId=scheduled):
        step.lambdas.append(lambda_call(execution, scheduled, attributes))


def lambda_call(execution: Execution, scheduled: int, attributes: Attributes) -> LambdaCall:
    """Return the call of a scheduled function; without input its handler receives `{}`."""
    given = attributes.get("input", "{}")
    return LambdaCall(attributes["name"], given, execution.run_id, scheduled)


def finish(step: EngineStep, run_id: str, scheduled_event_id: int, outcome: LambdaOutcome) -> None:
    """Record how a call ended; one that timed out or outlived its execution is dropped."""
    execution = step.state.executions.get(run_id)
    task = execution.lambdas.get(scheduled_event_id) if execution else None
    if execution is None or task is None or not task.started_event_id:
        return
    completed = isinstance(outcome, LambdaCompleted)
    step.trigger(
        execution,
        "LambdaFunctionCompleted" if completed else "LambdaFunctionFailed",
        scheduledEventId=scheduled_event_id,
        startedEventId=task.started_event_id,
        **outcome._asdict(),
    )


def open_lambdas(state: State) -> list[LambdaCall]:
    """Return the calls that nobody has answered: after a restart they are to be made again."""
    return [
        lambda_call(execution, task.event_id, task.attributes)
        for execution in state.executions.values()
        for task in execution.lambdas.values()
        if task.started_event_id
    ]
