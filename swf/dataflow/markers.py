"""Markers: notes in the history."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from swf import payload
from swf.constants import DATA_LIMIT
from swf.dataflow.arguments import resolve
from swf.dataflow.commands import Attributes, Command
from swf.dataflow.futures import Future
from swf.dataflow.ids import Scope
from swf.dataflow.runtime import Marker, WorkflowRuntime
from swf.dataflow.submittable import Called
from swf.models.decision import Decision, record_marker


class MarkerCommand(Command):
    """A marker."""

    kind = "marker"

    def __init__(self, runtime: WorkflowRuntime, name: str, future: Future) -> None:
        super().__init__(runtime, name)
        self.details: str | None = None
        self.future = future

    def begin(self, value: Any) -> None:
        """Record it with its details; that is done as soon as it is asked for."""
        self.details = payload.encode(value, "details", DATA_LIMIT, self.runtime.codec)
        noted = self.runtime.decode(self.details)
        self.runtime.ask(self)
        self.runtime.markers.append(Marker(self.id, noted))
        self.future.set_finished(noted)

    @property
    def expected_attributes(self) -> Attributes:
        return {"markerName": self.id, "details": self.details}

    def decision(self) -> Decision:
        return record_marker(self.id, details=self.details)


class MarkerTask(Called):
    """A marker; its future is done as soon as the futures in its details are."""

    def __init__(self, name: str, details: Any = None) -> None:
        super().__init__(details)
        self.name = name

    @property
    def details(self) -> Any:
        """What is noted, as it was given."""
        return self.args[0]

    @property
    def input(self) -> Any:
        """What is noted."""
        return resolve(self.details)

    def start(self, runtime: WorkflowRuntime, scope: Scope) -> Future:  # noqa: ARG002 - it has a name
        """Record it."""
        future = runtime.future(self, self.name, raises_on_failure=False)
        return self._begin(runtime, MarkerCommand(runtime, self.name, future))


PATCH_MARKER: Final = "swf.patch"
SIDE_EFFECT_MARKER: Final = "swf.side_effect"
MARKERS: Final = (PATCH_MARKER, SIDE_EFFECT_MARKER)


def is_patch(attributes: Mapping[str, Any]) -> bool:
    """Return whether an event with these attributes notes that a run goes the new way."""
    return attributes.get("markerName") == PATCH_MARKER


class ReplayMarkers:
    """The notes of a run."""

    def __init__(self, run: WorkflowRuntime) -> None:
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

    def side_effect(self, key: str, function: Callable[[], Any]) -> Any:
        """Return what a function gives; in a replay, what it gave.

        :param key: its place, told from all others of the run.
        """
        given = [note for note in self._noted(SIDE_EFFECT_MARKER) if note["key"] == key]
        value = given[0]["value"] if given else function()
        # As it was noted, the first time too: a codec may make something else of it.
        return self._note(SIDE_EFFECT_MARKER, {"key": key, "value": value})["value"]

    def _noted(self, name: str) -> list[Any]:
        markers = self._run.record.markers.named(name)
        events = (self._run.record.event(marker.event_id) for marker in markers)
        return [self._run.decode(event.text("details")) for event in events]

    def _note(self, name: str, details: Any) -> Any:
        noted = Future(self._run.loop)
        MarkerCommand(self._run, name, noted).begin(details)
        return noted.result
