"""Workers: they perform the activities of a flow on the runtime of `swf.actors`.

`ActivityWorker` serves a flow, with an actor for each of its task lists. An activity alone can be
polled for as well (`run_once`), as a loop of one's own needs it (`worker_runner`).
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

from swf import actors
from swf.actors import ActivityTaskContext, Hooks, Timeouts
from swf.actors.backoff import Patience
from swf.actors.together import run_together, stop_together
from swf.exceptions import PollTimeout, ValidationError
from swf.flow.definition import Definition
from swf.flow.execution import ActivityExecution
from swf.flow.lookups import find_workflow_activities
from swf.flow.service import domain_of
from swf.models import ActivityTask
from swf.payload import Codec

if TYPE_CHECKING:
    from typing_extensions import Self

    from swf.flow.activity import Activity

logger = logging.getLogger(__name__)

#: How often a poll by hand is tried that is throttled.
POLLS = 5


class FlowWorker(actors.ActivityWorker):
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


def perform(activity: Activity, codec: Codec, task: ActivityTaskContext) -> Any:
    """Run the tasks of an activity for an activity task."""
    execution = ActivityExecution(
        activity.client, task.activity_id, task.token, task.input, task=task, codec=codec
    )
    return activity.execute_activity(execution)


class ActivityWorker:
    """Performs the activities of a flow.

    :param flow: a module or an object; see `Definition`.
    :param activities: names of those to serve (`<flow>_<name>`, or the name alone); None: all.
        External activities are served by others.
    :param identity: how histories name this worker.
    :param concurrency: tasks at a time for each task list. :param options: as of
        `swf.actors.ActivityWorker`.
    """

    def __init__(
        self,
        flow: Any,
        activities: Iterable[str] | None = None,
        *,
        identity: str | None = None,
        concurrency: int = 1,
        **options: Any,
    ) -> None:
        self.flow = flow
        self.activities: list[Activity] = find_workflow_activities(flow)
        self.worker_activities = None if activities is None else list(activities)
        definition = Definition.of(flow)
        served = self._served(definition)
        self._loops = [activity for activity in served if _has_own_run(activity)]
        self.actors = [
            FlowWorker(group, identity, concurrency=concurrency, codec=definition.codec, **options)
            for group in _by_task_list(a for a in served if not _has_own_run(a))
        ]
        self._stopping = threading.Event()

    def run(self) -> None:
        """Perform tasks until SIGTERM, SIGINT or `stop`; what is in hand is finished first.

        An activity whose `run` is not that of `Activity` is run in a thread, for as long as it says
        to go on.
        """
        loops = self._start_loops()
        if self.actors:
            self._stopping.clear()
            run_together(self.actors, self._stopping)
            return
        for loop in loops:
            loop.join()

    def start(self) -> None:
        """Perform tasks in threads, until `stop`."""
        self._start_loops()
        for actor in self.actors:
            actor.start()

    def stop(self, timeout: float | None = None) -> bool:
        """Poll no more, and return whether all that was in hand is done after `timeout` seconds."""
        self._stopping.set()
        return stop_together(self.actors, timeout)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _start_loops(self) -> list[threading.Thread]:
        loops = [
            threading.Thread(target=worker_runner, args=(activity,), daemon=True)
            for activity in self._loops
        ]
        for loop in loops:
            loop.start()
        return loops

    def _served(self, definition: Definition) -> list[Activity]:
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
        return [activity for activity in chosen if activity.noun != "external activity"]


def _by_task_list(activities: Iterable[Activity]) -> list[list[Activity]]:
    groups: dict[str, list[Activity]] = {}
    for activity in activities:
        groups.setdefault(activity.task_list or "", []).append(activity)
    return list(groups.values())


def _has_own_run(activity: Activity) -> bool:
    """Return whether an activity polls in another way than activities do."""
    return activity.run.__module__ != "swf.flow.activity"


def worker_runner(worker: Any) -> None:
    """Call `worker.run()` for as long as it says to go on."""
    while worker.run():
        continue


def poll_once(activity: Activity, identity: str | None = None) -> ActivityExecution:
    """Wait up to 60 seconds for a task of an activity; the execution has no id if none came.

    A poll that is throttled is tried again.
    """
    actor = FlowWorker([activity], identity)

    def poll() -> ActivityTask | None:
        try:
            found: ActivityTask = actor.poll().task
        except PollTimeout:
            return None
        return found

    task = Patience(actor.backoff, POLLS).persist(poll)
    if task is None:
        return ActivityExecution(activity.client, None, None, None)
    return ActivityExecution(activity.client, task.activity_id, task.task_token, task.input)


def run_once(activity: Activity, identity: str | None = None) -> bool:
    """Poll for a task of an activity and perform it; return True, so that a loop goes on.

    What a poll meets is logged and told to `on_exception`; the next one waits a little longer.
    """
    actor = FlowWorker([activity], identity)
    try:
        actor.poll_once()
    except Exception as error:  # whatever it is, the loop goes on
        activity.logger.error(error, exc_info=True)
        activity.failed_polls += 1
        time.sleep(actor.backoff.delay(activity.failed_polls))
    else:
        activity.failed_polls = 0
    return True
