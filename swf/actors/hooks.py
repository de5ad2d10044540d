"""Hooks: moments in the life of an actor at which others may look on.

Subclass `Hooks`, override what you need, and give actors an instance: `Decider(..., hooks=[...])`.
A hook is called in the thread that does the work, `after_` whenever `before_` was; one that raises
is logged and changes nothing. Log context and metrics are hooks like any other: see `log.py`,
`prometheus.py` and `opentelemetry.py`.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from swf.actors.core import Actor
    from swf.actors.tasks import ActivityTaskContext, DecisionTaskContext
    from swf.models.decision import Decision

logger = logging.getLogger(__name__)


class Hooks:
    """Does nothing at every moment."""

    def before_poll(self, actor: Actor[Any], task_list: str) -> None:
        """A long poll begins."""

    def after_poll(self, actor: Actor[Any], task_list: str, task: Any) -> None:
        """A long poll ended with a task, or with None: nothing came, or it failed."""

    def before_decision(self, actor: Actor[Any], task: DecisionTaskContext) -> None:
        """A decision task is about to be decided."""

    def after_decision(
        self, actor: Actor[Any], task: DecisionTaskContext, decisions: Sequence[Decision] | None
    ) -> None:
        """A decision task was answered with these decisions, or not at all (None)."""

    def before_activity(self, actor: Actor[Any], task: ActivityTaskContext) -> None:
        """An activity task is about to be performed."""

    def after_activity(self, actor: Actor[Any], task: ActivityTaskContext, outcome: str) -> None:
        """An activity task is over: `completed`, `failed`, `canceled`, `elsewhere` or `lost`."""

    def before_heartbeat(self, actor: Actor[Any], task: ActivityTaskContext) -> None:
        """A heartbeat is about to be sent."""

    def after_heartbeat(
        self, actor: Actor[Any], task: ActivityTaskContext, cancel_requested: bool | None
    ) -> None:
        """A heartbeat was answered, or failed (None)."""

    def on_error(self, actor: Actor[Any], error: BaseException, task: Any) -> None:
        """Something went wrong, in the code of a task or in a call; `task` is None for a poll."""


class HookList:
    """Calls many hooks as one, and lets none of them do harm."""

    def __init__(self, hooks: Iterable[Hooks]) -> None:
        self.hooks = tuple(hooks)

    def __call__(self, moment: str, *about: Any) -> None:
        """Call the method `moment` of every hook; those of `after_` in reverse order."""
        hooks = self.hooks[::-1] if moment.startswith("after_") else self.hooks
        for hook in hooks:
            try:
                getattr(hook, moment)(*about)
            except Exception:  # noqa: PERF203 - who looks on must not stop the work
                logger.exception("%s of %r failed", moment, hook)
