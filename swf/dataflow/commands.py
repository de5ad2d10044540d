"""Requests: what a workflow asks of the service.

A request is decided, found again in the history (`says` is what must be found there), and then told
what becomes of it by the `on_` methods, which end its future. Each kind is beside the task that
makes it; those that can be tried again are built on `attempts.py`.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from types import FrameType
from typing import Any, ClassVar

from swf.dataflow.exceptions import TaskCanceled
from swf.dataflow.futures import Future
from swf.dataflow.runtime import WorkflowRuntime
from swf.models.decision import Decision

Attributes = Mapping[str, Any]

_HERE = str(Path(__file__).parent)


def caller() -> tuple[str, int] | None:
    """Return file and line of the code that called into this package; None if none did."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename.startswith(_HERE):
        frame = frame.f_back
    return None if frame is None else (frame.f_code.co_filename, frame.f_lineno)


class Command:
    """Something that a workflow asks for.

    :param runtime: whose request it is.
    :param id: its id, or what stands for it.
    """

    kind: ClassVar[str]

    def __init__(self, runtime: WorkflowRuntime, id: str) -> None:  # noqa: A002 - the service's word
        self.runtime = runtime
        self.id = id
        self.where = caller()
        #: In which turn of the run it was asked for.
        self.turn = 0

    @property
    def expected_attributes(self) -> Attributes:
        """What the history must say of it, by the attributes of the event."""
        return {}

    def matches_legacy(self, name: str, recorded: Any) -> bool:  # noqa: ARG002 - most are not
        """Return whether an attribute reads otherwise because simpleflow wrote it."""
        return False

    def decision(self) -> Decision:
        """Return the decision that asks for it."""
        raise NotImplementedError

    def on_accepted(self, event_id: int, attributes: Attributes) -> None:
        """It was decided: the event says so."""

    def on_refused(self, attributes: Attributes) -> None:
        """The service did not take the decision, or could not carry it out."""

    def __str__(self) -> str:
        return f"{self.kind} {self.id!r}"


class OpenCommand(Command):
    """A request that goes on for a while: its later events refer to the one that began it."""

    future: Future
    open_event_id: int | None = None

    def on_accepted(self, event_id: int, attributes: Attributes) -> None:  # noqa: ARG002
        """Wait for what becomes of it."""
        self.open_event_id = event_id
        self.runtime.open[event_id] = self

    def on_started(self, attributes: Attributes) -> None:  # noqa: ARG002
        """Somebody is at it."""
        self.future.set_running()

    def on_completed(self, attributes: Attributes) -> None:
        """It came to a result."""
        if not self.future.done:
            self.future.set_finished(self.runtime.decode(attributes.get("result")))

    def on_canceled(self, attributes: Attributes) -> None:
        """It was canceled."""
        if not self.future.done:
            self.future.set_cancelled(TaskCanceled(self.runtime.decode(attributes.get("details"))))

    def rename(self, id: str) -> None:  # noqa: A002 - the service's word
        """Go on under the id that it has in the history."""
        self.id = self.future.id = id

    def withdraw(self) -> bool:
        """Take it back if it was not sent yet; return whether it was."""
        return self.runtime.withdraw(self)
