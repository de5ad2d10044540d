"""Hooks: callbacks at defined moments of an actor, for logging, metrics and traces.

Subclass `Hooks`, override the methods that you need, and pass instances to actors: `Decider(...,
hooks=[...])`. A hook runs in the thread of the task. Each `before_` call is followed by the
matching `after_` call. Exceptions of hooks are logged and change nothing else. Log context, metrics
and traces are hooks: see `log.py`, `prometheus.py` and `opentelemetry.py`.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from swf.actors.functions import require_result, validate_overridden_methods
from swf.actors.runtime import is_user_interrupt
from swf.actors.tasks import ActivityTaskContext, DecisionTaskContext
from swf.models import Domain
from swf.models.decision import Decision

logger = logging.getLogger(__name__)


class HookedActor(Protocol):
    """The attributes of an actor that hooks may read."""

    @property
    def domain(self) -> Domain:
        """The domain of the task list."""

    @property
    def task_list(self) -> str:
        """The name of the task list."""

    @property
    def identity(self) -> str:
        """The identity in the history."""


class Hooks:
    """Base class whose methods do nothing.

    :raises InvalidTypeError: a subclass defines a hook as a coroutine or generator function.
    """

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        validate_overridden_methods(cls, Hooks)

    def before_poll(self, actor: HookedActor, task_list: str) -> None:
        """Called before a long poll.

        :param actor: the actor that polls.
        :param task_list: the task list.
        """

    def after_poll(self, actor: HookedActor, task_list: str, task: Any) -> None:
        """Called after a long poll.

        :param actor: the actor that polled.
        :param task_list: the task list.
        :param task: the task; None if there was none or the poll failed.
        """

    def before_decision(self, actor: HookedActor, task: DecisionTaskContext) -> None:
        """Called before `Decider.decide`.

        :param actor: the decider.
        :param task: the decision task.
        """

    def after_decision(
        self, actor: HookedActor, task: DecisionTaskContext, decisions: Sequence[Decision] | None
    ) -> None:
        """Called after a decision task.

        :param actor: the decider.
        :param task: the decision task.
        :param decisions: the decisions that the service accepted; None if there was no accepted
            response.
        """

    def before_activity(self, actor: HookedActor, task: ActivityTaskContext) -> None:
        """Called before `ActivityWorker.perform`.

        :param actor: the worker.
        :param task: the activity task.
        """

    def after_activity(self, actor: HookedActor, task: ActivityTaskContext, outcome: str) -> None:
        """Called after an activity task.

        :param actor: the worker.
        :param task: the activity task.
        :param outcome: `completed`, `failed`, `canceled`, `elsewhere` or `lost`.
        """

    def before_heartbeat(self, actor: HookedActor, task: ActivityTaskContext) -> None:
        """Called before a heartbeat.

        :param actor: the worker.
        :param task: the activity task.
        """

    def after_heartbeat(
        self, actor: HookedActor, task: ActivityTaskContext, cancel_requested: bool | None
    ) -> None:
        """Called after a heartbeat.

        :param actor: the worker.
        :param task: the activity task.
        :param cancel_requested: whether cancellation was requested; None if the heartbeat failed.
        """

    def on_error(self, actor: HookedActor, error: BaseException, task: Any) -> None:
        """Called after an error of user code or of a call, also if a result came too late.

        :param actor: the actor.
        :param error: the exception.
        :param task: the task; None for a poll.
        """


class HookList:
    """A sequence of hooks that is called like one; exceptions are logged.

    :param hooks: the hooks, in the order of the `before_` calls.
    """

    def __init__(self, hooks: Iterable[Hooks]) -> None:
        self.hooks = tuple(hooks)
        # Without the methods that do nothing: a worker may have a hook for each activity.
        self._hooks_of = {moment: self._overriding(moment) for moment in _MOMENTS}

    def __call__(self, moment: str, *arguments: Any) -> None:
        """Call one method of every hook, in reverse order for `after_` methods.

        :param moment: name of the method.
        :param arguments: arguments of the method.
        """
        for hook in self._hooks_of[moment]:
            try:
                require_result(moment, getattr(hook, moment)(*arguments))
            except BaseException as error:  # noqa: PERF203 - a hook must not stop the actor
                if is_user_interrupt(error):
                    raise
                logger.exception("hook failed: %s of %r", moment, hook)

    def _overriding(self, moment: str) -> list[Hooks]:
        """Return the hooks that override a method, in the order of its calls."""
        inherited = getattr(Hooks, moment)
        hooks = self.hooks[::-1] if moment.startswith("after_") else self.hooks
        return [
            hook for hook in hooks if getattr(getattr(hook, moment), "__func__", 0) is not inherited
        ]


_MOMENTS = tuple(name for name in vars(Hooks) if name.startswith(("before_", "after_", "on_")))
