"""`ContinuationState`: the state that an execution passes to its successor.

An execution that continues as new, or is rerun from a step, starts with an empty history. Its input
holds the work that is already done, under one key: the original input, the merged results, the
finished instances of each step, the results by id for a custom decider, and the unclaimed signals.

If the local contexts of the instances do not fit in an input, the successor reads them from the
markers of its predecessor, and records them again in its own history. The state of a custom decider
follows from the history of the predecessor: if it does not fit, the successor derives and records
it likewise.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from contextlib import suppress
from itertools import groupby
from typing import Any

from attrs import evolve, field, frozen

from swf import payload
from swf.engine.decoding import UndecodableError
from swf.exceptions import ValidationError
from swf.flow import expansions
from swf.flow.unwritable import UnwritableDataError, writing
from swf.models.decision import Decision
from swf.payload import Codec

#: The key of the execution's input that holds the packed state.
KEY = "swf.flow.carried"

#: The key under which the markers of an execution hold the state that it has derived.
STATE_KEY = "swf.flow.state"

#: Maximum number of ranges of indices; more are written as a bitmap.
MAX_RANGES = 32


@frozen
class StepContinuation:
    """The instances of a step and which of them are finished.

    :param instances: the local contexts of all instances; None if the markers of the predecessor
        hold them.
    :param done: indices of the completed instances.
    :param failed: indices of the permanently failed instances.
    :param keep: whether the instances are needed even if all are completed, for compensation.
    """

    instances: list[dict[str, Any]] | None
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
    :param source: workflow id and run id of the predecessor whose markers hold the instances; None
        if `steps` contains them.
    :param derives: the parts that the successor derives from the history of the predecessor.
    """

    input: dict[str, Any] = field(factory=dict)
    context: dict[str, Any] = field(factory=dict)
    steps: dict[str, StepContinuation] = field(factory=dict)
    results: dict[str, Any] = field(factory=dict)
    signals: list[tuple[str, Any]] = field(factory=list)
    failures: dict[str, tuple[int, list[str], str]] = field(factory=dict)
    source: tuple[str, str] | None = None
    derives: list[str] = field(factory=list)


def encode(
    state: ContinuationState, source: tuple[str, str], codec: Codec, *, is_derivable: bool = False
) -> str:
    """Return the encoded input of the next execution.

    :param source: workflow id and run id of the execution whose markers hold the instances.
    :param is_derivable: whether the state follows from the history of that execution alone.
    :raises ValidationError: the state does not fit in an input, even without the instances; or it
        does not fit in markers.
    """
    by_reference = evolve(state, source=source)
    forms = [state, by_reference, *([_derived(by_reference)] if is_derivable else [])]
    for form in forms[:-1]:
        with suppress(ValidationError):
            return payload.encode(pack(form), "input", codec=codec) or ""
    if is_derivable:
        try:
            record_state(state, codec)
        except UnwritableDataError as error:
            raise ValidationError("state", ..., f"does not fit in markers: {error}") from error
    return payload.encode(pack(forms[-1]), "input", codec=codec) or ""


def _derived(state: ContinuationState) -> ContinuationState:
    """Return a state whose parts are derived by the successor."""
    parts = [name for name, items in _sections(state).items() if items]
    return ContinuationState(steps=state.steps, source=state.source, derives=parts)


def record_state(state: ContinuationState, codec: Codec) -> list[Decision]:
    """Return the markers that record a derived state.

    :raises UnwritableDataError: the state is too long for the markers of one response.
    """
    items = [
        {"part": part, "item": item} for part, items in _sections(state).items() for item in items
    ]
    with writing():
        payload.encode(items, STATE_KEY, expansions.EXPANSION_LIMIT)
    return expansions.record(STATE_KEY, items, codec)


