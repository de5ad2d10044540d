"""Markers: tasks that record one, and the markers that the engine records for itself.

The engine records two kinds of markers: the branch that an execution took at a changed place of its
code (`Workflow.patched`), and the return value of a function that must run once only
(`Workflow.side_effect`).
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, Final

from swf.dataflow import replay
from swf.dataflow.arguments import resolve
from swf.dataflow.base_future import Future
from swf.dataflow.commands import Attributes, Command
from swf.dataflow.encoding import encode, writing
from swf.dataflow.exceptions import TaskFailed
from swf.dataflow.ids import Scope
from swf.dataflow.replay import PATCH_MARKER
from swf.dataflow.runtime import WorkflowRuntime
from swf.dataflow.submittable import CallTask
from swf.models.decision import Decision, record_marker
from swf.models.history import wire_events

logger = logging.getLogger(__name__)

_MARKER: Final = "marker"
SIDE_EFFECT_MARKER: Final = "swf.side_effect"
#: The names of the markers that the engine records for itself.
ENGINE_MARKERS: Final = (PATCH_MARKER, SIDE_EFFECT_MARKER)


class RecordMarkerCommand(Command):
    """The decision `RecordMarker`.

    :param name: The name of the marker.
    :param future: The future to finish with the decoded details.
    """

    kind = _MARKER

    def __init__(self, runtime: WorkflowRuntime, name: str, future: Future) -> None:
        super().__init__(name)
        self.runtime = runtime
        self.future = future
        self.details: str | None = None

    def begin(self, value: Any) -> None:
        """Queue the command, and finish its future with the details as a replay decodes them.

        :param value: The details.
        """
        self.details = encode(value, "details", self.runtime.codec)
        with writing():  # raises here, in the code that records the marker
            self.decision()
        self.runtime.queue.add(self)
        if self.id not in ENGINE_MARKERS:
            self.runtime.markers.add(self.id, self.details)
        self.future.set_finished(self.runtime.decode(self.details))

    @property
    def expected_attributes(self) -> Attributes:
        return {"markerName": self.id, "details": self.details}

    def decision(self) -> Decision:
        return record_marker(self.id, details=self.details)

    def on_refused(self, attributes: Attributes) -> None:
        """Fail the code that used the value of a side effect: a replay would not know it."""
        cause = attributes.get("cause")
        logger.error("The service refused to record a marker: marker=%r cause=%s", self.id, cause)
        if self.id == SIDE_EFFECT_MARKER:
            self.runtime.interrupt(TaskFailed(self.id, cause))


class MarkerTask(CallTask):
    """A marker. Its future finishes as soon as the futures in the details are done.

    :param details: A value to record; it may contain futures.
    """

    def __init__(self, name: str, details: Any = None) -> None:
        super().__init__(details)
        self.name = name

    @property
    def details(self) -> Any:
        """The submitted details, with futures."""
        return self.args[0]

    @property
    def input(self) -> Any:
        """The details, with the results of futures."""
        return resolve(self.details)

    def start(self, runtime: WorkflowRuntime, scope: Scope) -> Future:  # noqa: ARG002 - it has a name
        """Record the marker."""
        future = runtime.tracker.create(self, self.name, raises_on_failure=False)
        return self._begin(runtime, RecordMarkerCommand(runtime, self.name, future))


class EngineMarkers:
    """Patches and side effects of one execution."""

    def __init__(self, runtime: WorkflowRuntime) -> None:
        self._runtime = runtime
        self._patches: dict[str, bool] = {}
        #: The events that recorded patches, and the recorded values of side effects by key.
        self._patch_events: dict[str, int] = {}
        self._recorded_values: dict[str, Any] = {}
        self._event_count = 0

    def patched(self, patch_id: str) -> bool:
        """Return whether the execution takes the new branch, and record that on the first call.

        :param patch_id: The id of the change, unique in the code.
        """
        if patch_id not in self._patches:
            self._read_history()
            queue = self._runtime.queue
            is_new = queue.is_ahead or self._is_recorded(patch_id) or self._is_patch_refused()
            self._patches[patch_id] = is_new
            if is_new:
                self._record(PATCH_MARKER, patch_id)
        return self._patches[patch_id]

    def _is_recorded(self, patch_id: str) -> bool:
        """Return whether the history records a patch up to the decisions of this turn.

        Later turns may have recorded it, such as the repetition of this turn with late events.
        """
        event_id = self._patch_events.get(patch_id)
        return event_id is not None and event_id <= self._runtime.queue.recorded.last_event_id

    def _is_patch_refused(self) -> bool:
        """Return whether the service refused to record a patch in this turn."""
        records = self._runtime.queue.recorded.by_command.get((_MARKER, PATCH_MARKER), ())
        return any("cause" in each for each in records)

    def side_effect(self, key: str, function: Callable[[], Any]) -> Any:
        """Return the recorded value of a function, or call the function and record its value.

        :param key: The id of the call, unique in the execution.
        """
        self._read_history()
        values = self._recorded_values
        value = values[key] if key in values else self._call(function)
        # The first call also returns the decoded value: the codec may change its type.
        return self._record(SIDE_EFFECT_MARKER, {"key": key, "value": value})["value"]

    def _call(self, function: Callable[[], Any]) -> Any:
        loop = self._runtime.loop
        loop.is_in_side_effect = True
        try:
            return function()
        finally:
            loop.is_in_side_effect = False

    def _read_history(self) -> None:
        """Read the new markers of the history, including those after this decision."""
        history = self._runtime.view.full
        if len(history) == self._event_count:
            return
        for raw in wire_events(history[self._event_count :]):
            attributes = replay.attributes_of(raw)
            name = attributes.get("markerName") if raw["eventType"] == "MarkerRecorded" else None
            if name not in ENGINE_MARKERS:
                continue
            details = self._runtime.decode(attributes.get("details"))
            if name == PATCH_MARKER:
                self._patch_events.setdefault(details, raw["eventId"])
            else:
                self._recorded_values.setdefault(details["key"], details["value"])
        self._event_count = len(history)

    def _record(self, name: str, details: Any) -> Any:
        future = Future(self._runtime.loop)
        RecordMarkerCommand(self._runtime, name, future).begin(details)
        return future.result
