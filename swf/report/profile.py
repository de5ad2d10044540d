"""A profile of an execution: one row for each attempt, with its times.

It includes attempts that never started or are still open.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from attrs import frozen

from swf.models.history import History
from swf.models.history.entity import Entity

#: View of a history -> the kind of its entities.
KINDS = {"activities": "activity", "children": "child", "lambdas": "lambda", "timers": "timer"}


@frozen
class AttemptProfile:
    """An attempt and its times.

    :param task: the id of the activity, child, Lambda function or timer.
    :param kind: `activity`, `child`, `lambda` or `timer`.
    :param name: the name of its type; None for a timer.
    :param attempt: the number of the attempt, from 1.
    :param last_state: its state; see `swf.models.history.history_entities`.
    :param scheduled: the time at which it was scheduled; None if the service refused it.
    :param time_scheduled: the time from its scheduling to its start; without a start, to its end or
        until now.
    :param start: the time at which it was started.
    :param time_running: the time from its start to its end; of an open attempt, until now.
    :param end: the time at which it ended.
    :param percentage_of_total_time: `time_running` in percent of the time from the start of the
        execution to its close, or until now.
    :param why: the timeout, cause or reason of a failure.
    """

    task: str
    kind: str
    name: str | None
    attempt: int
    last_state: str
    scheduled: datetime | None
    time_scheduled: timedelta | None
    start: datetime | None
    time_running: timedelta | None
    end: datetime | None
    percentage_of_total_time: float | None
    why: str | None

    @property
    def last_state_time(self) -> datetime | None:
        """The time at which it entered its last state."""
        return self.end or self.start or self.scheduled


def profile(history: History, now: datetime | None = None) -> list[AttemptProfile]:
    """Return the attempts of activities, children, Lambda functions and timers.

    They are in the order in which they were scheduled.

    :param now: the end of open attempts; the time of the last event by default.
    """
    if not len(history):
        return []
    begin, end = history.first.timestamp, history.last.timestamp
    if now is not None and history.execution.is_open:
        end = max(now, end)
    rows = [
        _attempt_profile(kind, attempt, number, begin, end)
        for kind, attempt, number in attempts(history)
    ]
    return sorted(rows, key=lambda row: row.scheduled or row.end or begin)


def attempts(history: History) -> Iterator[tuple[str, Entity, int]]:
    """Yield (kind, attempt, number of the attempt) of every attempt, by kind and id."""
    for view, kind in KINDS.items():
        for entity in getattr(history, view).values():
            for number, attempt in enumerate(entity.attempts, start=1):
                yield kind, attempt, number


def _attempt_profile(
    kind: str, attempt: Entity, number: int, begin: datetime, end: datetime
) -> AttemptProfile:
    running = attempt.running
    if running is None and attempt.started_at is not None:
        running = end - attempt.started_at
    total = (end - begin).total_seconds()
    percentage = None
    if running is not None and kind != "timer":
        percentage = round(100 * running.total_seconds() / total, 2) if total else 0.0
    return AttemptProfile(
        str(attempt.id),
        kind,
        getattr(attempt, "name", None),
        number,
        attempt.state,
        attempt.opened_at,
        _time_scheduled(attempt, end),
        attempt.started_at,
        running,
        attempt.closed_at,
        percentage,
        failure_reason(attempt),
    )


def _time_scheduled(attempt: Entity, end: datetime) -> timedelta | None:
    if attempt.queued is None and attempt.opened_at is not None:
        return end - attempt.opened_at
    return attempt.queued


def failure_reason(attempt: Entity) -> str | None:
    """Return the timeout, the cause and the reason of a failure; None if it has none of them."""
    parts = [attempt.timeout_type, attempt.cause, attempt.reason]
    return ": ".join(filter(None, parts)) or None
