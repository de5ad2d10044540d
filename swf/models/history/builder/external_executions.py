"""`ExternalExecutionEvents`: the events of signals and cancel requests to other executions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from swf.models.history.entity_record import EntityIndex, EntityRecord
from swf.models.history.writer import (
    HistoryWriter,
    initiated_attributes,
    opened_attribute,
    opened_event_id,
)

if TYPE_CHECKING:
    from typing_extensions import Self


class ExternalExecutionEvents(HistoryWriter):
    """The events of signals and cancel requests to other executions."""

    __slots__ = ()

    def signal_external_initiated(
        self,
        workflow_id: str,
        signal_name: str,
        run_id: str | None = None,
        input: Any = None,  # noqa: A002 - the service's name
        control: Any = None,
    ) -> Self:
        """Decide to signal another execution."""
        return self.decide(
            "SignalExternalWorkflowExecutionInitiated",
            workflow_id=workflow_id,
            signal_name=signal_name,
            run_id=run_id,
            input=input,
            control=control,
        )

    def external_signaled(self, initiated_event_id: int | None = None) -> Self:
        """Let the other execution receive the signal.

        :param initiated_event_id: the event that initiated it; the oldest open one by default.
        """
        record = self._open_external(self._state().external_signals, initiated_event_id)
        return self.happen("ExternalWorkflowExecutionSignaled", **_delivered_attributes(record))

    def signal_external_failed(
        self,
        initiated_event_id: int | None = None,
        cause: str = "UNKNOWN_EXTERNAL_WORKFLOW_EXECUTION",
    ) -> Self:
        """Let the signal fail to reach the other execution.

        :param initiated_event_id: the event that initiated it; the oldest open one by default.
        """
        record = self._open_external(self._state().external_signals, initiated_event_id)
        return self.happen(
            "SignalExternalWorkflowExecutionFailed", **_undelivered_attributes(record), cause=cause
        )

    def request_cancel_external_initiated(
        self, workflow_id: str, run_id: str | None = None, control: Any = None
    ) -> Self:
        """Decide to request the cancellation of another execution."""
        return self.decide(
            "RequestCancelExternalWorkflowExecutionInitiated",
            workflow_id=workflow_id,
            run_id=run_id,
            control=control,
        )

    def external_cancel_requested(self, initiated_event_id: int | None = None) -> Self:
        """Let the other execution receive the cancel request.

        :param initiated_event_id: the event that initiated it; the oldest open one by default.
        """
        record = self._open_external(self._state().external_cancels, initiated_event_id)
        return self.happen(
            "ExternalWorkflowExecutionCancelRequested", **_delivered_attributes(record)
        )

    def request_cancel_external_failed(
        self,
        initiated_event_id: int | None = None,
        cause: str = "UNKNOWN_EXTERNAL_WORKFLOW_EXECUTION",
    ) -> Self:
        """Let the cancel request fail to reach the other execution.

        :param initiated_event_id: the event that initiated it; the oldest open one by default.
        """
        record = self._open_external(self._state().external_cancels, initiated_event_id)
        return self.happen(
            "RequestCancelExternalWorkflowExecutionFailed",
            **_undelivered_attributes(record),
            cause=cause,
        )

    def _open_external(self, index: EntityIndex, initiated_event_id: int | None) -> EntityRecord:
        return self.open_record(index, initiated_event_id or next(iter(index.open), 0))


def _delivered_attributes(record: EntityRecord) -> dict[str, Any]:
    workflow_id = opened_attribute(record, "workflowId")
    run_id = opened_attribute(record, "runId") or f"run-of-{workflow_id}"
    execution = {"workflowId": workflow_id, "runId": run_id}
    return {"workflow_execution": execution, "initiated_event_id": opened_event_id(record)}


def _undelivered_attributes(record: EntityRecord) -> dict[str, Any]:
    names = {
        "workflow_id": opened_attribute(record, "workflowId"),
        "run_id": opened_attribute(record, "runId"),
    }
    return {**names, **initiated_attributes(record)}