def read_state(items: Iterable[dict[str, Any]]) -> ContinuationState:
    """Return the state that `record_state` has recorded."""
    packed: dict[str, list[Any]] = {}
    for item in items:
        packed.setdefault(item["part"], []).append(item["item"])
    lists = {name: packed.pop(name) for name in ("signals",) if name in packed}
    return _unpack({**{name: dict(members) for name, members in packed.items()}, **lists})


def _sections(state: ContinuationState) -> dict[str, list[Any]]:
    """Return the parts of a state, except the steps, each as a list of items."""
    packed = pack(evolve(state, steps={}, source=None, derives=[]))[KEY]
    return {
        name: [list(item) for item in (part.items() if isinstance(part, dict) else part)]
        for name, part in packed.items()
    }


def pack(state: ContinuationState) -> dict[str, Any]:
    """Return the input of the next execution."""
    packed: dict[str, Any] = {"input": state.input, "context": state.context}
    is_inline = state.source is None
    packed["steps"] = {name: _pack_step(step, is_inline) for name, step in state.steps.items()}
    packed["results"] = state.results
    packed["signals"] = [list(signal) for signal in state.signals]
    packed["failures"] = {name: list(failure) for name, failure in state.failures.items()}
    packed["source"] = list(state.source or ())
    packed["derives"] = state.derives
    return {KEY: {name: value for name, value in packed.items() if value}}


def unpack(workflow_input: Any) -> ContinuationState | None:
    """Return the state in an input, or None for the input of a first execution.

    :param workflow_input: the decoded input of the execution.
    :raises UndecodableError: the state does not have the form that `pack` writes.
    """
    packed = workflow_input.get(KEY) if isinstance(workflow_input, dict) else None
    if not isinstance(packed, dict):
        return None
    try:
        return _unpack(packed)
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise UndecodableError("input", error) from error


def _unpack(packed: dict[str, Any]) -> ContinuationState:
    return ContinuationState(
        packed.get("input", {}),
        packed.get("context", {}),
        {name: _unpack_step(step) for name, step in packed.get("steps", {}).items()},
        packed.get("results", {}),
        [(name, value) for name, value in packed.get("signals", [])],
        {name: (n, names, why) for name, (n, names, why) in packed.get("failures", {}).items()},
        tuple(packed["source"]) if "source" in packed else None,
        packed.get("derives", []),
    )


def _pack_step(step: StepContinuation, is_inline: bool) -> Any:
    """Return the packed form of a step; True if all of it is completed."""
    instances = step.instances or []
    if len(step.done) == len(instances) and not (step.keep and instances):
        return True
    packed: dict[str, Any] = {"done": _pack_indices(step.done)}
    if is_inline:
        packed["instances"] = instances
    return {**packed, "failed": _pack_indices(step.failed)} if step.failed else packed


def _unpack_step(packed: Any) -> StepContinuation:
    if packed is True:
        return StepContinuation([], [])
    return StepContinuation(
        packed.get("instances"),
        _unpack_indices(packed["done"]),
        _unpack_indices(packed.get("failed", [])),
    )


def _pack_indices(indices: Iterable[int]) -> list[list[int]] | str:
    """Return indices as inclusive ranges, or as a bitmap if there are many.

    [1, 2, 3, 7] is [[1, 3], [7, 7]].
    """
    indices = sorted(indices)
    runs = groupby(enumerate(indices), key=lambda pair: pair[1] - pair[0])
    members = [[index for _, index in run] for _, run in runs]
    if len(members) <= MAX_RANGES:
        return [[run[0], run[-1]] for run in members]
    bits = sum(1 << index for index in indices)
    return base64.b64encode(bits.to_bytes(indices[-1] // 8 + 1, "little")).decode()


def _unpack_indices(packed: list[list[int]] | str) -> list[int]:
    if isinstance(packed, str):
        bits = int.from_bytes(base64.b64decode(packed), "little")
        return [index for index in range(bits.bit_length()) if bits >> index & 1]
    return [index for first, last in packed for index in range(first, last + 1)]
