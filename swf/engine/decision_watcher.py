"""A hook with which local runs notice errors of deciders, and the end of executions."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from swf.actors import DecisionTaskContext, Hooks
from swf.actors.hooks import HookedActor
from swf.models.decision import Decision


class DecisionWatcher(Hooks):
    """Records the first error of a decision, and signals errors and closing decisions.

    :ivar changed: Set after an error, and after a decision that closes an execution.
    """

    def __init__(self) -> None:
        self.changed = threading.Event()
        self._error: BaseException | None = None

    def check(self) -> None:
        """Raise the error of a decision, if there was one: its execution would stay open.

        :raises BaseException: the error.
        """
        if self._error is not None:
            raise self._error

    def on_error(self, actor: HookedActor, error: BaseException, task: object) -> None:  # noqa: ARG002
        """Record an error, unless it is that of a poll or of an activity."""
        if isinstance(task, DecisionTaskContext):
            self._error = self._error or error
            self.changed.set()

    def after_decision(
        self,
        actor: HookedActor,  # noqa: ARG002
        task: DecisionTaskContext,  # noqa: ARG002
        decisions: Sequence[Decision] | None,
    ) -> None:
        """Signal the end of an execution."""
        if decisions and decisions[-1].is_closing:
            self.changed.set()
