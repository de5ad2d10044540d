"""`ActivityWorker`: performs the activities of a flow, with one actor per task list."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from swf.actors.group import run_actors, stop_actors
from swf.constants import DEFAULT_CONCURRENCY
from swf.exceptions import ValidationError
from swf.flow.activity_discovery import find_workflow_activities
from swf.flow.activity_step import Activity
from swf.flow.definition import Definition
from swf.flow.polling import TaskListWorker

if TYPE_CHECKING:
    from typing_extensions import Self


class ActivityWorker:
    """Performs the activities of a flow.

    :param flow: a module or an object; see `Definition`.
    :param activities: names of the activities to perform (`<flow>_<name>` or the name alone);
        None: all. External activities are never included.
    :param identity: the name of the worker in the history.
    :param concurrency: number of concurrent tasks for each task list, in threads; 1 by default.
    :param options: options of `swf.actors.ActivityWorker`.
    :raises ValidationError: the flow has no activity of a name in `activities`.
    """

    def __init__(
        self,
        flow: Any,
        activities: Iterable[str] | None = None,
        *,
        identity: str | None = None,
        concurrency: int = DEFAULT_CONCURRENCY,
        **options: Any,
    ) -> None:
        self.flow = flow
        self.activities: list[Activity] = find_workflow_activities(flow)
        self.worker_activities = None if activities is None else list(activities)
        definition = Definition.load(flow)
        self._selection = self._select(definition)
        self.actors = [
            TaskListWorker(
                group, identity, concurrency=concurrency, codec=definition.codec, **options
            )
            for group in _by_task_list(self._selection)
        ]
        self._stopping = threading.Event()

    def run(self) -> None:
        """Perform tasks until SIGTERM, SIGINT or `stop`; then finish the current tasks.

        An activity that overrides `Activity.run` runs in a thread for as long as it returns True.
        """
        loops = self._start_loops()
        if actors := self._default_actors():
            self._stopping.clear()
            run_actors(actors, self._stopping)
            return
        for loop in loops:
            loop.join()

    def start(self) -> None:
        """Perform tasks in threads until `stop`."""
        self._start_loops()
        for actor in self._default_actors():
            actor.start()

    def stop(self, timeout: float | None = None) -> bool:
        """Stop polling and wait for the current tasks.

        :param timeout: maximum seconds to wait; None: no limit.
        :returns: whether all tasks are finished.
        """
        self._stopping.set()
        return stop_actors(self.actors, timeout)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _start_loops(self) -> list[threading.Thread]:
        loops = [
            threading.Thread(target=worker_runner, args=(activity,), daemon=True)
            for activity in self._selection
            if _overrides_run(activity)
        ]
        for loop in loops:
            loop.start()
        return loops

    def _default_actors(self) -> list[TaskListWorker]:
        """Return the actors of the task lists with an activity that does not override `run`."""
        task_lists = {a.task_list for a in self._selection if not _overrides_run(a)}
        return [actor for actor in self.actors if actor.task_list in task_lists]

    def _select(self, definition: Definition) -> list[Activity]:
        """Return the activities that this worker performs."""
        by_name = {definition.short_name(activity): activity for activity in self.activities}
        by_name.update({str(activity.name): activity for activity in self.activities})
        names = self.worker_activities or list(by_name)
        for name in names:
            if name not in by_name:
                choices = ", ".join(str(activity.name) for activity in self.activities)
                rule = f"must be one of {choices or 'no activities'}"
                raise ValidationError("activities", name, rule)
        selected = {id(by_name[name]) for name in names}
        selection = [activity for activity in self.activities if id(activity) in selected]
        for activity in selection:
            activity.domain = activity.domain or definition.domain
        return [activity for activity in selection if activity.kind != "external activity"]


def _by_task_list(activities: Iterable[Activity]) -> list[list[Activity]]:
    groups: dict[str, list[Activity]] = {}
    for activity in activities:
        groups.setdefault(activity.task_list or "", []).append(activity)
    return list(groups.values())


def _overrides_run(activity: Activity) -> bool:
    """Return whether an activity overrides `Activity.run`."""
    return type(activity).run is not Activity.run or "run" in vars(activity)


def worker_runner(worker: Any) -> None:
    """Call `worker.run()` for as long as it returns True.

    :param worker: an activity, a decider, or any object with `run`.
    """
    while worker.run():
        continue
