"""Builds a plausible history event by event, for tests and documentation.

>>> history = builder.started().timer_started("t1").timer_fired("t1")
>>> history.timers["t1"].state
'fired'

There is a method for each of the 54 event types. Ids, links, times and decision tasks are written
as the service writes them: a decision starts and completes the scheduled decision task, consecutive
decisions share it, and other events schedule the next one. A task that ends before its start is
started first. An impossible event raises and is not written.

`History` is python-simple-workflow's builder, for existing test suites; see `scripted.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from swf.constants import LIBRARY_TIMER_IDS
from swf.models.event.factory import EventFactory
from swf.models.history.entity_record import EntityIndex, EntityRecord
from swf.models.history.scripted import ScriptedHistory
from swf.models.history.writer import HistoryWriter, end_references

if TYPE_CHECKING:
    from typing_extensions import Self

History = ScriptedHistory


def started(name: str = "example", version: str = "1.0", **attributes: Any) -> HistoryBuilder:
    """Return the history of an execution that has just started; see `HistoryBuilder.started`.

    :param name: the name of the workflow type.
    :param version: the version of the workflow type.
    :param attributes: further attributes of the event, by their names in snake case.
    """
    return HistoryBuilder().started(name, version, **attributes)


class HistoryBuilder(HistoryWriter):
    """A history that grows: every method adds an event and returns the history.

    Payloads (`input`, `result`, `details`, `control`) are any JSON values. Methods with
    `attributes` accept the other attributes of the event by their names in snake case
    (`activity_scheduled("a", task_priority=3)`); see `swf.models.event.table`.

    Methods that end a task, child or function start it first if it is not started. Methods for
    decisions raise `HistoryError` when no decision task is open, and so do methods for an entity
    that is not open.
    """

    __slots__ = ()

    # The execution.

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

    # Activity tasks.

    def activity_scheduled(
        self,
        activity_id: str,
        name: str = "activity",
        version: str = "1.0",
        input: Any = None,  # noqa: A002 - the service's name
        **attributes: Any,
    ) -> Self:
        """Decide to schedule an activity task; its timeouts are `NONE` by default.

        :param name: the name of the activity type.
        :param version: the version of the activity type.
        """
        defaults: dict[str, Any] = dict.fromkeys(_ACTIVITY_TIMEOUTS, "NONE")
        settings = {**defaults, "task_list": "activities", "input": input, **attributes}
        kind = {"name": name, "version": version}
        return self.decide(
            "ActivityTaskScheduled", activity_id=activity_id, activity_type=kind, **settings
        )

    def activity_started(self, activity_id: str, identity: str | None = "worker") -> Self:
        """Let a worker start the activity task.

        :param identity: the identity of the worker.
        """
        record = self.open_record(self._state().activities, activity_id)
        return self.happen(
            "ActivityTaskStarted", scheduled_event_id=_opened_event_id(record), identity=identity
        )

    def activity_completed(self, activity_id: str, result: Any = None) -> Self:
        """Let the worker complete the activity task.

        :param activity_id: the id of an open activity task.
        """
        return self.happen(
            "ActivityTaskCompleted",
            **end_references(self._running_activity(activity_id)),
            result=result,
        )

    def activity_failed(
        self, activity_id: str, reason: str | None = None, details: Any = None
    ) -> Self:
        """Let the worker fail the activity task.

        :param activity_id: the id of an open activity task.
        """
        record = self._running_activity(activity_id)
        return self.happen(
            "ActivityTaskFailed", **end_references(record), reason=reason, details=details
        )

    def activity_timed_out(
        self, activity_id: str, timeout_type: str = "START_TO_CLOSE", details: Any = None
    ) -> Self:
        """Let the activity task time out.

        :param timeout_type: `START_TO_CLOSE` or `HEARTBEAT`, which start the task first if it is
            not started; `SCHEDULE_TO_START` or `SCHEDULE_TO_CLOSE`, which do not.
        """
        if timeout_type in ("START_TO_CLOSE", "HEARTBEAT"):
            self._running_activity(activity_id)
        record = self.open_record(self._state().activities, activity_id)
        return self.happen(
            "ActivityTaskTimedOut",
            **end_references(record),
            timeout_type=timeout_type,
            details=details,
        )

    def activity_cancel_requested(self, activity_id: str) -> Self:
        """Decide to cancel the activity task; the service cancels a task that is not started.

        :param activity_id: the id of an open activity task.
        """
        self.decide("ActivityTaskCancelRequested", activity_id=activity_id)
        record = self.open_record(self._state().activities, activity_id)
        if record.started is None:
            self._add_to_batch("ActivityTaskCanceled", self._cancel_references(record))
        return self

    def activity_canceled(self, activity_id: str, details: Any = None) -> Self:
        """Let the worker cancel the activity task.

        :param activity_id: the id of an open activity task.
        """
        record = self._running_activity(activity_id)
        return self.happen(
            "ActivityTaskCanceled", **self._cancel_references(record), details=details
        )

    def schedule_activity_failed(
        self,
        activity_id: str,
        cause: str = "ACTIVITY_TYPE_DOES_NOT_EXIST",
        name: str = "activity",
        version: str = "1.0",
    ) -> Self:
        """Refuse the decision to schedule an activity task.

        :param cause: the cause of the refusal, one of the API's values.
        """
        kind = {"name": name, "version": version}
        return self.decide(
            "ScheduleActivityTaskFailed", activity_id=activity_id, activity_type=kind, cause=cause
        )

    def request_cancel_activity_failed(
        self, activity_id: str, cause: str = "ACTIVITY_ID_UNKNOWN"
    ) -> Self:
        """Refuse the decision to cancel an activity task.

        :param cause: the cause of the refusal, one of the API's values.
        """
        return self.decide("RequestCancelActivityTaskFailed", activity_id=activity_id, cause=cause)

    def _running_activity(self, activity_id: str) -> EntityRecord:
        return self._running(self._state().activities, activity_id, self.activity_started)

    def _cancel_references(self, record: EntityRecord) -> dict[str, Any]:
        requested = record.cancels[-1]["eventId"] if record.cancels else 0
        return {**end_references(record), "latest_cancel_requested_event_id": requested}

    # Timers.

    def timer_started(
        self, timer_id: str, start_to_fire_timeout: int = 60, control: Any = None
    ) -> Self:
        """Decide to start a timer.

        :param start_to_fire_timeout: seconds after which it fires.
        """
        return self.decide(
            "TimerStarted",
            timer_id=timer_id,
            start_to_fire_timeout=start_to_fire_timeout,
            control=control,
        )

    def timer_fired(self, timer_id: str) -> Self:
        """Let the timer fire, not before its timeout has passed.

        :param timer_id: the id of an open timer.
        """
        record = self._open_timer(timer_id)
        started = EventFactory(record.opened or {})
        due = started.timestamp.timestamp() + int(started.start_to_fire_timeout or 0)
        self.later(max(0.0, due - self._now - 1))
        return self.happen(
            "TimerFired", timer_id=timer_id, started_event_id=_opened_event_id(record)
        )

    def timer_canceled(self, timer_id: str) -> Self:
        """Decide to cancel the timer.

        :param timer_id: the id of an open timer.
        """
        record = self._open_timer(timer_id)
        return self.decide(
            "TimerCanceled", timer_id=timer_id, started_event_id=_opened_event_id(record)
        )

    def start_timer_failed(self, timer_id: str, cause: str = "TIMER_ID_ALREADY_IN_USE") -> Self:
        """Refuse the decision to start a timer.

        :param cause: the cause of the refusal, one of the API's values.
        """
        return self.decide("StartTimerFailed", timer_id=timer_id, cause=cause)

    def cancel_timer_failed(self, timer_id: str, cause: str = "TIMER_ID_UNKNOWN") -> Self:
        """Refuse the decision to cancel a timer.

        :param cause: the cause of the refusal, one of the API's values.
        """
        return self.decide("CancelTimerFailed", timer_id=timer_id, cause=cause)

    def _open_timer(self, timer_id: str) -> EntityRecord:
        state = self._state()
        index = state.wake_ups if timer_id in LIBRARY_TIMER_IDS else state.timers
        return self.open_record(index, timer_id)

    # Markers.

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

    # Child executions.

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
            **_initiated_attributes(record),
            workflow_type=_opened_attribute(record, "workflowType"),
        )

    def _end_child(self, event_name: str, workflow_id: str, **attributes: Any) -> Self:
        record = self._running(self._state().children, workflow_id, self.child_started)
        started_event_id = record.started["eventId"] if record.started else 0
        return self.happen(
            event_name,
            **_child_attributes(record, None),
            started_event_id=started_event_id,
            **attributes,
        )

    # Other executions.

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

    # Lambda functions.

    def lambda_scheduled(
        self,
        function_id: str,
        name: str = "function",
        input: Any = None,  # noqa: A002 - the service's name
        **attributes: Any,
    ) -> Self:
        """Decide to call a Lambda function.

        :param name: the name or ARN of the function.
        """
        others = {"input": input, **attributes}
        return self.decide(
            "LambdaFunctionScheduled", function_id=function_id, function_name=name, **others
        )

    def lambda_started(self, function_id: str) -> Self:
        """Let the function start.

        :param function_id: the id of an open Lambda function.
        """
        record = self.open_record(self._state().lambdas, function_id)
        return self.happen("LambdaFunctionStarted", scheduled_event_id=_opened_event_id(record))

    def lambda_completed(self, function_id: str, result: Any = None) -> Self:
        """Let the function complete.

        :param function_id: the id of an open Lambda function.
        """
        record = self._running(self._state().lambdas, function_id, self.lambda_started)
        return self.happen("LambdaFunctionCompleted", **end_references(record), result=result)

    def lambda_failed(
        self, function_id: str, reason: str | None = None, details: Any = None
    ) -> Self:
        """Let the function fail.

        :param function_id: the id of an open Lambda function.
        """
        record = self._running(self._state().lambdas, function_id, self.lambda_started)
        return self.happen(
            "LambdaFunctionFailed", **end_references(record), reason=reason, details=details
        )

    def lambda_timed_out(self, function_id: str) -> Self:
        """Let the function time out.

        :param function_id: the id of an open Lambda function.
        """
        record = self._running(self._state().lambdas, function_id, self.lambda_started)
        return self.happen(
            "LambdaFunctionTimedOut", **end_references(record), timeout_type="START_TO_CLOSE"
        )

    def schedule_lambda_failed(
        self, function_id: str, cause: str = "ID_ALREADY_IN_USE", name: str = "function"
    ) -> Self:
        """Refuse the decision to call a Lambda function.

        :param cause: the cause of the refusal, one of the API's values.
        """
        return self.decide(
            "ScheduleLambdaFunctionFailed", function_id=function_id, function_name=name, cause=cause
        )

    def start_lambda_failed(
        self,
        function_id: str,
        cause: str = "ASSUME_ROLE_FAILED",
        message: str | None = None,
    ) -> Self:
        """Let the service fail to call the function.

        :param message: the service's explanation.
        """
        record = self.open_record(self._state().lambdas, function_id)
        return self.happen(
            "StartLambdaFunctionFailed",
            scheduled_event_id=_opened_event_id(record),
            cause=cause,
            message=message,
        )

    def _running(self, index: EntityIndex, entity_id: str, start: Any) -> EntityRecord:
        if self.open_record(index, entity_id).started is None:
            start(entity_id)
        return self.open_record(index, entity_id)


_ACTIVITY_TIMEOUTS = (
    "heartbeat_timeout",
    "schedule_to_close_timeout",
    "schedule_to_start_timeout",
    "start_to_close_timeout",
)


def _opened_attribute(record: EntityRecord, wire: str) -> Any:
    """Return an attribute of the event that began an attempt, as on the wire."""
    return EventFactory(record.opened).attributes.get(wire) if record.opened else None


def _opened_event_id(record: EntityRecord) -> int:
    event_id: int = record.opened["eventId"] if record.opened else 0
    return event_id


def _child_attributes(record: EntityRecord, run_id: str | None) -> dict[str, Any]:
    """Return the attributes of every event of a child; its run id stays the same."""
    execution = EventFactory(record.started).workflow_execution if record.started else {}
    run_id = run_id or execution.get("runId") or f"run-of-{record.id}"
    return {
        "workflow_execution": {"workflowId": record.id, "runId": run_id},
        "workflow_type": _opened_attribute(record, "workflowType"),
        "initiated_event_id": _opened_event_id(record),
    }


def _delivered_attributes(record: EntityRecord) -> dict[str, Any]:
    workflow_id = _opened_attribute(record, "workflowId")
    run_id = _opened_attribute(record, "runId") or f"run-of-{workflow_id}"
    execution = {"workflowId": workflow_id, "runId": run_id}
    return {"workflow_execution": execution, "initiated_event_id": _opened_event_id(record)}


def _undelivered_attributes(record: EntityRecord) -> dict[str, Any]:
    names = {
        "workflow_id": _opened_attribute(record, "workflowId"),
        "run_id": _opened_attribute(record, "runId"),
    }
    return {**names, **_initiated_attributes(record)}


def _initiated_attributes(record: EntityRecord) -> dict[str, Any]:
    return {
        "initiated_event_id": _opened_event_id(record),
        "decision_task_completed_event_id": _opened_attribute(
            record, "decisionTaskCompletedEventId"
        ),
        "control": _opened_attribute(record, "control"),
    }
