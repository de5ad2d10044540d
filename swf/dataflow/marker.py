"""Markers: notes in the history."""

from __future__ import annotations

from typing import Any

from swf import payload
from swf.constants import DATA_LIMIT
from swf.dataflow.arguments import resolve
from swf.dataflow.futures import Future
from swf.dataflow.host import Host, Marker
from swf.dataflow.ids import Scope
from swf.dataflow.requests import Attributes, Request
from swf.dataflow.submittable import Called
from swf.models.decision import Decision, record_marker


class MarkerRequest(Request):
    """A marker."""

    kind = "marker"

    def __init__(self, run: Host, name: str, future: Future) -> None:
        super().__init__(run, name)
        self.details: str | None = None
        self.future = future

    def begin(self, value: Any) -> None:
        """Record it with its details; that is done as soon as it is asked for."""
        self.details = payload.encode(value, "details", DATA_LIMIT, self.run.codec)
        noted = self.run.decode(self.details)
        self.run.ask(self)
        self.run.markers.append(Marker(self.id, noted))
        self.future.set_finished(noted)

    @property
    def says(self) -> Attributes:
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

    def start(self, run: Host, scope: Scope) -> Future:  # noqa: ARG002 - it has a name
        """Record it."""
        future = run.future(self, self.name, raises_on_failure=False)
        return self._begin(run, MarkerRequest(run, self.name, future))
