"""`RetryableCommand`: commands with a retry policy: activities, children, Lambda functions.

The workflow's `on_task_failure` decides about a failure, else the retry policy. A replay repeats
the recorded reaction. A command that a rate or quota refuses is queued again, which does not count
as an attempt.
"""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar, Final

from swf.dataflow.base_future import Future
from swf.dataflow.commands import Attributes, Command, OpenCommand
from swf.dataflow.encoding import encode
from swf.dataflow.exceptions import (
    PayloadError,
    TaskFailed,
    TaskTerminated,
    TimeoutError,  # noqa: A004 - the documented name
)
from swf.dataflow.runtime import WorkflowRuntime
from swf.engine.decoding import decode_or_text
from swf.engine.ids import fit_id
from swf.engine.throttling import is_quota_cause
from swf.models.history.entity import Entity
from swf.payload import safe_copy
from swf.retry import Retry, failure_names

#: The delays while another task of the same id is open; they do not end.
ID_IN_USE_RETRY: Final = Retry(max_attempts=None, delay=1, max_delay=300, jitter=0.5)
#: Causes after which simpleflow registered the type and scheduled the task again.
UNREGISTERED: Final = ("ACTIVITY_TYPE_DOES_NOT_EXIST", "WORKFLOW_TYPE_DOES_NOT_EXIST")


