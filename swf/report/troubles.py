"""What has gone wrong with an open execution and may be the reason, a sentence each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import chain, takewhile
from typing import Any

from swf.models.history import History
from swf.report.profile import KINDS
from swf.report.words import since

#: Tasks that wait on a list, by its name: for deciders, and for workers.
Backlog = Mapping[str, tuple[int, int]]

#: What a cause means, and what helps; the words are parts of the causes' names.
MEANINGS = {
    "TYPE_DOES_NOT_EXIST": "the type is not registered in this domain",
    "TYPE_DEPRECATED": "the type is deprecated",
    "UNDEFINED": "neither the decision nor the registered type says it",
    "RATE_EXCEEDED": "the service throttled it",
    "LIMIT_EXCEEDED": "too many are open",
    "OPERATION_NOT_PERMITTED": "the decider's role may not do that",
    "UNHANDLED_DECISION": "something else happened meanwhile, which its decider has yet to see",
    "ID_ALREADY_IN_USE": "another of this id is open",
    "WORKFLOW_ALREADY_RUNNING": "an execution of this id is open",
    "UNKNOWN_EXTERNAL_WORKFLOW_EXECUTION": "no such execution is open",
}

#: Attributes of a refusal that say what was refused.
_SUBJECTS = ("activityId", "timerId", "workflowId", "id", "markerName")
_TYPES = ("activityType", "workflowType")


def troubles(history: History, now: datetime, backlog: Backlog) -> Iterator[str]:
    """Return what may keep an execution from going on."""
    yield from _decisions_timed_out(history)
    yield from _refused(history)
    for name in task_lists(history):
        yield _unpolled(history, name, now, backlog.get(name))


def task_lists(history: History) -> tuple[str, ...]:
    """Return the lists on which tasks of an execution wait that nobody has taken."""
    decisions = [t.task_list for t in history.open_decision_tasks if t.started_at is None]
    activities = [a.task_list for a in history.open_activities if a.started_at is None]
    names = [*decisions, *activities]
    return tuple(dict.fromkeys(name for name in names if name))


def _decisions_timed_out(history: History) -> Iterator[str]:
    closed = [task for task in history.decision_tasks.values() if not task.is_open]
    timed_out = [*takewhile(lambda task: task.state == "timed_out", reversed(closed))]
    if not timed_out:
        return
    by = f" ({timed_out[0].identity})" if timed_out[0].identity else ""
    if len(timed_out) == 1:
        yield f"The last decision task timed out: a decider{by} took it and said nothing."
    else:
        yield (
            f"The last {len(timed_out)} decision tasks timed out: deciders took them, at last "
            f"one{by}, and said nothing."
        )


def _refused(history: History) -> Iterator[str]:
    """Tell of what was refused and not followed by anything that was not."""
    opened = (
        attempt.opened_event_id or 0
        for view in KINDS
        for entity in getattr(history, view).values()
        for attempt in entity.attempts
    )
    newest = max(opened, default=0)
    refused = [event for event in history.refusals if event.id > newest]
    if refused:
        last = refused[-1]
        cause = last.attributes["cause"]
        meaning = next((told for part, told in MEANINGS.items() if part in cause), "")
        yield (
            f"The service refused {len(refused)} of its decisions, the last one with {cause}"
            f"{f', which means that {meaning}' if meaning else ''}: {last.name}"
            f"{_subject(last.attributes)} (event {last.id})."
        )


def _subject(attributes: Mapping[str, Any]) -> str:
    ids = [repr(attributes[name]) for name in _SUBJECTS if attributes.get(name)]
    types = [attributes[name] for name in _TYPES if attributes.get(name)]
    told = [*ids[:1], *(f"{kind['name']} {kind['version']}" for kind in types)]
    return f" of {', '.join(told)}" if told else ""


def _unpolled(history: History, name: str, now: datetime, waiting: tuple[int, int] | None) -> str:
    decisions, activities = waiting or (0, 0)
    is_decision = any(t.task_list == name for t in history.open_decision_tasks)
    number, kind = (decisions, "decision") if is_decision else (activities, "activity")
    tasks = f"{number} {kind} task{' waits' if number == 1 else 's wait'}"
    there = f"{tasks} there, of all executions, and " if number else ""
    return (
        f"Task list {name!r} has no poller, or its pollers are all busy: {there}"
        f"{_taken(history, name, now, is_decision)}."
    )


def _taken(history: History, name: str, now: datetime, is_decision: bool) -> str:
    """Say who took a task of the execution from a list last."""
    attempts: Any = chain.from_iterable(a.attempts for a in history.activities.values())
    tasks = history.decision_tasks.values() if is_decision else attempts
    taken = [(t.started_at, t.identity) for t in tasks if t.task_list == name and t.started_at]
    if not taken:
        return "nobody has taken one of this execution's yet"
    at, identity = max(taken, key=lambda each: each[0])
    return f"{identity or 'somebody'} took the last one of this execution's {since(at, now)} ago"
