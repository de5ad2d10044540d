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
from swf.actors.together import run_together, stop_together
from swf.exceptions import PollTimeout, SWFError
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
        self.actors = [
            FlowWorker(group, identity, concurrency=concurrency, codec=definition.codec, **options)
            for group in self._by_task_list(definition)
        ]
        self._stopping = threading.Event()

    def run(self) -> None:
        """Perform tasks until SIGTERM, SIGINT or `stop`; what is in hand is finished first."""
        self._stopping.clear()
        run_together(self.actors, self._stopping)

    def start(self) -> None:
        """Perform tasks in threads, until `stop`."""
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

    def _by_task_list(self, definition: Definition) -> list[list[Activity]]:
        groups: dict[str, list[Activity]] = {}
        for activity in self.activities:
            if activity.noun == "external activity":
                continue
            names = (activity.name, definition.short(activity))
            if self.worker_activities is None or set(names) & set(self.worker_activities):
                if activity.domain is None:
                    activity.domain = definition.domain
                groups.setdefault(activity.task_list or "", []).append(activity)
        return list(groups.values())


def worker_runner(worker: Any) -> None:
    """Call `worker.run()` for as long as it says to go on."""
    while worker.run():
        continue


def poll_once(activity: Activity, identity: str | None = None) -> ActivityExecution:
    """Wait up to 60 seconds for a task of an activity; the execution has no id if none came."""
    try:
        _, task = FlowWorker([activity], identity).poll()
    except PollTimeout:
        return ActivityExecution(activity.client, None, None, None)
    return ActivityExecution(activity.client, task.activity_id, task.task_token, task.input)


def run_once(activity: Activity, identity: str | None = None) -> bool:
    """Poll for a task of an activity and perform it; return True, so that a loop goes on.

    What a poll meets is logged and told to `on_exception`; the next one waits a little longer.
    """
    actor = FlowWorker([activity], identity)
    try:
        actor.poll_once()
    except SWFError as error:
        activity.logger.error(error, exc_info=True)
        activity.failed_polls += 1
        time.sleep(actor.backoff.delay(activity.failed_polls))
    else:
        activity.failed_polls = 0
    return True
