"""Tasks that start a timer and cancel it."""

from __future__ import annotations

from typing import Any

from swf.dataflow.base_future import Future, whole_seconds
from swf.dataflow.ids import Scope
from swf.dataflow.runtime import WorkflowRuntime
from swf.dataflow.submittable import Submittable
from swf.models.fields import instance

_TEXT = instance(str)


class TimerTask(Submittable):
    """A timer. Its future finishes when the timer fires.

    :param timer_id: The id; None to have one generated.
    :param timeout: Seconds until the timer fires, rounded up to whole seconds.
    :param control: A value to record with the timer.
    :raises ValidationError: The id or the timeout is invalid.
    """

    def __init__(self, timer_id: str | None, timeout: float | str, control: Any = None) -> None:
        self.timer_id: str | None = _TEXT.validate_optional("timer_id", timer_id)
        whole_seconds("timeout", timeout)
        self.timeout = timeout
        self.control = control

    def start(self, runtime: WorkflowRuntime, scope: Scope) -> Future:
        """Start the timer, or return the future of an open timer with the same id."""
        timer_id = self.timer_id or scope.next("sleep")
        running = runtime.timers.running.get(timer_id)
        if running is not None and not running.done:
            return running
        return runtime.timers.start(timer_id, self.timeout, self.control)


class CancelTimerTask(Submittable):
    """The cancellation of a timer. Its future is finished immediately.

    :param timer_id: The id of the timer; an id without an open timer is ignored.
    """

    def __init__(self, timer_id: str) -> None:
        self.timer_id = timer_id

    def start(self, runtime: WorkflowRuntime, scope: Scope) -> Future:  # noqa: ARG002 - it has an id
        """Cancel the timer if it is open."""
        timer = runtime.timers.running.get(self.timer_id)
        if timer is not None:
            timer.cancel()
        return runtime.finished_future()
