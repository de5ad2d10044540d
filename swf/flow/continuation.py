"""`ContinuationState`: the state that an execution passes to its successor.

An execution that continues as new, or is rerun from a step, starts with an empty history. Its input
holds the work that is already done, under one key: the original input, the merged results, the
finished instances of each step, the results by id for a custom decider, and the unclaimed signals.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from attrs import field, frozen

#: The key of the execution's input that holds the packed state.
KEY = "swf.flow.carried"


@frozen
class StepContinuation:
    """The instances of a step and which of them are finished.

    :param instances: the local contexts of all instances.
    :param done: indices of the completed instances.
    :param failed: indices of the permanently failed instances.
    :param keep: whether the instances are needed even if all are completed, for compensation.
    """

    instances: list[dict[str, Any]]
    done: list[int]
    failed: list[int] = field(factory=list)
    keep: bool = False


@frozen
class ContinuationState:
    """The state that an execution passes to its successor.

    :param input: the input of the first execution.
    :param context: the merged results so far.
    :param steps: finished work by step name.
    :param results: results by id, for a custom decider.
    :param signals: names and inputs of the unclaimed signals.
    :param failures: attempts, failure names and reason of permanent failures by id, for a custom
        decider.
    """

    input: dict[str, Any] = field(factory=dict)
    context: dict[str, Any] = field(factory=dict)
    steps: dict[str, StepContinuation] = field(factory=dict)
    results: dict[str, Any] = field(factory=dict)
    signals: list[tuple[str, Any]] = field(factory=list)
    failures: dict[str, tuple[int, list[str], str]] = field(factory=dict)


def pack(state: ContinuationState) -> dict[str, Any]:
    """Return the input of the next execution."""
    packed: dict[str, Any] = {"input": state.input, "context": state.context}
    packed["steps"] = {name: _pack_step(step) for name, step in state.steps.items()}
    packed["results"] = state.results
    packed["signals"] = [list(signal) for signal in state.signals]
    packed["failures"] = {name: list(failure) for name, failure in state.failures.items()}
    return {KEY: {name: value for name, value in packed.items() if value}}


def unpack(workflow_input: Any) -> ContinuationState | None:
    """Return the state in an input, or None for the input of a first execution.

    :param workflow_input: the decoded input of the execution.
    """
    packed = workflow_input.get(KEY) if isinstance(workflow_input, dict) else None
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
    """Return the packed form of a step; True if all of it is completed."""
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
    """Return indices as inclusive ranges: [1, 2, 3, 7] is [[1, 3], [7, 7]]."""
    runs = groupby(enumerate(sorted(indices)), key=lambda pair: pair[1] - pair[0])
    members = [[index for _, index in run] for _, run in runs]
    return [[run[0], run[-1]] for run in members]


def _indices(ranges: Iterable[list[int]]) -> list[int]:
    return [index for first, last in ranges for index in range(first, last + 1)]
