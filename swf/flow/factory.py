"""`create`: makes the activities of a flow, and its other steps."""

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
    return StepFactory(**given)


class StepFactory:
    """Makes the activities of one flow, and its other steps.

    :param name: the flow's name; those of activities begin with it.
    :param version: the version of the activities, unless they say otherwise.
    :param on_exception: called with the activity and the error, unless they say otherwise.
    """

    OPTIONS = (*FlowStep.OPTIONS, "generator")  # a step alone has no more
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
        :param version: Version of the activity type.
        :param task_list: Task list that the workers poll.
        :param priority: Task priority; tasks with higher numbers go first.
        :param when: Function of the context that returns whether the step runs.
        :param max_parallel: Maximum number of instances that run at the same time.
        :param tolerated_failures: Number of instances that may fail without failing the step.
        :param compensation: the activity that undoes this one.
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

    def timer(self, name: str, seconds: Any, **options: Any) -> TimerStep:
        """Return a step that completes after so many seconds (a number or a context key)."""
        return self._step(TimerStep(seconds), name, options)

    def signal(
        self, name: str, signal: str | None = None, timeout: int | None = None, **options: Any
    ) -> SignalStep:
        """Return a step that completes when a signal came; its input hydrates the context.

        :param signal: the signal's name; that of the step by default.
        :param timeout: seconds after which the step fails.
        """
        return self._step(SignalStep(signal or name, timeout), name, options)

    def child(self, name: str, flow: Any, **options: Any) -> ChildFlowStep:
        """Return a step that runs another flow; its result hydrates the context.

        :param flow: anything with `name` and, optionally, `version`; it is sent the context.
        """
        return self._step(ChildFlowStep(flow), name, options)

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
