"""What is to be done about one instance of a step, given what became of it so far.

What failed is tried again under the same id: at once, or when a timer has fired that belongs to
this failure alone. A refusal that passes by itself (too many open activities, too high a rate) is
no failure of the work: it has its own, patient policy and leaves the attempts of the step's alone.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import TYPE_CHECKING

from attrs import frozen

from swf.flow.activity_state import ACTIVITY_COMPLETED, ACTIVITY_SCHEDULED, ActivityState
from swf.flow.step import FlowStep
from swf.retry import TRANSIENT_CAUSES, Retry

if TYPE_CHECKING:
    from swf.flow.flow_state import FlowState

#: How what the service refuses for now is tried again: for a quarter of an hour.
THROTTLED = Retry(max_attempts=20, delay=1, backoff=2, max_delay=60, jitter=0.5)

_RETRY_TIMER = re.compile(r"(?P<activity_id>.*)\.retry-\d+", re.DOTALL)


class InstanceStatus(Enum):
    """Where an instance stands."""

    NEW = "not begun"
    ACTIVE = "begun, or waiting for a timer before it is tried again"
    DUE = "failed, and to be tried again now"
    DELAYED = "failed, and to be tried again after a delay"
    DONE = "completed"
    FAILED = "failed for good"


@frozen
class InstanceProgress:
    """Where an instance stands; `delay` is in seconds, for one that is `DELAYED`."""

    status: InstanceStatus
    delay: int = 0


def verdict(step: FlowStep, state: ActivityState | None, run: FlowState) -> InstanceProgress:
    """Return what is to be done about an instance."""
    last = state.get_last_state() if state else None
    if state is None or last is None:
        return InstanceProgress(InstanceStatus.NEW)
    if last == ACTIVITY_COMPLETED:
        return InstanceProgress(InstanceStatus.DONE)
    if last == ACTIVITY_SCHEDULED:
        return InstanceProgress(InstanceStatus.ACTIVE)
    return _after_failure(step, state, run)


def _after_failure(step: FlowStep, state: ActivityState, run: FlowState) -> InstanceProgress:
    delay = _delay(step.policy, state)
    if delay is None:
        return InstanceProgress(InstanceStatus.FAILED)
    timer = run.history.timers.get(retry_timer_id(state.activity_id, state.failures))
    if not delay or (timer and not timer.is_open):
        return InstanceProgress(InstanceStatus.DUE)
    return (
        InstanceProgress(InstanceStatus.ACTIVE)
        if timer
        else InstanceProgress(InstanceStatus.DELAYED, delay)
    )


def _delay(policy: Retry, state: ActivityState) -> int | None:
    if TRANSIENT_CAUSES.intersection(state.failure):
        return THROTTLED.next_delay(state.throttled, key=state.activity_id)
    return policy.next_delay(state.failures - state.throttled, state.failure, state.activity_id)


def retry_timer_id(activity_id: str, failures: int) -> str:
    """Return the id of the timer that delays the attempt after so many failures."""
    return f"{activity_id}.retry-{failures}"


def instance_of_timer(timer_id: str) -> str:
    """Return the id of the instance that a timer belongs to: its own, or what it delays."""
    delayed = _RETRY_TIMER.fullmatch(timer_id)
    return delayed["activity_id"] if delayed else timer_id
