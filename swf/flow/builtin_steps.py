"""Steps without a worker: a timer, a signal, a child flow."""

from __future__ import annotations

from typing import Any

from swf import payload
from swf.engine.throttling import CommandKind
from swf.exceptions import InvalidTypeError
from swf.flow import options
from swf.flow.activity_state import ACTIVITY_SCHEDULED, ActivityState
from swf.flow.flow_state import FlowState
from swf.flow.ids import child_workflow_id
from swf.flow.step import FlowStep, StepInstance
from swf.models.decision import (
    Decision,
    cancel_timer,
    start_child_workflow_execution,
    start_timer,
)


class TimerStep(FlowStep):
    """A step that completes after a delay.

    :param seconds: the delay, or the context key that holds it.
    """

    kind = "timer"

    def __init__(self, seconds: int | str) -> None:
        if not isinstance(seconds, str):
            seconds = options.SECONDS_FROM_0("seconds", seconds)
        self.seconds = seconds

    @property
    def command_kind(self) -> CommandKind | None:
        """The kind of command that begins an instance."""
        return CommandKind.TIMER

    def start(self, instance: StepInstance, activity_id: str) -> Decision:
        """Return the decision that starts the timer."""
        return start_timer(activity_id, self._seconds(instance))

    def _seconds(self, instance: StepInstance) -> int:
        if not isinstance(self.seconds, str):
            return self.seconds
        seconds = instance.global_context.get(self.seconds)
        if isinstance(seconds, float):
            seconds = round(seconds)
        valid: int = options.SECONDS_FROM_0(f"{self.seconds} for {self.name}", seconds)
        return valid

    def state_in(self, flow_state: FlowState, activity_id: str) -> ActivityState | None:
        """Return the state of the timer."""
        entity = flow_state.history.timers.get(activity_id)
        return ActivityState.from_entity(entity, flow_state.codec) if entity else None


class SignalStep(FlowStep):
    """A step that completes when a signal is received, before the step begins or after.

    Each signal completes one instance (see `swf.flow.signal_queue`). Its input, if it is a
    dictionary, hydrates the context. The timeout starts again when the execution continues as new.

    :param signal: the name of the signal.
    :param timeout: seconds until the step fails; None: no limit.
    """

    kind = "signal"

    def __init__(self, signal: str, timeout: int | None = None) -> None:
        self.signal: str = options.signal_name("signal", signal)
        self.timeout: int | None = timeout and options.SECONDS("timeout", timeout)

    @property
    def command_kind(self) -> CommandKind | None:
        """The kind of command that begins an instance; None without a timeout."""
        return None if self.timeout is None else CommandKind.TIMER

    def start(self, instance: StepInstance, activity_id: str) -> Decision | None:  # noqa: ARG002
        """Return the decision that starts the timeout; None without a timeout."""
        if self.timeout is None:
            return None
        return start_timer(activity_id, self.timeout, control=self.signal)

    def receive(self, flow_state: FlowState, activity_id: str) -> list[Decision]:
        """Claim the next signal, unless the instance timed out before it."""
        if flow_state.signals.claimed_by(activity_id):
            return []
        timeout_event_id = self._timeout_event_id(self._timer_state(flow_state, activity_id))
        claim = flow_state.signals.claim(self.signal, activity_id, timeout_event_id)
        if claim is None:
            return []
        timer = flow_state.history.timers.get(activity_id)
        return [claim, cancel_timer(activity_id)] if timer and timer.is_open else [claim]

    def state_in(self, flow_state: FlowState, activity_id: str) -> ActivityState | None:
        """Return whether the instance has claimed a signal, waits for one or timed out."""
        signal = flow_state.signals.claimed_by(activity_id)
        if signal is not None:
            return ActivityState.completed(activity_id, signal.input, signal.claimed_event_id)
        state = self._timer_state(flow_state, activity_id)
        next_signal = flow_state.signals.peek(self.signal, self._timeout_event_id(state))
        if self.timeout is None or (next_signal is not None and state.states):
            state.add_state(ACTIVITY_SCHEDULED)
        return state if state.states else None

    def _timer_state(self, flow_state: FlowState, activity_id: str) -> ActivityState:
        """Return the state of the instance by its timer alone, without signals."""
        timer = flow_state.history.timers.get(activity_id)
        return ActivityState.from_signal_timer(timer) if timer else ActivityState(activity_id)

    def _timeout_event_id(self, state: ActivityState) -> int | None:
        """Return the event id of the last timeout; None if another attempt may follow."""
        failures = state.failures
        if not failures or self.policy.next_delay(failures, state.failure) is not None:
            return None
        return state.last_event_id


class ChildFlowStep(FlowStep):
    """A step that runs another flow as a child execution, with the context as its input.

    The child's workflow id consists of the parent's workflow id and the instance id. Its result
    hydrates the context. Both flows use the same codec.

    :param flow: an object with `name` and, optionally, `version`, `task_list`, `child_policy`,
        `execution_timeout` and `decision_tasks_timeout`.
    """

    kind = "child flow"

    def __init__(self, flow: Any) -> None:
        if not isinstance(getattr(flow, "name", None), str):
            raise InvalidTypeError("flow", flow, "must have a `name`")
        self.flow = flow

    @property
    def command_kind(self) -> CommandKind | None:
        """The kind of command that begins an instance."""
        return CommandKind.CHILD

    def start(self, instance: StepInstance, activity_id: str) -> Decision:
        """Return the decision that starts the child execution."""
        context = instance.global_context
        child_input = {key: context[key] for key in context if not key.startswith("execution.")}
        parent_id = context.get("execution.workflow_id") or ""
        return start_child_workflow_execution(
            child_workflow_id(parent_id, activity_id),
            (self.flow.name, getattr(self.flow, "version", "1.0")),
            control=activity_id,
            input=payload.encode(child_input, f"input of {activity_id}", codec=instance.codec),
            task_list=getattr(self.flow, "task_list", None) or self.flow.name,
            child_policy=getattr(self.flow, "child_policy", None),
            execution_start_to_close_timeout=getattr(self.flow, "execution_timeout", None),
            task_start_to_close_timeout=getattr(self.flow, "decision_tasks_timeout", None),
        )

    def state_in(self, flow_state: FlowState, activity_id: str) -> ActivityState | None:
        """Return the state of the child execution."""
        workflow_id = child_workflow_id(flow_state.workflow_id, activity_id)
        entity = flow_state.history.children.get(workflow_id)
        if entity is None:
            return None
        state = ActivityState.from_entity(entity, flow_state.codec)
        state.activity_id = activity_id  # retry timers are named after the instance
        return state
