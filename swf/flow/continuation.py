"""`Carried`: what one execution hands to the next, that nothing is done twice.

An execution that continues as new, or is run again from a step, starts with an empty history. What
was done is in its input, under one key: the first input, the merged results, which instances of
which steps are done, the results by id for a custom decider, and the signals that nobody took.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from attrs import field, frozen

KEY = "swf.flow.carried"


@frozen
class StepContinuation:
    """What was done of a step.

    :param instances: the local contexts of all its instances.
    :param done: Indices of the completed instances.
    :param failed: Indices of the instances that failed and are not retried.
    :param keep: whether the instances matter even if all are done.
    """

    instances: list[dict[str, Any]]
    done: list[int]
    failed: list[int] = field(factory=list)
    keep: bool = False


@frozen
class ContinuationState:
    """What an execution is handed.

    :param input: the input of the first execution.
    :param context: the results so far, merged.
    :param steps: what was done, by the name of the step.
    :param results: results by id, for a custom decider.
    :param signals: names and inputs of the signals that nobody has taken.
    :param failures: attempts, names and reason of what failed for good by id, for a custom decider.
    """

    input: dict[str, Any] = field(factory=dict)
    context: dict[str, Any] = field(factory=dict)
    steps: dict[str, StepContinuation] = field(factory=dict)
    results: dict[str, Any] = field(factory=dict)
    signals: list[tuple[str, Any]] = field(factory=list)
    failures: dict[str, tuple[int, list[str], str]] = field(factory=dict)


def pack(carried: ContinuationState) -> dict[str, Any]:
    """Return the input for the next execution."""
    packed: dict[str, Any] = {"input": carried.input, "context": carried.context}
    packed["steps"] = {name: _pack_step(step) for name, step in carried.steps.items()}
    packed["results"] = carried.results
    packed["signals"] = [list(signal) for signal in carried.signals]
    packed["failures"] = {name: list(failure) for name, failure in carried.failures.items()}
    return {KEY: {name: value for name, value in packed.items() if value}}


def unpack(given: Any) -> ContinuationState | None:
    """Return what an input carries; None if it is an ordinary one."""
    packed = given.get(KEY) if isinstance(given, dict) else None
    if not isinstance(packed, dict):
        return None
    return ContinuationState(
        packed.get("input", {}),
        packed.get("context", {}),
        {name: _unpack_step(step) for name, step in packed.get("steps", {}).items()},
        packed.get("results", {}),
        [(name, value) for name, value in packed.get("signals", [])],
        {name: (n, names, why) for name, (n, names, why) in packed.get("failures", {}).items()},
    )


def _pack_step(step: StepContinuation) -> Any:
    """Return a step for the input; one that is wholly done, without its instances."""
    if len(step.done) == len(step.instances) and not (step.keep and step.instances):
        return True
    packed = {"instances": step.instances, "done": _ranges(step.done)}
    return {**packed, "failed": _ranges(step.failed)} if step.failed else packed


def _unpack_step(packed: Any) -> StepContinuation:
    if packed is True:
        return StepContinuation([], [])
    return StepContinuation(
        packed["instances"], _indices(packed["done"]), _indices(packed.get("failed", []))
    )


def _ranges(indices: Iterable[int]) -> list[list[int]]:
    """Return indices as first and last of each run of them."""
    runs = groupby(enumerate(sorted(indices)), key=lambda pair: pair[1] - pair[0])
    members = [[index for _, index in run] for _, run in runs]
    return [[run[0], run[-1]] for run in members]


def _indices(ranges: Iterable[list[int]]) -> list[int]:
    return [index for first, last in ranges for index in range(first, last + 1)]
