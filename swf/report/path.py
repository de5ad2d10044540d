"""The critical path: the attempts that decided when an execution closed.

Backwards from what ended last: each attempt was decided on after something had ended, and what
ended last before that is what it waited for.
"""

from __future__ import annotations

from bisect import bisect_left

from swf.models.history import History
from swf.models.history.entity import Entity
from swf.report.profile import KINDS


def critical_path(history: History) -> list[Entity]:
    """Return the attempts on the critical path, in order; of an open execution, up to now."""
    ended = sorted(
        (
            attempt
            for view in KINDS
            for entity in getattr(history, view).values()
            for attempt in entity.attempts
            if attempt.closed_event_id is not None and attempt.opened_event_id is not None
        ),
        key=_closed,
    )
    path: list[Entity] = []
    left = len(ended)
    while left:
        path.append(ended[left - 1])
        left = bisect_left(ended, _decided_at(history, path[-1]), hi=left - 1, key=_closed)
    return path[::-1]


def _closed(attempt: Entity) -> int:
    return attempt.closed_event_id or 0


def _decided_at(history: History, attempt: Entity) -> int:
    """Return the id of the event that started the decision task in which it was decided on."""
    if attempt.decision_event_id is None:
        return 0
    completed = history.event(attempt.decision_event_id)
    started: int = completed.attributes["startedEventId"]
    return started
