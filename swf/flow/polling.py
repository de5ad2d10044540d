"""Poll for the activity tasks of a flow: an actor per task list, and single polls."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, Protocol

from swf import actors
from swf.actors import ActivityTaskContext, Actor, Hooks, Timeouts
from swf.actors.backoff import Retrier
from swf.actors.runtime import is_user_interrupt
from swf.exceptions import PollTimeout
from swf.flow.activity_execution import ActivityExecution
from swf.flow.domain_resolution import resolve_domain
from swf.models import ActivityTask, Domain
from swf.payload import Codec

logger = logging.getLogger(__name__)

#: Maximum number of attempts of a throttled poll.
MAX_POLL_ATTEMPTS = 5


class PolledActivity(Protocol):
    """The parts of an activity that polling uses."""

    client: Any
    name: str | None
    version: str
    task_list: str | None
    domain: Domain | str | None
    runner: Any
    on_exception: Callable[[Any, BaseException], Any] | None
    failed_polls: int

    @property
    def logger(self) -> logging.Logger:
        """The logger of the current execution."""

    def set_log_context(self, execution_context: Mapping[str, Any]) -> None:
        """Log for an execution."""

    def unset_log_context(self) -> None:
        """Log for no execution."""

    def execute_activity(self, activity: ActivityExecution) -> Any:
        """Run the tasks and return the merged result."""


class TaskListWorker(actors.ActivityWorker):
    """Performs the activities of one task list.

    The timeouts of a task follow from its tasks and its input, as they did when it was scheduled.

    :param activities: activities with the same task list.
    :param identity: the name of the worker in the history.
    :param options: options of `swf.actors.ActivityWorker`.
    """

    def __init__(
        self, activities: Iterable[PolledActivity], identity: str | None = None, **options: Any
    ) -> None:
        activities = list(activities)
        first = activities[0]
        hooks = [*options.pop("hooks", ()), *map(ActivityExceptionHook, activities)]
        super().__init__(
            resolve_domain(first.domain or "", first.client),
            first.task_list or "",
            identity,
            hooks=hooks,
            **options,
        )
        self._by_type = {(str(a.name), a.version): a for a in activities}
        for (name, version), activity in self._by_type.items():
            self.register(name, version, partial(perform, activity, self.codec))

    def timeouts(self, task: ActivityTask) -> Timeouts:
        """Return the timeouts of a task for its input."""
        activity_type = task.activity_type
        key = (activity_type.name, activity_type.version) if activity_type else None
        activity = self._by_type.get(key) if key else None
        if activity is None:
            return super().timeouts(task)
        context = task.input  # a copy
        if not isinstance(context, dict):
            context = {}
        try:
            runner = activity.runner
            return Timeouts(int(runner.heartbeat(context)), int(runner.timeout(context)))
        except BaseException as error:
            if is_user_interrupt(error):
                raise
            # A task list is user code: the same error is raised when the tasks run.
            logger.warning("Cannot compute timeouts: %r: %r", self, task, exc_info=True)
            return Timeouts(None, None)


class ActivityExceptionHook(Hooks):
    """Calls an activity's `on_exception` with the errors of its tasks and polls."""

    def __init__(self, activity: PolledActivity) -> None:
        self.activity = activity

    def on_error(self, actor: Any, error: BaseException, task: Any) -> None:  # noqa: ARG002
        """Call `on_exception`."""
        matches = task is None or task.activity_type.name == self.activity.name
        if self.activity.on_exception is not None and matches:
            self.activity.on_exception(self.activity, error)


class LogContextHook(Hooks):
    """Sets the log context of an activity that a single thread performs."""

    def __init__(self, activity: PolledActivity) -> None:
        self.activity = activity

    def before_activity(self, actor: Any, task: ActivityTaskContext) -> None:  # noqa: ARG002
        """Log for the execution of the task."""
        self.activity.set_log_context(task.input if isinstance(task.input, dict) else {})

    def after_activity(self, actor: Any, task: ActivityTaskContext, outcome: str) -> None:  # noqa: ARG002
        """Log for no execution."""
        self.activity.unset_log_context()


def perform(activity: PolledActivity, codec: Codec, task: ActivityTaskContext) -> Any:
    """Run the tasks of an activity for an activity task.

    :param codec: the codec of the result.
    """
    execution = ActivityExecution(
        activity.client, task.activity_id, task.token, task.input, task=task, codec=codec
    )
    return activity.execute_activity(execution)


def poll_for_activity(activity: PolledActivity, identity: str | None = None) -> ActivityExecution:
    """Poll for a task of an activity for up to 60 seconds; retry throttled polls.

    :param identity: the name of the worker in the history.
    :returns: the task; its `activity_id` is None if there was none.
    """
    actor = TaskListWorker([activity], identity)

    def poll() -> ActivityTask | None:
        try:
            task: ActivityTask = actor.poll().task
        except PollTimeout:
            return None
        return task

    task = Retrier(actor.backoff, MAX_POLL_ATTEMPTS).call(poll)
    if task is None:
        return ActivityExecution(activity.client, None, None, None)
    return ActivityExecution(activity.client, task.activity_id, task.task_token, task.input)


def run_activity_once(activity: PolledActivity, identity: str | None = None) -> bool:
    """Poll for a task of an activity, perform it, and return True.

    Errors are logged and passed to `on_exception`; the next poll waits longer.

    :param identity: the name of the worker in the history.
    """
    actor = TaskListWorker([activity], identity, hooks=[LogContextHook(activity)])
    activity.failed_polls = poll_and_log_errors(actor, activity.logger, activity.failed_polls)
    return True


def poll_and_log_errors(actor: Actor[Any], log: logging.Logger, failures: int) -> int:
    """Poll once and process the task, for callers with their own loop. Errors are never raised.

    After an error the call sleeps, longer after each consecutive failure.

    :param log: the logger of errors.
    :param failures: the number of consecutive failed polls before this one.
    :returns: the number of consecutive failed polls, including this one.
    """
    try:
        actor.poll_once()
    except Exception as error:
        log.error(error, exc_info=True)
        time.sleep(actor.backoff.delay(failures + 1))
        return failures + 1
    return 0
