"""What an open execution waits for: a sentence each, from its history alone."""

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
from swf.report.words import listed, many, since

#: The ids of timers after which the flow engines try something again.
RETRY_TIMER = re.compile(r"(?P<id>.+)\.(retry|refused)-\d+", re.DOTALL)

#: Characters of a control that are told.
CONTROL = 60


def waits(history: History, now: datetime) -> Iterator[str]:
    """Return what an execution waits for."""
    if history.execution.cancel_requested:
        ago = since(history.execution.cancel_requested_at, now)
        yield f"Its cancellation was requested {ago} ago, and its decider has not closed it."
    tasks = history.open_decision_tasks
    yield from (_decision(task, now) for task in tasks)
    found = [
        *_activities(history, now),
        *_timers(history),
        *_children(history.open_children, now),
        *_others(history),
    ]
    yield from found
    if not found and not tasks:
        yield (
            "It waits for a signal or a request to cancel: no activity, timer, child or decision "
            "task is open, so that nothing else can move it."
        )
        yield from _undecided(history, now)


def _decision(task: HistoryDecisionTask, now: datetime) -> str:
    if task.started_at is not None:
        by = f" ({task.identity})" if task.identity else ""
        return f"A decider{by} has had its decision task for {since(task.started_at, now)}."
    return (
        f"A decision task has waited on task list {task.task_list!r} for "
        f"{since(task.scheduled_at, now)}; no decider has taken it."
    )


def _activities(history: History, now: datetime) -> Iterator[str]:
    limited = {deadline.subject for deadline in deadlines(history)}
    waiting: dict[str, list[HistoryActivity]] = {}
    for activity in history.open_activities:
        if activity.started_at is None:
            waiting.setdefault(activity.task_list or "", []).append(activity)
        else:
            yield _running(activity, now, f"activity {activity.id!r}" in limited)
    for name, found in waiting.items():
        endless = not any(f"activity {activity.id!r}" in limited for activity in found)
        yield _waiting(name, found, now, endless)


def _running(activity: HistoryActivity, now: datetime, limited: bool) -> str:
    by = f" by {activity.identity}" if activity.identity else ""
    asked = ", and was asked to cancel" if activity.cancel_requested else ""
    endless = "" if limited else "; no timeout of its own ends it"
    return (
        f"Activity {activity.id!r} ({activity.name}) has run{by} for "
        f"{since(activity.started_at, now)}{asked}{endless}."
    )


def _waiting(task_list: str, found: list[HistoryActivity], now: datetime, endless: bool) -> str:
    one = len(found) == 1
    ids = listed([f"{each.id!r} ({each.name})" for each in found])
    return (
        f"{many('activity', len(found)).capitalize()} {ids} {'has' if one else 'have'} waited on "
        f"task list {task_list!r} for {since(found[0].opened_at, now)}; no worker has taken "
        f"{'it' if one else 'them'}{', and no timeout ends that wait' if endless else ''}."
    )


def _timers(history: History) -> Iterator[str]:
    others = []
    for timer in history.open_timers:
        again = _tried_again(history, timer)
        if again is None:
            others.append(timer)
        else:
            yield again
    if others:
        told = listed([f"{timer.id!r}{_control(timer)}" for timer in others])
        yield f"It waits for {many('timer', len(others))} {told}."


def _tried_again(history: History, timer: HistoryTimer) -> str | None:
    """Return what is tried again when a timer fires; None: that is not what it is for."""
    found = RETRY_TIMER.fullmatch(str(timer.id))
    for view, kind in (("activities", "Activity"), ("children", "Child"), ("lambdas", "Lambda")):
        entities = getattr(history, view)
        if found and found["id"] in entities:
            failed = sum(attempt.is_failed for attempt in entities[found["id"]].attempts)
            times = "once" if failed == 1 else f"{failed} times"
            return (
                f"{kind} {found['id']!r} has failed {times} and is tried again when timer "
                f"{timer.id!r} fires."
            )
    return None


def _control(timer: HistoryTimer) -> str:
    control = timer.control
    return f" (control: {control})" if isinstance(control, str) and len(control) < CONTROL else ""


def _children(children: Iterable[HistoryChildWorkflow], now: datetime) -> Iterator[str]:
    told = [
        f"{child.id!r} ({child.name}, "
        + (
            f"running for {since(child.started_at, now)})"
            if child.started_at
            else f"not started for {since(child.opened_at, now)})"
        )
        for child in children
    ]
    if told:
        its = "its" if len(told) == 1 else "their"
        yield (
            f"It waits for {many('child', len(told))} {listed(told)}; what holds that up, "
            f"{its} own history tells."
        )


def _others(history: History) -> Iterator[str]:
    ids = [repr(one.id) for one in history.open_lambdas]
    if ids:
        yield f"It waits for {many('lambda', len(ids))} {listed(ids)}."
    for signal in history.open_external_signals:
        yield f"Its signal {signal.signal_name!r} to {signal.workflow_id!r} is on its way."
    for request in history.open_external_cancels:
        yield f"Its request to cancel {request.workflow_id!r} is on its way."


def _undecided(history: History, now: datetime) -> Iterator[str]:
    """Say so if the last decision asked for nothing."""
    last = max((t.closed_event_id or 0 for t in history.decision_tasks.values()), default=0)
    if not last or history.event(last).name != "DecisionTaskCompleted":
        return
    later = history.events[last:]
    if not any(each.attributes.get("decisionTaskCompletedEventId") == last for each in later):
        ago = since(history.event(last).timestamp, now)
        yield f"Its last decision, {ago} ago, asked for nothing (event {last})."
