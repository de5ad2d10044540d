"""Runners: how the tasks of an activity are run, and the timeouts that follow from them.

Timeouts are pessimistic: an activity may take as long as its tasks one after the other, even if
they run side by side, and its signs of life may be as far apart as those of its slowest task.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from typing import Any

from swf.exceptions import SWFError
from swf.flow import options
from swf.flow.task import Task, call, details, flatten

DEFAULT_TASK_TIMEOUT = 600  # seconds
DEFAULT_TASK_HEARTBEAT = 600

Context = Mapping[str, Any]


class NoRunnerRequirementsFound(SWFError):  # noqa: N818 - the documented name
    """A task does not say what it reads, so that it may read anything."""


class RunnerMissing(SWFError):  # noqa: N818 - the documented name
    """An activity has no runner, so there is nothing to run and no timeout to compute."""


class BaseRunner:
    """Runs tasks; a subclass says in which way.

    :param tasks: functions, filled tasks and task lists.
    """

    def __init__(self, *tasks: Task) -> None:
        self.tasks = tuple(options.function("tasks", task) for task in tasks)

    def timeout(self, context: Context | None = None) -> int:
        """Return the seconds that all tasks may take, one after the other."""
        return sum(self._each(context, "timeout", DEFAULT_TASK_TIMEOUT))

    def heartbeat(self, context: Context | None = None) -> int:
        """Return the most seconds between two signs of life."""
        return max(self._each(context, "heartbeat", DEFAULT_TASK_HEARTBEAT), default=0)

    def requirements(self, context: Context | None = None) -> set[str]:
        """Return the context keys that the tasks read.

        :raises NoRunnerRequirementsFound: a task does not say.
        """
        keys: set[str] = set()
        for task in [*self.tasks, *flatten(self.tasks, context)]:
            if not hasattr(task, "__garcon__"):
                raise NoRunnerRequirementsFound(f"{task!r} does not say what it reads")
            keys.update(details(task).get("requirements", ()))
        return keys

    def execute(self, activity: Any, context: Context) -> dict[str, Any]:
        """Run the tasks and return their results in one dictionary.

        :param activity: the `ActivityExecution`.
        """
        raise NotImplementedError

    def _each(self, context: Context | None, what: str, default: int) -> Iterator[int]:
        return (details(task).get(what, default) for task in flatten(self.tasks, context))


class Sync(BaseRunner):
    """Run the tasks one after the other; each sees what those before it returned."""

    def execute(self, activity: Any, context: Context) -> dict[str, Any]:
        """Run the tasks; a cancellation is obeyed between two of them."""
        result: dict[str, Any] = {}
        for task in flatten(self.tasks, context):
            _before_task(activity)
            result.update(_result(call(task, {**context, **result}, activity)))
        return result


class Async(BaseRunner):
    """Run the tasks side by side; none sees what another returned.

    :param max_workers: how many at a time.
    """

    def __init__(self, *tasks: Task, max_workers: int = 3) -> None:
        super().__init__(*tasks)
        self.max_workers = options.count("max_workers", max_workers)

    def execute(self, activity: Any, context: Context) -> dict[str, Any]:
        """Run the tasks; when one fails, those that have not begun are not begun."""
        _before_task(activity)
        with ThreadPoolExecutor(max_workers=self.max_workers) as pool:
            running = [
                pool.submit(call, task, context, activity) for task in flatten(self.tasks, context)
            ]
            try:
                for finished in as_completed(running):
                    if finished.exception():
                        break
                    _before_task(activity)
            finally:
                for future in running:
                    future.cancel()
        return _merged(running)


class External(BaseRunner):
    """Stands for tasks that another program runs, in any language.

    :param timeout: seconds that the activity may take.
    :param heartbeat: seconds between two signs of life; the timeout by default.
    :raises AssertionError: no timeout was given.
    """

    def __init__(self, timeout: int | None = None, heartbeat: int | None = None) -> None:
        super().__init__()
        if not timeout:
            raise AssertionError("an external activity needs a timeout: nobody can compute it")
        self._timeout: int = options.SECONDS("timeout", timeout)
        self._heartbeat: int = options.SECONDS("heartbeat", heartbeat or timeout)

    def timeout(self, context: Context | None = None) -> int:  # noqa: ARG002 - the same for all
        """Return the seconds that were given."""
        return self._timeout

    def heartbeat(self, context: Context | None = None) -> int:  # noqa: ARG002 - the same for all
        """Return the seconds that were given."""
        return self._heartbeat

    def requirements(self, context: Context | None = None) -> set[str]:  # noqa: ARG002 - the same
        """Raise `NoRunnerRequirementsFound`: it may read anything."""
        raise NoRunnerRequirementsFound("what an external activity reads is not known here")


def _before_task(activity: Any) -> None:
    """Show life before a task begins; what is no `ActivityExecution` need only have a heartbeat."""
    getattr(activity, "before_task", activity.heartbeat)()


def _merged(futures: list[Future[Any]]) -> dict[str, Any]:
    """Return all results in the order of the tasks, or raise the first error in that order."""
    for future in futures:
        if not future.cancelled() and (error := future.exception()):
            raise error
    merged: dict[str, Any] = {}
    for future in futures:
        merged.update(_result(future.result()))
    return merged


def _result(returned: Any) -> Mapping[str, Any]:
    """Return what a task adds to the context; what is not a dictionary adds nothing."""
    return returned if isinstance(returned, Mapping) else {}
