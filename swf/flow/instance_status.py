"""The status of an instance of a step: pending, active, to be retried, completed or failed.

A failed instance is retried with the same id: at once, or after a timer that belongs to this
failure alone. An attempt or a timer that the service refused because of a rate or quota has not
begun: `command_limits.py` sends it again.
"""

from __future__ import annotations

from enum import Enum

from attrs import frozen

from swf.engine.throttling import CommandKind
from swf.flow.activity_state import (
    ACTIVITY_COMPLETED,
    ACTIVITY_SCHEDULED,
    UNDECODABLE,
    ActivityState,
    is_held_back,
)
from swf.flow.flow_state import FlowState
from swf.flow.ids import retry_timer_id
from swf.flow.step import FlowStep
from swf.models.decision import Decision, start_timer


class InstanceStatus(Enum):
    """The status of an instance."""

    PENDING = "not begun"
    ACTIVE = "open, or waiting for its retry timer"
    RETRY = "failed; the next attempt begins now"
    RETRY_LATER = "failed; the timer of the next attempt starts now"
    COMPLETED = "completed"
    FAILED = "failed permanently"


@frozen
class InstanceProgress:
    """The status of an instance.

    :param delay: seconds until the next attempt, for `RETRY_LATER`.
    """

    status: InstanceStatus
    delay: int = 0

    def next_command(self, step: FlowStep) -> CommandKind | None:
        """Return the kind of command that continues the instance, None if it has no quota."""
        is_delayed = self.status is InstanceStatus.RETRY_LATER
        return CommandKind.TIMER if is_delayed else step.command_kind


def current_state(step: FlowStep, instance_id: str, flow_state: FlowState) -> ActivityState | None:
    """Return the state of an instance in this execution, unless a previous one completed it.

    :returns: None if it has not begun.
    """
    previous = flow_state.predecessor_state(instance_id)
    if previous is not None and previous.ready:
        return previous
    return step.state_in(flow_state, instance_id) or previous


def instance_progress(
    step: FlowStep, state: ActivityState | None, flow_state: FlowState
) -> InstanceProgress:
    """Return the status of an instance.

    :param step: the step of the instance, with its retry policy.
    :param state: the attempts of the instance; None: there are none.
    :param flow_state: the execution, with its retry timers.
    """
    last = state.get_last_state() if state else None
    if state is None or last is None:
        return InstanceProgress(InstanceStatus.PENDING)
    if last == ACTIVITY_COMPLETED:
        return InstanceProgress(InstanceStatus.COMPLETED)
    if last == ACTIVITY_SCHEDULED:
        return InstanceProgress(InstanceStatus.ACTIVE)
    return _after_failure(step, state, flow_state)


def start_retry_timer(
    flow_state: FlowState, step: FlowStep, instance_id: str, delay: int
) -> Decision:
    """Return the decision that delays the next attempt of an instance.

    :param delay: in seconds.
    """
    state = current_state(step, instance_id, flow_state)
    failures = state.failures if state else 0
    return start_timer(retry_timer_id(instance_id, failures), delay)


def _after_failure(step: FlowStep, state: ActivityState, flow_state: FlowState) -> InstanceProgress:
    delay = step.policy.next_delay(state.failures, state.failure, state.activity_id)
    if delay is None or UNDECODABLE in state.failure:
        return InstanceProgress(InstanceStatus.FAILED)
    timer = flow_state.history.timers.get(retry_timer_id(state.activity_id, state.failures))
    if delay and (timer is None or is_held_back(timer)):
        return InstanceProgress(InstanceStatus.RETRY_LATER, delay)
    if timer and timer.is_open:
        return InstanceProgress(InstanceStatus.ACTIVE)
    if timer and timer.opened_event_id is None:  # refused, so the delay cannot elapse
        return InstanceProgress(InstanceStatus.FAILED)
    return InstanceProgress(InstanceStatus.RETRY)
