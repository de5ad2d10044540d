"""`Definition`: a flow as the engine reads it, from a module or any other object.

A flow has `domain` (a `Domain` or its name), `name` and steps; optionally `version`, `decider`,
`on_exception`, `client`, `task_list`, `child_policy`, `execution_timeout`,
`decision_tasks_timeout`, `event_budget` and `codec`. Its steps are the attributes that are steps or
collections of steps, in the order of their definition, and the steps they require. Steps are
identified by name, since a property builds a new step each time it is read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any

from attrs import frozen

from swf.exceptions import InvalidTypeError, ValidationError
from swf.flow.command_limits import EVENT_LIMIT
from swf.flow.domain_resolution import domain_name
from swf.flow.options import count, function
from swf.flow.step import FlowStep
from swf.models import Domain
from swf.payload import PLAIN_JSON, Codec

#: Default number of events after which an execution continues as new.
EVENT_BUDGET = 20_000


@frozen(eq=False)
class Definition:
    """The steps and settings of a flow.

    :param flow: the module or object.
    :param steps: the steps that run, each after those it requires; in the order of their
        definition if the requirements have a cycle.
    :param compensations: the steps that run only when the flow fails.
    """

    flow: Any
    steps: tuple[FlowStep, ...]
    compensations: tuple[FlowStep, ...]

    @classmethod
    def load(cls, flow: Any) -> Definition:
        """Read a flow.

        :param flow: a module, an object or a `Definition`, which is returned unchanged.
        :raises TypeError: the flow has no name.
        """
        if isinstance(flow, cls):
            return flow
        if not isinstance(getattr(flow, "name", None), str):
            raise InvalidTypeError("flow", flow, "must have a `name`")
        by_name: dict[str, FlowStep] = {}
        for step in step_attributes(flow):
            _collect(step, by_name)
        compensations = {step.compensation.name for step in by_name.values() if step.compensation}
        steps = [step for name, step in by_name.items() if name not in compensations]
        return cls(
            flow,
            tuple(topological_order(steps)),
            tuple(step for name, step in by_name.items() if name in compensations),
        )

    @property
    def name(self) -> str:
        """The name of the flow, of its workflow type and of the deciders' default task list."""
        name: str = self.flow.name
        return name

    @property
    def version(self) -> str:
        """The version of the workflow type; 1.0 by default."""
        return str(getattr(self.flow, "version", None) or "1.0")

    @property
    def task_list(self) -> str:
        """The task list of the deciders; the flow's name by default."""
        return str(getattr(self.flow, "task_list", None) or self.name)

    @property
    def domain(self) -> Domain | str:
        """The domain: a `Domain` or its name.

        :raises TypeError: the flow has no domain.
        """
        domain = getattr(self.flow, "domain", None)
        if not isinstance(domain, (str, Domain)):
            raise InvalidTypeError(f"domain of {self.name}", domain, "must be a Domain or its name")
        return domain

    @property
    def domain_name(self) -> str:
        """The name of the domain."""
        return domain_name(self.domain)

    @property
    def decider(self) -> Callable[..., Any] | None:
        """The custom decider; None without one. A module named `decider` is ignored.

        :raises InvalidTypeError: it is a generator function or an async function.
        """
        decider = getattr(self.flow, "decider", None)
        return function(f"decider of {self.name}", decider) if callable(decider) else None

    @property
    def on_exception(self) -> Callable[[Any, BaseException], Any] | None:
        """The function that is called with the errors of deciders; None without one.

        :raises InvalidTypeError: it is not an ordinary function.
        """
        on_exception = getattr(self.flow, "on_exception", None)
        return on_exception and function(f"on_exception of {self.name}", on_exception)

    @property
    def event_budget(self) -> int:
        """Number of events after which an execution continues as new.

        :raises ValidationError: it is not a whole number from 1 to 24,999.
        """
        budget = getattr(self.flow, "event_budget", None) or EVENT_BUDGET
        field = f"event_budget of {self.name}"
        if count(field, budget) >= EVENT_LIMIT:
            raise ValidationError(field, budget, f"must be less than {EVENT_LIMIT}")
        return int(budget)

    @property
    def codec(self) -> Codec:
        """The codec of inputs, results and markers; JSON by default."""
        return getattr(self.flow, "codec", None) or PLAIN_JSON

    @property
    def all_steps(self) -> tuple[FlowStep, ...]:
        """The steps and the compensations."""
        return self.steps + self.compensations

    def step(self, name: str | FlowStep) -> FlowStep:
        """Return a step by its name.

        :param name: the name, with or without the flow's name before it, or the step.
        :raises KeyError: the flow has no such step.
        """
        name = str(name.name) if isinstance(name, FlowStep) else name
        for step in self.all_steps:
            if step.name in (name, f"{self.name}_{name}"):
                return step
        choices = ", ".join(self.short_name(step) for step in self.all_steps)
        raise KeyError(f"step={name!r}: must be one of {choices}")

    def short_name(self, step: FlowStep) -> str:
        """Return the name of a step without the flow's name before it."""
        return str(step.name).removeprefix(f"{self.name}_")

    def downstream(self, step: FlowStep) -> set[str]:
        """Return the names of a step and of all steps that require it, directly or not."""
        names = {str(step.name)}
        for other in self.steps:  # each follows the steps it requires
            if any(str(required.name) in names for required in other.requires):
                names.add(str(other.name))
        return names


def topological_order(steps: Iterable[FlowStep]) -> list[FlowStep]:
    """Return steps in topological order, otherwise in their original order.

    If the requirements have a cycle, the order is unchanged.
    """
    by_name = {str(step.name): step for step in steps}
    rank = {name: position for position, name in enumerate(by_name)}
    sorter: TopologicalSorter[str] = TopologicalSorter(requirements(by_name))
    try:
        sorter.prepare()
    except CycleError:
        return list(by_name.values())
    ordered: list[FlowStep] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready(), key=rank.__getitem__)
        ordered += [by_name[name] for name in ready]
        sorter.done(*ready)
    return ordered


def requirements(by_name: Mapping[str, FlowStep]) -> dict[str, list[str]]:
    """Return the names of the required steps of each step.

    :param by_name: steps by name; requirements outside of them are left out.
    """
    return {
        name: [str(r.name) for r in step.requires if str(r.name) in by_name]
        for name, step in by_name.items()
    }


def step_attributes(flow: Any) -> Iterator[FlowStep]:
    """Yield the steps in the attributes of a flow, also those in nested collections."""
    names: dict[str, None] = {}
    for holder in (*reversed(type(flow).__mro__), flow):
        names.update(dict.fromkeys(getattr(holder, "__dict__", ())))
    for name in names:
        if not name.startswith("__"):
            yield from _steps_in(getattr(flow, name, None))


def _steps_in(value: Any) -> Iterator[FlowStep]:
    if isinstance(value, FlowStep):
        yield value
    elif isinstance(value, Mapping):
        yield from _steps_in(list(value.values()))
    elif isinstance(value, (set, frozenset)):
        steps = [step for item in value for step in _steps_in(item)]
        yield from sorted(steps, key=lambda step: str(step.name))
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _steps_in(item)


def _collect(step: FlowStep, by_name: dict[str, FlowStep]) -> None:
    """Add a step, the steps it requires and its compensation; the first of a name counts."""
    if str(step.name) in by_name:
        return
    by_name[str(step.name)] = step
    for other in (*step.requires, step.compensation):
        if other is not None:
            _collect(other, by_name)
