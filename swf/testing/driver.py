"""Drive actors in one thread until an execution is closed.

Without threads a test does the same each time, and under a `SkippingClock` it takes no time: a poll
that finds nothing moves the clock on, until there is something to find or nothing can happen.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from swf.actors.core import Actor
from swf.actors.hooks import HookedActor, HookList, Hooks
from swf.constants import STATUS_OPEN
from swf.models import WorkflowExecution
from swf.models.history import History

#: Polls after which an execution is taken to run for ever.
POLLS = 100_000


class NoProgressError(AssertionError):
    """An execution is open, and these actors cannot bring it to its end."""


class _LastError(Hooks):
    """Remembers what went wrong last."""

    def __init__(self) -> None:
        self.error: BaseException | None = None

    def on_error(self, actor: HookedActor, error: BaseException, task: Any) -> None:  # noqa: ARG002
        """Remember it."""
        self.error = error


def run_until_closed(
    execution: WorkflowExecution, *actors: Actor[Any], polls: int = POLLS
) -> WorkflowExecution:
    """Let the actors poll in turn, in this thread, until the execution is closed; return it closed.

    For the embedded service with a `SkippingClock`. Children are run as well, if their actors are
    given.

    :param polls: how many polls to make at most.
    :raises NoProgressError: when the execution waits for something that never comes; it says
        for what, and its `__cause__` is the last error of an actor, if there was one.
    """
    known = idle = 0
    with _watching(actors) as last:
        for _ in range(0, polls, max(1, len(actors))):
            worked = [actor.poll_once() for actor in actors]
            now = execution.upstream()
            if now.status != STATUS_OPEN:
                return now
            if any(worked):
                idle = 0
                continue
            # Time may have moved on, and brought a task for one that had polled before.
            history = execution.history()
            idle = 0 if len(history) > known else idle + 1
            known = len(history)
            if idle == 2:
                raise NoProgressError(_why(execution, history, actors)) from last.error
        history = execution.history()
        message = f"{execution!r} is still open after {polls} polls\n{history.summary()}"
        raise NoProgressError(message) from last.error


@contextmanager
def _watching(actors: tuple[Actor[Any], ...]) -> Iterator[_LastError]:
    last = _LastError()
    before = [actor.hooks for actor in actors]
    for actor in actors:
        actor.hooks = HookList((*actor.hooks.hooks, last))
    try:
        yield last
    finally:
        for actor, hooks in zip(actors, before, strict=True):
            actor.hooks = hooks


def _why(execution: WorkflowExecution, history: History, actors: tuple[Actor[Any], ...]) -> str:
    """Return what the execution waits for, and who polls what."""
    waits = [f"decision task on {t.task_list!r}" for t in history.open_decision_tasks]
    waits += [f"activity {a.id!r} on {a.task_list!r}" for a in history.open_activities]
    waits += [f"timer {t.id!r}" for t in history.open_timers]
    waits += [f"child {c.id!r}" for c in history.open_children]
    lines = [f"{execution!r} is open, and nothing happens any more"]
    lines += [f"  waits for {what}" for what in waits or ["a signal; nothing of its own is open"]]
    lines += [f"  {actor!r} polls" for actor in actors]
    return "\n".join([*lines, str(history.summary())])
