"""Decisions about timers."""

from __future__ import annotations

from typing import Any

from swf.models.decision.base import Action, Decision


class TimerDecision(Decision):
    """Start a timer, or cancel one that has not fired."""

    start = Action("StartTimer")
    cancel = Action("CancelTimer")


def start_timer(timer_id: str, start_to_fire_timeout: int, *, control: Any = None) -> TimerDecision:
    """Start a timer.

    :param timer_id: unique among the open timers of the execution.
    :param start_to_fire_timeout: seconds after which it fires; 0 fires immediately.
    :param control: the decider's own data, which the history records.

    Source: API Reference, StartTimerDecisionAttributes.
    """
    return TimerDecision(
        "start", timer_id=timer_id, start_to_fire_timeout=start_to_fire_timeout, control=control
    )


def cancel_timer(timer_id: str) -> TimerDecision:
    """Cancel an open timer.

    :param timer_id: the id of the timer.

    Source: API Reference, CancelTimerDecisionAttributes.
    """
    return TimerDecision("cancel", timer_id=timer_id)
