"""The recorded expansions of a history: which instances each step has.

The instances of a step are generated once (`instance_generation.py`) and recorded in markers. From
then on only the markers count: a changed context, a generator that reads the clock or a table, or
new code cannot make work run twice.

The details of a marker are limited: many instances take several markers. An incomplete set of
markers (the response was too large) is ignored; the next complete set counts.
"""

from __future__ import annotations

import json
from typing import Any

from swf import payload
from swf.constants import DATA_LIMIT
from swf.flow.unwritable import UnwritableDataError, writing
from swf.models.decision import Decision, record_marker
from swf.models.event.base import Event
from swf.payload import Codec

MARKER = "swf.flow.expansion"

#: Maximum characters of all instances of a step: their markers must fit in one response.
EXPANSION_LIMIT = 900_000

_ENVELOPE = 1024  # characters of the details besides the instances; a step name takes up to 256


def record(
    key: str, instances: list[dict[str, Any]], codec: Codec = payload.PLAIN_JSON
) -> list[Decision]:
    """Return the markers that record an expansion.

    :param key: the step's name; in a custom decider, with the schedule id.
    :param instances: the local context of each instance.
    :param codec: the codec of the markers' details.
    :returns: one `RecordMarker` decision for each part of the instances.
    :raises UnwritableDataError: the local context of an instance does not fit in a marker.
    """
    room = DATA_LIMIT - _ENVELOPE
    while True:
        parts = _parts(instances, room)
        contents = [
            {"step": key, "part": part, "parts": len(parts), "instances": instances}
            for part, instances in enumerate(parts)
        ]
        try:
            return [_marker(content, key, codec) for content in contents]
        except UnwritableDataError:
            if len(parts) >= len(instances):
                raise
            room //= 2  # the codec writes longer texts


def _marker(content: dict[str, Any], key: str, codec: Codec) -> Decision:
    name = f"an instance of {key}"  # the only one of its part if it does not fit
    with writing():
        return record_marker(MARKER, details=payload.encode(content, name, codec=codec))


def _parts(instances: list[dict[str, Any]], room: int) -> list[list[dict[str, Any]]]:
    """Split instances into parts of one instance, or of at most `room` characters of JSON."""
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
    """The recorded expansions of a history, by key. The first complete set of markers counts.

    :param codec: the codec of the markers' details.
    """

    def __init__(self, codec: Codec = payload.PLAIN_JSON) -> None:
        self._codec = codec
        #: The local contexts of all instances, by the key of the expansion.
        self.complete: dict[str, list[dict[str, Any]]] = {}
        #: The events that completed the expansions, by key.
        self.event_ids: dict[str, int] = {}
        self._partial: dict[str, list[dict[str, Any]]] = {}
        self._next_part: dict[str, int] = {}

    def add(self, event: Event) -> str | None:
        """Add a marker.

        :param event: a MarkerRecorded event whose marker is `MARKER`.
        :returns: the key of the expansion that the marker completes, if any.
        """
        details = payload.decode(event.text("details"), self._codec)
        if not isinstance(details, dict):
            return None
        key, part = details["step"], details["part"]
        if part == 0:
            self._partial[key] = []
        elif part != self._next_part.get(key):
            return None
        self._partial[key] += details["instances"]
        self._next_part[key] = part + 1
        if part + 1 < details["parts"] or key in self.complete:
            return None
        self.complete[key] = self._partial[key]
        self.event_ids[key] = event.id
        return str(key)
