"""Why an execution is in its state: its waits if it is open, its end if it is closed.

Each sentence states a fact of an event, or a count that the service returned. Sentences never
guess: no event records a heartbeat or a poll, so they name both possibilities.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

from attrs import frozen

from swf.models.display import Displayed, DisplayTable
from swf.models.execution_handle import ExecutionHandle
from swf.models.history import History
from swf.models.history.entity import Entity
from swf.report.deadlines import Deadline, deadlines
from swf.report.formatting import (
    TIME_FORMAT,
    as_sentence,
    count_noun,
    format_age,
    format_duration,
    format_seconds,
    join_items,
)
from swf.report.profile import KINDS, attempts, failure_reason
from swf.report.troubles import Backlog, find_troubles, task_lists
from swf.report.waits import describe_waits
from swf.text import escape_controls

__all__ = ["Backlog", "Why", "explain", "task_lists", "why"]

_CLOSED = {
    "COMPLETED": "completed",
    "FAILED": "failed",
    "TIMED_OUT": "timed out",
    "CANCELED": "was canceled",
    "TERMINATED": "was terminated",
    "CONTINUED_AS_NEW": "continued as new",
}
_CAUSES = {
    "CHILD_POLICY_APPLIED": "its parent closed with the child policy TERMINATE",
    "EVENT_LIMIT_EXCEEDED": "its history reached the limit of events",
    "OPERATOR_INITIATED": "an operator terminated it",
}
_FAILED = {
    "schedule_failed": "could not be scheduled",
    "start_failed": "could not be started",
    "timed_out": "timed out",
    "canceled": "was canceled",
    "terminated": "was terminated",
}


@frozen(repr=False)
class Why(Displayed):
    """The explanation of an execution's state; `str` is a paragraph without control characters.

    :param status: `OPEN`, or the close status.
    :param waits: the waits of an open execution, a sentence each.
    :param ended: the end of a closed execution, a sentence each.
    :param troubles: events that may explain why it does not continue, a sentence each.
    :param task_lists: the task lists with tasks that no poller has taken.
    :param next_deadline: the next timeout or timer.
    :param last_failure: the last failure and its reason.
    :param failed_at: the time of the last failure.
    :param now: the time to which durations refer.
    """

    status: str
    waits: tuple[str, ...] = ()
    ended: tuple[str, ...] = ()
    troubles: tuple[str, ...] = ()
    task_lists: tuple[str, ...] = ()
    next_deadline: Deadline | None = None
    last_failure: str | None = None
    failed_at: datetime | None = None
    now: datetime | None = None

    def __str__(self) -> str:
        sentences = [*self.ended, *self.waits, *self.troubles]
        if self.next_deadline is not None and self.now is not None:
            sentences.append(_format_deadline(self.next_deadline, self.now))
        if self.last_failure and self.now is not None:
            age = format_age(self.failed_at, self.now)
            sentences.append(f"Last failure, {age} ago: {as_sentence(self.last_failure)}")
        return escape_controls(" ".join(sentences))

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.status}: {self}>"

    def _display(self) -> DisplayTable:
        return DisplayTable("", (), (), str(self))


def explain(execution: ExecutionHandle, now: datetime | None = None) -> Why:
    """Return the explanation of an execution's state.

    It reads the history (a call per page) and counts the tasks of each task list with tasks that no
    poller has taken (two calls each).

    :param now: the current time of the service; by default the local time, or the time of the last
        event if that is later.
    :raises WorkflowExecutionDoesNotExist: the service does not know the execution.

    Source: API Reference, GetWorkflowExecutionHistory, CountPendingActivityTasks,
    CountPendingDecisionTasks.
    """
    history = execution.history()
    now = now or max(datetime.now(timezone.utc), history.last.timestamp)
    lists = task_lists(history) if history.execution.is_open else ()
    backlog = {name: execution.domain.count_pending_tasks(name) for name in lists}
    return why(history, now, backlog)


def why(history: History, now: datetime, backlog: Backlog | None = None) -> Why:
    """Return the explanation of an execution's state.

    :param now: the current time of the service.
    :param backlog: the number of waiting tasks for each of `task_lists`.
    :raises HistoryError: the history is empty.
    """
    execution = history.execution
    failure, failed_at = _last_failure(history)
    if not execution.is_open:
        return Why(
            execution.close_status or execution.status,
            ended=tuple(_ended(history)),
            last_failure=failure,
            failed_at=failed_at,
            now=now,
        )
    # No event records a heartbeat: one that was due has probably come.
    due = [each for each in deadlines(history) if each.kind != "HEARTBEAT" or each.at >= now]
    return Why(
        execution.status,
        waits=tuple(describe_waits(history, now)),
        troubles=tuple(find_troubles(history, now, backlog or {})),
        task_lists=task_lists(history),
        next_deadline=due[0] if due else None,
        last_failure=failure,
        failed_at=failed_at,
        now=now,
    )


def _ended(history: History) -> Iterator[str]:
    execution = history.execution
    duration = execution.duration
    after = f" after {format_duration(duration)}" if duration is not None else ""
    yield (
        f"It {_CLOSED[execution.close_status or '']}{after}, at "
        f"{execution.closed_at:{TIME_FORMAT}}."
    )
    if execution.close_status == "TIMED_OUT":
        limit = format_seconds(execution.execution_timeout)
        yield f"Its limit is {limit} ({execution.timeout_type})."
    if execution.close_status == "CONTINUED_AS_NEW":
        yield f"Run {execution.new_execution_run_id} continues it."
    if execution.reason:
        yield f"Reason: {as_sentence(execution.reason)}"
    elif execution.close_status in ("FAILED", "TERMINATED"):
        details = execution.text("details")
        if details:
            yield f"It has no reason; details: {as_sentence(details)}"
    if execution.cause:
        meaning = _CAUSES.get(execution.cause)
        yield f"Cause: {execution.cause}{f', {meaning}' if meaning else ''}."
    if execution.close_status != "COMPLETED":
        yield from _open_at_close(history)


def _open_at_close(history: History) -> Iterator[str]:
    for view, kind in KINDS.items():
        entities = [_open_entity(entity) for entity in getattr(history, view).open]
        if entities:
            yield f"Open at that time: {count_noun(kind, len(entities))} {join_items(entities)}."


def _open_entity(entity: Entity) -> str:
    name = getattr(entity, "task_list", None)
    waiting = f" (on task list {name!r})" if name and entity.started_at is None else ""
    return f"{entity.id!r}{waiting}"


def _last_failure(history: History) -> tuple[str | None, datetime | None]:
    """Return the last failure with its reason, and its time."""
    failed = [
        (attempt.closed_event_id or 0, kind, attempt)
        for kind, attempt, _ in attempts(history)
        if attempt.is_failed
    ]
    if not failed:
        return None, None
    _, kind, attempt = max(failed, key=lambda each: each[0])
    reason = failure_reason(attempt)
    name = getattr(attempt, "name", None)
    of_type = f" ({name})" if name else ""
    identity = getattr(attempt, "identity", None)
    worker = f" on worker {identity!r}" if identity else ""
    outcome = f"{_FAILED.get(attempt.state, attempt.state)}{worker}"
    return (
        f"{count_noun(kind, 1)} {attempt.id!r}{of_type} {outcome}"
        f"{f': {reason}' if reason else ', without a reason'}",
        attempt.closed_at,
    )


def _format_deadline(deadline: Deadline, now: datetime) -> str:
    remaining = deadline.at - now
    at = f"{deadline.at:{TIME_FORMAT}}"
    if remaining < timedelta(0):
        return f"Next: {deadline}; it was due {format_duration(-remaining)} ago, at {at}."
    return f"Next: {deadline}, in {format_duration(remaining)}, at {at}."
