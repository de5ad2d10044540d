"""`ScriptedHistory`: python-simple-workflow's history builder, for existing test suites.

The caller passes every reference, and nothing is checked or added: any `decision_id` is accepted.
New tests use `builder.started()`, which supplies ids and decision tasks and refuses impossible
events.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from swf.exceptions import ValidationError
from swf.models.history.base import History
from swf.models.history.writer import FIRST_MOMENT, wire_attributes

if TYPE_CHECKING:
    from typing_extensions import Self

ACTIVITY_TIMEOUTS = (
    "heartbeat_timeout",
    "schedule_to_close_timeout",
    "schedule_to_start_timeout",
    "start_to_close_timeout",
)
ACTIVITY_STATES = (
    *("scheduled", "schedule_failed", "started"),
    *("completed", "failed", "timed_out", "canceled"),
)
CHILD_STATES = (
    *("start_initiated", "started"),
    *("completed", "failed", "timed_out", "canceled", "terminated"),
)


class ScriptedHistory(History):
    """The history of a started execution with a started decision task.

    Every method adds events, a second apart, and returns the history. `input`, `result` and
    `control` are written as JSON.

    :param workflow_type: an object with `name`, `version`, `task_list` and optionally
        `decision_tasks_timeout` and `execution_timeout`: a `WorkflowType`, or a workflow class.
    :param input: the input of the execution.
    :param tag_list: the tags; the `tag_list` of the type by default.
    """

    __slots__ = ("_workflow_type",)

    def __init__(
        self,
        workflow_type: Any,
        input: Any = None,  # noqa: A002 - the service's name
        tag_list: list[str] | None = None,
    ) -> None:
        super().__init__()
        self._workflow_type = workflow_type
        self.add(
            "WorkflowExecutionStarted",
            workflow_type=_type_reference(workflow_type),
            task_list=workflow_type.task_list,
            task_start_to_close_timeout=getattr(workflow_type, "decision_tasks_timeout", None),
            execution_start_to_close_timeout=getattr(workflow_type, "execution_timeout", None),
            child_policy="TERMINATE",
            parent_initiated_event_id=0,
            input=_json(input or {}),
            tag_list=tag_list or getattr(workflow_type, "tag_list", None),
        )
        self.add_decision_task_scheduled().add_decision_task_started()

    @property
    def last_id(self) -> int:
        """The id of the last event."""
        return len(self)

    @property
    def next_id(self) -> int:
        """The id that the next event will have."""
        return len(self) + 1

    def add(self, name: str, /, **attributes: Any) -> Self:
        """Add an event of any type.

        :param name: the event type.
        :param attributes: the attributes by their names in snake case; None omits one.
        :raises InvalidKeywordArgumentError: the event type has no such attribute.
        """
        event = {
            "eventId": self.next_id,
            "eventTimestamp": FIRST_MOMENT + len(self),
            "eventType": name,
            f"{name[0].lower()}{name[1:]}EventAttributes": wire_attributes(name, attributes),
        }
        self.extend([event])
        return self

    # Decision tasks. `scheduled` and `started` are the last two events by default.

    def add_decision_task(self, execution_context: Any = None) -> Self:
        """Add a decision task that was scheduled, started and completed.

        :param execution_context: written as JSON.
        """
        self.add_decision_task_scheduled().add_decision_task_started()
        return self.add_decision_task_completed(execution_context=execution_context or {})

    def add_decision_task_scheduled(self) -> Self:
        """Schedule a decision task."""
        return self.add(
            "DecisionTaskScheduled",
            task_list=self._workflow_type.task_list,
            start_to_close_timeout=getattr(self._workflow_type, "decision_tasks_timeout", None),
        )

    def add_decision_task_started(self, scheduled: int | None = None) -> Self:
        """Start a decision task.

        :param scheduled: the id of its DecisionTaskScheduled event.
        """
        scheduled = self.last_id if scheduled is None else scheduled
        return self.add("DecisionTaskStarted", scheduled_event_id=scheduled, identity="decider")

    def add_decision_task_completed(
        self,
        scheduled: int | None = None,
        started: int | None = None,
        execution_context: Any = None,
    ) -> Self:
        """Complete a decision task.

        :param scheduled: the id of its DecisionTaskScheduled event.
        :param started: the id of its DecisionTaskStarted event.
        :param execution_context: written as JSON.
        """
        links, context = self._links(scheduled, started), _json(execution_context)
        return self.add("DecisionTaskCompleted", **links, execution_context=context)

    def add_decision_task_timed_out(
        self,
        scheduled: int | None = None,
        started: int | None = None,
        timeout_type: str = "START_TO_CLOSE",
    ) -> Self:
        """Let a decision task time out.

        :param scheduled: the id of its DecisionTaskScheduled event.
        :param started: the id of its DecisionTaskStarted event.
        """
        links = self._links(scheduled, started)
        return self.add("DecisionTaskTimedOut", **links, timeout_type=timeout_type)

    # Activity tasks.

    def add_activity_task(
        self,
        activity: Any,
        decision_id: int,
        last_state: str = "completed",
        activity_id: str | None = None,
        input: Any = None,  # noqa: A002 - the service's name
        control: Any = None,
        result: Any = None,
        reason: str = "REASON",
        details: str = "DETAILS",
        activity_type: Mapping[str, str] | None = None,
        cause: str = "ACTIVITY_TYPE_DOES_NOT_EXIST",
        timeout_type: str = "START_TO_CLOSE",
    ) -> Self:
        """Add the events of an activity task up to a state.

        :param activity: an object with `name`, `version`, `task_list` and the four timeouts: an
            `ActivityType`, or an activity of an engine.
        :param decision_id: the id of the DecisionTaskCompleted event that scheduled it.
        :param last_state: one of `ACTIVITY_STATES`.
        :param activity_id: the name of the activity by default.
        :raises ValidationError: `last_state` is not a state of activity tasks.
        """
        _check_state(last_state, ACTIVITY_STATES)
        activity_id = activity_id or activity.name
        if last_state == "schedule_failed":
            kind = activity_type or _type_reference(activity)
            return self.add_activity_task_schedule_failed(activity_id, decision_id, kind, cause)
        self.add_activity_task_scheduled(activity, decision_id, activity_id, input, control)
        if last_state == "scheduled":
            return self
        self.add_activity_task_started(self.last_id)
        links = self._links(None, None)
        ends: dict[str, dict[str, Any]] = {
            "completed": {"result": _json(result)},
            "failed": {"reason": reason, "details": details},
            "timed_out": {"timeout_type": timeout_type},
            "canceled": {"details": details},
        }
        if last_state in ends:
            self.add(f"ActivityTask{_camel(last_state)}", **links, **ends[last_state])
        return self

    def add_activity_task_schedule_failed(
        self, activity_id: str, decision_id: int, activity_type: Mapping[str, str], cause: str
    ) -> Self:
        """Refuse to schedule an activity task.

        :param decision_id: the id of the DecisionTaskCompleted event.
        """
        return self.add(
            "ScheduleActivityTaskFailed",
            activity_id=activity_id,
            activity_type=dict(activity_type),
            cause=cause,
            decision_task_completed_event_id=decision_id,
        )

    def add_activity_task_scheduled(
        self,
        activity: Any,
        decision_id: int,
        activity_id: str | None = None,
        input: Any = None,  # noqa: A002 - the service's name
        control: Any = None,
    ) -> Self:
        """Schedule an activity task.

        :param activity: as for `add_activity_task`.
        :param decision_id: the id of the DecisionTaskCompleted event.
        :param activity_id: the name of the activity by default.
        """
        return self.add(
            "ActivityTaskScheduled",
            activity_id=activity_id or activity.name,
            activity_type=_type_reference(activity),
            task_list=activity.task_list,
            decision_task_completed_event_id=decision_id,
            input=_json({} if input is None else input),
            control=_json({} if control is None else control),
            **{name: _timeout(activity, name) for name in ACTIVITY_TIMEOUTS},
        )

    def add_activity_task_started(self, scheduled: int) -> Self:
        """Let a worker start an activity task.

        :param scheduled: the id of its ActivityTaskScheduled event.
        """
        return self.add("ActivityTaskStarted", scheduled_event_id=scheduled, identity="worker")

    def add_activity_task_completed(self, scheduled: int, started: int, result: Any = None) -> Self:
        """Let a worker complete an activity task.

        :param scheduled: the id of its ActivityTaskScheduled event.
        :param started: the id of its ActivityTaskStarted event.
        """
        links = self._links(scheduled, started)
        return self.add("ActivityTaskCompleted", **links, result=_json(result))

    def add_activity_task_failed(
        self,
        scheduled: int | None = None,
        started: int | None = None,
        reason: str = "REASON",
        details: str = "DETAILS",
    ) -> Self:
        """Let a worker fail an activity task.

        :param scheduled: the id of its ActivityTaskScheduled event.
        :param started: the id of its ActivityTaskStarted event.
        """
        links = self._links(scheduled, started)
        return self.add("ActivityTaskFailed", **links, reason=reason, details=details)

    def add_activity_task_timed_out(
        self, timeout_type: str, scheduled: int | None = None, started: int | None = None
    ) -> Self:
        """Let an activity task time out.

        :param scheduled: the id of its ActivityTaskScheduled event.
        :param started: the id of its ActivityTaskStarted event.
        """
        links = self._links(scheduled, started)
        return self.add("ActivityTaskTimedOut", **links, timeout_type=timeout_type)

    # Child executions.

    def add_child_workflow(
        self,
        workflow: Any,
        last_state: str = "completed",
        workflow_id: str | None = None,
        task_list: str | None = None,
        input: Any = None,  # noqa: A002 - the service's name
        result: Any = None,
        control: Any = None,
    ) -> Self:
        """Add the events of a child execution up to a state.

        :param workflow: an object with `name`, `version` and `task_list`.
        :param last_state: one of `CHILD_STATES`.
        :param workflow_id: the name of the workflow by default.
        :raises ValidationError: `last_state` is not a state of children.
        """
        _check_state(last_state, CHILD_STATES)
        self.add_child_workflow_start_initiated(workflow, workflow_id, task_list, input, control)
        initiated = self.last_id
        if last_state == "start_initiated":
            return self
        self.add_child_workflow_started(initiated)
        ends = {
            "completed": {"result": result},
            "timed_out": {"timeout_type": "START_TO_CLOSE"},
        }
        if last_state != "started":
            self._end_child(last_state, initiated, self.last_id, **ends.get(last_state, {}))
        return self

    def add_child_workflow_start_initiated(
        self,
        workflow: Any,
        workflow_id: str | None = None,
        task_list: str | None = None,
        input: Any = None,  # noqa: A002 - the service's name
        control: Any = None,
        tag_list: list[str] | None = None,
        task_start_to_close_timeout: int | str = 0,
    ) -> Self:
        """Initiate a child execution.

        :param workflow: an object with `name`, `version` and `task_list`.
        :param workflow_id: the name of the workflow by default.
        """
        return self.add(
            "StartChildWorkflowExecutionInitiated",
            workflow_id=workflow_id or workflow.name,
            workflow_type=_type_reference(workflow),
            task_list=task_list or workflow.task_list,
            child_policy="TERMINATE",
            execution_start_to_close_timeout=getattr(workflow, "execution_timeout", None),
            task_start_to_close_timeout=task_start_to_close_timeout,
            decision_task_completed_event_id=0,
            input=_json({} if input is None else input),
            control=_json({} if control is None else control),
            tag_list=tag_list,
        )

    def add_child_workflow_started(self, initiated_id: int) -> Self:
        """Let a child start.

        :param initiated_id: the id of its StartChildWorkflowExecutionInitiated event.
        """
        return self.add("ChildWorkflowExecutionStarted", **self._child(initiated_id))

    def add_child_workflow_completed(
        self, initiated_id: int, started_id: int, result: str | None = None
    ) -> Self:
        """Let a child complete."""
        return self._end_child("completed", initiated_id, started_id, result=result)

    def add_child_workflow_failed(
        self,
        initiated_id: int,
        started_id: int,
        reason: str | None = None,
        details: str | None = None,
    ) -> Self:
        """Let a child fail."""
        return self._end_child("failed", initiated_id, started_id, reason=reason, details=details)

    def add_child_workflow_timed_out(
        self, initiated_id: int, started_id: int, timeout_type: str = "START_TO_CLOSE"
    ) -> Self:
        """Let a child time out."""
        return self._end_child("timed_out", initiated_id, started_id, timeout_type=timeout_type)

    def add_child_workflow_canceled(
        self, initiated_id: int, started_id: int, details: str | None = None
    ) -> Self:
        """Let a child close as canceled."""
        return self._end_child("canceled", initiated_id, started_id, details=details)

    def add_child_workflow_terminated(self, initiated_id: int, started_id: int) -> Self:
        """Terminate a child."""
        return self._end_child("terminated", initiated_id, started_id)

    # Cancel requests, signals, markers, timers.

    def add_request_cancel(self, cause: str | None = None, external_event_id: int = 0) -> Self:
        """Request the cancellation of the execution.

        :param external_event_id: the event in the history of the sender; 0 without a sender.
        """
        return self.add(
            "WorkflowExecutionCancelRequested",
            cause=cause,
            external_initiated_event_id=external_event_id,
        )

    def add_signal(
        self,
        name: str,
        input: Any = None,  # noqa: A002 - the service's name
        external_event_id: int = 0,
    ) -> Self:
        """Signal the execution.

        :param external_event_id: the event in the history of the sender; 0 without a sender.
        """
        return self.add(
            "WorkflowExecutionSignaled",
            signal_name=name,
            input=_json({} if input is None else input),
            external_initiated_event_id=external_event_id,
        )

    def add_marker(self, name: str, details: Any = None) -> Self:
        """Record a marker.

        :param details: written as JSON.
        """
        return self.add(
            "MarkerRecorded",
            marker_name=name,
            details=_json({} if details is None else details),
            decision_task_completed_event_id=0,
        )

    def add_timer_started(
        self, timer_id: str, timeout: int, control: Any = None, decision_id: int = 0
    ) -> Self:
        """Start a timer.

        :param timeout: seconds after which it fires.
        :param decision_id: the id of the DecisionTaskCompleted event.
        """
        return self.add(
            "TimerStarted",
            timer_id=timer_id,
            start_to_fire_timeout=timeout,
            control=_json(control),
            decision_task_completed_event_id=decision_id,
        )

    def add_timer_fired(self, timer_id: str, started_timer_id: int | None = None) -> Self:
        """Let a timer fire.

        :param started_timer_id: its TimerStarted event; the latest one of this id by default.
        """
        return self.add("TimerFired", **self._timer(timer_id, started_timer_id))

    def add_timer_canceled(self, timer_id: str, started_timer_id: int | None = None) -> Self:
        """Cancel a timer; the arguments are those of `add_timer_fired`."""
        timer = self._timer(timer_id, started_timer_id)
        return self.add("TimerCanceled", **timer, decision_task_completed_event_id=0)

    # References.

    def _links(self, scheduled: int | None, started: int | None) -> dict[str, int]:
        return {
            "scheduled_event_id": self.last_id - 1 if scheduled is None else scheduled,
            "started_event_id": self.last_id if started is None else started,
        }

    def _timer(self, timer_id: str, started: int | None) -> dict[str, Any]:
        last = self.filter(name="TimerStarted", timer_id=timer_id)[-1:]
        latest = last[0].id if last else 0
        return {"timer_id": timer_id, "started_event_id": started or latest}

    def _child(self, initiated_id: int) -> dict[str, Any]:
        initiated = self.event(initiated_id)
        run = {"workflowId": initiated.workflow_id, "runId": f"run-{initiated_id}"}
        return {
            "initiated_event_id": initiated_id,
            "workflow_execution": run,
            "workflow_type": dict(initiated.workflow_type),
        }

    def _end_child(self, state: str, initiated_id: int, started_id: int, **attributes: Any) -> Self:
        return self.add(
            f"ChildWorkflowExecution{_camel(state)}",
            **self._child(initiated_id),
            started_event_id=started_id,
            **attributes,
        )


def _json(value: Any) -> str | None:
    return None if value is None else json.dumps(value)


def _camel(state: str) -> str:
    return "".join(part.capitalize() for part in state.split("_"))


def _type_reference(declared: Any) -> dict[str, str]:
    return {"name": declared.name, "version": declared.version}


def _timeout(activity: Any, name: str) -> Any:
    return getattr(activity, f"task_{name}", None) or getattr(activity, name, None)


def _check_state(state: str, states: tuple[str, ...]) -> None:
    if state not in states:
        raise ValidationError("last_state", state, f"must be one of {', '.join(states)}")
