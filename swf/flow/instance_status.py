"""The status of an instance of a step: pending, active, to be retried, completed or failed.

A failed instance is retried with the same id: at once, or after a timer that belongs to this
failure alone. A transient refusal of the service (too many open activities, too high a rate) is not
a failure of the work: it follows a patient policy and uses up no attempt of the step's policy.
"""

from __future__ import annotations

from enum import Enum

from attrs import frozen

from swf.flow.activity_state import ACTIVITY_COMPLETED, ACTIVITY_SCHEDULED, ActivityState
from swf.flow.flow_state import FlowState
from swf.flow.ids import retry_timer_id
from swf.flow.step import FlowStep
from swf.models.decision import Decision, start_timer
from swf.retry import TRANSIENT_CAUSES, Retry

#: The retry policy for transient refusals of the service: about a quarter of an hour.
THROTTLED = Retry(max_attempts=20, delay=1, backoff=2, max_delay=60, jitter=0.5)


class InstanceStatus(Enum):
    """The status of an instance."""

    PENDING = "not begun"
    ACTIVE = "open, or waiting for its retry timer"
    RETRY = "failed; the next attempt begins now"
    RETRY_LATER = "failed; the next attempt begins after a delay"
    COMPLETED = "completed"
    FAILED = "failed permanently"


@frozen
class InstanceProgress:
    """The status of an instance.

    :param delay: seconds until the next attempt, for `RETRY_LATER`.
    """

    status: InstanceStatus
    delay: int = 0


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
    state = step.state_in(flow_state, instance_id)
    failures = state.failures if state else 0
    return start_timer(retry_timer_id(instance_id, failures), delay)


def _after_failure(step: FlowStep, state: ActivityState, flow_state: FlowState) -> InstanceProgress:
    delay = _delay(step.policy, state)
    if delay is None:
        return InstanceProgress(InstanceStatus.FAILED)
    timer = flow_state.history.timers.get(retry_timer_id(state.activity_id, state.failures))
    if not delay or (timer and not timer.is_open):
        return InstanceProgress(InstanceStatus.RETRY)
    if timer:
        return InstanceProgress(InstanceStatus.ACTIVE)
    return InstanceProgress(InstanceStatus.RETRY_LATER, delay)


def _delay(policy: Retry, state: ActivityState) -> int | None:
    if TRANSIENT_CAUSES.intersection(state.failure):
        return THROTTLED.next_delay(state.throttled, key=state.activity_id)
    return policy.next_delay(state.failures - state.throttled, state.failure, state.activity_id)
