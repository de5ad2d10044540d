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

from swf.flow.state import ACTIVITY_COMPLETED, ACTIVITY_SCHEDULED, ActivityState
from swf.flow.step import Step
from swf.retry import TRANSIENT_CAUSES, Retry

if TYPE_CHECKING:
    from swf.flow.run import Run

#: How what the service refuses for now is tried again: for a quarter of an hour.
THROTTLED = Retry(max_attempts=20, delay=1, backoff=2, max_delay=60, jitter=0.5)

_RETRY_TIMER = re.compile(r"(?P<activity_id>.*)\.retry-\d+", re.DOTALL)


class Stand(Enum):
    """Where an instance stands."""

    NEW = "not begun"
    ACTIVE = "begun, or waiting for a timer before it is tried again"
    DUE = "failed, and to be tried again now"
    DELAYED = "failed, and to be tried again after a delay"
    DONE = "completed"
    FAILED = "failed for good"


@frozen
class Verdict:
    """Where an instance stands; `delay` is in seconds, for one that is `DELAYED`."""

    stand: Stand
    delay: int = 0


def verdict(step: Step, state: ActivityState | None, run: Run) -> Verdict:
    """Return what is to be done about an instance."""
    last = state.get_last_state() if state else None
    if state is None or last is None:
        return Verdict(Stand.NEW)
    if last == ACTIVITY_COMPLETED:
        return Verdict(Stand.DONE)
    if last == ACTIVITY_SCHEDULED:
        return Verdict(Stand.ACTIVE)
    return _after_failure(step, state, run)


def _after_failure(step: Step, state: ActivityState, run: Run) -> Verdict:
    delay = _delay(step.policy, state)
    if delay is None:
        return Verdict(Stand.FAILED)
    timer = run.history.timers.get(retry_timer_id(state.activity_id, state.failures))
    if not delay or (timer and not timer.is_open):
        return Verdict(Stand.DUE)
    return Verdict(Stand.ACTIVE) if timer else Verdict(Stand.DELAYED, delay)


def _delay(policy: Retry, state: ActivityState) -> int | None:
    if TRANSIENT_CAUSES.intersection(state.failure):
        return THROTTLED.next_delay(state.throttled, key=state.activity_id)
    return policy.next_delay(state.failures - state.throttled, state.failure, state.activity_id)


def retry_timer_id(activity_id: str, failures: int) -> str:
    """Return the id of the timer that delays the attempt after so many failures."""
    return f"{activity_id}.retry-{failures}"


def waiting_for(timer_id: str) -> str:
    """Return the id of the instance that a timer belongs to: its own, or what it delays."""
    delayed = _RETRY_TIMER.fullmatch(timer_id)
    return delayed["activity_id"] if delayed else timer_id
