"""Check a flow before it runs, without running its code.

Unknown facts are not reported.
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
from swf.exceptions import InvalidTypeError, ValidationError
from swf.flow import context_keys, expansions
from swf.flow.activity_step import Activity
from swf.flow.decision_making import decider_arguments
from swf.flow.definition import Definition, requirements, step_attributes
from swf.flow.domain_resolution import resolve_domain
from swf.flow.instance_generation import expand
from swf.flow.registration import activity_type, workflow_type
from swf.flow.runner import BaseRunner, RunnerMissing
from swf.flow.signatures import context_function_problem, task_problem
from swf.flow.step import FlowStep
from swf.flow.task import details
from swf.flow.unwritable import UnwritableDataError
from swf.payload import Codec

#: Options that are compared by value.
_PLAIN_OPTIONS = (
    *("retry", "max_parallel", "tolerated_failures", "version", "task_list", "priority"),
    *("seconds", "signal", "timeout", "flow", "schedule_to_start_timeout"),
)


@frozen
class Problem:
    """A problem of a flow.

    :param kind: the kind of problem: `cycle`, `name`, `runner`, `context`, `payload`...
    :param step: the name of the step, or of the flow.
    :param message: the cause and the rule.
    """

    kind: str
    step: str
    message: str

    def __str__(self) -> str:
        return f"{self.step}: {self.message}"


def check(definition: Definition, context: Mapping[str, Any] | None = None) -> list[Problem]:
    """Return the problems of a flow.

    :param context: an input to check the flow with; None: skip the checks of context keys and
        payloads.
    """
    problems = list(_check_decider(definition))
    if problems:
        return problems
    problems = [*_check_registration(definition), *_check_names(definition)]
    problems += [*_check_requirements(definition), *_check_runners(definition)]
    problems += [*_check_signatures(definition), *_check_ignored_options(definition)]
    if context is not None and not problems and definition.decider is None:
        # A custom decider passes values of its own to the steps.
        problems += _check_context_keys(definition, context)
        problems += _check_payloads(definition, context)
    if not problems:
        problems += _check_limits(definition, context)
    return problems


def _check_registration(definition: Definition) -> Iterator[Problem]:
    """Yield the types and settings that the service or the engine would refuse."""
    builds: list[tuple[str, Callable[[], Any]]] = [
        (definition.name, lambda: workflow_type(definition, resolve_domain(definition.domain))),
        (definition.name, lambda: definition.event_budget),
        (definition.name, lambda: definition.on_exception),
        *(
            (str(step.name), partial(activity_type, definition, step))
            for step in definition.all_steps
            if isinstance(step, Activity) and 0 < len(str(step.name)) <= ID_LIMIT
        ),
    ]
    for name, build in builds:
        message = _validation_message(build)
        if message:
            yield Problem("registration", name, message)


def _validation_message(build: Callable[[], Any]) -> str | None:
    try:
        build()
    except ValidationError as error:
        return str(error)
    return None


def _check_decider(definition: Definition) -> Iterator[Problem]:
    """Yield a custom decider that does not accept its arguments."""
    try:
        if definition.decider is None:
            return
    except InvalidTypeError as error:
        yield Problem("decider", definition.name, str(error))
        return
    try:
        arguments = decider_arguments(definition.decider, None, {})
        inspect.signature(definition.decider).bind(**arguments)
    except TypeError as error:
        message = f"the decider must accept `schedule` and, optionally, `context`: {error}"
        yield Problem("decider", definition.name, message)
    except ValueError:  # a built-in function without a signature
        return


def _check_names(definition: Definition) -> Iterator[Problem]:
    if not definition.all_steps and definition.decider is None:
        yield Problem("name", definition.name, "the flow has neither steps nor a decider")
    by_name: dict[str, FlowStep] = {}
    for step in _reachable_steps(definition):
        name = str(step.name)
        if step.name is None or name in (f"{definition.name}_None", f"{definition.name}_"):
            yield Problem("name", name, "the step has no name: set `name`")
        elif len(name) > ID_LIMIT:
            message = f"the name has {len(name)} characters: must be at most {ID_LIMIT}"
            yield Problem("name", name, message)
        elif by_name.setdefault(name, step) is not step and not _is_same(by_name[name], step):
            yield Problem("name", name, "two steps have this name: only the first one would run")


def _is_same(one: FlowStep, other: FlowStep) -> bool:
    """Return whether two steps with one name have the same source, such as a property."""
    return type(one) is type(other) and _source(one) == _source(other)


def _source(step: FlowStep) -> list[Any]:
    """Return the options of a step that two evaluations of one property have in common."""
    functions = [*step.generators, *([step.when] if step.when else [])]
    functions += getattr(getattr(step, "runner", None), "tasks", ())
    options = [getattr(step, option, None) for option in _PLAIN_OPTIONS]
    required = sorted(str(each.name) for each in step.requires)
    return [options, required, [(_code(each), _settings(each)) for each in functions]]


def _code(function: Any) -> Any:
    function = details(function).get("function", function)
    return getattr(function, "__code__", function)


def _settings(function: Any) -> dict[str, Any]:
    return {name: value for name, value in details(function).items() if name != "function"}


def _reachable_steps(definition: Definition) -> Iterator[FlowStep]:
    """Yield all steps and the steps they require, including steps with duplicate names."""
    visited: dict[int, FlowStep] = {}
    waiting = [*definition.all_steps, *step_attributes(definition.flow)]
    while waiting:
        step = waiting.pop(0)
        if id(step) not in visited:
            visited[id(step)] = step
            waiting += step.requires
            yield step


def _check_requirements(definition: Definition) -> Iterator[Problem]:
    by_name = {str(step.name): step for step in definition.steps}
    cycle = _find_cycle(requirements(by_name))
    if cycle:
        message = f"cyclic requirements, the steps can never begin: {' requires '.join(cycle)}"
        yield Problem("cycle", cycle[0], message)
    compensations = {str(step.name) for step in definition.compensations}
    for step in definition.steps:
        for required in step.requires:
            if str(required.name) in compensations:
                message = f"requires a compensation, which runs only on failure: {required.name}"
                yield Problem("unreachable", str(step.name), message)


def _find_cycle(graph: Mapping[str, list[str]]) -> list[str]:
    """Return the names of a cycle, the first one repeated; empty if there is none.

    :param graph: the names of the required steps of each step.
    """
    remaining = {name: set(required) for name, required in graph.items()}
    while free := [n for n, required in remaining.items() if not required & remaining.keys()]:
        for name in free:
            del remaining[name]
    if not remaining:
        return []
    # Every remaining step requires a remaining step, so any path leads into a cycle.
    path = [next(iter(remaining))]
    while path[-1] not in path[:-1]:
        path.append(min(remaining[path[-1]] & remaining.keys()))
    return path[path.index(path[-1]) :]


def _check_runners(definition: Definition) -> Iterator[Problem]:
    for step in definition.all_steps:
        if not isinstance(step, Activity):
            continue
        if step.runner is None:
            yield Problem("runner", str(step.name), "the activity has no runner: set `run`")
        elif not getattr(step.runner, "tasks", True) and _has_default_timeout(step.runner):
            yield Problem("runner", str(step.name), "the runner has no tasks and no timeout")
        for task in context_keys.static_tasks(step, {}) or ():
            yield from _check_fill(step, task)


def _has_default_timeout(runner: Any) -> bool:
    """Return whether the timeout of a runner is the sum of those of its tasks."""
    return getattr(type(runner), "timeout", None) is BaseRunner.timeout


def _check_signatures(definition: Definition) -> Iterator[Problem]:
    """Yield the functions that cannot be called with the arguments that the engine passes."""
    for step in definition.all_steps:
        name = str(step.name)
        conditions = [step.when] if step.when else []
        for function in (*step.generators, *conditions):
            message = context_function_problem(function)
            if message:
                yield Problem("signature", name, f"{_label(function)} {message}")
        for task in getattr(getattr(step, "runner", None), "tasks", ()):
            message = task_problem(task)
            if message:
                yield Problem("signature", name, f"{_label(task)} {message}")


def _label(function: Any) -> str:
    return str(getattr(function, "__name__", function))


def _check_ignored_options(definition: Definition) -> Iterator[Problem]:
    for step in definition.all_steps:
        for option in getattr(step, "ignored_options", ()):
            message = f"the option is ignored for this kind of activity: {option}"
            yield Problem("option", str(step.name), message)


def _check_fill(step: FlowStep, task: Any) -> Iterator[Problem]:
    """Yield the arguments of `fill` that the task does not accept."""
    function = details(task).get("function")
    if function is None:
        return
    parameters = inspect.signature(function).parameters
    if any(p.kind is p.VAR_KEYWORD for p in parameters.values()):
        return
    for name in details(task).get("arguments", ()):
        if name not in parameters:
            message = f"`fill` has an argument that {function.__name__} does not accept: {name!r}"
            yield Problem("fill", str(step.name), message)


def _check_context_keys(definition: Definition, context: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield the keys that a step reads and no earlier step provides."""
    provided: dict[str, set[str] | None] = {}
    for step in definition.steps:
        before: set[str] | None = set(context)
        for required in step.requires:
            before = context_keys.union(before, provided.get(str(required.name)))
        available = context_keys.union(before, context_keys.generated_keys(step))
        if available is not None:
            for key in sorted(context_keys.required_keys(step, context) - available):
                message = f"reads a context key that no earlier step provides: {key!r}"
                yield Problem("context", str(step.name), message)
        after = context_keys.union(before, context_keys.returned_keys(step, context))
        provided[str(step.name)] = after


