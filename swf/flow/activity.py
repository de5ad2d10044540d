"""Activities: the steps that workers perform, and `create`, which makes the ones of a flow.

::

    create = activity.create("dev", "video")
    fetch = create(name="fetch", run=runner.Sync(download), retry=3)
    resize = create(name="resize", run=runner.Async(small, large), requires=[fetch])

An activity is registered, scheduled and polled for under `<flow>_<name>`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from swf import payload
from swf.exceptions import InvalidKeywordArgumentError
from swf.flow import runner as _runner
from swf.flow.execution import ActivityExecution
from swf.flow.log import GarconLogger
from swf.flow.lookups import (
    ActivityFailedError,
    find_activities,
    find_available_activities,
    find_uncomplete_activities,
    find_workflow_activities,
)
from swf.flow.service import domain_name
from swf.flow.state import (
    ACTIVITY_COMPLETED,
    ACTIVITY_FAILED,
    ACTIVITY_SCHEDULED,
    ACTIVITY_STANDBY,
    ActivityInstanceNotReadyException,
    ActivityState,
    count_activity_failures,
)
from swf.flow.step import Context, Instance, Step
from swf.flow.steps import ChildFlow, Signal, Timer
from swf.flow.worker import ActivityWorker, poll_once, run_once, worker_runner
from swf.models import Domain
from swf.models.decision import ActivityTaskDecision, Decision, schedule_activity_task

if TYPE_CHECKING:
    from swf.flow.run import Run

__all__ = [
    "ACTIVITY_COMPLETED",
    "ACTIVITY_FAILED",
    "ACTIVITY_SCHEDULED",
    "ACTIVITY_STANDBY",
    "Activity",
    "ActivityExecution",
    "ActivityFailedError",
    "ActivityInstance",
    "ActivityInstanceNotReadyException",
    "ActivityState",
    "ActivityWorker",
    "ExternalActivity",
    "count_activity_failures",
    "create",
    "find_activities",
    "find_available_activities",
    "find_uncomplete_activities",
    "find_workflow_activities",
    "worker_runner",
]

S = TypeVar("S", bound=Step)

DEFAULT_ACTIVITY_SCHEDULE_TO_START = 600  # seconds

_EXECUTION_KEYS = ("execution.domain", "execution.run_id", "execution.workflow_id")


class ActivityInstance(Instance):
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


class Activity(Step, GarconLogger):
    """A step that workers perform.

    :param client: a boto3 client or `Connection` to work with; else that of the domain, or the one
        in force.
    """

    noun = "activity"
    OPTIONS = (
        *Step.OPTIONS,
        "domain",
        "task_list",
        "priority",
        "runner",
        "on_exception",
        "schedule_to_start_timeout",
    )

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
        given["runner"] = _runner_of(given.get("run") or given.get("tasks"))
        given["schedule_to_start_timeout"] = (
            given.get("schedule_to_start") or DEFAULT_ACTIVITY_SCHEDULE_TO_START
        )
        self.version = given.get("version") or self.version
        super().hydrate(given)
        self.task_list = self.task_list or self.name

    def instance(self, local_context: Context, context: Context) -> ActivityInstance:
        """Return the instance that has this local context."""
        return ActivityInstance(self, dict(local_context), dict(context))

    def start(self, instance: Instance, activity_id: str) -> Decision:
        """Return the decision that schedules an instance."""
        assert isinstance(instance, ActivityInstance)  # noqa: S101 - `instance` above makes them
        return schedule(instance, activity_id)

    def state_in(self, run: Run, activity_id: str) -> ActivityState | None:
        """Return what is known of an instance in a run."""
        return run.states.get(self.name or "", {}).get(activity_id)

    def execute_activity(self, activity: ActivityExecution) -> Any:
        """Run the tasks for an activity task and return the result."""
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

    noun = "external activity"

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
        input=payload.encode(instance.create_execution_input(), "input", codec=instance.codec),
        heartbeat_timeout=instance.heartbeat_timeout,
        start_to_close_timeout=instance.timeout,
        schedule_to_start_timeout=instance.schedule_to_start,
        schedule_to_close_timeout=instance.schedule_to_close,
    )


def create(*args: Any, **kwargs: Any) -> Factory:
    """Return what makes the activities of a flow.

    `create(domain, name, version="1.0", on_exception=None)`, or with a client first:
    `create(client, domain, workflow_name, version="1.0", on_exception=None)`. What is returned is
    called with the options of an activity (see `Factory`).
    """
    has_client = "client" in kwargs or (args and not isinstance(args[0], (str, Domain)))
    names = ("client", "domain", "name", "version", "on_exception")[0 if has_client else 1 :]
    given = dict(zip(names, args, strict=False))
    for option, value in kwargs.items():
        option = "name" if option == "workflow_name" else option
        if option not in names or option in given:
            raise InvalidKeywordArgumentError.unknown(option, value, names)
        given[option] = value
    return Factory(**given)


class Factory:
    """Makes the activities of one flow, and its other steps.

    :param name: the flow's name; those of activities begin with it.
    :param version: the version of the activities, unless they say otherwise.
    :param on_exception: called with the activity and the error, unless they say otherwise.
    """

    OPTIONS = (*Step.OPTIONS, "generator")
    ACTIVITY_OPTIONS = (
        *OPTIONS,
        "run",
        "tasks",
        "schedule_to_start",
        "external",
        "timeout",
        "heartbeat",
        "on_exception",
        "version",
        "task_list",
        "priority",
    )

    def __init__(
        self,
        domain: Domain | str,
        name: str,
        version: str = "1.0",
        on_exception: Callable[[Any, BaseException], Any] | None = None,
        client: Any = None,
    ) -> None:
        self.domain = domain
        self.name = name
        self.version = version
        self.on_exception = on_exception
        self.client = client

    def __call__(self, **options: Any) -> Activity:
        """Return an activity.

        :param name: unique in the flow.
        :param run: the runner of its tasks (`tasks` is the older word).
        :param requires: the steps that must be complete before.
        :param retry: how often what failed is tried again, or a `Retry`.
        :param generators: functions of the context that yield local contexts.
        :param schedule_to_start: seconds that one worker may take to begin, for each instance.
        :param external: whether a program outside performs it; with `timeout` and `heartbeat`.
        :param on_exception: called with the activity and an error.
        :param version: of the activity type. :param task_list: where workers find it.
        :param priority: which task goes first. :param when: whether it runs, given the context.
        :param max_parallel: instances at a time. :param tolerated_failures: how many may fail.
        :param on_failure: the activity that undoes this one.
        """
        _check(options, self.ACTIVITY_OPTIONS)
        made = self._activity(options)
        own = {
            "domain": domain_name(self.domain),
            "version": self.version,
            "on_exception": self.on_exception,
        }
        given = {key: value for key, value in options.items() if value is not None}
        made.hydrate({**own, **given, "name": self._prefixed(options.get("name"))})
        return made

    def _activity(self, options: Mapping[str, Any]) -> Activity:
        if not options.get("external"):
            return Activity(self.client)
        made = ExternalActivity(options.get("timeout"), options.get("heartbeat"))
        made.client = self.client
        return made

    def timer(self, name: str, seconds: Any, **options: Any) -> Timer:
        """Return a step that completes after so many seconds (a number or a context key)."""
        return self._step(Timer(seconds), name, options)

    def signal(
        self, name: str, signal: str | None = None, timeout: int | None = None, **options: Any
    ) -> Signal:
        """Return a step that completes when a signal came; its input hydrates the context.

        :param signal: the signal's name; that of the step by default.
        :param timeout: seconds after which the step fails.
        """
        return self._step(Signal(signal or name, timeout), name, options)

    def child(self, name: str, flow: Any, **options: Any) -> ChildFlow:
        """Return a step that runs another flow; its result hydrates the context.

        :param flow: anything with `name` and, optionally, `version`; it is sent the context.
        """
        return self._step(ChildFlow(flow), name, options)

    def _step(self, made: S, name: str, options: Mapping[str, Any]) -> S:
        _check(options, self.OPTIONS)
        made.hydrate({**options, "name": self._prefixed(name)})
        return made

    def _prefixed(self, name: Any) -> str:
        return f"{self.name}_{name}"


def _check(options: Mapping[str, Any], known: tuple[str, ...]) -> None:
    for option, value in options.items():
        if option not in known:
            raise InvalidKeywordArgumentError.unknown(option, value, known)


def _runner_of(given: Any) -> Any:
    """Return the runner; tasks without one are run in order."""
    if given is None or hasattr(given, "execute") or hasattr(given, "timeout"):
        return given
    tasks = [given] if callable(given) else given
    return _runner.Sync(*tasks)
