"""Timers: tasks that fire after so many seconds, and their end before."""

from __future__ import annotations

from typing import Any

from swf import payload
from swf.constants import DATA_LIMIT
from swf.dataflow import simpleflow_compat
from swf.dataflow.commands import Attributes, Command, OpenCommand
from swf.dataflow.exceptions import TaskFailed
from swf.dataflow.futures import Future, whole_seconds
from swf.dataflow.ids import Scope, fit
from swf.dataflow.runtime import WorkflowRuntime
from swf.dataflow.submittable import Submittable
from swf.models.decision import Decision, cancel_timer, start_timer
from swf.models.fields import instance

_TEXT = instance(str)


class TimerCommand(OpenCommand):
    """A timer.

    :param is_policy: whether its seconds come from a policy, which may change under a run.
    """

    kind = "timer"

    def __init__(
        self,
        runtime: WorkflowRuntime,
        id: str,  # noqa: A002 - the service's word
        seconds: int,
        future: Future,
        control: Any = None,
        *,
        is_policy: bool = False,
    ) -> None:
        super().__init__(runtime, id)
        self.seconds = seconds
        self.future = future
        self.is_policy = is_policy
        text = payload.encode(control, "control", DATA_LIMIT, runtime.codec)
        # Made at once: what is wrong with it is told where it was asked for.
        self._decision = start_timer(id, seconds, control=text)

    @property
    def expected_attributes(self) -> Attributes:
        seconds = {} if self.is_policy else {"startToFireTimeout": str(self.seconds)}
        return {"timerId": self.id, **seconds}

    def matches_legacy(self, name: str, recorded: Any) -> bool:
        return (
            name == "timerId" and self.is_policy and simpleflow_compat.is_retry(recorded, self.id)
        )

    def decision(self) -> Decision:
        return self._decision

    def on_refused(self, attributes: Attributes) -> None:
        if not self.future.done:
            self.future.set_exception(TaskFailed(self.id, attributes.get("cause")))

    def cancel(self) -> bool:
        """Stop it; it is over at once."""
        if not self.withdraw():
            self.runtime.ask(CancelTimerCommand(self.runtime, self.id, self.open_event_id))
        return True


class CancelTimerCommand(Command):
    """The end of a timer; that it came too late is no harm."""

    kind = "cancellation of timer"

    def __init__(self, runtime: WorkflowRuntime, id: str, started_event_id: int | None) -> None:  # noqa: A002
        super().__init__(runtime, id)
        self._started_event_id = started_event_id

    def on_accepted(self, event_id: int, attributes: Attributes) -> None:  # noqa: ARG002
        self.runtime.open.pop(self._started_event_id or 0, None)

    @property
    def expected_attributes(self) -> Attributes:
        return {"timerId": self.id}

    def decision(self) -> Decision:
        return cancel_timer(self.id)


class Timers:
    """The timers of one run by id: those that run, and what became of the others."""

    def __init__(self) -> None:
        self.running: dict[str, Future] = {}
        self._ended: dict[str, str] = {}

    def start(
        self,
        runtime: WorkflowRuntime,
        timer_id: str,
        seconds: float | str,
        control: Any = None,
        *,
        policy: bool = False,
    ) -> Future:
        """Start a timer, and return its future.

        :param policy: whether it is part of something else, which knows when to cancel it.
        """
        future = Future(runtime.loop, None, fit(timer_id))
        request = TimerCommand(
            runtime, future.id, whole_seconds("timeout", seconds), future, control, is_policy=policy
        )
        future._cancel = request.cancel
        if not policy:
            self.running[future.id] = future
            future.add_done_callback(self._end)
        runtime.ask(request)
        return future

    def state(self, timer_id: str) -> str | None:
        """Return `started`, `fired` or `canceled`; None if there was no timer of this id."""
        timer = self.running.get(timer_id)
        return self._ended.get(timer_id) if timer is None else _state(timer)

    def _end(self, future: Future) -> None:
        if self.running.get(future.id) is future:
            del self.running[future.id]
        self._ended[future.id] = _state(future)


class TimerTask(Submittable):
    """A timer; its future is done when it fires."""

    def __init__(self, timer_id: str | None, timeout: float | str, control: Any = None) -> None:
        self.timer_id: str | None = _TEXT.validate_optional("timer_id", timer_id)
        whole_seconds("timeout", timeout)
        self.timeout = timeout
        self.control = control

    def start(self, runtime: WorkflowRuntime, scope: Scope) -> Future:
        """Start it; one of its name that runs already is the same."""
        timer_id = self.timer_id or scope.next("sleep")
        running = runtime.timers.get(timer_id)
        if running is not None and not running.done:
            return running
        return runtime.start_timer(timer_id, self.timeout, self.control)


class CancelTimerTask(Submittable):
    """The end of a timer."""

    def __init__(self, timer_id: str) -> None:
        self.timer_id = timer_id

    def start(self, runtime: WorkflowRuntime, scope: Scope) -> Future:  # noqa: ARG002 - it has an id
        """Cancel the timer, if it runs."""
        timer = runtime.timers.get(self.timer_id)
        if timer is not None:
            timer.cancel()
        return runtime.done(None)


def _state(future: Future) -> str:
    if not future.done:
        return "started"
    return "fired" if future.finished else "canceled"
