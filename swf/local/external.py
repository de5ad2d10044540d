"""Signals and cancel requests from one execution to another, or to itself.

Source: Developer Guide, "Signals"; API Reference, SignalExternalWorkflowExecutionFailedCause.
"""

from swf.local.batch import Batch
from swf.local.entities import Attributes, Execution
from swf.local.step import EngineStep


def signal_external(batch: Batch, attributes: Attributes) -> str | None:
    """Send a signal to another execution after the batch."""
    if not batch.has_token("SignalExternalWorkflowExecution"):
        return "SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_RATE_EXCEEDED"
    batch.initiate("signal", "SignalExternalWorkflowExecutionInitiated", attributes)
    return None


def request_cancel_external(batch: Batch, attributes: Attributes) -> str | None:
    """Send a cancel request to another execution after the batch."""
    if not batch.has_token("RequestCancelExternalWorkflowExecution"):
        return "REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_RATE_EXCEEDED"
    batch.initiate("request_cancel", "RequestCancelExternalWorkflowExecutionInitiated", attributes)
    return None


def _deliver(
    step: EngineStep,
    source: Execution,
    initiated: int,
    attributes: Attributes,
    names: tuple[str, ...],
) -> None:
    received, succeeded, failed = names
    target = _open_target(step, source, attributes)
    if target is None:
        step.trigger(
            source,
            failed,
            cause="UNKNOWN_EXTERNAL_WORKFLOW_EXECUTION",
            control=attributes.get("control"),
            decisionTaskCompletedEventId=attributes["decisionTaskCompletedEventId"],
            initiatedEventId=initiated,
            runId=attributes.get("runId"),
            workflowId=attributes["workflowId"],
        )
        return
    signal = {name: attributes[name] for name in ("signalName", "input") if name in attributes}
    step.trigger(
        target,
        received,
        externalInitiatedEventId=initiated,
        externalWorkflowExecution=source.reference,
        **signal,
    )
    step.trigger(source, succeeded, initiatedEventId=initiated, workflowExecution=target.reference)


def _open_target(step: EngineStep, source: Execution, attributes: Attributes) -> Execution | None:
    target = step.state.open_run(source.domain, attributes["workflowId"])
    run_id = attributes.get("runId")
    if target is None or (run_id is not None and target.run_id != run_id):
        return None
    return target


def signal(step: EngineStep, source: Execution, initiated: int, attributes: Attributes) -> None:
    """Deliver a signal from one execution to another, or to itself.

    :param source: the execution that signals; it gets the outcome.
    :param initiated: the event id of the decision's event.
    :param attributes: the attributes of that event.
    """
    names = (
        "WorkflowExecutionSignaled",
        "ExternalWorkflowExecutionSignaled",
        "SignalExternalWorkflowExecutionFailed",
    )
    _deliver(step, source, initiated, attributes, names)


def request_cancel(
    step: EngineStep, source: Execution, initiated: int, attributes: Attributes
) -> None:
    """Deliver a cancel request from one execution to another, or to itself.

    :param source: the execution that requests; it gets the outcome.
    :param initiated: the event id of the decision's event.
    :param attributes: the attributes of that event.
    """
    names = (
        "WorkflowExecutionCancelRequested",
        "ExternalWorkflowExecutionCancelRequested",
        "RequestCancelExternalWorkflowExecutionFailed",
    )
    _deliver(step, source, initiated, attributes, names)
