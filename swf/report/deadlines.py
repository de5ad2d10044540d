"""Deadlines: when an open execution times out, in part or as a whole, and when its timers fire.

They follow from the events alone. A heartbeat leaves no event, so a heartbeat timeout counts from
the start: that is when it would pass without any.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from attrs import frozen

from swf.models.history import History
from swf.models.history.entities import HistoryActivity, HistoryDecisionTask


@frozen(order=True)
class Deadline:
    """A moment at which something happens if nothing else does.

    :param at: Time at which the timeout or timer fires.
    :param kind: Timeout type, or `TIMER`.
    :param subject: The execution, task or timer.
    """

    at: datetime
    kind: str
    subject: str

    def __str__(self) -> str:
        if self.kind == "TIMER":
            return f"{self.subject} fires"
        if self.kind == "HEARTBEAT":
            return f"HEARTBEAT timeout of {self.subject}, if no heartbeat came since it started"
        return f"{self.kind} timeout of {self.subject}"


def deadlines(history: History) -> list[Deadline]:
    """Return the deadlines of an open execution, the next one first; none of a closed one."""
    if not len(history) or not history.execution.is_open:
        return []
    return sorted(_deadlines(history))


def _deadlines(history: History) -> Iterator[Deadline]:
    run = history.execution
    yield from _after(
        run.started_at, run.execution_timeout, "START_TO_CLOSE", "the whole execution"
    )
    for task in history.open_decision_tasks:
        yield from _of_decision(task, run.decision_tasks_timeout)
    for activity in history.open_activities:
        yield from _of_activity(activity)
    for timer in history.open_timers:
        yield from _after(
            timer.started_at, timer.start_to_fire_timeout, "TIMER", f"timer {timer.id!r}"
        )
    for function in history.open_lambdas:
        subject = f"Lambda function {function.id!r}"
        yield from _after(
            function.started_at, function.start_to_close_timeout, "START_TO_CLOSE", subject
        )


def _of_decision(task: HistoryDecisionTask, timeout: int | str | None) -> Iterator[Deadline]:
    subject = "the decision task"
    event = task.events[0]
    waits = event.attributes.get("scheduleToStartTimeout")
    if task.started_at is None:
        yield from _after(task.scheduled_at, waits, "SCHEDULE_TO_START", subject)
    else:
        yield from _after(task.started_at, timeout, "START_TO_CLOSE", subject)


def _of_activity(activity: HistoryActivity) -> Iterator[Deadline]:
    subject = f"activity {activity.id!r}"
    scheduled, started = activity.scheduled_at, activity.started_at
    yield from _after(scheduled, activity.schedule_to_close_timeout, "SCHEDULE_TO_CLOSE", subject)
    if started is None:
        waits = activity.schedule_to_start_timeout
        yield from _after(scheduled, waits, "SCHEDULE_TO_START", subject)
        return
    yield from _after(started, activity.start_to_close_timeout, "START_TO_CLOSE", subject)
    yield from _after(started, activity.heartbeat_timeout, "HEARTBEAT", subject)


def _after(
    moment: datetime | None, seconds: int | str | None, kind: str, subject: str
) -> Iterator[Deadline]:
    number = str(seconds) if seconds is not None else ""
    if moment is not None and number.isdecimal() and int(number):
        yield Deadline(moment + timedelta(seconds=int(number)), kind, subject)
