"""Run actors in one thread until an execution is closed.

Without threads a test is deterministic, and with a `SkippingClock` it takes no time: a poll without
a task advances the clock until a task appears or nothing can happen anymore.
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

#: Default maximum number of polls.
MAX_POLLS = 100_000


class NoProgressError(AssertionError):
    """An execution is open, and the given actors cannot close it."""


class _LastError(Hooks):
    """A hook that stores the last error."""

    def __init__(self) -> None:
        self.error: BaseException | None = None

    def on_error(self, actor: HookedActor, error: BaseException, task: Any) -> None:  # noqa: ARG002
        """Store the error."""
        self.error = error


def run_until_closed(
    execution: WorkflowExecution, *actors: Actor[Any], polls: int = MAX_POLLS
) -> WorkflowExecution:
    """Poll the actors in turn, in this thread, until the execution is closed; return it.

    For the embedded service with a `SkippingClock`. Child executions run as well if their actors
    are passed.

    :param execution: the execution to run.
    :param actors: deciders and workers.
    :param polls: maximum number of polls.
    :returns: the closed execution, described.
    :raises NoProgressError: if the execution waits for something that cannot happen. The message
        lists the open tasks and timers; `__cause__` is the last error of an actor.
    """
    length = idle = 0
    with _watching(actors) as last:
        for _ in range(0, polls, max(1, len(actors))):
            worked = [actor.poll_once() for actor in actors]
            now = execution.upstream()
            if now.status != STATUS_OPEN:
                return now
            if any(worked):
                idle = 0
                continue
            # The clock may have advanced and created a task for an actor that polled earlier.
            history = execution.history()
            idle = 0 if len(history) > length else idle + 1
            length = len(history)
            if idle == 2:
                raise NoProgressError(_why(execution, history, actors)) from last.error
        history = execution.history()
        message = f"still open after {polls} polls: {execution!r}\n{history.summary()}"
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
    """Return the open tasks of the execution and the polled task lists."""
    waits = [f"decision task on {t.task_list!r}" for t in history.open_decision_tasks]
    waits += [f"activity {a.id!r} on {a.task_list!r}" for a in history.open_activities]
    waits += [f"timer {t.id!r}" for t in history.open_timers]
    waits += [f"child {c.id!r}" for c in history.open_children]
    lines = [f"no progress possible: {execution!r} is open"]
    lines += [f"  waits for {item}" for item in waits or ["a signal, since nothing else is open"]]
    lines += [f"  {actor!r} polls" for actor in actors]
    return "\n".join([*lines, str(history.summary())])
