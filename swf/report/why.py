"""Why: what an open execution waits for, or how a closed one ended, from its history alone.

Each sentence is a fact that an event tells, or a count that the service gave. Nothing is guessed:
where the history cannot tell (whether a heartbeat came, whether a decider polls), it says what it
can.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from attrs import frozen

from swf.models.history import History
from swf.models.history.entity import Entity
from swf.report.deadlines import Deadline, deadlines
from swf.report.profile import KINDS, told
from swf.report.troubles import Backlog, task_lists, troubles
from swf.report.waits import waits
from swf.report.words import MOMENT, listed, many, sentence, shown, since

__all__ = ["Backlog", "Why", "task_lists", "why"]

_CLOSED = {
    "COMPLETED": "completed",
    "FAILED": "failed",
    "TIMED_OUT": "timed out",
    "CANCELED": "was canceled",
    "TERMINATED": "was terminated",
    "CONTINUED_AS_NEW": "continued as new",
}
_CAUSES = {
    "CHILD_POLICY_APPLIED": "its parent closed, and by its child policy so did it",
    "EVENT_LIMIT_EXCEEDED": "its history was full",
    "OPERATOR_INITIATED": "somebody asked for it",
}
_FAILED = {
    "schedule_failed": "could not be scheduled",
    "start_failed": "could not be started",
    "timed_out": "timed out",
    "canceled": "was canceled",
    "terminated": "was terminated",
}


@frozen
class Why:
    """What can be said of an execution; `str` is a paragraph.

    :param status: `OPEN`, or how it closed.
    :param waits: what an open one waits for, a sentence each.
    :param ended: how a closed one ended, a sentence each.
    :param troubles: what has gone wrong and may be the reason, a sentence each.
    :param task_lists: lists on which tasks of it wait that nobody has taken.
    :param next_deadline: what happens next if nothing else does.
    :param last_failure: The most recent failure and its reason.
    :param failed_at: Time of that failure.
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
            sentences.append(_when(self.next_deadline, self.now))
        if self.last_failure and self.now is not None:
            ago = since(self.failed_at, self.now)
            sentences.append(f"What failed last, {ago} ago: {sentence(self.last_failure)}")
        return " ".join(sentences)


def why(history: History, now: datetime, backlog: Backlog | None = None) -> Why:
    """Return what an execution waits for, or how it ended.

    :param now: the time on the service's clock, to count from.
    :param backlog: how many tasks wait on the lists that are concerned; see `task_lists`.
    :raises HistoryError: the history is empty.
    """
    run = history.execution
    failure, failed_at = _last_failure(history)
    if not run.is_open:
        return Why(
            run.close_status or run.status,
            ended=tuple(_ended(history)),
            last_failure=failure,
            failed_at=failed_at,
            now=now,
        )
    # Whether a heartbeat came, no event tells: one that was due has probably come.
    due = [each for each in deadlines(history) if each.kind != "HEARTBEAT" or each.at >= now]
    return Why(
        run.status,
        waits=tuple(waits(history, now)),
        troubles=tuple(troubles(history, now, backlog or {})),
        task_lists=task_lists(history),
        next_deadline=due[0] if due else None,
        last_failure=failure,
        failed_at=failed_at,
        now=now,
    )


def _ended(history: History) -> Iterator[str]:
    run = history.execution
    after = f" after {shown(run.duration)}" if run.duration is not None else ""
    yield f"It {_CLOSED[run.close_status or '']}{after}, at {run.closed_at:{MOMENT}}."
    if run.close_status == "TIMED_OUT":
        yield f"It may take {run.execution_timeout} seconds ({run.timeout_type})."
    if run.close_status == "CONTINUED_AS_NEW":
        yield f"Run {run.new_execution_run_id} goes on with it."
    if run.reason:
        yield f"Reason: {sentence(run.reason)}"
    elif run.close_status in ("FAILED", "TERMINATED") and (details := run.text("details")):
        yield f"No reason was given; details: {sentence(details)}"
    if run.cause:
        yield f"Cause: {run.cause}, {_CAUSES.get(run.cause, 'as the service says')}."
    if run.close_status != "COMPLETED":
        yield from _left_open(history)


def _left_open(history: History) -> Iterator[str]:
    for view, kind in KINDS.items():
        left = [_left(one) for one in getattr(history, view).open]
        if left:
            yield f"Open at that time: {many(kind, len(left))} {listed(left)}."


def _left(entity: Entity) -> str:
    waited = f" (on task list {name!r})" if (name := getattr(entity, "task_list", None)) else ""
    return f"{entity.id!r}{waited if entity.started_at is None else ''}"


def _last_failure(history: History) -> tuple[str | None, datetime | None]:
    """Return what failed last, with why; and when it did."""
    failed = [
        (attempt.closed_event_id or 0, kind, attempt)
        for view, kind in KINDS.items()
        for entity in getattr(history, view).values()
        for attempt in entity.attempts
        if attempt.is_failed
    ]
    if not failed:
        return None, None
    _, kind, attempt = max(failed, key=lambda each: each[0])
    because = told(attempt)
    name = f" ({attempt.name})" if getattr(attempt, "name", None) else ""
    return (
        f"{many(kind, 1)} {attempt.id!r}{name} {_FAILED.get(attempt.state, attempt.state)}"
        f"{f': {because}' if because else ', without a reason'}",
        attempt.closed_at,
    )


def _when(deadline: Deadline, now: datetime) -> str:
    left = deadline.at - now
    at = f"{deadline.at:{MOMENT}}"
    if left < timedelta(0):
        return f"Next: {deadline}; it was due {shown(-left)} ago, at {at}."
    return f"Next: {deadline}, in {shown(left)}, at {at}."
