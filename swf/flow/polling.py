"""`FlowWorker`: the actor that performs the activities of a flow, for workers and for loops."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

from swf import actors
from swf.actors import ActivityTaskContext, Hooks, Timeouts
from swf.actors.backoff import Retrier
from swf.exceptions import PollTimeout
from swf.flow import loop
from swf.flow.activity_execution import ActivityExecution
from swf.flow.domain_resolution import domain_of
from swf.models import ActivityTask
from swf.payload import Codec

if TYPE_CHECKING:
    from swf.flow.activity_step import Activity

logger = logging.getLogger(__name__)

#: How often a poll by hand is tried that is throttled.
MAX_POLL_ATTEMPTS = 5


class TaskListWorker(actors.ActivityWorker):
    """Performs activities of a task list.

    How long a task may take and how often it must show life follows from its tasks and its input,
    as it did when it was scheduled.
    """

    def __init__(
        self, activities: Iterable[Activity], identity: str | None = None, **options: Any
    ) -> None:
        served = list(activities)
        first = served[0]
        hooks = [*options.pop("hooks", ()), *map(OnException, served)]
        super().__init__(
            domain_of(first.domain or "", first.client),
            first.task_list or "",
            identity,
            hooks=hooks,
            **options,
        )
        self._served = {(str(a.name), a.version): a for a in served}
        for (name, version), activity in self._served.items():
            self.register(name, version, partial(perform, activity, self.codec))

    def timeouts(self, task: ActivityTask) -> Timeouts:
        """Return how long the tasks of an activity take for this input, at the worst."""
        kind = task.activity_type
        activity = self._served.get((kind.name, kind.version)) if kind else None
        if activity is None:
            return super().timeouts(task)
        given = task.input if isinstance(task.input, dict) else {}
        try:
            return Timeouts(activity.runner.heartbeat(given), activity.runner.timeout(given))
        except Exception:
            # A task list is code of the user's: what it raises here, it raises when it is run.
            logger.warning("%r: the timeouts of %r are not known", self, task, exc_info=True)
            return Timeouts(None, None)


class OnException(Hooks):
    """Tells an activity's `on_exception` what goes wrong with it, and with the polls for it."""

    def __init__(self, activity: Activity) -> None:
        self.activity = activity

    def on_error(self, actor: Any, error: BaseException, task: Any) -> None:  # noqa: ARG002
        """Tell it."""
        concerns = task is None or task.activity_type.name == self.activity.name
        if self.activity.on_exception is not None and concerns:
            self.activity.on_exception(self.activity, error)


class LogContextHook(Hooks):
    """Lets an activity that is performed by one thread log for the execution it works for."""

    def __init__(self, activity: Activity) -> None:
        self.activity = activity

    def before_activity(self, actor: Any, task: ActivityTaskContext) -> None:  # noqa: ARG002
        """Log for the execution."""
        self.activity.set_log_context(task.input if isinstance(task.input, dict) else {})

    def after_activity(self, actor: Any, task: ActivityTaskContext, outcome: str) -> None:  # noqa: ARG002
        """Log for none any more."""
        self.activity.unset_log_context()


def perform(activity: Activity, codec: Codec, task: ActivityTaskContext) -> Any:
    """Run the tasks of an activity for an activity task."""
    execution = ActivityExecution(
        activity.client, task.activity_id, task.token, task.input, task=task, codec=codec
    )
    return activity.execute_activity(execution)


def poll_once(activity: Activity, identity: str | None = None) -> ActivityExecution:
    """Wait up to 60 seconds for a task of an activity; the execution has no id if none came.

    A poll that is throttled is tried again.
    """
    actor = TaskListWorker([activity], identity)

    def poll() -> ActivityTask | None:
        try:
            found: ActivityTask = actor.poll().task
        except PollTimeout:
            return None
        return found

    task = Retrier(actor.backoff, MAX_POLL_ATTEMPTS).call(poll)
    if task is None:
        return ActivityExecution(activity.client, None, None, None)
    return ActivityExecution(activity.client, task.activity_id, task.task_token, task.input)


def run_once(activity: Activity, identity: str | None = None) -> bool:
    """Poll for a task of an activity and perform it; return True, so that a loop goes on.

    What a poll meets is logged and told to `on_exception`; the next one waits a little longer.
    """
    actor = TaskListWorker([activity], identity, hooks=[LogContextHook(activity)])
    activity.failed_polls = loop.poll_once(actor, activity.logger, activity.failed_polls)
    return True
