"""Steps that no worker performs: a timer, a signal, another flow as a child."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from swf import payload
from swf.exceptions import InvalidTypeError
from swf.flow import options, utils
from swf.flow.activity_state import ACTIVITY_SCHEDULED, ActivityState
from swf.flow.step import FlowStep, StepInstance
from swf.models.decision import (
    Decision,
    cancel_timer,
    start_child_workflow_execution,
    start_timer,
)

if TYPE_CHECKING:
    from swf.flow.flow_state import FlowState


class TimerStep(FlowStep):
    """A step that completes after a time.

    :param seconds: a number, or the context key that holds one.
    """

    kind = "timer"

    def __init__(self, seconds: int | str) -> None:
        if not isinstance(seconds, str):
            seconds = options.SECONDS_FROM_0("seconds", seconds)
        self.seconds = seconds

    def start(self, instance: StepInstance, activity_id: str) -> Decision:
        """Return the decision that starts the timer."""
        return start_timer(activity_id, self._seconds(instance))

    def _seconds(self, instance: StepInstance) -> int:
        if not isinstance(self.seconds, str):
            return self.seconds
        seconds = instance.global_context.get(self.seconds)
        if isinstance(seconds, float):
            seconds = round(seconds)
        accepted: int = options.SECONDS_FROM_0(f"{self.seconds} for {self.name}", seconds)
        return accepted

    def state_in(self, run: FlowState, activity_id: str) -> ActivityState | None:
        """Return whether the timer was started and has fired."""
        entity = run.history.timers.get(activity_id)
        return ActivityState.of(entity, run.codec) if entity else None


class SignalStep(FlowStep):
    """A step that completes when a signal has come, before it began or after.

    Each signal completes one wait (see `swf.flow.signal_queue`); its input, an object, hydrates the
    context when it is taken. When the execution continues as new, the time begins anew.

    :param signal: the signal's name.
    :param timeout: seconds after which it fails; None: it waits as long as the execution.
    """

    kind = "signal"

    def __init__(self, signal: str, timeout: int | None = None) -> None:
        self.signal: str = options.signal_name("signal", signal)
        self.timeout: int | None = timeout and options.SECONDS("timeout", timeout)

    def start(self, instance: StepInstance, activity_id: str) -> Decision | None:  # noqa: ARG002
        """Return the decision that starts the timeout; None without one: then it only waits."""
        if self.timeout is None:
            return None
        return start_timer(activity_id, self.timeout, control=self.signal)

    def receive(self, run: FlowState, activity_id: str) -> list[Decision]:
        """Take the next signal, if it came in time."""
        if run.inbox.taken(activity_id):
            return []
        ended = self._ended(self._waiting(run, activity_id))
        taken = run.inbox.take(self.signal, activity_id, ended)
        if taken is None:
            return []
        timer = run.history.timers.get(activity_id)
        return [taken, cancel_timer(activity_id)] if timer and timer.is_open else [taken]

    def state_in(self, run: FlowState, activity_id: str) -> ActivityState | None:
        """Return whether a signal was taken, or the time is over."""
        signal = run.inbox.taken(activity_id)
        if signal is not None:
            return ActivityState.completed(activity_id, signal.input, signal.taken_at)
        state = self._waiting(run, activity_id)
        came_in_time = run.inbox.next(self.signal, self._ended(state)) is not None
        if self.timeout is None or (came_in_time and state.states):
            state.add_state(ACTIVITY_SCHEDULED)
        return state if state.states else None

    def _waiting(self, run: FlowState, activity_id: str) -> ActivityState:
        """Return the state as if no signal had come."""
        timer = run.history.timers.get(activity_id)
        return ActivityState.from_signal_timer(timer) if timer else ActivityState(activity_id)

    def _ended(self, state: ActivityState) -> int | None:
        """Return the event with which the last attempt timed out; None if another may follow."""
        failures = state.failures
        if not failures or self.policy.next_delay(failures, state.failure) is not None:
            return None
        return state.last_event_id


class ChildFlowStep(FlowStep):
    """A step that runs another flow as a child execution, with the context as its input.

    Its id is that of this execution and of the instance. Its result hydrates the context. Both
    flows write their payloads with the same codec.

    :param flow: anything with `name` and, optionally, `version`, `task_list`, `child_policy`,
        `execution_timeout` and `decision_tasks_timeout`.
    """

    kind = "child flow"

    def __init__(self, flow: Any) -> None:
        if not isinstance(getattr(flow, "name", None), str):
            raise InvalidTypeError("flow", flow, "must have a `name`")
        self.flow = flow

    def start(self, instance: StepInstance, activity_id: str) -> Decision:
        """Return the decision that starts the child."""
        context = instance.global_context
        given = {key: context[key] for key in context if not key.startswith("execution.")}
        parent = context.get("execution.workflow_id") or ""
        return start_child_workflow_execution(
            (self.flow.name, getattr(self.flow, "version", "1.0")),
            child_id(parent, activity_id),
            control=activity_id,
            input=payload.encode(given, f"input of {activity_id}", codec=instance.codec),
            task_list=getattr(self.flow, "task_list", None) or self.flow.name,
            child_policy=getattr(self.flow, "child_policy", None),
            execution_start_to_close_timeout=getattr(self.flow, "execution_timeout", None),
            task_start_to_close_timeout=getattr(self.flow, "decision_tasks_timeout", None),
        )

    def state_in(self, run: FlowState, activity_id: str) -> ActivityState | None:
        """Return what has become of the child."""
        entity = run.history.children.get(child_id(run.workflow_id, activity_id))
        if entity is None:
            return None
        state = ActivityState.of(entity, run.codec)
        state.activity_id = activity_id  # what timers that delay an attempt are called after
        return state


def child_id(workflow_id: str, activity_id: str) -> str:
    """Return the workflow id of a child: unique, as that of its parent is."""
    return utils.fit_id(f"{workflow_id}.{activity_id}")
