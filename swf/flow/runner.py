"""Runners: how the tasks of an activity run, and the timeouts that follow from them.

Timeouts are pessimistic: the start-to-close timeout is the sum of the tasks' timeouts, even if the
tasks run concurrently, and the heartbeat timeout is that of the slowest task.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from typing import Any

from swf.actors.functions import require_result
from swf.exceptions import SWFError
from swf.flow import options
from swf.flow.task import Task, call, details, flatten, validate_task

DEFAULT_TASK_TIMEOUT = 600  # seconds
DEFAULT_TASK_HEARTBEAT = 600  # seconds

logger = logging.getLogger(__name__)

Context = Mapping[str, Any]


class NoRunnerRequirementsFound(SWFError):  # noqa: N818 - the documented name
    """A task does not declare the context keys that it reads, so it may read any key."""


class RunnerMissing(SWFError):  # noqa: N818 - the documented name
    """An activity has no runner, so it has no tasks and no timeouts."""


class BaseRunner:
    """Runs the tasks of an activity. Subclasses define the order.

    :param tasks: functions, filled tasks and task lists.
    :raises TypeError: a task is not callable, or is a generator function.

    In subclasses, `execute` may be `async def`; the other methods are ordinary functions.
    """

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for name in ("timeout", "heartbeat", "requirements"):
            options.function(name, getattr(cls, name))

    def __init__(self, *tasks: Task) -> None:
        self.tasks = tuple(validate_task(task) for task in tasks)

    def timeout(self, context: Context | None = None) -> int:
        """Return the start-to-close timeout: the sum of the tasks' timeouts, in seconds.

        Without tasks, it is that of one task.

        :param context: the input of the activity, for task lists; None: an empty context.
        """
        total = sum(self._task_settings(context, "timeout", DEFAULT_TASK_TIMEOUT))
        return total or DEFAULT_TASK_TIMEOUT

    def heartbeat(self, context: Context | None = None) -> int:
        """Return the heartbeat timeout: the longest of the tasks' heartbeats, in seconds.

        :param context: the input of the activity, for task lists; None: an empty context.
        """
        heartbeats = self._task_settings(context, "heartbeat", DEFAULT_TASK_HEARTBEAT)
        return max(heartbeats, default=DEFAULT_TASK_HEARTBEAT)

    def requirements(self, context: Context | None = None) -> set[str]:
        """Return the context keys that the tasks read.

        :param context: the input of the activity, for task lists; None: an empty context.
        :raises NoRunnerRequirementsFound: a task does not declare its keys.
        """
        keys: set[str] = set()
        for task in [*self.tasks, *flatten(self.tasks, context)]:
            if not hasattr(task, "__garcon__"):
                raise NoRunnerRequirementsFound(f"task has no declared context keys: {task!r}")
            keys.update(details(task).get("requirements", ()))
        return keys

    def execute(self, activity: Any, context: Context) -> dict[str, Any]:
        """Run the tasks and return their merged results.

        :param activity: the `ActivityExecution`.
        :param context: the input of the activity.
        """
        raise NotImplementedError

    def _task_settings(self, context: Context | None, name: str, default: int) -> Iterator[int]:
        return (details(task).get(name, default) for task in flatten(self.tasks, context))


class Sync(BaseRunner):
    """Runs the tasks in sequence; each task sees the results of those before it."""

    def execute(self, activity: Any, context: Context) -> dict[str, Any]:
        """Run the tasks and return their merged results.

        :param activity: the `ActivityExecution`.
        :param context: the input of the activity.
        :raises ActivityCanceled: cancellation was requested before a task.
        """
        result: dict[str, Any] = {}
        for task in flatten(self.tasks, context):
            _before_task(activity)
            result.update(_as_result(call(task, {**context, **result}, activity)))
        return result


class Async(BaseRunner):
    """Runs the tasks concurrently in threads; no task sees the result of another.

    :param tasks: functions, filled tasks and task lists.
    :param max_workers: maximum number of tasks at a time.
    """

    def __init__(self, *tasks: Task, max_workers: int = 3) -> None:
        super().__init__(*tasks)
        self.max_workers = options.count("max_workers", max_workers)

    def execute(self, activity: Any, context: Context) -> dict[str, Any]:
        """Run the tasks and return their merged results; after a failure no task starts.

        :param activity: the `ActivityExecution`.
        :param context: the input of the activity.
        :raises ActivityCanceled: cancellation was requested.
        """
        _before_task(activity)
        with ThreadPoolExecutor(max_workers=self.max_workers) as pool:
            futures = [
                pool.submit(call, task, context, activity) for task in flatten(self.tasks, context)
            ]
            try:
                for future in as_completed(futures):
                    if future.exception():
                        break
                    _before_task(activity)
            finally:
                for future in futures:
                    future.cancel()
        return _merge(futures)


class External(BaseRunner):
    """A placeholder for tasks that another program runs, in any language.

    :param timeout: start-to-close timeout in seconds.
    :param heartbeat: heartbeat timeout in seconds; None: the same as `timeout`.
    :raises AssertionError: `timeout` is missing.
    """

    def __init__(self, timeout: int | None = None, heartbeat: int | None = None) -> None:
        super().__init__()
        if not timeout:
            raise AssertionError("timeout is missing: an external activity has no tasks to sum up")
        self._timeout: int = options.SECONDS("timeout", timeout)
        self._heartbeat: int = options.SECONDS("heartbeat", heartbeat or timeout)

    def timeout(self, context: Context | None = None) -> int:  # noqa: ARG002 - a fixed value
        """Return the start-to-close timeout in seconds."""
        return self._timeout

    def heartbeat(self, context: Context | None = None) -> int:  # noqa: ARG002 - a fixed value
        """Return the heartbeat timeout in seconds."""
        return self._heartbeat

    def requirements(self, context: Context | None = None) -> set[str]:  # noqa: ARG002
        """Raise an error: the keys that another program reads are unknown.

        :raises NoRunnerRequirementsFound: always.
        """
        raise NoRunnerRequirementsFound("an external activity has no declared context keys")


def _before_task(activity: Any) -> None:
    """Send a heartbeat and check for cancellation; `activity` may have only a `heartbeat`."""
    getattr(activity, "before_task", activity.heartbeat)()


def _merge(futures: list[Future[Any]]) -> dict[str, Any]:
    """Return all results in the order of the tasks, or raise the first error in that order."""
    for future in futures:
        if not future.cancelled() and (error := future.exception()):
            raise error
    merged: dict[str, Any] = {}
    for future in futures:
        merged.update(_as_result(future.result()))
    return merged


def _as_result(value: Any) -> Mapping[str, Any]:
    """Return a dictionary unchanged and an empty one for any other value, with a warning.

    :raises InvalidTypeError: the value is a generator, so the task has not run.
    """
    require_result("a task", value)
    if isinstance(value, Mapping):
        return value
    if value is not None:
        logger.warning("Ignoring the result of a task, which is no dictionary: %s", type(value))
    return {}
