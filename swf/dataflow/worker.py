"""`ActivityWorker`: runs the activities that workflows of this engine submit."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from swf import codecs
from swf.actors import ActivityWorker as _ActivityWorker
from swf.actors.activity_timeouts import Timeouts
from swf.actors.tasks import ActivityTaskContext
from swf.dataflow import simpleflow_compat
from swf.dataflow.activity import Activity, registry
from swf.dataflow.arguments import decode_call
from swf.dataflow.dispatch import ActivityDispatcher
from swf.dataflow.middleware import Middleware, around
from swf.dataflow.signatures import Executable
from swf.exceptions import InvalidTypeError
from swf.models import Domain
from swf.payload import Codec


class ActivityWorker(_ActivityWorker):
    """Polls a task list and runs activities.

    The worker runs only registered activities, by name and version. It never imports code by the
    name in a task.

    :param domain: domain to poll.
    :param task_list: task list to poll.
    :param activities: activities to run. Default: all activities of this process, including those
        declared later; none if `dispatcher` is set.
    :param codec: codec of the payloads; the deciders must use the same.
    :param simpleflow_codec: codec of tasks in executions that simpleflow started. Default: `codec`
        if it is a `SimpleflowJSON`, else one that cannot read jumbo fields.
    :param middleware: hooks around each activity; the first is the outermost.
    :param dispatcher: finds the code for other activities; see `swf.dataflow.dispatch`.
    :param options: further parameters of `swf.actors.ActivityWorker`.
    :raises InvalidTypeError: `activities` contains something else.
    """

    def __init__(
        self,
        domain: Domain,
        task_list: str,
        activities: Iterable[Activity | type[Executable[Any]]] | None = None,
        *,
        codec: Codec = codecs.TYPED_JSON,
        simpleflow_codec: Codec | None = None,
        middleware: Iterable[Middleware] = (),
        dispatcher: ActivityDispatcher | None = None,
        **options: Any,
    ) -> None:
        super().__init__(domain, task_list, codec=codec, **options)
        self.simpleflow_codec = simpleflow_codec or simpleflow_compat.default_codec(codec)
        self.middleware = tuple(middleware)
        self.dispatcher = dispatcher
        #: Whether activities declared later are added.
        self._uses_registry = activities is None and dispatcher is None
        for activity in registry if self._uses_registry else activities or ():
            if not isinstance(activity, Activity):
                rule = "must be an activity (see activity.with_attributes)"
                raise InvalidTypeError("activities", activity, rule)
            self._add(activity)

    def codec_for(self, activity_id: str, name: str) -> Codec:
        """Return simpleflow's codec for tasks of its executions, which their id shows."""
        is_legacy = simpleflow_compat.is_activity_id(activity_id, name)
        return self.simpleflow_codec if is_legacy else self.codec

    def failure_fields(self, task: ActivityTaskContext, error: BaseException) -> tuple[str, str]:
        """Return details and reason; the details are JSON for tasks of simpleflow's executions.

        :param error: the exception of the activity.
        """
        details, reason = super().failure_fields(task, error)
        if simpleflow_compat.is_activity_id(str(task.activity_id), task.activity_type.name):
            details = simpleflow_compat.failure_details(error, details)
        return details, reason

    def perform(self, task: ActivityTaskContext) -> Any:
        """Run the activity of a task and return its result."""
        name, version = task.activity_type.name, task.activity_type.version
        if (name, version) in self.activities:
            return super().perform(task)
        if self.dispatcher is not None:
            return self._run(self.dispatcher.dispatch_activity(name), task)
        activity = registry.find(name, version) if self._uses_registry else None
        if activity is not None:
            self._add(activity)
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
