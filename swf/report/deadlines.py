"""The deadlines of an open execution: its timeouts, those of its tasks, and its timers.

They follow from the events alone. A heartbeat records no event, so that a heartbeat timeout counts
from the start of the activity task, as if no heartbeat came.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from attrs import frozen

from swf.models.history import History
from swf.models.history.history_entities import HistoryActivity, HistoryDecisionTask


@frozen(order=True)
class Deadline:
    """The time at which a timeout or a timer fires.

    :param at: the time.
    :param kind: the timeout type, or `TIMER`.
    :param subject: the execution, task or timer.
    """

    at: datetime
    kind: str
    subject: str

    def __str__(self) -> str:
        if self.kind == "TIMER":
            return f"{self.subject} fires"
        if self.kind == "HEARTBEAT":
            return f"HEARTBEAT timeout of {self.subject}, if no heartbeat came since its start"
        return f"{self.kind} timeout of {self.subject}"


def deadlines(history: History) -> list[Deadline]:
    """Return the deadlines of an open execution, the next one first; none of a closed one."""
    if not len(history) or not history.execution.is_open:
        return []
    return sorted(_deadlines(history))


def _deadlines(history: History) -> Iterator[Deadline]:
    execution = history.execution
    yield from _deadline(
        execution.started_at, execution.execution_timeout, "START_TO_CLOSE", "the whole execution"
    )
    for task in history.open_decision_tasks:
        yield from _decision_task_deadlines(task, execution.decision_tasks_timeout)
    for activity in history.open_activities:
        yield from _activity_deadlines(activity)
    for timer in history.open_timers:
        yield from _deadline(
            timer.started_at, timer.start_to_fire_timeout, "TIMER", f"timer {timer.id!r}"
        )
    for function in history.open_lambdas:
        subject = f"Lambda function {function.id!r}"
        yield from _deadline(
            function.started_at, function.start_to_close_timeout, "START_TO_CLOSE", subject
        )


def _decision_task_deadlines(
    task: HistoryDecisionTask, timeout: int | str | None
) -> Iterator[Deadline]:
    subject = "the decision task"
    if task.started_at is None:
        seconds = task.schedule_to_start_timeout
        yield from _deadline(task.scheduled_at, seconds, "SCHEDULE_TO_START", subject)
    else:
        yield from _deadline(task.started_at, timeout, "START_TO_CLOSE", subject)


def _activity_deadlines(activity: HistoryActivity) -> Iterator[Deadline]:
    subject = f"activity {activity.id!r}"
    scheduled, started = activity.scheduled_at, activity.started_at
    seconds = activity.schedule_to_close_timeout
    yield from _deadline(scheduled, seconds, "SCHEDULE_TO_CLOSE", subject)
    if started is None:
        seconds = activity.schedule_to_start_timeout
        yield from _deadline(scheduled, seconds, "SCHEDULE_TO_START", subject)
        return
    yield from _deadline(started, activity.start_to_close_timeout, "START_TO_CLOSE", subject)
    yield from _deadline(started, activity.heartbeat_timeout, "HEARTBEAT", subject)


def _deadline(
    start: datetime | None, seconds: int | str | None, kind: str, subject: str
) -> Iterator[Deadline]:
    """Yield the deadline of a timeout, unless it is `NONE`, zero or unknown."""
    number = str(seconds) if seconds is not None else ""
    if start is not None and number.isdecimal() and int(number):
        yield Deadline(start + timedelta(seconds=int(number)), kind, subject)
