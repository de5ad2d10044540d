"""Timers: TimerDecision and its plain constructors."""

from __future__ import annotations

from typing import Any

from swf.models.decision.base import Action, Decision


class TimerDecision(Decision):
    """Start a timer, or cancel one that has not fired."""

    start = Action("StartTimer")
    cancel = Action("CancelTimer")


def start_timer(timer_id: str, start_to_fire_timeout: int, *, control: Any = None) -> TimerDecision:
    """Start a timer that fires after `start_to_fire_timeout` seconds; 0 is as soon as possible.

    Source: API Reference, StartTimerDecisionAttributes.
    """
    return TimerDecision(
        "start", timer_id=timer_id, start_to_fire_timeout=start_to_fire_timeout, control=control
    )


def cancel_timer(timer_id: str) -> TimerDecision:
    """Cancel an open timer.

    Source: API Reference, CancelTimerDecisionAttributes.
    """
    return TimerDecision("cancel", timer_id=timer_id)
