"""Requests: what a workflow asks of the service, one class for each kind of decision.

A request is decided, found again in the history (`says` is what must be found there), and then told
what becomes of it by the `on_` methods, which end its future. It is the same object from attempt to
attempt; those that can be tried again are in `attempts.py`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Protocol

from swf import payload
from swf.constants import DATA_LIMIT, REASON_LIMIT
from swf.dataflow.exceptions import (
    TaskCanceled,
    TaskFailed,
)
from swf.models.decision import (
    Decision,
    cancel_timer,
    cancel_workflow_execution,
    complete_workflow_execution,
    fail_workflow_execution,
    record_marker,
    signal_external_workflow_execution,
    start_timer,
)
from swf.retry import TRANSIENT_CAUSES

if TYPE_CHECKING:
    from swf.dataflow.futures import Future
    from swf.dataflow.run import Run

Attributes = Mapping[str, Any]

_HERE = str(Path(__file__).parent)


def caller() -> tuple[str, int] | None:
    """Return file and line of the code that called into this package; None if none did."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename.startswith(_HERE):
        frame = frame.f_back
    return None if frame is None else (frame.f_code.co_filename, frame.f_lineno)


class Request:
    """Something that a workflow asks for.

    :param run: whose request it is.
    :param id: its id, or what stands for it.
    """

    kind: ClassVar[str]

    def __init__(self, run: Run, id: str) -> None:  # noqa: A002 - the service's word
        self.run = run
        self.id = id
        self.where = caller()
        #: In which turn of the run it was asked for.
        self.turn = 0

    @property
    def says(self) -> Attributes:
        """What the history must say of it, by the attributes of the event."""
        return {}

    def decision(self) -> Decision:
        """Return the decision that asks for it."""
        raise NotImplementedError

    def on_accepted(self, event_id: int, attributes: Attributes) -> None:
        """It was decided: the event says so."""

    def on_refused(self, attributes: Attributes) -> None:
        """The service did not take the decision, or could not carry it out."""

    def __str__(self) -> str:
        return f"{self.kind} {self.id!r}"


class Lasting(Request):
    """A request that goes on for a while: its later events refer to the one that began it."""

    future: Future
    open_event_id: int | None = None

    def on_accepted(self, event_id: int, attributes: Attributes) -> None:  # noqa: ARG002
        """Wait for what becomes of it."""
        self.open_event_id = event_id
        self.run.open[event_id] = self

    def on_started(self, attributes: Attributes) -> None:  # noqa: ARG002
        """Somebody is at it."""
        self.future.set_running()

    def on_completed(self, attributes: Attributes) -> None:
        """It came to a result."""
        if not self.future.done:
            self.future.set_finished(self.run.decode(attributes.get("result")))

    def on_canceled(self, attributes: Attributes) -> None:
        """It was canceled."""
        if not self.future.done:
            self.future.set_cancelled(TaskCanceled(self.run.decode(attributes.get("details"))))

    def withdraw(self) -> bool:
        """Take it back if it was not sent yet; return whether it was."""
        return self.run.withdraw(self)


class Beginning(Protocol):
    """A request that begins when its arguments are known."""

    future: Future

    def begin(self, value: Any) -> None:
        """Ask for it, with what its arguments came to."""


class TimerRequest(Lasting):
    """A timer.

    :param is_policy: whether its seconds come from a policy, which may change under a run.
    """

    kind = "timer"

    def __init__(
        self,
        run: Run,
        id: str,  # noqa: A002 - the service's word
        seconds: int,
        future: Future,
        control: Any = None,
        *,
        is_policy: bool = False,
    ) -> None:
        super().__init__(run, id)
        self.seconds = seconds
        self.future = future
        self.is_policy = is_policy
        text = payload.encode(control, "control", DATA_LIMIT, run.codec)
        # Made at once: what is wrong with it is told where it was asked for.
        self._decision = start_timer(id, seconds, control=text)

    @property
    def says(self) -> Attributes:
        seconds = {} if self.is_policy else {"startToFireTimeout": str(self.seconds)}
        return {"timerId": self.id, **seconds}

    def decision(self) -> Decision:
        return self._decision

    def on_refused(self, attributes: Attributes) -> None:
        if not self.future.done:
            self.future.set_exception(TaskFailed(self.id, attributes.get("cause")))

    def cancel(self) -> bool:
        """Stop it; it is over at once."""
        if not self.withdraw():
            self.run.ask(CancelTimerRequest(self.run, self.id, self.open_event_id))
        return True


