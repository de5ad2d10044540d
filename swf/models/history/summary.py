"""A summary of a history: the number of attempts in each state, and the open entities."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from attrs import frozen

from swf.models.history.views import Views
from swf.text import escape_controls

_KINDS = (
    "activities",
    "timers",
    "children",
    "lambdas",
    "external_signals",
    "external_cancels",
    "decision_tasks",
)
_COUNTS = ("signals", "markers", "refusals", "problems")


@frozen
class HistorySummary:
    """The summary of a history; `str` shows it in a few lines.

    :param counts: kind -> state -> number of attempts (`{"activities": {"completed": 2}}`).
    :param open: kind -> the ids of the open entities.
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
        duration = f" after {self.duration}" if self.duration is not None else ""
        lines = [f"{self.status}{duration}, {self.events} events"]
        for kind, states in self.counts.items():
            lines.append(f"{kind.replace('_', ' ')}: {_join_counts(states)}")
        lines += [f"{name}: {getattr(self, name)}" for name in _COUNTS if getattr(self, name)]
        for kind, ids in self.open.items():
            lines.append(f"open {kind.replace('_', ' ')}: {', '.join(map(str, ids))}")
        return escape_controls("\n".join(lines), lines=True)


def summarise(history: Views) -> HistorySummary:
    """Return the summary of a history."""
    kinds = {kind: getattr(history, kind) for kind in _KINDS}
    execution = history.execution
    return HistorySummary(
        events=len(history),
        status=execution.close_status or execution.status,
        duration=execution.duration,
        counts={
            kind: dict(Counter(attempt.state for one in view.values() for attempt in one.attempts))
            for kind, view in kinds.items()
            if view
        },
        open={kind: [one.id for one in view.open] for kind, view in kinds.items() if view.open},
        signals=len(history.signals),
        markers=len(history.markers),
        refusals=len(history.refusals),
        problems=len(history.problems),
    )


def _join_counts(states: dict[str, int]) -> str:
    return ", ".join(f"{number} {state}" for state, number in states.items())
