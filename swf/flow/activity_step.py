"""`Activity`: a step that workers perform, its instances, and the decision that schedules one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from typing import Any

from swf import payload
from swf.actors.functions import require_result, run_coroutine
from swf.engine.throttling import CommandKind
from swf.flow import options
from swf.flow import runner as _runner
from swf.flow.activity_execution import ActivityExecution
from swf.flow.activity_state import ActivityState
from swf.flow.flow_state import FlowState
from swf.flow.log import GarconLogger
from swf.flow.polling import poll_for_activity, run_activity_once
from swf.flow.step import Context, FlowStep, StepInstance
from swf.models import Domain
from swf.models.decision import ActivityTaskDecision, Decision, schedule_activity_task
from swf.models.fields import TASK_LIST

DEFAULT_ACTIVITY_SCHEDULE_TO_START = 600  # seconds

_EXECUTION_KEYS = ("execution.domain", "execution.run_id", "execution.workflow_id")


class ActivityInstance(StepInstance):
    """One run of an activity: its input and its timeouts."""

    @property
    def runner(self) -> Any:
        """The runner of the activity.

        :raises RunnerMissing: the activity has no runner.
        """
        runner = getattr(self.activity_worker, "runner", None)
        if not runner:
            raise _runner.RunnerMissing(f"runner is missing: set `run` of {self.activity_name}")
        return runner

    @property
    def _runner_context(self) -> dict[str, Any]:
        """The context for the runner, which is a copy for a runner of the program."""
        is_own = type(self.runner) in (_runner.Sync, _runner.Async, _runner.External)
        return self.global_context if is_own else deepcopy(self.global_context)

    @property
    def timeout(self) -> int:
        """The start-to-close timeout in seconds."""
        return int(self.runner.timeout(self._runner_context))

    @property
    def heartbeat_timeout(self) -> int:
        """The heartbeat timeout in seconds."""
        return int(self.runner.heartbeat(self._runner_context))

    @property
    def schedule_to_start(self) -> int:
        """The schedule-to-start timeout in seconds: a single worker may perform all instances."""
        pool = self.activity_worker.pool_size if self.pool_size is None else self.pool_size
        seconds: int = pool * self.activity_worker.schedule_to_start_timeout
        return seconds

    @property
    def schedule_to_close(self) -> int:
        """The schedule-to-close timeout in seconds."""
        return self.schedule_to_start + self.timeout

    def validate_timeouts(self) -> None:
        """Validate the timeouts.

        :raises ValidationError: a timeout is beyond the limits of the service.
        """
        for name in ("timeout", "heartbeat_timeout", "schedule_to_start", "schedule_to_close"):
            options.SECONDS_FROM_0(f"{name} of {self.id}", getattr(self, name))

    def create_execution_input(self) -> dict[str, Any]:
        """Return the input: the context keys that the tasks read, and those of the execution.

        If a task does not declare its keys, the input is the whole context.
        """
        context = self.global_context
        try:
            keys = self.runner.requirements(self._runner_context)
        except _runner.NoRunnerRequirementsFound:
            return context
        values = {key: context[key] for key in sorted(keys) if context.get(key) is not None}
        return {**values, **{key: context.get(key) for key in _EXECUTION_KEYS}}


class Activity(FlowStep, GarconLogger):
    """A step that workers perform.

    :param client: a boto3 client or a `Connection`; None: the domain's connection, or the current
        one.
    """

    kind = "activity"
    OPTIONS = {
        **FlowStep.OPTIONS,
        "domain": options.any_value,
        "task_list": TASK_LIST.validate,
        "priority": options.priority,
        "runner": options.any_value,
        "on_exception": options.function,
        "schedule_to_start_timeout": options.SECONDS,
    }

    version = "1.0"
    task_list: str | None = None
    domain: Domain | str | None = None
    #: Priority of the task on its task list; tasks with a higher number start first.
    priority: int | None = None
    #: Runs the tasks.
    runner: Any = None
    #: Called with the activity and the error when a poll or a task fails.
    on_exception: Callable[[Any, BaseException], Any] | None = None
    schedule_to_start_timeout: int | None = None
    #: Options of `create` that have no effect on this kind of activity.
    ignored_options: Sequence[str] = ()
    #: Number of consecutive failed polls.
    failed_polls: int = 0

    def __init__(self, client: Any = None) -> None:
        self.client = client

    @property
    def command_kind(self) -> CommandKind | None:
        """The kind of command that begins an instance."""
        return CommandKind.ACTIVITY

    def hydrate(self, data: Mapping[str, Any]) -> None:
        """Set the options that no subclass has set.

        :param data: options by name; see `StepFactory`.
        :raises ValidationError: an option is invalid.
        """
        values = dict(data)
        values["runner"] = _runner_for(values.get("name"), values.get("run") or values.get("tasks"))
        values["schedule_to_start_timeout"] = (
            values.get("schedule_to_start") or DEFAULT_ACTIVITY_SCHEDULE_TO_START
        )
        self.version = str(values.get("version") or self.version)
        super().hydrate(values)
        self.task_list = self.task_list or self.name

    def instance(self, local_context: Context, context: Context) -> ActivityInstance:
        """Return the instance with a local context.

        :param local_context: the values from the generators.
        :param context: the input and results of the execution.
        """
        return ActivityInstance(self, dict(local_context), dict(context))

    def start(self, instance: StepInstance, activity_id: str) -> Decision:
        """Return the decision that schedules an instance."""
        assert isinstance(instance, ActivityInstance)  # noqa: S101 - `instance` above makes them
        return schedule_instance(instance, activity_id)

    def state_in(self, flow_state: FlowState, activity_id: str) -> ActivityState | None:
        """Return the state of an instance; None if it has not begun."""
        return flow_state.states.get(self.name or "", {}).get(activity_id)

    def execute_activity(self, activity: ActivityExecution | Context) -> Any:
        """Run the tasks and return the merged result.

        :param activity: the activity task, or a context to run the tasks without one.
        """
        if isinstance(activity, Mapping):
            activity = ActivityExecution(self.client, None, None, activity)
        result = run_coroutine(self.runner.execute(activity, activity.context))
        return require_result(f"the runner of {self.name}", result)

    def poll_for_activity(self, identity: str | None = None) -> ActivityExecution:
        """Poll for an activity task (PollForActivityTask) for up to 60 seconds.

        :param identity: the name of the worker in the history.
        :returns: the task; its `activity_id` is None if there was none.
        """
        return poll_for_activity(self, identity)

    def run(self, identity: str | None = None) -> bool:
        """Poll once, perform the task if there is one, and return True.

        :param identity: the name of the worker in the history.
        """
        return run_activity_once(self, identity)


class ExternalActivity(Activity):
    """A step that a program outside this flow performs, in any language.

    :param timeout: start-to-close timeout in seconds.
    :param heartbeat: heartbeat timeout in seconds; None: the same as `timeout`.
    """

    kind = "external activity"

    def __init__(self, timeout: int | None = None, heartbeat: int | None = None) -> None:
        super().__init__()
        self.runner = _runner.External(timeout=timeout, heartbeat=heartbeat)
        self.schedule_to_start_timeout = None

    def run(self, identity: str | None = None) -> bool:  # noqa: ARG002 - as for all activities
        """Return False: another program performs the tasks."""
        return False


def schedule_instance(
    instance: ActivityInstance, activity_id: str, version: str | None = None
) -> ActivityTaskDecision:
    """Return the decision that schedules an activity instance.

    :param version: the version of the activity type; None: the activity's version.
    :raises ValidationError: the input is too long, or a timeout is invalid.
    """
    activity = instance.activity_worker
    return schedule_activity_task(
        activity_id,
        (instance.activity_name, version or activity.version),
        task_list=activity.task_list,
        task_priority=getattr(activity, "priority", None),
        input=payload.encode(
            instance.create_execution_input(), f"input of {activity_id}", codec=instance.codec
        ),
        heartbeat_timeout=instance.heartbeat_timeout,
        start_to_close_timeout=instance.timeout,
        schedule_to_start_timeout=instance.schedule_to_start,
        schedule_to_close_timeout=instance.schedule_to_close,
    )


def _runner_for(name: Any, run: Any) -> Any:
    """Return the runner; plain tasks get a `Sync` runner."""
    if run is None or hasattr(run, "execute") or hasattr(run, "timeout"):
        return run
    return _runner.Sync(*options.functions(f"run of {name}", run))
