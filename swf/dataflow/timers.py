"""`Timers`: the timers of one execution, and the commands that start and cancel them."""

from __future__ import annotations

import math
from typing import Any

from swf.dataflow import simpleflow_compat
from swf.dataflow.base_future import Future, whole_seconds
from swf.dataflow.command_queue import CommandQueue
from swf.dataflow.commands import Attributes, Command, OpenCommand
from swf.dataflow.encoding import encode
from swf.dataflow.exceptions import TaskFailed
from swf.dataflow.fibers import EventLoop
from swf.dataflow.history_view import HistoryView
from swf.engine.ids import fit_id
from swf.engine.throttling import CommandKind, is_quota_cause
from swf.models.decision import Decision, cancel_timer, start_timer
from swf.payload import Codec


class StartTimerCommand(OpenCommand):
    """The decision `StartTimer`.

    :param seconds: The duration.
    :param control: A value to record with the timer.
    :param is_retry_delay: Whether the timer delays a retry. A replay does not compare the
        duration of such a timer, because the retry policy may have changed.
    """

    kind = "timer"
    quota = CommandKind.TIMER

    def __init__(
        self,
        queue: CommandQueue,
        future: Future,
        seconds: int,
        codec: Codec,
        control: Any = None,
        *,
        is_retry_delay: bool = False,
    ) -> None:
        super().__init__(future.id, future, codec)
        self.seconds = seconds
        self.is_retry_delay = is_retry_delay
        self._queue = queue
        text = encode(control, "control", codec)
        # Built here, so that invalid arguments raise in the code that starts the timer.
        self._decision = start_timer(self.id, seconds, control=text)

    @property
    def expected_attributes(self) -> Attributes:
        if self.is_retry_delay:
            return {"timerId": self.id}
        return {"timerId": self.id, "startToFireTimeout": str(self.seconds)}

    def matches_legacy(self, name: str, recorded: Any) -> bool:
        is_id = name == "timerId" and self.is_retry_delay
        return is_id and simpleflow_compat.is_retry_timer(recorded, self.id)

    def decision(self) -> Decision:
        return self._decision

    def restart(self, seconds: int) -> None:
        """Queue the command again with another duration."""
        self.seconds = seconds
        self._decision = start_timer(
            self.id, seconds, control=self._decision.attributes.get("control")
        )
        self._queue.add(self)

    def on_refused(self, attributes: Attributes) -> None:
        if self.future.done:
            return
        if is_quota_cause(attributes.get("cause")):
            self._queue.add(self)
        else:
            self.future.set_exception(TaskFailed(self.id, attributes.get("cause")))

    def cancel(self) -> bool:
        """Cancel the timer; its future is cancelled immediately."""
        if not self._queue.withdraw(self):
            self._queue.add(CancelTimerCommand(self._queue, self))
        return True


class CancelTimerCommand(Command):
    """The decision `CancelTimer`. A refusal is ignored: the timer has fired already.

    :param timer: The command that started the timer.
    """

    kind = "cancellation of timer"

    def __init__(self, queue: CommandQueue, timer: StartTimerCommand) -> None:
        super().__init__(timer.id)
        self._queue = queue
        self._timer = timer

    def on_accepted(self, event_id: int, attributes: Attributes) -> None:  # noqa: ARG002
        if self._queue.open.pop(self._timer.open_event_id or 0, None) is not None:
            self._queue.release_slot(self._timer)

    @property
    def expected_attributes(self) -> Attributes:
        return {"timerId": self.id}

    def decision(self) -> Decision:
        return cancel_timer(self.id)


class Timers:
    """The timers of one execution by id.

    :param loop: The event loop of the futures.
    :param queue: The queue of the commands.
    :param codec: Encodes the values recorded with timers.
    :ivar running: The futures of the open timers, without those that delay retries.
    """

    def __init__(self, loop: EventLoop, queue: CommandQueue, codec: Codec) -> None:
        self.running: dict[str, Future] = {}
        self._closed_states: dict[str, str] = {}
        self._loop = loop
        self._queue = queue
        self._codec = codec

    def start(
        self,
        timer_id: str,
        seconds: float | str,
        control: Any = None,
        *,
        is_retry_delay: bool = False,
    ) -> Future:
        """Start a timer, and return its future.

        :param seconds: The duration, rounded up to whole seconds.
        :param control: A value to record with the timer.
        :param is_retry_delay: Whether the timer delays a retry; `running` excludes these timers.
        :raises ValidationError: `seconds` is out of range.
        """
        future = Future(self._loop, None, fit_id(timer_id))
        whole = whole_seconds("timeout", seconds)
        command = StartTimerCommand(
            self._queue, future, whole, self._codec, control, is_retry_delay=is_retry_delay
        )
        future._cancel = command.cancel
        if not is_retry_delay:
            self.running[future.id] = future
            future.add_done_callback(self._close)
        self._queue.add(command)
        return future

    def state(self, timer_id: str) -> str | None:
        """Return `started`, `fired` or `canceled`; None if no timer has this id.

        :param timer_id: The id, as it was submitted or generated.
        """
        timer = self.running.get(timer_id)
        return self._closed_states.get(timer_id) if timer is None else _state(timer)

    def restart_canceled(self, attributes: Attributes, view: HistoryView) -> bool:
        """Start a canceled timer again that the code has not canceled in a repeated turn.

        :param attributes: The attributes of the `TimerCanceled` event.
        :returns: False if the code has canceled the timer.
        """
        timer_id, event_id = attributes["timerId"], attributes["startedEventId"]
        if self._queue.has_pending("cancellation of timer", timer_id):
            return False
        command = self._queue.open.pop(event_id, None)
        if isinstance(command, StartTimerCommand):
            self._queue.release_slot(command)
            started = view.full.event(event_id).timestamp
            elapsed = (view.now - started).total_seconds()
            command.restart(max(0, math.ceil(command.seconds - elapsed)))
        return True

    def cancel_all(self) -> None:
        """Cancel the open timers."""
        for timer in list(self.running.values()):
            timer.cancel()

    def _close(self, future: Future) -> None:
        if self.running.get(future.id) is future:
            del self.running[future.id]
        self._closed_states[future.id] = _state(future)


def _state(future: Future) -> str:
    if not future.done:
        return "started"
    return "fired" if future.finished else "canceled"
