"""The open entities that an execution waits for, a sentence each, from its history alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime

from swf.models.history import History
from swf.models.history.entities import (
    HistoryActivity,
    HistoryChildWorkflow,
    HistoryDecisionTask,
    HistoryTimer,
)
from swf.report.deadlines import deadlines
from swf.report.formatting import count_noun, format_age, join_items

#: The ids of the timers after which the engines retry.
RETRY_TIMER = re.compile(r"(?P<id>.+)\.(retry|refused)-\d+", re.DOTALL)

#: The maximum length of a control in a sentence, in characters.
MAX_CONTROL = 60


def describe_waits(history: History, now: datetime) -> Iterator[str]:
    """Yield the waits of an open execution, a sentence each.

    :param now: the current time of the service.
    """
    if history.execution.cancel_requested:
        age = format_age(history.execution.cancel_requested_at, now)
        yield f"Its cancellation was requested {age} ago, and its decider has not closed it."
    decision_tasks = history.open_decision_tasks
    yield from (_decision_task(task, now) for task in decision_tasks)
    waits = [
        *_activities(history, now),
        *_timers(history),
        *_children(history.open_children, now),
        *_others(history),
    ]
    yield from waits
    if not waits and not decision_tasks:
        yield (
            "It waits for a signal or a cancel request: no activity, timer, child or decision "
            "task is open."
        )
        yield from _idle_decision(history, now)


def _decision_task(task: HistoryDecisionTask, now: datetime) -> str:
    if task.started_at is not None:
        decider = f"Decider {task.identity!r}" if task.identity else "A decider"
        return f"{decider} has had its decision task for {format_age(task.started_at, now)}."
    return (
        f"A decision task has waited on task list {task.task_list!r} for "
        f"{format_age(task.scheduled_at, now)}; no decider has taken it."
    )


def _activities(history: History, now: datetime) -> Iterator[str]:
    limited = {deadline.subject for deadline in deadlines(history)}
    waiting: dict[str, list[HistoryActivity]] = {}
    for activity in history.open_activities:
        if activity.started_at is None:
            waiting.setdefault(activity.task_list or "", []).append(activity)
        else:
            yield _running_activity(activity, now, f"activity {activity.id!r}" in limited)
    for name, activities in waiting.items():
        endless = not any(f"activity {activity.id!r}" in limited for activity in activities)
        yield _waiting_activities(name, activities, now, endless)


def _running_activity(activity: HistoryActivity, now: datetime, limited: bool) -> str:
    worker = f" by worker {activity.identity!r}" if activity.identity else ""
    canceled = ", and its cancellation was requested" if activity.cancel_requested else ""
    endless = "" if limited else "; it has no timeout"
    return (
        f"Activity {activity.id!r} ({activity.name}) has run{worker} for "
        f"{format_age(activity.started_at, now)}{canceled}{endless}."
    )


def _waiting_activities(
    task_list: str, activities: list[HistoryActivity], now: datetime, endless: bool
) -> str:
    is_one = len(activities) == 1
    ids = join_items([f"{each.id!r} ({each.name})" for each in activities])
    return (
        f"{count_noun('activity', len(activities)).capitalize()} {ids} "
        f"{'has' if is_one else 'have'} waited on task list {task_list!r} for "
        f"{format_age(activities[0].opened_at, now)}; no worker has taken "
        f"{'it' if is_one else 'them'}{', and no timeout ends the wait' if endless else ''}."
    )


def _timers(history: History) -> Iterator[str]:
    others = []
    for timer in history.open_timers:
        retry = _retry(history, timer)
        if retry is None:
            others.append(timer)
        else:
            yield retry
    if others:
        timers = join_items([f"{timer.id!r}{_control(timer)}" for timer in others])
        yield f"It waits for {count_noun('timer', len(others))} {timers}."


def _retry(history: History, timer: HistoryTimer) -> str | None:
    """Return a sentence about the task that a timer retries; None if it retries none."""
    match = RETRY_TIMER.fullmatch(str(timer.id))
    for view, kind in (("activities", "Activity"), ("children", "Child"), ("lambdas", "Lambda")):
        entities = getattr(history, view)
        if match and match["id"] in entities:
            failures = sum(attempt.is_failed for attempt in entities[match["id"]].attempts)
            times = "once" if failures == 1 else f"{failures} times"
            return (
                f"{kind} {match['id']!r} has failed {times} and is retried when timer "
                f"{timer.id!r} fires."
            )
    return None


def _control(timer: HistoryTimer) -> str:
    control = timer.control
    is_short = isinstance(control, str) and len(control) < MAX_CONTROL
    return f" (control: {control})" if is_short else ""


def _children(children: Iterable[HistoryChildWorkflow], now: datetime) -> Iterator[str]:
    items = [
        f"{child.id!r} ({child.name}, "
        + (
            f"running for {format_age(child.started_at, now)})"
            if child.started_at
            else f"not started for {format_age(child.opened_at, now)})"
        )
        for child in children
    ]
    if items:
        history = "the history of the child" if len(items) == 1 else "the histories of the children"
        yield f"It waits for {count_noun('child', len(items))} {join_items(items)}; see {history}."


def _others(history: History) -> Iterator[str]:
    ids = [repr(function.id) for function in history.open_lambdas]
    if ids:
        yield f"It waits for {count_noun('lambda', len(ids))} {join_items(ids)}."
    for signal in history.open_external_signals:
        yield f"Its signal {signal.signal_name!r} to {signal.workflow_id!r} is not delivered yet."
    for request in history.open_external_cancels:
        yield f"Its cancel request to {request.workflow_id!r} is not delivered yet."


def _idle_decision(history: History, now: datetime) -> Iterator[str]:
    """Yield a sentence if the last decision task completed without a decision."""
    last = max((task.closed_event_id or 0 for task in history.decision_tasks.values()), default=0)
    if not last or history.event(last).name != "DecisionTaskCompleted":
        return
    later = history.events[last:]
    if not any(each.attributes.get("decisionTaskCompletedEventId") == last for each in later):
        age = format_age(history.event(last).timestamp, now)
        yield f"Its last decision task, {age} ago, completed without a decision (event {last})."
