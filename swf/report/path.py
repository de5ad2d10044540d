"""The critical path: the attempts that determined the time at which an execution closed.

It is computed backwards from the attempt that ended last. Each attempt was decided in a decision
task; the attempt that ended last before that task is its predecessor.
"""

from __future__ import annotations

from bisect import bisect_left

from swf.models.history import History
from swf.models.history.entity import Entity
from swf.report.profile import attempts


def critical_path(history: History) -> list[Entity]:
    """Return the attempts on the critical path, in order; of an open execution, the path so far."""
    ended = sorted(
        (
            attempt
            for _, attempt, _ in attempts(history)
            if attempt.closed_event_id is not None and attempt.opened_event_id is not None
        ),
        key=_closed_event_id,
    )
    path: list[Entity] = []
    count = len(ended)
    while count:
        path.append(ended[count - 1])
        decided = _decision_started_event_id(history, path[-1])
        count = bisect_left(ended, decided, hi=count - 1, key=_closed_event_id)
    return path[::-1]


def _closed_event_id(attempt: Entity) -> int:
    return attempt.closed_event_id or 0


def _decision_started_event_id(history: History, attempt: Entity) -> int:
    """Return the id of the DecisionTaskStarted event of the decision task that decided it."""
    if attempt.decision_event_id is None:
        return 0
    completed = history.event(attempt.decision_event_id)
    started: int = completed.attributes["startedEventId"]
    return started
