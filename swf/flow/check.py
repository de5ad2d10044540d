"""Check a flow before it runs: what its steps tell, and their code without being run.

Where anything is not known, nothing is claimed: each problem that is found is one.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from attrs import frozen

from swf import payload
from swf.constants import DATA_LIMIT, ID_LIMIT
from swf.exceptions import ValidationError
from swf.flow import context_keys
from swf.flow.activity_step import Activity
from swf.flow.decision_making import decider_arguments
from swf.flow.definition import EVENT_LIMIT, Definition, requirements
from swf.flow.domain_resolution import domain_of
from swf.flow.registration import activity_type, workflow_type
from swf.flow.runner import External, RunnerMissing
from swf.flow.step import FlowStep
from swf.flow.task import details

#: Events of an instance: scheduled, started, completed, and its share of the decisions.
EVENTS_PER_INSTANCE = 6


@frozen
class Problem:
    """Something that is wrong with a flow.

    :param kind: what sort of problem it is: `cycle`, `name`, `runner`, `context`, `payload`, ...
    :param step: the name of the step, or of the flow.
    :param message: what was found, and what would be right.
    """

    kind: str
    step: str
    message: str

    def __str__(self) -> str:
        return f"{self.step}: {self.message}"


def check(definition: Definition, context: Mapping[str, Any] | None = None) -> list[Problem]:
    """Return all problems that are found; the arguments are those of `Flow.check`."""
    problems = [*_registrable(definition), *_names(definition)]
    problems += [*_requirements(definition), *_runners(definition), *_decider(definition)]
    if context is not None and not problems:
        problems += _keys(definition, context)
        problems += _payloads(definition, context)
    if not problems:
        problems += _budgets(definition, context)
    return problems


def _registrable(definition: Definition) -> Iterator[Problem]:
    """Yield what the service would not register, or the engine not take."""
    builds: list[tuple[str, Callable[[], Any]]] = [
        (definition.name, lambda: workflow_type(definition, domain_of(definition.domain))),
        (definition.name, lambda: definition.event_budget),
        *(
            (str(step.name), partial(activity_type, definition, step))
            for step in definition.all_steps
            if isinstance(step, Activity) and 0 < len(str(step.name)) <= ID_LIMIT
        ),
    ]
    for name, build in builds:
        refusal = _refusal(build)
        if refusal:
            yield Problem("registration", name, refusal)


def _refusal(build: Callable[[], Any]) -> str | None:
    try:
        build()
    except ValidationError as error:
        return str(error)
    return None


def _decider(definition: Definition) -> Iterator[Problem]:
    """Yield a decider that cannot be called as deciders are."""
    if definition.decider is None:
        return
    try:
        given = decider_arguments(definition.decider, None, {})
        inspect.signature(definition.decider).bind(**given)
    except TypeError as error:
        message = f"its decider is called with `schedule` and, if it takes that, `context`: {error}"
        yield Problem("decider", definition.name, message)
    except ValueError:  # a built-in function tells nothing of its parameters
        return


def _names(definition: Definition) -> Iterator[Problem]:
    if not definition.all_steps and definition.decider is None:
        yield Problem("name", definition.name, "has no steps and no decider: nothing would happen")
    found: dict[str, FlowStep] = {}
    for step in _reachable(definition):
        name = str(step.name)
        if step.name is None or name == f"{definition.name}_None":
            yield Problem("name", name, "has no name: give it `name`")
        elif len(name) > ID_LIMIT:
            yield Problem("name", name, f"has {len(name)} characters; at most {ID_LIMIT} fit")
        elif found.setdefault(name, step) is not step and not _same(found[name], step):
            yield Problem("name", name, "is the name of two steps: only the first would run")


def _same(one: FlowStep, other: FlowStep) -> bool:
    """Return whether two steps of one name come from the same place, such as a property."""
    return type(one) is type(other) and _tasks(one) == _tasks(other)


def _tasks(step: FlowStep) -> list[Any]:
    tasks = getattr(getattr(step, "runner", None), "tasks", ())
    return [getattr(task, "__code__", task) for task in tasks]


def _reachable(definition: Definition) -> Iterator[FlowStep]:
    """Yield the steps and those they require, also where another one has the same name."""
    seen: dict[int, FlowStep] = {}
    waiting = list(definition.all_steps)
    waiting += [s for s in vars(definition.flow).values() if isinstance(s, FlowStep)]
    while waiting:
        step = waiting.pop(0)
        if id(step) not in seen:
            seen[id(step)] = step
            waiting += step.requires
            yield step


def _requirements(definition: Definition) -> Iterator[Problem]:
    by_name = {str(step.name): step for step in definition.steps}
    ring = _ring(requirements(by_name))
    if ring:
        yield Problem("cycle", ring[0], f"can never begin: {' requires '.join(ring)}")
    compensations = {str(step.name) for step in definition.compensations}
    for step in definition.steps:
        for required in step.requires:
            if str(required.name) in compensations:
                message = f"requires {required.name}, which runs only when the flow fails"
                yield Problem("unreachable", str(step.name), message)


def _ring(graph: Mapping[str, list[str]]) -> list[str]:
    """Return the names of a ring of requirements, the first one repeated; empty if there is none.

    What leads into no ring is taken away until nothing changes; from what is left, any way leads
    into one.
    """
    left = {name: set(required) for name, required in graph.items()}
    while free := [name for name, required in left.items() if not required & left.keys()]:
        for name in free:
            del left[name]
    if not left:
        return []
    path = [next(iter(left))]
    while path[-1] not in path[:-1]:
        path.append(min(left[path[-1]] & left.keys()))
    return path[path.index(path[-1]) :]


def _runners(definition: Definition) -> Iterator[Problem]:
    for step in definition.all_steps:
        if not isinstance(step, Activity):
            continue
        if step.runner is None:
            yield Problem("runner", str(step.name), "has no runner: give it `run`")
        elif not getattr(step.runner, "tasks", True) and type(step.runner) is not External:
            yield Problem("runner", str(step.name), "its runner has no tasks, and so no time")
        for task in context_keys.static_tasks(step, {}) or ():
            yield from _filled(step, task)


def _filled(step: FlowStep, task: Any) -> Iterator[Problem]:
    """Yield the arguments that a task is filled with and does not take."""
    function = details(task).get("function")
    if function is None:
        return
    parameters = inspect.signature(function).parameters
    if any(p.kind is p.VAR_KEYWORD for p in parameters.values()):
        return
    for name in details(task).get("arguments", ()):
        if name not in parameters:
            message = f"fills {name!r}, which {function.__name__} does not take"
            yield Problem("fill", str(step.name), message)


def _keys(definition: Definition, context: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield the keys that a step reads and nobody before it gives."""
    given: dict[str, set[str] | None] = {}
    for step in definition.steps:
        known: set[str] | None = set(context)
        for required in step.requires:
            known = context_keys.union(known, given.get(str(required.name)))
        inside = context_keys.union(known, context_keys.generated(step))
        if inside is not None:
            for key in sorted(context_keys.read(step, context) - inside):
                message = f"reads {key!r} of the context, which nothing before it gives"
                yield Problem("context", str(step.name), message)
        given[str(step.name)] = context_keys.union(known, context_keys.returned(step, context))