class RetryableCommand(OpenCommand):
    """A command that is sent again after a failure, according to its retry policy.

    :param task: The submitted task.
    :param policy: The retry policy.
    """

    starts_work: ClassVar[bool] = True

    def __init__(
        self,
        runtime: WorkflowRuntime,
        id: str,  # noqa: A002 - the service's word
        task: Any,
        future: Future,
        policy: Retry,
    ) -> None:
        super().__init__(id, future, runtime.codec)
        self.runtime = runtime
        self.task = task
        self.policy = policy
        self.failures = 0
        self.refusals = 0
        self.input: str | None = None
        #: The last failure.
        self._error: Exception | None = None
        #: The timer that delays the next attempt.
        self._delay_timer: Future | None = None
        future._cancel = self.cancel

    @property
    def name(self) -> str:
        """The name of the activity, workflow or function."""
        raise NotImplementedError

    def begin(self, value: Any) -> None:
        """Queue the command.

        :param value: The input, which is encoded by the runtime's codec.
        """
        self._encode(value)
        self.runtime.queue.add(self)

    def joins_equal_task(self, key: str) -> bool:
        """Follow the future of an equal task that was started before.

        :param key: The id of the task's content.
        :returns: Whether there is such a task.
        """
        first = self.runtime.by_content.setdefault(key, self.future)
        if first is not self.future:
            first.add_done_callback(self._join)
        return first is not self.future

    def _join(self, first: Future) -> None:
        """Complete with a copy of the result of an equal task, or with its failure."""
        if first.finished and not first.failed:
            self.future.set_finished(safe_copy(first.outcome()[0]))
        else:
            self.future.follow(first)

    def _encode(self, value: Any) -> None:
        self.input = encode(value, f"input of {self.name}", self.codec)

    def attempt(self) -> Entity:
        """Return the history's record of the current attempt."""
        raise NotImplementedError

    def on_failed(self, attributes: Attributes) -> None:
        """The attempt failed.

        :param attributes: The attributes of the event, with `reason` and `details`.
        """
        details = decode_or_text(attributes.get("details"), self.codec)
        self.failed(TaskFailed(self.name, attributes.get("reason"), details), attributes)

    def on_timed_out(self, attributes: Attributes) -> None:
        """The attempt timed out.

        :param attributes: The attributes of the event, with `timeoutType`.
        """
        kind = str(attributes.get("timeoutType"))
        self.failed(TimeoutError(kind, self.timeout(kind)), attributes)

    def on_terminated(self, attributes: Attributes) -> None:
        """The child workflow was terminated."""
        self.failed(TaskTerminated(self.name), attributes)

    def on_refused(self, attributes: Attributes) -> None:
        """Queue the command again if the cause is transient, else fail.

        :param attributes: The attributes of the event, with the `cause`.
        """
        cause = str(attributes.get("cause"))
        is_transient = is_quota_cause(cause) and not self.future.cancel_requested
        if is_transient or (cause in UNREGISTERED and self.runtime.queue.is_rescheduled(self)):
            self.runtime.queue.add(self)
        elif cause == "ACTIVITY_ID_ALREADY_IN_USE" and not self.future.cancel_requested:
            self.refusals += 1
            delay = ID_IN_USE_RETRY.next_delay(self.refusals, key=self.id)
            self._send_after(delay or 0, f"refused-{self.refusals}")
        else:
            self.failed(TaskFailed(self.name, cause, attributes.get("message")), attributes)

    def timeout(self, kind: str) -> int | str | None:  # noqa: ARG002 - see ActivityCommand
        """Return the seconds of a declared timeout; None without a declaration.

        :param kind: A timeout type of the service, such as `START_TO_CLOSE`.
        """
        return None

    def failed(self, error: Exception, attributes: Attributes) -> None:
        """Retry or fail, as the workflow's hook or the retry policy says.

        :param attributes: The attributes of the event that records the failure.
        """
        self.failures += 1
        self._error = error
        if self.future.done:
            return
        if self.future.cancel_requested:
            self.future.set_exception(error)
            return
        if self.runtime.on_task_failure(self, error, attributes):
            return
        delay = self._retry_delay(error, attributes)
        if delay is None:
            self.future.set_exception(error)
        else:
            self._send_after(delay, f"retry-{self.failures}")

    def retry(self, seconds: float) -> None:
        """Retry with the current arguments of the task.

        :param seconds: The delay; 0 for an immediate retry.
        """
        try:
            self._encode(self.task.input)
        except PayloadError as error:
            self.future.raises_on_failure = True
            self.future.set_exception(error)
            return
        self._send_after(round(seconds), f"retry-{self.failures}")

    def _retry_delay(self, error: Exception, attributes: Attributes) -> int | None:
        """Return the seconds until the next attempt; None to fail."""
        retry_id = fit_id(f"{self.id}.retry-{self.failures}")
        cause = attributes.get("cause")
        names = ["schedule_failed", cause] if cause else failure_names(self.attempt())
        delay = self.policy.next_delay(self.failures, names, self.id)
        recorded = self.runtime.queue.recorded_delay(self, retry_id, delay or 1)
        if recorded is not None:
            return recorded
        fail = partial(self._fail_pending_retry, error)
        return self.runtime.retries.resolve_retry_delay(retry_id, self, fail, delay)

    def _fail_pending_retry(self, error: Exception) -> None:
        """Withdraw the pending retry, and fail."""
        if self._delay_timer is not None:
            self._delay_timer.cancel()
        else:
            self.runtime.queue.withdraw(self)
        self.future.set_exception(error)

    def _send_after(self, delay: int, suffix: str) -> None:
        """Queue the command again, after a timer if there is a delay in seconds."""
        if not delay:
            self.runtime.queue.add(self)
            return
        timers, timer_id = self.runtime.timers, f"{self.id}.{suffix}"
        self._delay_timer = timers.start(timer_id, delay, is_retry_delay=True)
        self._delay_timer.add_done_callback(self._resume)

    def _resume(self, timer: Future) -> None:
        self._delay_timer = None
        if self.future.done or timer.cancelled:
            return
        refusal = timer.exception
        if refusal is None:
            self.runtime.queue.add(self)
        else:  # the delay cannot elapse
            self.future.set_exception(self._error or refusal)

    def cancel(self) -> bool:
        """Withdraw the command, or request cancellation of the open task.

        :returns: Whether the future is cancelled immediately.
        """
        if self.runtime.queue.withdraw(self):
            return True
        if self._delay_timer is not None:
            self._delay_timer.cancel()
            return True
        if self.open_event_id is None:
            return True
        self.runtime.queue.add(self.cancellation())
        return False

    def cancellation(self) -> Command:
        """Return the command that requests cancellation of the open task."""
        raise NotImplementedError
