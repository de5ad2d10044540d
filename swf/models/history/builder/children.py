"""`ChildEvents`: the events of child executions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from swf.models.event.factory import EventFactory
from swf.models.history.entity_record import EntityRecord
from swf.models.history.writer import (
    HistoryWriter,
    initiated_attributes,
    opened_attribute,
    opened_event_id,
)

if TYPE_CHECKING:
    from typing_extensions import Self


class ChildEvents(HistoryWriter):
    """The events of child executions."""

    __slots__ = ()

    def child_initiated(
        self,
        workflow_id: str,
        name: str = "child",
        version: str = "1.0",
        input: Any = None,  # noqa: A002 - the service's name
        **attributes: Any,
    ) -> Self:
        """Decide to start a child execution.

        :param name: the name of the workflow type.
        :param version: the version of the workflow type.
        """
        defaults = {
            "child_policy": "TERMINATE",
            "execution_start_to_close_timeout": 3600,
            "task_start_to_close_timeout": 300,
            "task_list": "deciders",
        }
        return self.decide(
            "StartChildWorkflowExecutionInitiated",
            workflow_id=workflow_id,
            workflow_type={"name": name, "version": version},
            **{**defaults, "input": input, **attributes},
        )

    def child_started(self, workflow_id: str, run_id: str | None = None) -> Self:
        """Let the child start.

        :param run_id: the run id of the child; made of its workflow id by default.
        """
        record = self.open_record(self._state().children, workflow_id)
        return self.happen("ChildWorkflowExecutionStarted", **_child_attributes(record, run_id))

    def child_completed(self, workflow_id: str, result: Any = None) -> Self:
        """Let the child complete.

        :param workflow_id: the workflow id of an open child.
        """
        return self._end_child("ChildWorkflowExecutionCompleted", workflow_id, result=result)

    def child_failed(
        self, workflow_id: str, reason: str | None = None, details: Any = None
    ) -> Self:
        """Let the child fail.

        :param workflow_id: the workflow id of an open child.
        """
        return self._end_child(
            "ChildWorkflowExecutionFailed", workflow_id, reason=reason, details=details
        )

    def child_timed_out(self, workflow_id: str) -> Self:
        """Let the child time out.

        :param workflow_id: the workflow id of an open child.
        """
        return self._end_child(
            "ChildWorkflowExecutionTimedOut", workflow_id, timeout_type="START_TO_CLOSE"
        )

    def child_canceled(self, workflow_id: str, details: Any = None) -> Self:
        """Let the child close as canceled.

        :param workflow_id: the workflow id of an open child.
        """
        return self._end_child("ChildWorkflowExecutionCanceled", workflow_id, details=details)

    def child_terminated(self, workflow_id: str) -> Self:
        """Terminate the child.

        :param workflow_id: the workflow id of an open child.
        """
        return self._end_child("ChildWorkflowExecutionTerminated", workflow_id)

    def start_child_failed(
        self,
        workflow_id: str,
        cause: str = "WORKFLOW_TYPE_DOES_NOT_EXIST",
        name: str = "child",
        version: str = "1.0",
    ) -> Self:
        """Add the failure to start a child: of the decision, or of an initiated child.

        :param cause: the cause of the refusal, one of the API's values.
        """
        common = {"workflow_id": workflow_id, "cause": cause}
        record = self._state().children.open.get(workflow_id)
        if record is None:
            kind = {"name": name, "version": version}
            return self.decide(
                "StartChildWorkflowExecutionFailed",
                initiated_event_id=0,
                workflow_type=kind,
                **common,
            )
        return self.happen(
            "StartChildWorkflowExecutionFailed",
            **common,
            **initiated_attributes(record),
            workflow_type=opened_attribute(record, "workflowType"),
        )

    def _end_child(self, event_name: str, workflow_id: str, **attributes: Any) -> Self:
        record = self.running_record(self._state().children, workflow_id, self.child_started)
        started_event_id = record.started["eventId"] if record.started else 0
        return self.happen(
            event_name,
            **_child_attributes(record, None),
            started_event_id=started_event_id,
            **attributes,
        )


def _child_attributes(record: EntityRecord, run_id: str | None) -> dict[str, Any]:
    """Return the attributes of every event of a child; its run id stays the same."""
    execution = EventFactory(record.started).workflow_execution if record.started else {}
    run_id = run_id or execution.get("runId") or f"run-of-{record.id}"
    return {
        "workflow_execution": {"workflowId": record.id, "runId": run_id},
        "workflow_type": opened_attribute(record, "workflowType"),
        "initiated_event_id": opened_event_id(record),
    }
