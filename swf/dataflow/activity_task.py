"""Activity tasks: an activity with arguments, and what is asked of the service for it."""

from __future__ import annotations

from typing import Any, ClassVar

from swf.dataflow import simpleflow_compat
from swf.dataflow.activity import PRIORITY_NOT_SET, Activity, accept_priority
from swf.dataflow.arguments import content_id, resolve
from swf.dataflow.commands import Attributes, Command
from swf.dataflow.declaration import Declaration
from swf.dataflow.futures import Future
from swf.dataflow.ids import Scope, fit
from swf.dataflow.retryable_command import RetryableCommand
from swf.dataflow.runtime import WorkflowRuntime
from swf.dataflow.submittable import Called
from swf.models.decision import Decision, request_cancel_activity_task, schedule_activity_task
from swf.models.history.entity import Entity


class ActivityCommand(RetryableCommand):
    """An activity task."""

    kind = "activity"
    is_activity: ClassVar[bool] = True

    @property
    def name(self) -> str:
        return str(self.task.activity.name)

    @property
    def expected_attributes(self) -> Attributes:
        return {"activityId": self.id, "activityType": self.name, "input": self.input}

    def matches_legacy(self, name: str, recorded: Any) -> bool:
        if name == "input":
            return simpleflow_compat.is_same_call(recorded, self.input, self.runtime.codec)
        return name == "activityId" and simpleflow_compat.is_activity_id(recorded, self.name)

    def begin(self, value: Any) -> None:
        """Schedule it, under an id that may be made of what its arguments came to."""
        made = self.task.made_id_in(self.runtime)
        if made is not None and made != self.id:
            if self.joins_equal_task(made) or self.runtime.reuse_result(self.future, made):
                return
            self.rename(made)
        super().begin(value)

    def attempt(self) -> Entity:
        return self.runtime.view.full.activities.by_event(self.open_event_id or 0)

    def timeout(self, kind: str) -> int | str | None:
        seconds: int | str | None = getattr(self.task.activity, f"{kind.lower()}_timeout", None)
        return seconds

    def decision(self) -> Decision:
        activity = self.task.activity
        return schedule_activity_task(
            self.id,
            (activity.name, activity.version),
            input=self.input,
            heartbeat_timeout=activity.heartbeat_timeout,
            schedule_to_close_timeout=activity.schedule_to_close_timeout,
            schedule_to_start_timeout=activity.schedule_to_start_timeout,
            start_to_close_timeout=activity.start_to_close_timeout,
            task_list=self.runtime.options.activity_task_list or activity.task_list,
            task_priority=self.task.priority_in(self.runtime.workflow),
        )

    def cancellation(self) -> Command:
        return CancelActivityCommand(self.id)


class CancelActivityCommand(Command):
    """A request to cancel an activity task; that it came too late is no harm."""

    kind = "cancellation of activity"

    @property
    def expected_attributes(self) -> Attributes:
        return {"activityId": self.id}

    def decision(self) -> Decision:
        return request_cancel_activity_task(self.id)


class ActivityTask(Called):
    """An activity with arguments."""

    def __init__(self, activity: Activity, /, *args: Any, **kwargs: Any) -> None:
        given = kwargs.pop("__priority", PRIORITY_NOT_SET)
        self.priority: Any = accept_priority("__priority", given)
        super().__init__(*args, **kwargs)
        self.activity = activity

    def start(self, runtime: WorkflowRuntime, scope: Scope) -> Future:
        """Schedule it, unless it is idempotent and was."""
        runtime.new_activities.add(self.activity)
        is_unique = self.activity.is_unique and self.can_begin
        unique = self.made_id_in(runtime) if is_unique else None
        known = runtime.by_content.get(unique or "")
        if known is not None:
            return known
        activity = self.activity
        task_id = unique or fit(scope.next(activity.name))
        raises = activity.raises_on_failure if self.raises is None else self.raises
        future = runtime.tracker.create(self, task_id, raises_on_failure=raises)
        if unique:
            runtime.by_content[unique] = future
        if runtime.reuse_result(future, task_id):
            return future
        return self._begin(
            runtime, ActivityCommand(runtime, task_id, self, future, activity.policy)
        )

    def made_id_in(self, runtime: WorkflowRuntime) -> str | None:
        """Return the id that is made of its arguments, when those are known; mostly there is none.

        Equal ids are one task.
        """
        if not self.activity.is_unique:
            return None
        args, kwargs = resolve(self.args), resolve(self.kwargs)
        make = getattr(self.activity.callable, "get_task_id", None)
        if make is not None:
            return fit(str(make(runtime.workflow, *args, **kwargs)))
        return fit(content_id(self.activity.name, args, kwargs))

    def priority_in(self, workflow: Declaration) -> int | None:
        """Return its priority: as submitted, else as declared, else the workflow's."""
        for priority in (self.priority, self.activity.task_priority):
            if priority is not PRIORITY_NOT_SET:
                found: int | None = priority
                return found
        return workflow.task_priority

    def with_result(self, result: Any) -> ActivityTask:
        """Return the same with one more argument."""
        task = ActivityTask(self.activity, *self.args, result, **self.kwargs)
        task.priority, task.raises = self.priority, self.raises
        return task

    def __repr__(self) -> str:
        return f"<ActivityTask {self.activity.name}>"


class NonPythonicActivityTask(ActivityTask):
    """An activity for workers in other languages: its input is the arguments as they are.

    Positional arguments are a list, keywords an object; one or the other.
    """

    def __init__(self, activity: Activity, /, *args: Any, **kwargs: Any) -> None:
        super().__init__(activity, *args, **kwargs)
        if self.args and self.kwargs:
            raise ValueError("arguments are either positional or keywords, not both")

    @property
    def input(self) -> Any:
        """The list, or the object."""
        return resolve(self.kwargs) if self.kwargs else list(resolve(self.args))