def _check_payloads(definition: Definition, context: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield the first steps whose input cannot be encoded or is too long."""
    if definition.codec is not payload.PLAIN_JSON:
        return  # other codecs have their own limits
    for step in definition.steps:
        if step.requires or step.is_expanded or not isinstance(step, Activity):
            continue
        instance: Any = step.instance({}, context)
        try:
            size = len(json.dumps(instance.create_execution_input(), ensure_ascii=False))
        except (TypeError, ValueError, RunnerMissing) as error:
            yield Problem("payload", str(step.name), f"the input is not JSON: {error}")
            continue
        except Exception:  # noqa: BLE001, S112 - a runner of the program may need other values
            continue
        if size > DATA_LIMIT:
            message = f"the input has {size} characters: must be at most {DATA_LIMIT}"
            yield Problem("payload", str(step.name), message)


def _check_limits(definition: Definition, context: Mapping[str, Any] | None) -> Iterator[Problem]:
    counts: dict[str, int] = {}
    for step in definition.steps:
        try:
            counts[str(step.name)] = _instance_count(step, context, definition.codec)
        except UnwritableDataError as error:
            counts[str(step.name)] = 1
            yield Problem("payload", str(step.name), str(error))
        refusal = _instance_problem(step, context, counts[str(step.name)])
        if refusal:
            yield Problem("registration", str(step.name), refusal)
    timeout = getattr(definition.flow, "execution_timeout", None)
    duration = _max_duration(definition, context, counts)
    if timeout is not None and duration > int(timeout):
        message = f"execution_timeout={timeout}: the steps may take {duration} seconds"
        yield Problem("timeout", definition.name, message)


def _instance_problem(step: FlowStep, context: Mapping[str, Any] | None, count: int) -> str | None:
    """Return why the service would refuse an instance of a step with static tasks, if so."""
    if not isinstance(step, Activity) or context_keys.static_tasks(step, context or {}) is None:
        return None
    instance: Any = step.instance({}, context or {})
    instance.pool_size = count
    try:
        return _validation_message(instance.validate_timeouts)
    except Exception:  # noqa: BLE001 - a runner of the program may need results of other steps
        return None


def _instance_count(step: FlowStep, context: Mapping[str, Any] | None, codec: Codec) -> int:
    """Return the number of instances of a step; 1 if it is unknown.

    :raises UnwritableDataError: the instances cannot be recorded.
    """
    if not step.generators or step.requires or context is None:
        return 1
    try:
        instances = expand(step, context)
        if codec is payload.PLAIN_JSON:  # other codecs have their own limits
            expansions.record(str(step.name), instances)
    except UnwritableDataError:
        raise
    except Exception:  # noqa: BLE001 - user code, which may need results of other steps
        return 1
    return len(instances)


def _max_duration(
    definition: Definition, context: Mapping[str, Any] | None, counts: Mapping[str, int]
) -> int:
    """Return the maximum duration of the longest path through the steps, in seconds."""
    ends: dict[str, int] = {}
    for step in definition.steps:
        begin = max((ends.get(str(r.name), 0) for r in step.requires), default=0)
        ends[str(step.name)] = begin + _step_duration(step, context, counts[str(step.name)])
    return max(ends.values(), default=0)


def _step_duration(step: FlowStep, context: Mapping[str, Any] | None, count: int) -> int:
    seconds = getattr(step, "seconds", None) or getattr(step, "timeout", None)
    if isinstance(seconds, int):
        return seconds
    if not isinstance(step, Activity) or context_keys.static_tasks(step, context or {}) is None:
        return 0
    instance: Any = step.instance({}, context or {})
    instance.pool_size = count
    try:
        return int(instance.schedule_to_close)
    except Exception:  # noqa: BLE001 - a runner of the program may need results of other steps
        return 0
