"""Notes: what the engine writes into markers for itself, so that a replay finds it again.

Two things are noted: which way a run went where its code was changed (`patched`), and what came of
code that may be run once only, since it asks the world (`once`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from swf.dataflow.futures import Future
from swf.dataflow.host import Host
from swf.dataflow.marker import MarkerRequest

PATCH_MARKER: Final = "swf.patch"
ONCE_MARKER: Final = "swf.once"
MARKERS: Final = (PATCH_MARKER, ONCE_MARKER)


def is_patch(attributes: Mapping[str, Any]) -> bool:
    """Return whether an event with these attributes notes that a run goes the new way."""
    return attributes.get("markerName") == PATCH_MARKER


class Notes:
    """The notes of a run."""

    def __init__(self, run: Host) -> None:
        self._run = run
        self._patches: dict[str, bool] = {}

    def patched(self, patch_id: str) -> bool:
        """Return whether this run goes the new way; the first time it says so in a marker."""
        if patch_id not in self._patches:
            is_new = self._run.is_ahead or patch_id in self._noted(PATCH_MARKER)
            self._patches[patch_id] = is_new
            if is_new:
                self._note(PATCH_MARKER, patch_id)
        return self._patches[patch_id]

    def once(self, key: str, function: Callable[[], Any]) -> Any:
        """Return what a function gives; in a replay, what it gave.

        :param key: its place, told from all others of the run.
        """
        given = [note for note in self._noted(ONCE_MARKER) if note["key"] == key]
        value = given[0]["value"] if given else function()
        # As it was noted, the first time too: a codec may make something else of it.
        return self._note(ONCE_MARKER, {"key": key, "value": value})["value"]

    def _noted(self, name: str) -> list[Any]:
        markers = self._run.record.markers.named(name)
        events = (self._run.record.event(marker.event_id) for marker in markers)
        return [self._run.decode(event.text("details")) for event in events]

    def _note(self, name: str, details: Any) -> Any:
        noted = Future(self._run.loop)
        MarkerRequest(self._run, name, noted).begin(details)
        return noted.result
