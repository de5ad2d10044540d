"""`ActivityWorker`: runs the activities that workflows submit."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from swf import codecs
from swf.actors import ActivityWorker as _ActivityWorker
from swf.actors.tasks import ActivityTaskContext
from swf.actors.worker import Timeouts
from swf.dataflow.activity import Activity, registry
from swf.dataflow.arguments import decode_call
from swf.dataflow.dispatch import ActivityDispatcher
from swf.dataflow.middleware import Middleware, around
from swf.models import Domain
from swf.payload import Codec


class ActivityWorker(_ActivityWorker):
    """Run activities from a task list.

    Only what is registered runs, by name and version; nothing is imported because a task names it.

    :param activities: which; all that were declared in this process when not given, and none if
        there is a dispatcher.
    :param codec: how payloads are written; the deciders must use the same.
    :param middleware: what runs around each activity, the first one outermost.
    :param dispatcher: finds the code for a task of another activity than these; see
        `swf.dataflow.dispatch`.

    The other parameters are those of `swf.actors.ActivityWorker`.
    """

    def __init__(
        self,
        domain: Domain,
        task_list: str,
        activities: Iterable[Activity] | None = None,
        *,
        codec: Codec = codecs.TYPED_JSON,
        middleware: Iterable[Middleware] = (),
        dispatcher: ActivityDispatcher | None = None,
        **options: Any,
    ) -> None:
        super().__init__(domain, task_list, codec=codec, **options)
        self.middleware = tuple(middleware)
        self.dispatcher = dispatcher
        #: Whether it also runs what is declared while it works.
        self._is_open = activities is None and dispatcher is None
        for activity in registry if self._is_open else activities or ():
            self._add(activity)

    def perform(self, task: ActivityTaskContext) -> Any:
        """Run the activity that a task names, and return its result."""
        kind = task.activity_type
        if (kind.name, kind.version) in self.activities:
            return super().perform(task)
        if self.dispatcher is not None:
            return self._run(self.dispatcher.dispatch_activity(kind.name), task)
        late = registry.find(kind.name, kind.version) if self._is_open else None
        if late is not None:
            self._add(late)
        return super().perform(task)

    def _add(self, activity: Activity) -> None:
        def perform(task: ActivityTaskContext) -> Any:
            return self._run(activity, task)

        limits = (activity.heartbeat_timeout, activity.start_to_close_timeout)
        heartbeat, close = (float(each) if isinstance(each, int) else None for each in limits)
        self.register(activity.name, activity.version, perform, Timeouts(heartbeat, close))

    def _run(self, activity: Activity, task: ActivityTaskContext) -> Any:
        args, kwargs = decode_call(task.input)
        call = around(self.middleware, activity, task)
        return call(lambda: activity.perform(args, kwargs, task))
