"""Lambda functions: scheduled by a decision, called by the core, closed by `finish_lambda`.

Source: Developer Guide, "AWS Lambda Tasks".
"""

from typing import NamedTuple

from swf.local import limits
from swf.local.batch import Batch
from swf.local.entities import Attributes, Execution
from swf.local.state import State
from swf.local.step import EngineStep, LambdaCall


class LambdaCompleted(NamedTuple):
    """The function returned a result, as JSON text."""

    result: str | None = None


class LambdaFailed(NamedTuple):
    """The function failed; `reason` is "Handled", "Unhandled" or an error code of Lambda."""

    reason: str = "Unhandled"
    details: str | None = None


LambdaOutcome = LambdaCompleted | LambdaFailed


def schedule(batch: Batch, attributes: Attributes) -> str | None:
    """Schedule a Lambda function; it is called after the batch."""
    if attributes["id"] in batch.execution.lambda_ids:
        return "ID_ALREADY_IN_USE"
    if len(batch.execution.lambdas) >= limits.OPEN_LAMBDAS:
        return "OPEN_LAMBDA_FUNCTIONS_LIMIT_EXCEEDED"
    batch.initiate("call_lambda", "LambdaFunctionScheduled", attributes)
    return None


def call(step: EngineStep, execution: Execution, scheduled: int, attributes: Attributes) -> None:
    """Start a Lambda function if the execution has an IAM role for it.

    :param execution: the execution that scheduled the function.
    :param scheduled: the event id of LambdaFunctionScheduled.
    :param attributes: the attributes of that event.
    """
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
        step.lambdas.append(_lambda_call(execution, scheduled, attributes))


def _lambda_call(execution: Execution, scheduled: int, attributes: Attributes) -> LambdaCall:
    """Return the call of a scheduled function; the default input is `{}`."""
    text = attributes.get("input", "{}")
    return LambdaCall(attributes["name"], text, execution.run_id, scheduled)


def finish(step: EngineStep, run_id: str, scheduled_event_id: int, outcome: LambdaOutcome) -> None:
    """Record the outcome of a call; ignore it if the function or execution has closed.

    :param run_id: the run that called the function.
    :param scheduled_event_id: the event id of LambdaFunctionScheduled.
    :param outcome: its result or failure.
    """
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
    """Return the calls without an outcome, to be repeated after a restart."""
    return [
        _lambda_call(execution, task.event_id, task.attributes)
        for execution in state.executions.values()
        for task in execution.lambdas.values()
        if task.started_event_id
    ]