class SignalRequest(Lasting):
    """A signal to another execution."""

    kind = "signal"

    def __init__(
        self, run: Run, name: str, workflow_id: str, run_id: str | None, future: Future
    ) -> None:
        super().__init__(run, name)
        self.workflow_id = workflow_id
        self.run_id = run_id
        self.future = future
        self.input: str | None = None

    def begin(self, value: Any) -> None:
        """Send it with an input, and who sent it."""
        identity = self.run.identity
        sent = {**value, "__workflow_id": identity.workflow_id, "__run_id": identity.run_id}
        self.input = payload.encode(sent, "input", DATA_LIMIT, self.run.codec)
        self.run.ask(self)

    @property
    def says(self) -> Attributes:
        return {"signalName": self.id, "workflowId": self.workflow_id, "input": self.input}

    def decision(self) -> Decision:
        return signal_external_workflow_execution(
            self.workflow_id, self.id, input=self.input, run_id=self.run_id
        )

    def on_refused(self, attributes: Attributes) -> None:
        if not self.future.done:
            self.future.set_exception(TaskFailed(self.id, attributes.get("cause")))


class Marker(NamedTuple):
    """A marker that was recorded."""

    name: str
    details: Any


class MarkerRequest(Request):
    """A marker."""

    kind = "marker"

    def __init__(self, run: Run, name: str, future: Future) -> None:
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


class CancelTimerRequest(Request):
    """The end of a timer; that it came too late is no harm."""

    kind = "cancellation of timer"

    def __init__(self, run: Run, id: str, started_event_id: int | None) -> None:  # noqa: A002
        super().__init__(run, id)
        self._started_event_id = started_event_id

    def on_accepted(self, event_id: int, attributes: Attributes) -> None:  # noqa: ARG002
        self.run.open.pop(self._started_event_id or 0, None)

    @property
    def says(self) -> Attributes:
        return {"timerId": self.id}

    def decision(self) -> Decision:
        return cancel_timer(self.id)


class CloseRequest(Request):
    """The end of the execution.

    :param kind: `completion`, `failure`, `cancellation` or `continuation`.
    :param make: makes the decision.
    :param says: what the history must say of it.
    """

    #: Whether the code did not ask for it: after a refusal, it may have something to do first.
    is_automatic = False

    def __init__(
        self, run: Run, kind: str, make: Callable[[], Decision], **says: str | None
    ) -> None:
        super().__init__(run, kind)
        self.kind = kind  # type: ignore[misc] # one class for four kinds that differ in nothing else
        self._make = make
        self._says = says

    @property
    def says(self) -> Attributes:
        return self._says

    def decision(self) -> Decision:
        return self._make()

    def on_refused(self, attributes: Attributes) -> None:
        """Ask again: something happened meanwhile. What can never be makes the execution fail."""
        cause = str(attributes.get("cause"))
        if self.kind == "continuation" and cause not in ("UNHANDLED_DECISION", *TRANSIENT_CAUSES):
            self.run.ask(failure(self.run, f"it could not continue as new: {cause}"))
        elif self.is_automatic:
            self.run.closing = None
        else:
            self.run.ask(self)

    def __str__(self) -> str:
        return f"{self.kind} of the execution"


def completion(run: Run, result: Any) -> CloseRequest:
    """Return the request to complete with a result; None is none."""
    text = payload.encode(result, "result", DATA_LIMIT, run.codec)
    return CloseRequest(run, "completion", lambda: complete_workflow_execution(text), result=text)


def failure(run: Run, reason: str | None, details: Any = None) -> CloseRequest:
    """Return the request to fail."""
    text = payload.encode(details, "details", DATA_LIMIT, run.codec)
    cut = None if reason is None else payload.cut(reason, REASON_LIMIT)
    return CloseRequest(run, "failure", lambda: fail_workflow_execution(cut, text), reason=cut)


def cancellation(run: Run) -> CloseRequest:
    """Return the request to end as canceled."""
    return CloseRequest(run, "cancellation", cancel_workflow_execution)
