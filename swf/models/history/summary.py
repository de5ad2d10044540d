"""A history in a few lines: how many of what came to what, and what is still open."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

from attrs import frozen

if TYPE_CHECKING:
    from swf.models.history.base import History

_KINDS = (
    "activities",
    "timers",
    "children",
    "lambdas",
    "external_signals",
    "external_cancels",
    "decision_tasks",
)
_COUNTED = ("signals", "markers", "refusals", "problems")


@frozen
class HistorySummary:
    """What a history comes to; `str` shows it in a few lines.

    :param counts: kind -> state -> number of attempts (`{"activities": {"completed": 2}}`).
    :param open: kind -> the ids of the open ones.
    """

    events: int
    status: str
    duration: timedelta | None
    counts: dict[str, dict[str, int]]
    open: dict[str, list[str | int]]
    signals: int
    markers: int
    refusals: int
    problems: int

    def __str__(self) -> str:
        lasted = f" after {self.duration}" if self.duration is not None else ""
        lines = [f"{self.status}{lasted}, {self.events} events"]
        for kind, states in self.counts.items():
            lines.append(f"{kind.replace('_', ' ')}: {_listed(states)}")
        lines += [f"{what}: {getattr(self, what)}" for what in _COUNTED if getattr(self, what)]
        for kind, ids in self.open.items():
            lines.append(f"open {kind.replace('_', ' ')}: {', '.join(map(str, ids))}")
        return "\n".join(lines)


def summarise(history: History) -> HistorySummary:
    """Return the summary of a history."""
    kinds = {kind: getattr(history, kind) for kind in _KINDS}
    execution = history.execution
    return HistorySummary(
        events=len(history),
        status=execution.close_status or execution.status,
        duration=execution.duration,
        counts={
            kind: dict(Counter(attempt.state for one in found.values() for attempt in one.attempts))
            for kind, found in kinds.items()
            if found
        },
        open={kind: [one.id for one in found.open] for kind, found in kinds.items() if found.open},
        signals=len(history.signals),
        markers=len(history.markers),
        refusals=len(history.refusals),
        problems=len(history.problems),
    )


def _listed(states: dict[str, int]) -> str:
    return ", ".join(f"{number} {state}" for state, number in states.items())
