"""Write a plausible history by hand, for tests and documentation.

>>> history = builder.started().timer_started("t1").timer_fired("t1")
>>> history.timers["t1"].state
'fired'

There is a method for each of the 54 event types, named for what it tells. Ids, links, times and
decision tasks are written as the service would: a decision starts and completes the decision task
that waits, decisions in a row share it, and what happens schedules the next one. A task that ends
without having been started is started first. What cannot be raises, and is not written.

`History` is the ancestor's builder, for test suites that are there already; see `scripted.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from swf.models.event.factory import EventFactory
from swf.models.history.fold import Index, Life
from swf.models.history.scripted import ScriptedHistory
from swf.models.history.writer import HistoryWriter, ending

if TYPE_CHECKING:
    from typing_extensions import Self

History = ScriptedHistory


def started(name: str = "example", version: str = "1.0", **attributes: Any) -> HistoryBuilder:
    """Return the history of an execution that has just been started; see the method."""
    return HistoryBuilder().started(name, version, **attributes)


class HistoryBuilder(HistoryWriter):
    """A history to be written; every method adds what it says and returns the history itself.

    Payloads may be any value of JSON. Further attributes of an event are taken by their names in
    snake case (`activity_scheduled("a", task_priority=3)`); see `swf.models.event.table`.
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
        """Start the execution."""
        defaults = {
            "child_policy": "TERMINATE",
            "execution_start_to_close_timeout": 3600,
            "task_start_to_close_timeout": 300,
            "task_list": "deciders",
            "parent_initiated_event_id": 0,
        }
        kind = {"name": name, "version": version}
        given = {**defaults, "input": input, **attributes}
        return self.happen("WorkflowExecutionStarted", workflow_type=kind, **given)

    def signaled(self, signal_name: str, input: Any = None, **attributes: Any) -> Self:  # noqa: A002
        """Receive a signal."""
        given = {"external_initiated_event_id": 0, "input": input, **attributes}
        return self.happen("WorkflowExecutionSignaled", signal_name=signal_name, **given)

    def cancel_requested(self, cause: str | None = None, **attributes: Any) -> Self:
        """Be asked to cancel."""
        given = {"external_initiated_event_id": 0, "cause": cause, **attributes}
        return self.happen("WorkflowExecutionCancelRequested", **given)

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
        """Decide to continue the execution as a new run; settings are those of this one."""
        begun = self.execution
        settings = {
            "workflow_type": dict(begun.workflow_type or {}),
            "task_list": begun.task_list,
            "child_policy": begun.child_policy,
            "execution_start_to_close_timeout": begun.execution_timeout,
            "task_start_to_close_timeout": begun.decision_tasks_timeout,
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
        """Be terminated."""
        return self.happen(
            "WorkflowExecutionTerminated",
            reason=reason,
            details=details,
            cause=cause,
            child_policy=child_policy or self.execution.child_policy,
        )

    def timed_out(self) -> Self:
        """Exceed the execution's start-to-close timeout."""
        return self.happen(
            "WorkflowExecutionTimedOut",
            timeout_type="START_TO_CLOSE",
            child_policy=self.execution.child_policy,
        )

    def complete_failed(self, cause: str = "UNHANDLED_DECISION") -> Self:
        """Be refused to complete the execution."""
        return self.decide("CompleteWorkflowExecutionFailed", cause=cause)

    def fail_failed(self, cause: str = "UNHANDLED_DECISION") -> Self:
        """Be refused to fail the execution."""
        return self.decide("FailWorkflowExecutionFailed", cause=cause)

    def cancel_failed(self, cause: str = "UNHANDLED_DECISION") -> Self:
        """Be refused to cancel the execution."""
        return self.decide("CancelWorkflowExecutionFailed", cause=cause)

    def continue_as_new_failed(self, cause: str = "UNHANDLED_DECISION") -> Self:
        """Be refused to continue as new."""
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
        """Decide to schedule an activity task; its timeouts are `NONE` unless given."""
        defaults: dict[str, Any] = dict.fromkeys(_ACTIVITY_TIMEOUTS, "NONE")
        given = {**defaults, "task_list": "activities", "input": input, **attributes}
        kind = {"name": name, "version": version}
        return self.decide(
            "ActivityTaskScheduled", activity_id=activity_id, activity_type=kind, **given
        )

    def activity_started(self, activity_id: str, identity: str | None = "worker") -> Self:
        """Let a worker start the activity task."""
        life = self.open_life(self._state().activities, activity_id)
        return self.happen(
            "ActivityTaskStarted", scheduled_event_id=_opened(life), identity=identity
        )

    def activity_completed(self, activity_id: str, result: Any = None) -> Self:
        """Let the worker complete the activity task."""
        return self.happen(
            "ActivityTaskCompleted", **ending(self._running_activity(activity_id)), result=result
        )

    def activity_failed(
        self, activity_id: str, reason: str | None = None, details: Any = None
    ) -> Self:
        """Let the worker fail the activity task."""
        life = self._running_activity(activity_id)
        return self.happen("ActivityTaskFailed", **ending(life), reason=reason, details=details)

    def activity_timed_out(
        self, activity_id: str, timeout_type: str = "START_TO_CLOSE", details: Any = None
    ) -> Self:
        """Let the activity task time out; one that never started may do so by `SCHEDULE_TO_...`."""
        if timeout_type in ("START_TO_CLOSE", "HEARTBEAT"):
            self._running_activity(activity_id)
        life = self.open_life(self._state().activities, activity_id)
        return self.happen(
            "ActivityTaskTimedOut", **ending(life), timeout_type=timeout_type, details=details
        )

    def activity_cancel_requested(self, activity_id: str) -> Self:
        """Decide to cancel the activity task; the service cancels one that is not started."""
        self.decide("ActivityTaskCancelRequested", activity_id=activity_id)
        life = self.open_life(self._state().activities, activity_id)
        if life.started is None:
            self._add_to_batch("ActivityTaskCanceled", self._canceling(life))
        return self

    def activity_canceled(self, activity_id: str, details: Any = None) -> Self:
        """Let the worker cancel the activity task."""
        life = self._running_activity(activity_id)
        return self.happen("ActivityTaskCanceled", **self._canceling(life), details=details)

    def schedule_activity_failed(
        self,
        activity_id: str,
        cause: str = "ACTIVITY_TYPE_DOES_NOT_EXIST",
        name: str = "activity",
        version: str = "1.0",
    ) -> Self:
        """Be refused to schedule an activity task."""
        kind = {"name": name, "version": version}
        return self.decide(
            "ScheduleActivityTaskFailed", activity_id=activity_id, activity_type=kind, cause=cause
        )

    def request_cancel_activity_failed(
        self, activity_id: str, cause: str = "ACTIVITY_ID_UNKNOWN"
    ) -> Self:
        """Be refused to cancel an activity task."""
        return self.decide("RequestCancelActivityTaskFailed", activity_id=activity_id, cause=cause)

    def _running_activity(self, activity_id: str) -> Life:
        return self._running(self._state().activities, activity_id, self.activity_started)

    def _canceling(self, life: Life) -> dict[str, Any]:
        requested = life.cancels[-1]["eventId"] if life.cancels else 0
        return {**ending(life), "latest_cancel_requested_event_id": requested}

    # Timers.

    def timer_started(
        self, timer_id: str, start_to_fire_timeout: int = 60, control: Any = None
    ) -> Self:
        """Decide to start a timer."""
        return self.decide(
            "TimerStarted",
            timer_id=timer_id,
            start_to_fire_timeout=start_to_fire_timeout,
            control=control,
        )

    def timer_fired(self, timer_id: str) -> Self:
        """Let the timer fire, when its time has come."""
        life = self.open_life(self._state().timers, timer_id)
        timer = self.timers[timer_id]
        begun = timer.opened_at.timestamp() if timer.opened_at else self._now
        due = begun + (timer.start_to_fire_timeout or 0)
        self.later(max(0.0, due - self._now - 1))
        return self.happen("TimerFired", timer_id=timer_id, started_event_id=_opened(life))

    def timer_canceled(self, timer_id: str) -> Self:
        """Decide to cancel the timer."""
        life = self.open_life(self._state().timers, timer_id)
        return self.decide("TimerCanceled", timer_id=timer_id, started_event_id=_opened(life))

    def start_timer_failed(self, timer_id: str, cause: str = "TIMER_ID_ALREADY_IN_USE") -> Self:
        """Be refused to start a timer."""
        return self.decide("StartTimerFailed", timer_id=timer_id, cause=cause)

    def cancel_timer_failed(self, timer_id: str, cause: str = "TIMER_ID_UNKNOWN") -> Self:
        """Be refused to cancel a timer."""
        return self.decide("CancelTimerFailed", timer_id=timer_id, cause=cause)

    # Markers.

    def marker_recorded(self, marker_name: str, details: Any = None) -> Self:
        """Decide to record a marker."""
        return self.decide("MarkerRecorded", marker_name=marker_name, details=details)

    def record_marker_failed(
        self, marker_name: str, cause: str = "OPERATION_NOT_PERMITTED"
    ) -> Self:
        """Be refused to record a marker."""
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
        """Decide to start a child execution."""
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
        """Let the child start."""
        life = self.open_life(self._state().children, workflow_id)
        return self.happen("ChildWorkflowExecutionStarted", **_child(life, run_id))

    def child_completed(self, workflow_id: str, result: Any = None) -> Self:
        """Let the child complete."""
        return self._end_child("ChildWorkflowExecutionCompleted", workflow_id, result=result)

    def child_failed(
        self, workflow_id: str, reason: str | None = None, details: Any = None
    ) -> Self:
        """Let the child fail."""
        return self._end_child(
            "ChildWorkflowExecutionFailed", workflow_id, reason=reason, details=details
        )

    def child_timed_out(self, workflow_id: str) -> Self:
        """Let the child time out."""
        return self._end_child(
            "ChildWorkflowExecutionTimedOut", workflow_id, timeout_type="START_TO_CLOSE"
        )

    def child_canceled(self, workflow_id: str, details: Any = None) -> Self:
        """Let the child be canceled."""
        return self._end_child("ChildWorkflowExecutionCanceled", workflow_id, details=details)

    def child_terminated(self, workflow_id: str) -> Self:
        """Let the child be terminated."""
        return self._end_child("ChildWorkflowExecutionTerminated", workflow_id)

    def start_child_failed(
        self,
        workflow_id: str,
        cause: str = "WORKFLOW_TYPE_DOES_NOT_EXIST",
        name: str = "child",
        version: str = "1.0",
    ) -> Self:
        """Be refused to start a child; a child that was initiated fails to start."""
        common = {"workflow_id": workflow_id, "cause": cause}
        life = self._state().children.open.get(workflow_id)
        if life is None:
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
            **_failed_later(life),
            workflow_type=_told(life, "workflowType"),
        )

    def _end_child(self, event_name: str, workflow_id: str, **attributes: Any) -> Self:
        life = self._running(self._state().children, workflow_id, self.child_started)
        started_event_id = life.started["eventId"] if life.started else 0
        return self.happen(
            event_name, **_child(life, None), started_event_id=started_event_id, **attributes
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
        """Let the other execution receive the signal; by default the one on its way the longest."""
        life = self._on_its_way(self._state().external_signals, initiated_event_id)
        return self.happen("ExternalWorkflowExecutionSignaled", **_reached(life))

    def signal_external_failed(
        self,
        initiated_event_id: int | None = None,
        cause: str = "UNKNOWN_EXTERNAL_WORKFLOW_EXECUTION",
    ) -> Self:
        """Let the signal fail to reach the other execution."""
        life = self._on_its_way(self._state().external_signals, initiated_event_id)
        return self.happen(
            "SignalExternalWorkflowExecutionFailed", **_not_reached(life), cause=cause
        )

    def request_cancel_external_initiated(
        self, workflow_id: str, run_id: str | None = None, control: Any = None
    ) -> Self:
        """Decide to ask another execution to cancel."""
        return self.decide(
            "RequestCancelExternalWorkflowExecutionInitiated",
            workflow_id=workflow_id,
            run_id=run_id,
            control=control,
        )

    def external_cancel_requested(self, initiated_event_id: int | None = None) -> Self:
        """Let the other execution receive the request; by default the longest on its way."""
        life = self._on_its_way(self._state().external_cancels, initiated_event_id)
        return self.happen("ExternalWorkflowExecutionCancelRequested", **_reached(life))

    def request_cancel_external_failed(
        self,
        initiated_event_id: int | None = None,
        cause: str = "UNKNOWN_EXTERNAL_WORKFLOW_EXECUTION",
    ) -> Self:
        """Let the request fail to reach the other execution."""
        life = self._on_its_way(self._state().external_cancels, initiated_event_id)
        return self.happen(
            "RequestCancelExternalWorkflowExecutionFailed", **_not_reached(life), cause=cause
        )

    def _on_its_way(self, index: Index, initiated_event_id: int | None) -> Life:
        return self.open_life(index, initiated_event_id or next(iter(index.open), 0))

    # Lambda functions.

    def lambda_scheduled(
        self,
        function_id: str,
        name: str = "function",
        input: Any = None,  # noqa: A002 - the service's name
        **attributes: Any,
    ) -> Self:
        """Decide to call a Lambda function."""
        given = {"input": input, **attributes}
        return self.decide(
            "LambdaFunctionScheduled", function_id=function_id, function_name=name, **given
        )

    def lambda_started(self, function_id: str) -> Self:
        """Let the function start."""
        life = self.open_life(self._state().lambdas, function_id)
        return self.happen("LambdaFunctionStarted", scheduled_event_id=_opened(life))

    def lambda_completed(self, function_id: str, result: Any = None) -> Self:
        """Let the function complete."""
        life = self._running(self._state().lambdas, function_id, self.lambda_started)
        return self.happen("LambdaFunctionCompleted", **ending(life), result=result)

    def lambda_failed(
        self, function_id: str, reason: str | None = None, details: Any = None
    ) -> Self:
        """Let the function fail."""
        life = self._running(self._state().lambdas, function_id, self.lambda_started)
        return self.happen("LambdaFunctionFailed", **ending(life), reason=reason, details=details)

    def lambda_timed_out(self, function_id: str) -> Self:
        """Let the function time out."""
        life = self._running(self._state().lambdas, function_id, self.lambda_started)
        return self.happen("LambdaFunctionTimedOut", **ending(life), timeout_type="START_TO_CLOSE")

    def schedule_lambda_failed(
        self, function_id: str, cause: str = "ID_ALREADY_IN_USE", name: str = "function"
    ) -> Self:
        """Be refused to call a Lambda function."""
        return self.decide(
            "ScheduleLambdaFunctionFailed", function_id=function_id, function_name=name, cause=cause
        )

    def start_lambda_failed(
        self,
        function_id: str,
        cause: str = "ASSUME_ROLE_FAILED",
        message: str | None = None,
    ) -> Self:
        """Let the service fail to call the function."""
        life = self.open_life(self._state().lambdas, function_id)
        return self.happen(
            "StartLambdaFunctionFailed",
            scheduled_event_id=_opened(life),
            cause=cause,
            message=message,
        )

    def _running(self, index: Index, entity_id: str, start: Any) -> Life:
        if self.open_life(index, entity_id).started is None:
            start(entity_id)
        return self.open_life(index, entity_id)


_ACTIVITY_TIMEOUTS = (
    "heartbeat_timeout",
    "schedule_to_close_timeout",
    "schedule_to_start_timeout",
    "start_to_close_timeout",
)


def _told(life: Life, wire: str) -> Any:
    """Return an attribute of the event that began a life, as on the wire."""
    return EventFactory(life.opened).attributes.get(wire) if life.opened else None


def _opened(life: Life) -> int:
    event_id: int = life.opened["eventId"] if life.opened else 0
    return event_id


def _child(life: Life, run_id: str | None) -> dict[str, Any]:
    """Return what all events of a child say of it; it keeps the run id that it started with."""
    begun = EventFactory(life.started).workflow_execution if life.started else {}
    run_id = run_id or begun.get("runId") or f"run-of-{life.id}"
    return {
        "workflow_execution": {"workflowId": life.id, "runId": run_id},
        "workflow_type": _told(life, "workflowType"),
        "initiated_event_id": _opened(life),
    }


def _reached(life: Life) -> dict[str, Any]:
    workflow_id = _told(life, "workflowId")
    run_id = _told(life, "runId") or f"run-of-{workflow_id}"
    execution = {"workflowId": workflow_id, "runId": run_id}
    return {"workflow_execution": execution, "initiated_event_id": _opened(life)}


def _not_reached(life: Life) -> dict[str, Any]:
    names = {"workflow_id": _told(life, "workflowId"), "run_id": _told(life, "runId")}
    return {**names, **_failed_later(life)}


def _failed_later(life: Life) -> dict[str, Any]:
    return {
        "initiated_event_id": _opened(life),
        "decision_task_completed_event_id": _told(life, "decisionTaskCompletedEventId"),
        "control": _told(life, "control"),
    }
