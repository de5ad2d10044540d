"""`Activity`: a step that workers perform, its instances, and how one is scheduled."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from swf import payload
from swf.flow import options
from swf.flow import runner as _runner
from swf.flow.activity_execution import ActivityExecution
from swf.flow.activity_state import ActivityState
from swf.flow.log import GarconLogger
from swf.flow.polling import poll_once, run_once
from swf.flow.step import Context, FlowStep, StepInstance
from swf.models import Domain
from swf.models.decision import ActivityTaskDecision, Decision, schedule_activity_task
from swf.models.fields import TASK_LIST

if TYPE_CHECKING:
    from swf.flow.flow_state import FlowState

DEFAULT_ACTIVITY_SCHEDULE_TO_START = 600  # seconds

_EXECUTION_KEYS = ("execution.domain", "execution.run_id", "execution.workflow_id")


class ActivityInstance(StepInstance):
    """One run of an activity: what it is sent, and how long it may take."""

    @property
    def runner(self) -> Any:
        """The runner of the activity.

        :raises RunnerMissing: it has none.
        """
        found = getattr(self.activity_worker, "runner", None)
        if not found:
            raise _runner.RunnerMissing(f"{self.activity_name} has no runner: give it `run`")
        return found

    @property
    def timeout(self) -> int:
        """Seconds from its start to its end."""
        seconds: int = self.runner.timeout(self.global_context)
        return seconds

    @property
    def heartbeat_timeout(self) -> int:
        """Seconds between two heartbeats."""
        seconds: int = self.runner.heartbeat(self.global_context)
        return seconds

    @property
    def schedule_to_start(self) -> int:
        """Seconds until a worker takes it: a single worker may have to do all the others first."""
        pool = self.activity_worker.pool_size if self.pool_size is None else self.pool_size
        seconds: int = pool * self.activity_worker.schedule_to_start_timeout
        return seconds

    @property
    def schedule_to_close(self) -> int:
        """Seconds from its scheduling to its end."""
        return self.schedule_to_start + self.timeout

    def create_execution_input(self) -> dict[str, Any]:
        """Return what the activity is sent: the keys that its tasks read, and the execution's.

        If one of its tasks does not say what it reads, that is the whole context.
        """
        context = self.global_context
        try:
            keys = self.runner.requirements(context)
        except _runner.NoRunnerRequirementsFound:
            return context
        needed = {key: context[key] for key in sorted(keys) if context.get(key) is not None}
        return {**needed, **{key: context.get(key) for key in _EXECUTION_KEYS}}


class Activity(FlowStep, GarconLogger):
    """A step that workers perform.

    :param client: a boto3 client or `Connection` to work with; else that of the domain, or the one
        in force.
    """

    kind = "activity"
    OPTIONS = {
        **FlowStep.OPTIONS,
        "domain": options.anything,
        "task_list": TASK_LIST.validate,
        "priority": options.priority,
        "runner": options.anything,
        "on_exception": options.function,
        "schedule_to_start_timeout": options.SECONDS,
    }

    version = "1.0"
    task_list: str | None = None
    domain: Domain | str | None = None
    #: Which of the tasks on a task list goes first; higher is sooner.
    priority: int | None = None
    #: What runs the tasks.
    runner: Any = None
    #: Called with the activity and the error when one goes wrong.
    on_exception: Callable[[Any, BaseException], Any] | None = None
    schedule_to_start_timeout: int | None = None
    #: How many polls in a row have failed.
    failed_polls: int = 0

    def __init__(self, client: Any = None) -> None:
        self.client = client

    def hydrate(self, data: Mapping[str, Any]) -> None:
        """Take the options of `data` that no subclass has set."""
        given = dict(data)
        given["runner"] = _runner_of(given.get("name"), given.get("run") or given.get("tasks"))
        given["schedule_to_start_timeout"] = (
            given.get("schedule_to_start") or DEFAULT_ACTIVITY_SCHEDULE_TO_START
        )
        self.version = str(given.get("version") or self.version)
        super().hydrate(given)
        self.task_list = self.task_list or self.name

    def instance(self, local_context: Context, context: Context) -> ActivityInstance:
        """Return the instance that has this local context."""
        return ActivityInstance(self, dict(local_context), dict(context))

    def start(self, instance: StepInstance, activity_id: str) -> Decision:
        """Return the decision that schedules an instance."""
        assert isinstance(instance, ActivityInstance)  # noqa: S101 - `instance` above makes them
        return schedule(instance, activity_id)

    def state_in(self, run: FlowState, activity_id: str) -> ActivityState | None:
        """Return what is known of an instance in a run."""
        return run.states.get(self.name or "", {}).get(activity_id)

    def execute_activity(self, activity: ActivityExecution | Context) -> Any:
        """Run the tasks for an activity task, or for a context alone, and return the result."""
        if isinstance(activity, Mapping):
            activity = ActivityExecution(self.client, None, None, activity)
        return self.runner.execute(activity, activity.context)

    def poll_for_activity(self, identity: str | None = None) -> ActivityExecution:
        """Wait up to 60 seconds for a task of this activity; without an id if there came none."""
        return poll_once(self, identity)

    def run(self, identity: str | None = None) -> bool:
        """Poll once and perform what came; return True, so that a loop goes on."""
        return run_once(self, identity)


class ExternalActivity(Activity):
    """A step that a program outside of this flow performs, in any language.

    :param timeout: seconds that it may take.
    :param heartbeat: seconds between two heartbeats; the timeout by default.
    """

    kind = "external activity"

    def __init__(self, timeout: int | None = None, heartbeat: int | None = None) -> None:
        super().__init__()
        self.runner = _runner.External(timeout=timeout, heartbeat=heartbeat)
        self.schedule_to_start_timeout = None

    def run(self, identity: str | None = None) -> bool:  # noqa: ARG002 - as for all activities
        """Return False: there is nothing to run here."""
        return False


def schedule(
    instance: ActivityInstance, activity_id: str, version: str | None = None
) -> ActivityTaskDecision:
    """Return the decision that schedules an activity instance.

    :raises ValidationError: its input does not fit, or a timeout is none.
    """
    worker = instance.activity_worker
    return schedule_activity_task(
        activity_id,
        (instance.activity_name, version or worker.version),
        task_list=worker.task_list,
        task_priority=getattr(worker, "priority", None),
        input=payload.encode(
            instance.create_execution_input(), f"input of {activity_id}", codec=instance.codec
        ),
        heartbeat_timeout=instance.heartbeat_timeout,
        start_to_close_timeout=instance.timeout,
        schedule_to_start_timeout=instance.schedule_to_start,
        schedule_to_close_timeout=instance.schedule_to_close,
    )


def _runner_of(name: Any, given: Any) -> Any:
    """Return the runner; tasks without one are run in order."""
    if given is None or hasattr(given, "execute") or hasattr(given, "timeout"):
        return given
    return _runner.Sync(*options.functions(f"run of {name}", given))
