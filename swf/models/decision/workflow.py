"""Decisions about executions: this execution, its children and others.

Timeouts are seconds. A setting that is None has the registered default of the type, for children
and continued executions: neither inherits from the execution that decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from swf.models.decision.base import Action, Decision


class WorkflowExecutionDecision(Decision):
    """Close the execution, or continue it as a new one."""

    complete = Action("CompleteWorkflowExecution")
    cancel = Action("CancelWorkflowExecution")
    fail = Action("FailWorkflowExecution")
    continue_as_new = Action("ContinueAsNewWorkflowExecution")

    not_actions = {
        "terminate": "SWF has no such decision: fail the execution here, or terminate it from "
        "outside with WorkflowExecution.terminate()"
    }

    def terminate(self, *_: object, **__: object) -> None:
        """Not an action: a decider cannot terminate its execution.

        :raises ValidationError: always.
        """
        self._method("terminate")


class ChildWorkflowExecutionDecision(Decision):
    """Start a child workflow execution."""

    start = Action("StartChildWorkflowExecution")


class ExternalWorkflowExecutionDecision(Decision):
    """Signal another execution of the domain, or request its cancellation."""

    request_cancel = Action("RequestCancelExternalWorkflowExecution")
    signal = Action("SignalExternalWorkflowExecution")


def complete_workflow_execution(result: Any = None) -> WorkflowExecutionDecision:
    """Complete the execution.

    :param result: the result, encoded by `swf.payload`; None sends no result.

    Source: API Reference, CompleteWorkflowExecutionDecisionAttributes.
    """
    return WorkflowExecutionDecision("complete", result=result)


def fail_workflow_execution(
    reason: str | None = None, details: Any = None
) -> WorkflowExecutionDecision:
    """Fail the execution.

    :param reason: up to 256 characters; `swf.payload.cut` shortens a longer one.
    :param details: the details, encoded by `swf.payload`.

    Source: API Reference, FailWorkflowExecutionDecisionAttributes.
    """
    return WorkflowExecutionDecision("fail", reason=reason, details=details)


def cancel_workflow_execution(details: Any = None) -> WorkflowExecutionDecision:
    """Cancel the execution.

    :param details: the details, encoded by `swf.payload`.

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
    """Close the execution and start a new one with the same workflow id and an empty history.

    :param child_policy: the policy for its children when it is terminated or times out.
    :param execution_start_to_close_timeout: the limit of the new execution in seconds.
    :param input: the input, encoded by `swf.payload`.
    :param lambda_role: the IAM role for its Lambda functions.
    :param tag_list: up to five tags.
    :param task_list: the task list of its decision tasks.
    :param task_priority: the priority of its decision tasks; a higher number is assigned sooner.
    :param task_start_to_close_timeout: the limit of a decision task in seconds, or `NONE`.
    :param workflow_type_version: another version of the workflow type.

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
    workflow_id: str,
    workflow_type: Any,
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
    """Start a child execution.

    :param workflow_id: unique among the open executions of the domain.
    :param workflow_type: a `WorkflowType` or a (name, version) pair.
    :param child_policy: the policy for its children when it is terminated or times out.
    :param control: the decider's own data, which the history records.
    :param execution_start_to_close_timeout: the limit of the child in seconds.
    :param input: the input, encoded by `swf.payload`.
    :param lambda_role: the IAM role for its Lambda functions.
    :param tag_list: up to five tags.
    :param task_list: the task list of its decision tasks.
    :param task_priority: the priority of its decision tasks; a higher number is assigned sooner.
    :param task_start_to_close_timeout: the limit of a decision task in seconds, or `NONE`.

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
    """Signal an open execution of the domain.

    :param signal_name: up to 256 characters.
    :param control: the decider's own data, which the history records.
    :param input: the input of the signal, encoded by `swf.payload`.
    :param run_id: the run id; without it, the open execution of the workflow id.

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
    """Request the cancellation of an open execution of the domain.

    :param control: the decider's own data, which the history records.
    :param run_id: the run id; without it, the open execution of the workflow id.

    Source: API Reference, RequestCancelExternalWorkflowExecutionDecisionAttributes.
    """
    return ExternalWorkflowExecutionDecision(
        "request_cancel", workflow_id=workflow_id, control=control, run_id=run_id
    )
