"""`ActivityWorker`: serves the activities of a flow, with an actor for each of its task lists."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from swf.actors.group import run_actors, stop_actors
from swf.exceptions import ValidationError
from swf.flow.activity_discovery import find_workflow_activities
from swf.flow.activity_step import Activity
from swf.flow.definition import Definition
from swf.flow.polling import TaskListWorker

if TYPE_CHECKING:
    from typing_extensions import Self

#: Tasks that a worker performs at a time, unless it is told: the instances of a generator are many,
#: and what they wait for is mostly somewhere else.
DEFAULT_CONCURRENCY = 8


class ActivityWorker:
    """Performs the activities of a flow.

    :param flow: a module or an object; see `Definition`.
    :param activities: names of those to serve (`<flow>_<name>`, or the name alone); None: all.
        External activities are served by others.
    :param identity: how histories name this worker.
    :param concurrency: Maximum number of threads per task list. Use 1 for activities that must not
        run concurrently.
    :param options: Keyword arguments of `swf.actors.ActivityWorker`.
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
        definition = Definition.of(flow)
        self._served = self._chosen(definition)
        self.actors = [
            TaskListWorker(
                group, identity, concurrency=concurrency, codec=definition.codec, **options
            )
            for group in _by_task_list(self._served)
        ]
        self._stopping = threading.Event()

    def run(self) -> None:
        """Perform tasks until SIGTERM, SIGINT or `stop`; what is in hand is finished first.

        An activity whose `run` is not that of `Activity` is run in a thread, for as long as it says
        to go on.
        """
        loops = self._start_loops()
        if actors := self._needed():
            self._stopping.clear()
            run_actors(actors, self._stopping)
            return
        for loop in loops:
            loop.join()

    def start(self) -> None:
        """Perform tasks in threads, until `stop`."""
        self._start_loops()
        for actor in self._needed():
            actor.start()

    def stop(self, timeout: float | None = None) -> bool:
        """Poll no more, and return whether all that was in hand is done after `timeout` seconds."""
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
            for activity in self._served
            if _has_own_run(activity)
        ]
        for loop in loops:
            loop.start()
        return loops

    def _needed(self) -> list[TaskListWorker]:
        """Return the actors whose activities do not all have a `run` of their own."""
        polled = {a.task_list for a in self._served if not _has_own_run(a)}
        return [actor for actor in self.actors if actor.task_list in polled]

    def _chosen(self, definition: Definition) -> list[Activity]:
        """Return the activities that this worker serves."""
        by_name = {definition.short(activity): activity for activity in self.activities}
        by_name.update({str(activity.name): activity for activity in self.activities})
        wanted = self.worker_activities or list(by_name)
        for name in wanted:
            if name not in by_name:
                known = ", ".join(str(activity.name) for activity in self.activities)
                raise ValidationError("activities", name, f"is none of {known or 'no activities'}")
        chosen = [a for a in self.activities if any(by_name[name] is a for name in wanted)]
        for activity in chosen:
            activity.domain = activity.domain or definition.domain
        return [activity for activity in chosen if activity.kind != "external activity"]


def _by_task_list(activities: Iterable[Activity]) -> list[list[Activity]]:
    groups: dict[str, list[Activity]] = {}
    for activity in activities:
        groups.setdefault(activity.task_list or "", []).append(activity)
    return list(groups.values())


def _has_own_run(activity: Activity) -> bool:
    """Return whether an activity polls in another way than activities do."""
    return type(activity).run is not Activity.run or "run" in vars(activity)


def worker_runner(worker: Any) -> None:
    """Call `worker.run()` for as long as it says to go on."""
    while worker.run():
        continue
