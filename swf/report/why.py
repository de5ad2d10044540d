"""Why: what an open execution waits for, or how a closed one ended, from its history alone.

Each sentence is a fact that an event tells, or a count that the service gave. Nothing is guessed:
where the history cannot tell (whether a heartbeat came, whether a decider polls), it says what it
can.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from itertools import takewhile

from attrs import frozen

from swf.models.history import History
from swf.models.history.entities import DecisionTask
from swf.models.history.entity import Entity
from swf.report.deadlines import Deadline, deadlines
from swf.report.profile import KINDS, told
from swf.report.words import listed, shown

#: Tasks that wait on a list, by its name: for deciders, and for workers.
Backlog = Mapping[str, tuple[int, int]]

_CLOSED = {
    "COMPLETED": "completed",
    "FAILED": "failed",
    "TIMED_OUT": "timed out",
    "CANCELED": "was canceled",
    "TERMINATED": "was terminated",
    "CONTINUED_AS_NEW": "continued as new",
}


_MOMENT = "%Y-%m-%d %H:%M:%S %Z"


@frozen
class Why:
    """What can be said of an execution; `str` is a paragraph.

    :param status: `OPEN`, or how it closed.
    :param waits: what an open one waits for, a sentence each.
    :param ended: how a closed one ended, a sentence each.
    :param troubles: what has gone wrong and may be the reason, a sentence each.
    :param task_lists: lists on which tasks of it wait that nobody has taken.
    :param next_deadline: what happens next if nothing else does.
    :param last_failure: what failed last, and why.
    """

    status: str
    waits: tuple[str, ...] = ()
    ended: tuple[str, ...] = ()
    troubles: tuple[str, ...] = ()
    task_lists: tuple[str, ...] = ()
    next_deadline: Deadline | None = None
    last_failure: str | None = None
    now: datetime | None = None

    def __str__(self) -> str:
        sentences = [*self.ended, *self.waits, *self.troubles]
        if self.next_deadline is not None and self.now is not None:
            sentences.append(_when(self.next_deadline, self.now))
        if self.last_failure:
            sentences.append(f"What failed last: {self.last_failure}.")
        return " ".join(sentences)


def why(history: History, now: datetime, backlog: Backlog | None = None) -> Why:
    """Return what an execution waits for, or how it ended.

    :param now: the time on the service's clock, to count from.
    :param backlog: how many tasks wait on the lists that are concerned; see `task_lists`.
    :raises HistoryError: the history is empty.
    """
    run = history.execution
    failure = _last_failure(history)
    if not run.is_open:
        status = run.close_status or run.status
        return Why(status, ended=tuple(_ended(history)), last_failure=failure, now=now)
    # Whether a heartbeat came, no event tells: one that was due has probably come.
    due = [each for each in deadlines(history) if each.kind != "HEARTBEAT" or each.at >= now]
    return Why(
        run.status,
        waits=tuple(_waits(history, now)),
        troubles=tuple(_troubles(history, backlog or {})),
        task_lists=task_lists(history),
        next_deadline=due[0] if due else None,
        last_failure=failure,
        now=now,
    )


def task_lists(history: History) -> tuple[str, ...]:
    """Return the lists on which tasks of an execution wait that nobody has taken."""
    decisions = [t.task_list for t in history.open_decision_tasks if t.started_at is None]
    activities = [a.task_list for a in history.open_activities if a.started_at is None]
    names = [*decisions, *activities]
    return tuple(dict.fromkeys(name for name in names if name))


def _ended(history: History) -> Iterator[str]:
    run = history.execution
    after = f" after {shown(run.duration)}" if run.duration is not None else ""
    yield f"It {_CLOSED[run.close_status or '']}{after}, at {run.closed_at:{_MOMENT}}."
    if run.close_status == "TIMED_OUT":
        yield f"It may take {run.execution_timeout} seconds ({run.timeout_type})."
    if run.close_status == "CONTINUED_AS_NEW":
        yield f"Run {run.new_execution_run_id} goes on with it."
    if run.reason:
        yield f"Reason: {_sentence(run.reason)}"
    if run.cause:
        yield f"Cause: {run.cause}."
    if run.close_status != "COMPLETED":
        yield from _left_open(history)


def _left_open(history: History) -> Iterator[str]:
    for view, kind in KINDS.items():
        left = [repr(one.id) for one in getattr(history, view).open]
        if left:
            yield f"Open at that time: {_many(kind, len(left))} {listed(left)}."


def _waits(history: History, now: datetime) -> Iterator[str]:
    if history.execution.cancel_requested:
        yield "Its cancellation was requested, and its decider has not closed it."
    tasks = history.open_decision_tasks
    yield from (_decision(task, now) for task in tasks)
    found = [
        *_activities(history, now),
        *_timers(history),
        *_others(history),
    ]  # fmt: skip
    yield from found
    if not found and not tasks:
        yield (
            "It waits for a signal or a request to cancel: no activity, timer, child or decision "
            "task is open, so that nothing else can move it."
        )


def _decision(task: DecisionTask, now: datetime) -> str:
    if task.started_at is not None:
        by = f" ({task.identity})" if task.identity else ""
        return f"A decider{by} has had its decision task for {_since(task.started_at, now)}."
    return (
        f"A decision task has waited on task list {task.task_list!r} for "
        f"{_since(task.scheduled_at, now)}; no decider has taken it."
    )


def _activities(history: History, now: datetime) -> Iterator[str]:
    waiting: dict[str, list[Entity]] = {}
    for activity in history.open_activities:
        if activity.started_at is None:
            waiting.setdefault(activity.task_list or "", []).append(activity)
            continue
        by = f" by {activity.identity}" if activity.identity else ""
        asked = ", and was asked to cancel" if activity.cancel_requested else ""
        yield (
            f"Activity {activity.id!r} ({activity.name}) has run{by} for "
            f"{_since(activity.started_at, now)}{asked}."
        )
    for name, found in waiting.items():
        ids = listed([repr(one.id) for one in found])
        have = "has" if len(found) == 1 else "have"
        yield (
            f"{_many('activity', len(found)).capitalize()} {ids} {have} waited on task list "
            f"{name!r} for {_since(found[0].opened_at, now)}; no worker has taken "
            f"{'it' if len(found) == 1 else 'them'}."
        )


def _timers(history: History) -> Iterator[str]:
    timers = [repr(timer.id) for timer in history.open_timers]
    if timers:
        yield f"It waits for {_many('timer', len(timers))} {listed(timers)}."


def _others(history: History) -> Iterator[str]:
    for view, kind in (("open_children", "child"), ("open_lambdas", "lambda")):
        ids = [repr(one.id) for one in getattr(history, view)]
        if ids:
            yield f"It waits for {_many(kind, len(ids))} {listed(ids)}."
    for signal in history.open_external_signals:
        yield f"Its signal {signal.signal_name!r} to {signal.workflow_id!r} is on its way."
    for request in history.open_external_cancels:
        yield f"Its request to cancel {request.workflow_id!r} is on its way."


def _troubles(history: History, backlog: Backlog) -> Iterator[str]:
    closed = [task for task in history.decision_tasks.values() if not task.is_open]
    timed_out = len(list(takewhile(lambda task: task.state == "timed_out", reversed(closed))))
    if timed_out == 1:
        yield "The last decision task timed out: a decider took it and said nothing."
    elif timed_out:
        yield (
            f"The last {timed_out} decision tasks timed out: deciders took them and said nothing."
        )
    for name in task_lists(history):
        if name in backlog:
            decisions, activities = backlog[name]
            yield (
                f"On task list {name!r} wait {decisions} decision tasks and {activities} "
                "activity tasks, of all executions."
            )
    refused = history.refusals
    if refused:
        last = refused[-1]
        yield (
            f"The service refused {len(refused)} of its decisions, the last one with "
            f"{last.attributes['cause']} ({last.name}, event {last.id})."
        )


def _last_failure(history: History) -> str | None:
    failed = [
        (attempt.closed_event_id or 0, kind, attempt)
        for view, kind in KINDS.items()
        for entity in getattr(history, view).values()
        for attempt in entity.attempts
        if attempt.is_failed
    ]
    if not failed:
        return None
    _, kind, attempt = max(failed, key=lambda each: each[0])
    because = told(attempt)
    state = attempt.state.replace("_", " ")
    return f"{kind} {attempt.id!r} {state}{f' ({because})' if because else ''}"


def _when(deadline: Deadline, now: datetime) -> str:
    left = deadline.at - now
    at = f"{deadline.at:{_MOMENT}}"
    if left < timedelta(0):
        return f"Next: {deadline}; it was due {shown(-left)} ago, at {at}."
    return f"Next: {deadline}, in {shown(left)}, at {at}."


def _since(moment: datetime | None, now: datetime) -> str:
    return shown(max(now - moment, timedelta(0))) if moment else "some time"


def _many(kind: str, number: int) -> str:
    if number == 1:
        return {"lambda": "Lambda function"}.get(kind, kind)
    plural = {"activity": "activities", "child": "children", "lambda": "Lambda functions"}
    return f"{number} {plural.get(kind, f'{kind}s')}"


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."