def _payloads(definition: Definition, context: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield the steps at the beginning whose input cannot be sent."""
    if definition.codec is not payload.PLAIN_JSON:
        return  # what it makes of them is its own affair
    for step in definition.steps:
        if step.requires or step.is_expanded or not isinstance(step, Activity):
            continue
        instance: Any = step.instance({}, context)
        try:
            size = len(json.dumps(instance.create_execution_input(), ensure_ascii=False))
        except (TypeError, ValueError, RunnerMissing) as error:
            yield Problem("payload", str(step.name), f"its input is no JSON: {error}")
            continue
        if size > DATA_LIMIT:
            message = f"its input has {size} characters; at most {DATA_LIMIT} fit"
            yield Problem("payload", str(step.name), message)


def _budgets(definition: Definition, context: Mapping[str, Any] | None) -> Iterator[Problem]:
    counts = {str(step.name): _count(step, context) for step in definition.steps}
    for step in definition.steps:
        events = EVENTS_PER_INSTANCE * counts[str(step.name)]
        if events > EVENT_LIMIT and step.max_parallel is None:
            message = (
                f"makes about {events} events at once; the service allows {EVENT_LIMIT}. "
                "With `max_parallel` the execution can continue as new in between"
            )
            yield Problem("events", str(step.name), message)
    allowed = getattr(definition.flow, "execution_timeout", None)
    needed = _longest(definition, context, counts)
    if allowed is not None and needed > int(allowed):
        message = f"its steps may take {needed} seconds; `execution_timeout` is {allowed}"
        yield Problem("timeout", definition.name, message)


def _count(step: FlowStep, context: Mapping[str, Any] | None) -> int:
    """Return how many instances a step will have; 1 if that is not known."""
    if not step.generators or step.requires or context is None:
        return 1
    try:
        return len(step.local_contexts(context))
    except Exception:  # noqa: BLE001 - code of the user's, that may need more than is known here
        return 1


def _longest(
    definition: Definition, context: Mapping[str, Any] | None, counts: Mapping[str, int]
) -> int:
    """Return the seconds that the longest way through the steps may take, at the worst."""
    ends: dict[str, int] = {}
    for step in definition.steps:
        begin = max((ends.get(str(r.name), 0) for r in step.requires), default=0)
        ends[str(step.name)] = begin + _seconds(step, context, counts[str(step.name)])
    return max(ends.values(), default=0)


def _seconds(step: FlowStep, context: Mapping[str, Any] | None, count: int) -> int:
    seconds = getattr(step, "seconds", None) or getattr(step, "timeout", None)
    if isinstance(seconds, int):
        return seconds
    if not isinstance(step, Activity) or context_keys.static_tasks(step, context or {}) is None:
        return 0
    instance: Any = step.instance({}, context or {})
    instance.pool_size = count
    return int(instance.schedule_to_close)
