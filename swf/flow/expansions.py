"""Expansions: which instances a step has, decided once and recorded.

What `when` and the generators say about the context is asked when all that the step requires is
complete, and what they said is recorded in markers. From then on only the markers count: a context
that changed, a generator that reads the clock or a table, or new code cannot make work run twice.

A marker's details are bounded, so that many instances take several markers; a set of them that is
not whole (the response was too large for all) does not count, and the next whole one does.
"""

from __future__ import annotations

import json
import logging
from typing import Any

from swf import payload
from swf.constants import DATA_LIMIT
from swf.exceptions import SWFError
from swf.flow.step import Context, FlowStep
from swf.models.decision import Decision, record_marker
from swf.models.event.base import Event
from swf.payload import Codec

MARKER = "swf.flow.expansions"

#: What the markers of one expansion may take: all of them must fit one response.
EXPANSION_LIMIT = 900_000

_ENVELOPE = 1024  # characters around the instances; a step's name takes 256 at most

logger = logging.getLogger(__name__)


class ExpansionError(SWFError):
    """What a step's `when` or generators raised; the error itself is the cause.

    :param step: the name of the step.
    """

    def __init__(self, step: str, error: Exception) -> None:
        super().__init__(step, error)
        self.step = step
        self.error = error

    def __str__(self) -> str:
        told = f"{type(self.error).__name__}: {self.error}".removesuffix(": ")
        return f"{self.step} does not know its instances: {told}"


def expand(step: FlowStep, context: Context) -> list[dict[str, Any]]:
    """Return the local contexts of a step's instances, as they come out of JSON.

    :raises ExpansionError: a function of the user's raised.
    :raises ValidationError: a generator gave what is no dictionary, or cannot be written as JSON.
    """
    try:
        locals_ = _asked(step, context)
    except SWFError:
        raise
    except Exception as error:
        raise ExpansionError(str(step.name), error) from error
    text = payload.encode(locals_, f"generators of {step.name}", EXPANSION_LIMIT)
    decoded: list[dict[str, Any]] = payload.decode(text)
    return _each_once(step, decoded)


def _asked(step: FlowStep, context: Context) -> list[dict[str, Any]]:
    if step.when is not None and not step.when(dict(context)):
        return []
    locals_ = step.local_contexts(context)
    if not locals_:
        logger.warning("%s: its generators gave nothing, so it counts as complete", step.name)
    return locals_


def _each_once(step: FlowStep, locals_: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the local contexts that differ: those that are equal have one id, and are one work."""
    different = list({json.dumps(local, sort_keys=True): local for local in locals_}.values())
    twice = len(locals_) - len(different)
    if twice:
        logger.warning("%s: %d instances are equal to others, and run once", step.name, twice)
    return different


def record(
    key: str, instances: list[dict[str, Any]], codec: Codec = payload.PLAIN_JSON
) -> list[Decision]:
    """Return the markers that record an expansion.

    :param key: what the expansion is of: a step's name, for a custom decider with its id.
    :raises ValidationError: the local context of an instance does not fit a marker.
    """
    parts = _parts(instances)
    told = [
        {"step": key, "part": part, "parts": len(parts), "instances": instances}
        for part, instances in enumerate(parts)
    ]
    name = f"an instance of {key}"  # alone in its part if it does not fit
    return [
        record_marker(MARKER, details=payload.encode(details, name, codec=codec))
        for details in told
    ]


def _parts(instances: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    room = DATA_LIMIT - _ENVELOPE
    parts: list[list[dict[str, Any]]] = [[]]
    used = 0
    for instance in instances:
        size = len(json.dumps(instance, ensure_ascii=False)) + 1
        if used and used + size > room:
            parts.append([])
            used = 0
        parts[-1].append(instance)
        used += size
    return parts


class RecordedExpansions:
    """The expansions that a history has recorded, by key; the first whole one counts."""

    def __init__(self, codec: Codec = payload.PLAIN_JSON) -> None:
        self._codec = codec
        self.whole: dict[str, list[dict[str, Any]]] = {}
        self._partial: dict[str, list[dict[str, Any]]] = {}
        self._next: dict[str, int] = {}

    def add(self, event: Event) -> str | None:
        """Take in a marker, and return the key of the expansion that it made whole."""
        details = payload.decode(event.text("details"), self._codec)
        if not isinstance(details, dict):
            return None
        key, part = details["step"], details["part"]
        if part == 0:
            self._partial[key] = []
        elif part != self._next.get(key):
            return None
        self._partial[key] += details["instances"]
        self._next[key] = part + 1
        if part + 1 < details["parts"] or key in self.whole:
            return None
        self.whole[key] = self._partial[key]
        return str(key)
