"""Activity tasks: an activity with arguments, and the commands that schedule and cancel it."""

from __future__ import annotations

from typing import Any

from swf.dataflow import simpleflow_compat
from swf.dataflow.activity import PRIORITY_NOT_SET, Activity, validate_priority
from swf.dataflow.arguments import content_id, resolve
from swf.dataflow.base_future import Future
from swf.dataflow.commands import Attributes, Command
from swf.dataflow.declaration import Declaration
from swf.dataflow.ids import Scope
from swf.dataflow.retryable_command import RetryableCommand
from swf.dataflow.runtime import WorkflowRuntime
from swf.dataflow.signatures import check_arguments
from swf.dataflow.submittable import CallTask
from swf.engine.ids import fit_id
from swf.engine.throttling import CommandKind
from swf.models.decision import Decision, request_cancel_activity_task, schedule_activity_task
from swf.models.history.entity import Entity
from swf.payload import safe_copy


class ActivityCommand(RetryableCommand):
    """Schedules an activity task. SWF: ScheduleActivityTask."""

    kind = "activity"
    quota = CommandKind.ACTIVITY

    @property
    def name(self) -> str:
        return str(self.task.activity.name)

    @property
    def expected_attributes(self) -> Attributes:
        return {"activityId": self.id, "activityType": self.name, "input": self.input}

    def matches_legacy(self, name: str, recorded: Any) -> bool:
        if name == "input":
            return simpleflow_compat.is_same_call(
                recorded, self.input, self.runtime.codec, self.task.input
            )
        return name == "activityId" and simpleflow_compat.is_activity_id(recorded, self.name)

    def begin(self, value: Any) -> None:
        """Schedule the task. The id of an idempotent activity derives from resolved arguments."""
        unique_id = self.task.unique_id(self.runtime)
        if unique_id is not None and unique_id != self.id:
            if self.joins_equal_task(unique_id) or self.runtime.reuse_result(
                self.future, unique_id
            ):
                return
            self.rename(unique_id)
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
            task_priority=self.task.effective_priority(self.runtime.workflow),
        )

    def cancellation(self) -> Command:
        return CancelActivityCommand(self.id)


class CancelActivityCommand(Command):
    """Requests cancellation of an activity task. A request for a closed task has no effect."""

    kind = "cancellation of activity"

    @property
    def expected_attributes(self) -> Attributes:
        return {"activityId": self.id}

    def decision(self) -> Decision:
        return request_cancel_activity_task(self.id)


class ActivityTask(CallTask):
    """An activity with arguments.

    :param args: positional arguments; they may contain futures.
    :param kwargs: keyword arguments; they may contain futures. `__priority` is the priority of
        the task and overrides those of the activity and the workflow.
    :raises ValidationError: `__priority` is not a 32-bit integer.
    """

    def __init__(self, activity: Activity, /, *args: Any, **kwargs: Any) -> None:
        priority = kwargs.pop("__priority", PRIORITY_NOT_SET)
        self.priority: Any = validate_priority("__priority", priority)
        super().__init__(*args, **kwargs)
        self.activity = activity

    def start(self, runtime: WorkflowRuntime, scope: Scope) -> Future:
        """Schedule the task, unless an idempotent task with equal arguments exists.

        :raises InvalidTypeError: the arguments do not match the signature of the activity.
        """
        self._check_arguments()
        runtime.new_activities.add(self.activity)
        is_unique = self.activity.is_unique and self.can_begin
        unique = self.unique_id(runtime) if is_unique else None
        existing = runtime.by_content.get(unique or "")
        if existing is not None:
            return existing
        activity = self.activity
        task_id = unique or fit_id(runtime.activity_scope(scope).next(activity.name))
        raises = activity.raises_on_failure if self.raises is None else self.raises
        future = runtime.tracker.create(self, task_id, raises_on_failure=raises)
        if unique:
            runtime.by_content[unique] = future
        if runtime.reuse_result(future, task_id):
            return future
        return self._begin(
            runtime, ActivityCommand(runtime, task_id, self, future, activity.policy)
        )

    def _check_arguments(self) -> None:
        check_arguments(self.activity.name, self.activity.signature, self.args, self.kwargs)

    def unique_id(self, runtime: WorkflowRuntime) -> str | None:
        """Return the id derived from the resolved arguments; None if the activity is not unique.

        Tasks with equal ids run once.
        """
        if not self.activity.is_unique:
            return None
        args, kwargs = resolve(self.args), resolve(self.kwargs)
        name, is_legacy = self.activity.name, runtime.queue.is_from_simpleflow
        get_task_id = getattr(self.activity.callable, "get_task_id", None)
        if get_task_id is None:
            unique_id = content_id(name, args, kwargs)
            return fit_id(f"activity-{unique_id}" if is_legacy else unique_id)
        args, kwargs = safe_copy((args, kwargs))
        unique_id = str(get_task_id(runtime.workflow, *args, **kwargs))
        return fit_id(f"activity-{name}-{unique_id}" if is_legacy else unique_id)

    def effective_priority(self, workflow: Declaration) -> int | None:
        """Return the priority of the submission, else of the activity, else of the workflow."""
        priority: int | None
        for priority in (self.priority, self.activity.task_priority):
            if priority is not PRIORITY_NOT_SET:
                return priority
        return workflow.task_priority

    def with_result(self, result: Any) -> ActivityTask:
        """Return a copy with one more argument."""
        task = ActivityTask(self.activity, *self.args, result, **self.kwargs)
        task.priority, task.raises = self.priority, self.raises
        return task

    def __repr__(self) -> str:
        return f"<ActivityTask {self.activity.name}>"


class NonPythonicActivityTask(ActivityTask):
    """An activity for workers in other languages.

    Its input is a JSON array of positional arguments, or a JSON object of keyword arguments.

    :raises ValueError: both positional and keyword arguments were passed.
    """

    def __init__(self, activity: Activity, /, *args: Any, **kwargs: Any) -> None:
        super().__init__(activity, *args, **kwargs)
        if self.args and self.kwargs:
            raise ValueError("args, kwargs: must be positional or keyword arguments, not both")

    def _check_arguments(self) -> None:
        """Do nothing: the signature in the other language is unknown."""

    @property
    def input(self) -> Any:
        """The list of positional arguments, or the dictionary of keyword arguments."""
        return resolve(self.kwargs) if self.kwargs else list(resolve(self.args))
