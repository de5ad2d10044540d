"""The troubles of an open execution: events that may explain why it does not continue."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import chain, takewhile
from typing import Any

from swf.models.domain import PendingTasks
from swf.models.history import History
from swf.report.formatting import format_age
from swf.report.profile import attempts

#: Task list -> the numbers of its waiting tasks.
Backlog = Mapping[str, PendingTasks]

#: Part of a cause -> its meaning.
MEANINGS = {
    "TYPE_DOES_NOT_EXIST": "the type is not registered in this domain",
    "TYPE_DEPRECATED": "the type is deprecated",
    "UNDEFINED": "neither the decision nor the registered type has the setting",
    "RATE_EXCEEDED": "the service throttled it",
    "LIMIT_EXCEEDED": "too many are open",
    "OPERATION_NOT_PERMITTED": "the decider's role does not allow it",
    "UNHANDLED_DECISION": "a new event arrived that its decider has not processed yet",
    "ID_ALREADY_IN_USE": "another one with this id is open",
    "WORKFLOW_ALREADY_RUNNING": "an execution with this workflow id is open",
    "UNKNOWN_EXTERNAL_WORKFLOW_EXECUTION": "no such execution is open",
}

#: Attributes of a refusal with the id of its subject, and with its type.
_SUBJECTS = ("activityId", "timerId", "workflowId", "id", "markerName")
_TYPES = ("activityType", "workflowType")


def find_troubles(history: History, now: datetime, backlog: Backlog) -> Iterator[str]:
    """Yield the troubles of an open execution, a sentence each.

    :param now: the current time of the service.
    :param backlog: the number of waiting tasks for each of `task_lists`.
    """
    yield from _timed_out_decision_tasks(history)
    yield from _refusals(history)
    for name in task_lists(history):
        yield _task_list_without_poller(history, name, now, backlog.get(name))


def task_lists(history: History) -> tuple[str, ...]:
    """Return the task lists with tasks of the execution that no poller has taken."""
    decisions = [task.task_list for task in history.open_decision_tasks if task.started_at is None]
    activities = [task.task_list for task in history.open_activities if task.started_at is None]
    names = [*decisions, *activities]
    return tuple(dict.fromkeys(name for name in names if name))


def _timed_out_decision_tasks(history: History) -> Iterator[str]:
    closed = [task for task in history.decision_tasks.values() if not task.is_open]
    timed_out = [*takewhile(lambda task: task.state == "timed_out", reversed(closed))]
    if not timed_out:
        return
    decider = f" {timed_out[0].identity!r}" if timed_out[0].identity else ""
    if len(timed_out) == 1:
        yield f"The last decision task timed out: decider{decider} took it and did not respond."
    else:
        yield (
            f"The last {len(timed_out)} decision tasks timed out: deciders took them and did not "
            f"respond{f', the last one was{decider}' if decider else ''}."
        )


def _refusals(history: History) -> Iterator[str]:
    """Yield the refusals after which no attempt was opened."""
    latest = max((attempt.opened_event_id or 0 for _, attempt, _ in attempts(history)), default=0)
    refused = [event for event in history.refusals if event.id > latest]
    if refused:
        last = refused[-1]
        cause = last.attributes["cause"]
        meaning = next((text for part, text in MEANINGS.items() if part in cause), "")
        decisions = "decision" if len(refused) == 1 else f"{len(refused)} decisions"
        yield (
            f"The service refused its last {decisions}: {last.name}"
            f"{_subject(last.attributes)} (event {last.id}) with {cause}"
            f"{f', because {meaning}' if meaning else ''}."
        )


def _subject(attributes: Mapping[str, Any]) -> str:
    ids = [repr(attributes[name]) for name in _SUBJECTS if attributes.get(name)]
    types = [attributes[name] for name in _TYPES if attributes.get(name)]
    parts = [*ids[:1], *(f"{kind['name']} {kind['version']}" for kind in types)]
    return f" of {', '.join(parts)}" if parts else ""


def _task_list_without_poller(
    history: History, name: str, now: datetime, pending: PendingTasks | None
) -> str:
    is_decision = any(task.task_list == name for task in history.open_decision_tasks)
    decisions, activities, is_truncated = PendingTasks(*(pending or (0, 0)))
    number, kind = (decisions, "decision") if is_decision else (activities, "activity")
    tasks = f"{number} {kind} task{' waits' if number == 1 else 's wait'}"
    tasks = f"at least {tasks}" if is_truncated else tasks
    waiting = f"{tasks} there, of all executions, and " if number else ""
    return (
        f"Task list {name!r} has no poller, or all of its pollers are busy: {waiting}"
        f"{_last_poller(history, name, now, is_decision)}."
    )


def _last_poller(history: History, name: str, now: datetime, is_decision: bool) -> str:
    """Return a clause about the poller that took the last task of the execution from a list."""
    kind = "decider" if is_decision else "worker"
    activities: Any = chain.from_iterable(each.attempts for each in history.activities.values())
    tasks = history.decision_tasks.values() if is_decision else activities
    polls = [
        (task.started_at, task.identity)
        for task in tasks
        if task.task_list == name and task.started_at
    ]
    if not polls:
        return f"no {kind} has taken a task of this execution from it yet"
    at, identity = max(polls, key=lambda poll: poll[0])
    poller = f"{kind} {identity!r}" if identity else f"a {kind}"
    return f"{poller} took the last task of this execution from it {format_age(at, now)} ago"
