"""`ExecutionEvents`: the events of the execution itself, and markers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from swf.models.history.writer import HistoryWriter

if TYPE_CHECKING:
    from typing_extensions import Self


class ExecutionEvents(HistoryWriter):
    """The events of the execution itself, and markers."""

    __slots__ = ()

    def started(
        self,
        name: str = "example",
        version: str = "1.0",
        input: Any = None,  # noqa: A002 - the service's name
        **attributes: Any,
    ) -> Self:
        """Add WorkflowExecutionStarted; settings have defaults.

        :param name: the name of the workflow type.
        :param version: the version of the workflow type.
        """
        defaults = {
            "child_policy": "TERMINATE",
            "execution_start_to_close_timeout": 3600,
            "task_start_to_close_timeout": 300,
            "task_list": "deciders",
            "parent_initiated_event_id": 0,
        }
        kind = {"name": name, "version": version}
        settings = {**defaults, "input": input, **attributes}
        return self.happen("WorkflowExecutionStarted", workflow_type=kind, **settings)

    def signaled(self, signal_name: str, input: Any = None, **attributes: Any) -> Self:  # noqa: A002
        """Add a received signal."""
        others = {"external_initiated_event_id": 0, "input": input, **attributes}
        return self.happen("WorkflowExecutionSignaled", signal_name=signal_name, **others)

    def cancel_requested(self, cause: str | None = None, **attributes: Any) -> Self:
        """Add a received cancel request.

        :param cause: `CHILD_POLICY_APPLIED` when the parent closed; None otherwise.
        """
        others = {"external_initiated_event_id": 0, "cause": cause, **attributes}
        return self.happen("WorkflowExecutionCancelRequested", **others)

    def completed(self, result: Any = None) -> Self:
        """Decide to complete the execution."""
        return self.close("WorkflowExecutionCompleted", result=result)

    def failed(self, reason: str | None = None, details: Any = None) -> Self:
        """Decide to fail the execution."""
        return self.close("WorkflowExecutionFailed", reason=reason, details=details)

    def canceled(self, details: Any = None) -> Self:
        """Decide to cancel the execution."""
        return self.close("WorkflowExecutionCanceled", details=details)

    def continued_as_new(self, new_execution_run_id: str = "next-run", **attributes: Any) -> Self:
        """Decide to continue as a new run, with the settings of this run.

        :param new_execution_run_id: the run id of the new run.
        """
        execution = self.execution
        settings = {
            "workflow_type": dict(execution.workflow_type or {}),
            "task_list": execution.task_list,
            "child_policy": execution.child_policy,
            "execution_start_to_close_timeout": execution.execution_timeout,
            "task_start_to_close_timeout": execution.decision_tasks_timeout,
            "new_execution_run_id": new_execution_run_id,
        }
        return self.close("WorkflowExecutionContinuedAsNew", **{**settings, **attributes})

    def terminated(
        self,
        reason: str | None = None,
        details: Any = None,
        cause: str = "OPERATOR_INITIATED",
        child_policy: str | None = None,
    ) -> Self:
        """Terminate the execution.

        :param cause: `OPERATOR_INITIATED`, `CHILD_POLICY_APPLIED` or `EVENT_LIMIT_EXCEEDED`.
        :param child_policy: the policy for its children; the execution's own by default.
        """
        return self.happen(
            "WorkflowExecutionTerminated",
            reason=reason,
            details=details,
            cause=cause,
            child_policy=child_policy or self.execution.child_policy,
        )

    def timed_out(self) -> Self:
        """Let the execution time out."""
        return self.happen(
            "WorkflowExecutionTimedOut",
            timeout_type="START_TO_CLOSE",
            child_policy=self.execution.child_policy,
        )

    def complete_failed(self, cause: str = "UNHANDLED_DECISION") -> Self:
        """Refuse the decision to complete the execution.

        :param cause: the cause of the refusal, one of the API's values.
        """
        return self.decide("CompleteWorkflowExecutionFailed", cause=cause)

    def fail_failed(self, cause: str = "UNHANDLED_DECISION") -> Self:
        """Refuse the decision to fail the execution.

        :param cause: the cause of the refusal, one of the API's values.
        """
        return self.decide("FailWorkflowExecutionFailed", cause=cause)

    def cancel_failed(self, cause: str = "UNHANDLED_DECISION") -> Self:
        """Refuse the decision to cancel the execution.

        :param cause: the cause of the refusal, one of the API's values.
        """
        return self.decide("CancelWorkflowExecutionFailed", cause=cause)

    def continue_as_new_failed(self, cause: str = "UNHANDLED_DECISION") -> Self:
        """Refuse the decision to continue as new.

        :param cause: the cause of the refusal, one of the API's values.
        """
        return self.decide("ContinueAsNewWorkflowExecutionFailed", cause=cause)

    def marker_recorded(self, marker_name: str, details: Any = None) -> Self:
        """Decide to record a marker."""
        return self.decide("MarkerRecorded", marker_name=marker_name, details=details)

    def record_marker_failed(
        self, marker_name: str, cause: str = "OPERATION_NOT_PERMITTED"
    ) -> Self:
        """Refuse the decision to record a marker.

        :param cause: the cause of the refusal, one of the API's values.
        """
        return self.decide("RecordMarkerFailed", marker_name=marker_name, cause=cause)
