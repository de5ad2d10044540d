"""The open entities that an execution waits for, a sentence each, from its history alone."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from swf import payload
from swf.models.history import History
from swf.models.history.history_entities import (
    HistoryActivity,
    HistoryChildWorkflow,
    HistoryDecisionTask,
    HistoryTimer,
)
from swf.report.deadlines import deadlines
from swf.report.formatting import count_noun, format_age, join_items

#: The ids of the timers after which the engines retry.
RETRY_TIMER = re.compile(r"(?P<id>.+)\.(retry|refused)-\d+", re.DOTALL)

#: The maximum length of a control or an input in a sentence, in characters.
MAX_CONTROL = 60

#: The member of the execution context in which `swf.dataflow` publishes the awaited signals.
WAITING_SIGNALS = "waiting_signals"

#: Prefixes of the members of an input that every activity of a flow has.
_COMMON_MEMBERS = ("execution.", "garcon.")


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
        *_signals(history),
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


def _signals(history: History) -> Iterator[str]:
    """Yield a sentence about the signals that the decider published in the execution context."""
    context = payload.decode(history.execution.execution_context)
    names = context.get(WAITING_SIGNALS) if isinstance(context, Mapping) else None
    if isinstance(names, list) and names:
        yield f"It waits for {count_noun('signal', len(names))} {join_items([*map(repr, names)])}."


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
    counts = Counter(activity.name for activity in history.activities.values())
    waiting: dict[str, list[HistoryActivity]] = {}
    for activity in history.open_activities:
        if activity.started_at is None:
            waiting.setdefault(activity.task_list or "", []).append(activity)
        else:
            is_limited = f"activity {activity.id!r}" in limited
            yield _running_activity(activity, _label(activity, counts), now, is_limited)
    for name, activities in waiting.items():
        endless = not any(f"activity {activity.id!r}" in limited for activity in activities)
        labels = [_label(activity, counts) for activity in activities]
        yield _waiting_activities(name, activities, labels, now, endless)


def _label(activity: HistoryActivity, counts: Mapping[str | None, int]) -> str:
    """Return the id and the type of an activity, and its input if others have the same type."""
    partition = _partition(activity.input) if counts[activity.name] > 1 else ""
    return f"{activity.id!r} ({activity.name}{f', input {partition}' if partition else ''})"


def _partition(value: Any) -> str:
    """Return the part of an input that distinguishes it from inputs of other activities."""
    if isinstance(value, Mapping):
        value = {k: v for k, v in value.items() if not str(k).startswith(_COMMON_MEMBERS)}
    text = "" if value in (None, {}) else repr(value)
    return text if len(text) <= MAX_CONTROL else f"{text[: MAX_CONTROL - 1]}…"


def _running_activity(
    activity: HistoryActivity, label: str, now: datetime, is_limited: bool
) -> str:
    worker = f" on worker {activity.identity!r}" if activity.identity else ""
    canceled = ", and its cancellation was requested" if activity.cancel_requested else ""
    endless = "" if is_limited else "; it has no timeout"
    return (
        f"Activity {label} has been running{worker} for "
        f"{format_age(activity.started_at, now)}{canceled}{endless}."
    )


def _waiting_activities(
    task_list: str,
    activities: list[HistoryActivity],
    labels: list[str],
    now: datetime,
    endless: bool,
) -> str:
    is_one = len(activities) == 1
    return (
        f"{count_noun('activity', len(activities)).capitalize()} {join_items(labels)} "
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
