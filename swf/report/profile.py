"""Where the time of an execution went: a row for each attempt of what it did.

Nothing is left out: what never started or still runs has its row, with what is known of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from attrs import frozen

from swf.models.history import History
from swf.models.history.entity import Entity

#: The kinds of work in a history, and what one of each is called.
KINDS = {"activities": "activity", "children": "child", "lambdas": "lambda", "timers": "timer"}


@frozen
class Task:
    """An attempt.

    :param task: Id of the task.
    :param kind: `activity`, `child`, `lambda` or `timer`.
    :param name: Name of the type; None for a timer.
    :param attempt: Number of the attempt, from 1.
    :param last_state: as in `swf.models.history.entities`.
    :param scheduled: when it was scheduled, None if that was refused.
    :param time_scheduled: Time from scheduling to the start; without a start, to the end or now.
    :param start: Time of the start; None if it did not start.
    :param time_running: how long it ran; of an open one, until now.
    :param end: when it ended.
    :param percentage_of_total_time: what it ran, of the time from the execution's start to its
        close, or until now.
    :param why: what is known of a failure.
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
        """When it came to its last state."""
        return self.end or self.start or self.scheduled


def profile(history: History, now: datetime | None = None) -> list[Task]:
    """Return the attempts of activities, children, Lambda functions and timers, in order.

    Those come first that were scheduled first.

    :param now: until when what is open has run; by default until the last event.
    """
    if not len(history):
        return []
    begin, end = history.first.timestamp, history.last.timestamp
    if now is not None and history.execution.is_open:
        end = max(now, end)
    rows = [
        _task(kind, entity, number, begin, end)
        for kind, entity, number in _attempts(history)
    ]  # fmt: skip
    return sorted(rows, key=lambda row: row.scheduled or row.end or begin)


def _attempts(history: History) -> Iterator[tuple[str, Entity, int]]:
    for view, kind in KINDS.items():
        for entity in getattr(history, view).values():
            for number, attempt in enumerate(entity.attempts, start=1):
                yield kind, attempt, number


def _task(kind: str, entity: Entity, number: int, begin: datetime, end: datetime) -> Task:
    running = entity.running
    if running is None and entity.started_at is not None:
        running = end - entity.started_at
    total = (end - begin).total_seconds()
    share = None
    if running is not None and kind != "timer":
        share = round(100 * running.total_seconds() / total, 2) if total else 0.0
    return Task(
        str(entity.id),
        kind,
        getattr(entity, "name", None),
        number,
        entity.state,
        entity.opened_at,
        _waited(entity, end),
        entity.started_at,
        running,
        entity.closed_at,
        share,
        told(entity),
    )


def _waited(entity: Entity, end: datetime) -> timedelta | None:
    """Return how long an attempt waited to be started, or has waited."""
    if entity.queued is None and entity.opened_at is not None:
        return end - entity.opened_at
    return entity.queued


def told(entity: Entity) -> str | None:
    """Return what a history tells of a failure: the timeout, the cause, the reason."""
    parts = [entity.timeout_type, entity.cause, entity.reason]
    return ": ".join(filter(None, parts)) or None
