"""`Definition`: a flow as the engine reads it, from a module or any other object.

A flow has `domain` (a `Domain` or its name), `name` and steps; optionally `version`, `decider`,
`on_exception`, `client`, `task_list`, `child_policy`, `execution_timeout`,
`decision_tasks_timeout`, `event_budget`, `codec`. Its steps are the attributes that are steps (or
lists of them), in the order of their definition, and whatever those require. Steps are told apart
by name, since a property builds a new one each time it is read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any

from attrs import frozen

from swf.exceptions import InvalidTypeError, ValidationError
from swf.flow.domain_resolution import domain_name
from swf.flow.options import count
from swf.flow.step import FlowStep
from swf.models import Domain
from swf.payload import PLAIN_JSON, Codec

#: Events after which an execution continues as new, below the 25,000 that the service allows.
EVENT_BUDGET = 20_000

#: Events that the service allows an execution.
EVENT_LIMIT = 25_000


@frozen(eq=False)
class Definition:
    """A flow, read once.

    :param flow: what it was read from.
    :param steps: those that run, each behind what it requires if that is possible.
    :param undoing: those that run only when the flow fails (`on_failure`).
    """

    flow: Any
    steps: tuple[FlowStep, ...]
    compensations: tuple[FlowStep, ...]

    @classmethod
    def of(cls, flow: Any) -> Definition:
        """Return the definition of a flow; one that is a definition already stays as it is."""
        if isinstance(flow, cls):
            return flow
        if not isinstance(getattr(flow, "name", None), str):
            raise InvalidTypeError("flow", flow, "must have a `name`")
        found: dict[str, FlowStep] = {}
        for step in _attributes(flow):
            _collect(step, found)
        compensations = {step.compensation.name for step in found.values() if step.compensation}
        running = [step for name, step in found.items() if name not in compensations]
        return cls(
            flow,
            tuple(topological_order(running)),
            tuple(step for name, step in found.items() if name in compensations),
        )

    @property
    def name(self) -> str:
        """The flow's name: that of its workflow type and of the deciders' task list."""
        name: str = self.flow.name
        return name

    @property
    def version(self) -> str:
        """The version of its workflow type."""
        return str(getattr(self.flow, "version", None) or "1.0")

    @property
    def task_list(self) -> str:
        """Where its deciders find their tasks."""
        return str(getattr(self.flow, "task_list", None) or self.name)

    @property
    def domain(self) -> Domain | str:
        """The domain, as the flow says it.

        :raises ValidationError: it says none.
        """
        domain = getattr(self.flow, "domain", None)
        if not isinstance(domain, (str, Domain)):
            raise InvalidTypeError(f"domain of {self.name}", domain, "must be a Domain or its name")
        return domain

    @property
    def domain_name(self) -> str:
        """The domain's name."""
        return domain_name(self.domain)

    @property
    def decider(self) -> Callable[..., Any] | None:
        """The flow's own decider, if it has one; a module of that name is none."""
        decider = getattr(self.flow, "decider", None)
        return decider if callable(decider) else None

    @property
    def event_budget(self) -> int:
        """Events after which an execution continues as new.

        :raises ValidationError: it is no number, or more than the service allows.
        """
        budget = getattr(self.flow, "event_budget", None) or EVENT_BUDGET
        field = f"event_budget of {self.name}"
        if count(field, budget) >= EVENT_LIMIT:
            raise ValidationError(field, budget, f"must be less than {EVENT_LIMIT}")
        return int(budget)

    @property
    def codec(self) -> Codec:
        """How its payloads are written; what is too long for a field takes one that stores it."""
        return getattr(self.flow, "codec", None) or PLAIN_JSON

    @property
    def all_steps(self) -> tuple[FlowStep, ...]:
        """The steps that run and those that undo."""
        return self.steps + self.compensations

    def step(self, name: str | FlowStep) -> FlowStep:
        """Return the step of this name, with or without the flow's before it.

        :param name: the step's, or the step.
        :raises KeyError: there is none.
        """
        name = str(name.name) if isinstance(name, FlowStep) else name
        for step in self.all_steps:
            if step.name in (name, f"{self.name}_{name}"):
                return step
        raise KeyError(f"{name!r}; steps are {', '.join(self.short(s) for s in self.all_steps)}")

    def short(self, step: FlowStep) -> str:
        """Return the name of a step without the flow's before it."""
        return str(step.name).removeprefix(f"{self.name}_")

    def behind(self, step: FlowStep) -> set[str]:
        """Return the names of a step and of all that require it, however far behind."""
        found = {str(step.name)}
        for other in self.steps:  # each stands behind what it requires
            if any(str(required.name) in found for required in other.requires):
                found.add(str(other.name))
        return found


def topological_order(steps: Iterable[FlowStep]) -> list[FlowStep]:
    """Return steps with each behind what it requires, else as they came; as they came in a ring."""
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
    """Return for each step the names of those it requires, as far as they are among them."""
    return {
        name: [str(r.name) for r in step.requires if str(r.name) in by_name]
        for name, step in by_name.items()
    }


def _attributes(flow: Any) -> Iterator[FlowStep]:
    names: dict[str, None] = {}
    for holder in (*reversed(type(flow).__mro__), flow):
        names.update(dict.fromkeys(getattr(holder, "__dict__", ())))
    for name in names:
        if not name.startswith("__"):
            yield from _steps_in(getattr(flow, name, None))


def _steps_in(value: Any) -> Iterator[FlowStep]:
    if isinstance(value, FlowStep):
        yield value
    elif isinstance(value, (list, tuple)):
        yield from (item for item in value if isinstance(item, FlowStep))


def _collect(step: FlowStep, found: dict[str, FlowStep]) -> None:
    """Add a step and all that it needs; of those with one name the first one counts."""
    if str(step.name) in found:
        return
    found[str(step.name)] = step
    for other in (*step.requires, step.compensation):
        if other is not None:
            _collect(other, found)
