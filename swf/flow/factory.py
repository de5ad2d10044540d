"""`create`: returns the factory of a flow's activities, timers, signals and child flows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from swf.exceptions import InvalidKeywordArgumentError
from swf.flow.activity_step import Activity, ExternalActivity
from swf.flow.builtin_steps import ChildFlowStep, SignalStep, TimerStep
from swf.flow.domain_resolution import domain_name
from swf.flow.step import FlowStep
from swf.models import Domain

S = TypeVar("S", bound=FlowStep)


def create(*args: Any, **kwargs: Any) -> StepFactory:
    """Return a factory of a flow's steps.

    `create(domain, name, version="1.0", on_exception=None)`, or with a client first, as in Garcon:
    `create(client, domain, workflow_name, version="1.0", on_exception=None)`. Call the factory with
    the options of an activity; see `StepFactory`.

    :param args: by position: `client` (optional: a boto3 client or a `Connection`), `domain` (a
        `Domain` or its name), `name`, `version`, `on_exception`.
    :param kwargs: the same by name; `workflow_name` is another name of `name`.
    :raises InvalidKeywordArgumentError: an argument is unknown or passed twice.
    """
    has_client = "client" in kwargs or (args and not isinstance(args[0], (str, Domain)))
    names = ("client", "domain", "name", "version", "on_exception")[0 if has_client else 1 :]
    arguments = dict(zip(names, args, strict=False))
    for option, value in kwargs.items():
        option = "name" if option == "workflow_name" else option
        if option not in names or option in arguments:
            raise InvalidKeywordArgumentError.unknown(option, value, names)
        arguments[option] = value
    return StepFactory(**arguments)


class StepFactory:
    """Creates the activities of a flow, and its other steps.

    :param domain: the domain of the activity types: a `Domain` or its name.
    :param name: the name of the flow; the names of its steps begin with it.
    :param version: the default version of the activity types.
    :param on_exception: default function, called with the activity and the error when a poll or a
        task fails; None: no call.
    :param client: a boto3 client or a `Connection`; None: the domain's connection, or the current
        one.
    """

    OPTIONS = (*FlowStep.OPTIONS, "generator")  # `FlowStep.hydrate` accepts no other name
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

        :param name: the name, unique in the flow.
        :param run: the runner of the tasks (`tasks` is an older name), or functions to run in
            sequence.
        :param requires: the steps that must complete before.
        :param retry: the number of retries, or a `Retry`; 0 by default.
        :param generators: functions of the context that yield local contexts, one per instance.
        :param schedule_to_start: schedule-to-start timeout in seconds per instance; 600 by default.
        :param external: whether another program performs the activity.
        :param timeout: start-to-close timeout in seconds of an external activity.
        :param heartbeat: heartbeat timeout in seconds of an external activity; `timeout` by
            default.
        :param on_exception: called with the activity and the error when a poll or a task fails.
        :param version: the version of the activity type; the factory's by default.
        :param task_list: the task list of the workers; the activity's full name by default.
        :param priority: the task priority; tasks with a higher number start first.
        :param when: a function of the context: whether the step runs.
        :param max_parallel: maximum number of instances at a time; no limit by default.
        :param tolerated_failures: permanent failures that the step tolerates: a number, or a
            fraction of the instances; 0 by default.
        :param compensation: the step that compensates for this one when the flow fails.
        :raises InvalidKeywordArgumentError: an option is unknown.
        :raises ValidationError: an option is invalid.
        """
        _check_names(options, self.ACTIVITY_OPTIONS)
        activity = self._new_activity(options)
        defaults = {
            "domain": domain_name(self.domain),
            "version": self.version,
            "on_exception": self.on_exception,
        }
        values = {key: value for key, value in options.items() if value is not None}
        ignored = ("run", "tasks") if options.get("external") else ("timeout", "heartbeat")
        activity.ignored_options = [option for option in ignored if option in values]
        activity.hydrate({**defaults, **values, "name": self._full_name(options.get("name"))})
        return activity

    def _new_activity(self, options: Mapping[str, Any]) -> Activity:
        if not options.get("external"):
            return Activity(self.client)
        activity = ExternalActivity(options.get("timeout"), options.get("heartbeat"))
        activity.client = self.client
        return activity

    def timer(self, name: str, seconds: Any, **options: Any) -> TimerStep:
        """Return a step that completes after a delay.

        :param seconds: the delay, or the context key that holds it.
        :param options: the options of an activity that are not about its tasks.
        """
        return self._hydrate(TimerStep(seconds), name, options)

    def signal(
        self, name: str, signal: str | None = None, timeout: int | None = None, **options: Any
    ) -> SignalStep:
        """Return a step that completes when a signal is received; its input hydrates the context.

        :param signal: the name of the signal; None: the name of the step.
        :param timeout: seconds until the step fails; None: no limit.
        :param options: the options of an activity that are not about its tasks.
        """
        return self._hydrate(SignalStep(signal or name, timeout), name, options)

    def child(self, name: str, flow: Any, **options: Any) -> ChildFlowStep:
        """Return a step that runs another flow; its result hydrates the context.

        :param flow: an object with `name` and, optionally, `version`; its input is the context.
        :param options: the options of an activity that are not about its tasks.
        """
        return self._hydrate(ChildFlowStep(flow), name, options)

    def _hydrate(self, step: S, name: str, options: Mapping[str, Any]) -> S:
        _check_names(options, self.OPTIONS)
        step.hydrate({**options, "name": self._full_name(name)})
        return step

    def _full_name(self, name: Any) -> str:
        return f"{self.name}_{name}"


def _check_names(options: Mapping[str, Any], names: tuple[str, ...]) -> None:
    for option, value in options.items():
        if option not in names:
            raise InvalidKeywordArgumentError.unknown(option, value, names)
