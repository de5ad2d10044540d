"""Executions: decisions about this one, its children and others, and their plain constructors.

Timeouts are seconds. Settings that are None are the registered type's defaults, for a child as for
a continued execution: neither inherits from the execution that decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from swf.models.decision.base import Action, Decision


class WorkflowExecutionDecision(Decision):
    """Close the execution, or close it and continue as a new one."""

    complete = Action("CompleteWorkflowExecution")
    cancel = Action("CancelWorkflowExecution")
    fail = Action("FailWorkflowExecution")
    continue_as_new = Action("ContinueAsNewWorkflowExecution")

    refused = {
        "terminate": "SWF has no such decision: fail the execution here, or terminate it from "
        "outside with WorkflowExecution.terminate()"
    }

    def terminate(self, *_: object, **__: object) -> None:
        """Raise `ValidationError`: a decider cannot terminate its execution."""
        self._method("terminate")


class ChildWorkflowExecutionDecision(Decision):
    """Start a child workflow execution."""

    start = Action("StartChildWorkflowExecution")


class ExternalWorkflowExecutionDecision(Decision):
    """Signal another execution of the domain, or request that it be canceled."""

    request_cancel = Action("RequestCancelExternalWorkflowExecution")
    signal = Action("SignalExternalWorkflowExecution")


def complete_workflow_execution(result: Any = None) -> WorkflowExecutionDecision:
    """Close the execution as completed; without a result none is sent.

    Source: API Reference, CompleteWorkflowExecutionDecisionAttributes.
    """
    return WorkflowExecutionDecision("complete", result=result)


def fail_workflow_execution(
    reason: str | None = None, details: Any = None
) -> WorkflowExecutionDecision:
    """Close the execution as failed; `reason` has at most 256 characters (`swf.payload.cut`).

    Source: API Reference, FailWorkflowExecutionDecisionAttributes.
    """
    return WorkflowExecutionDecision("fail", reason=reason, details=details)


def cancel_workflow_execution(details: Any = None) -> WorkflowExecutionDecision:
    """Close the execution as canceled.

    Source: API Reference, CancelWorkflowExecutionDecisionAttributes.
    """
    return WorkflowExecutionDecision("cancel", details=details)


def continue_as_new_workflow_execution(
    *,
    child_policy: str | None = None,
    execution_start_to_close_timeout: int | None = None,
    input: Any = None,  # noqa: A002 - the service's word
    lambda_role: str | None = None,
    tag_list: Sequence[str] | None = None,
    task_list: str | None = None,
    task_priority: int | None = None,
    task_start_to_close_timeout: int | str | None = None,
    workflow_type_version: str | None = None,
) -> WorkflowExecutionDecision:
    """Close the execution and start it anew, with the same workflow id and an empty history.

    Source: API Reference, ContinueAsNewWorkflowExecutionDecisionAttributes.
    """
    return WorkflowExecutionDecision(
        "continue_as_new",
        child_policy=child_policy,
        execution_start_to_close_timeout=execution_start_to_close_timeout,
        input=input,
        lambda_role=lambda_role,
        tag_list=tag_list,
        task_list=task_list,
        task_priority=task_priority,
        task_start_to_close_timeout=task_start_to_close_timeout,
        workflow_type_version=workflow_type_version,
    )


def start_child_workflow_execution(
    workflow_type: Any,
    workflow_id: str,
    *,
    child_policy: str | None = None,
    control: Any = None,
    execution_start_to_close_timeout: int | None = None,
    input: Any = None,  # noqa: A002 - the service's word
    lambda_role: str | None = None,
    tag_list: Sequence[str] | None = None,
    task_list: str | None = None,
    task_priority: int | None = None,
    task_start_to_close_timeout: int | str | None = None,
) -> ChildWorkflowExecutionDecision:
    """Start a child; `workflow_type` is a `WorkflowType` or a (name, version) pair.

    Source: API Reference, StartChildWorkflowExecutionDecisionAttributes.
    """
    return ChildWorkflowExecutionDecision(
        "start",
        workflow_type=workflow_type,
        workflow_id=workflow_id,
        child_policy=child_policy,
        control=control,
        execution_start_to_close_timeout=execution_start_to_close_timeout,
        input=input,
        lambda_role=lambda_role,
        tag_list=tag_list,
        task_list=task_list,
        task_priority=task_priority,
        task_start_to_close_timeout=task_start_to_close_timeout,
    )


def signal_external_workflow_execution(
    workflow_id: str,
    signal_name: str,
    *,
    control: Any = None,
    input: Any = None,  # noqa: A002 - the service's word
    run_id: str | None = None,
) -> ExternalWorkflowExecutionDecision:
    """Signal an open execution of the domain; without a run id whichever has the workflow id.

    Source: API Reference, SignalExternalWorkflowExecutionDecisionAttributes.
    """
    return ExternalWorkflowExecutionDecision(
        "signal",
        workflow_id=workflow_id,
        signal_name=signal_name,
        control=control,
        input=input,
        run_id=run_id,
    )


def request_cancel_external_workflow_execution(
    workflow_id: str, *, control: Any = None, run_id: str | None = None
) -> ExternalWorkflowExecutionDecision:
    """Request that an open execution of the domain be canceled.

    Source: API Reference, RequestCancelExternalWorkflowExecutionDecisionAttributes.
    """
    return ExternalWorkflowExecutionDecision(
        "request_cancel", workflow_id=workflow_id, control=control, run_id=run_id
    )
