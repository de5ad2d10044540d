"""Attempts: requests that can fail and be tried again: activities, children, Lambda functions.

What becomes of a failure is decided by the workflow's `on_task_failure`, else by the policy; in a
replay, by what the history says was done about it. What the service refuses for now is asked for
again after a pause.
"""

from __future__ import annotations

from typing import Any, Final

from swf import payload
from swf.constants import DATA_LIMIT
from swf.dataflow.commands import Attributes, Command, OpenCommand
from swf.dataflow.exceptions import (
    TaskFailed,
    TaskTerminated,
    TimeoutError,  # noqa: A004 - the documented name
)
from swf.dataflow.futures import Future
from swf.dataflow.ids import fit
from swf.dataflow.runtime import WorkflowRuntime
from swf.models.history.entity import Entity
from swf.retry import TRANSIENT_CAUSES, Retry, failure_names

#: How what the service refuses for now is asked for again: without end, but ever more rarely.
THROTTLING_RETRY: Final = Retry(max_attempts=None, delay=1, max_delay=300, jitter=0.5)
#: What simpleflow did something about by itself, and asked again.
UNREGISTERED: Final = ("ACTIVITY_TYPE_DOES_NOT_EXIST", "WORKFLOW_TYPE_DOES_NOT_EXIST")


class RetryableCommand(OpenCommand):
    """A request that can fail and be tried again: an activity, a child, a Lambda function.

    :param task: what was submitted.
    :param policy: when it is tried again.
    """

    #: Where it was asked for, as its event tells; None: no other of its id is asked for elsewhere.
    place: str | None = None

    def __init__(
        self,
        runtime: WorkflowRuntime,
        id: str,  # noqa: A002 - the service's word
        task: Any,
        future: Future,
        policy: Retry,
    ) -> None:
        super().__init__(runtime, id)
        self.task = task
        self.future = future
        future._cancel = self.cancel
        self.policy = policy
        self.failures = 0
        self.refusals = 0
        self.input: str | None = None
        self._pause: Future | None = None

    @property
    def name(self) -> str:
        """What it runs."""
        raise NotImplementedError

    def begin(self, value: Any) -> None:
        """Ask for it with an input."""
        self._encode(value)
        self.runtime.ask(self)

    def is_known(self, key: str) -> bool:
        """Return whether a task was begun that is the same by a key; then it is waited for."""
        known = self.runtime.by_content.setdefault(key, self.future)
        if known is not self.future:
            self.future.follow(known)
        return known is not self.future

    def _encode(self, value: Any) -> None:
        self.input = payload.encode(value, f"input of {self.name}", DATA_LIMIT, self.runtime.codec)

    def attempt(self) -> Entity:
        """Return what the history knows of the present attempt."""
        raise NotImplementedError

    def on_failed(self, attributes: Attributes) -> None:
        """It failed."""
        details = self.runtime.decode(attributes.get("details"))
        self.failed(TaskFailed(self.name, attributes.get("reason"), details), attributes)

    def on_timed_out(self, attributes: Attributes) -> None:
        """It took too long."""
        kind = str(attributes.get("timeoutType"))
        self.failed(TimeoutError(kind, self.timeout(kind)), attributes)

    def on_terminated(self, attributes: Attributes) -> None:
        """Somebody terminated it."""
        self.failed(TaskTerminated(self.name), attributes)

    def on_refused(self, attributes: Attributes) -> None:
        """Ask again later if the cause passes by itself."""
        cause = str(attributes.get("cause"))
        if cause in UNREGISTERED and self.runtime.is_asked_again(self):
            self.runtime.ask(self)
        elif cause in TRANSIENT_CAUSES and not self.future.cancel_requested:
            self.refusals += 1
            self._again(THROTTLING_RETRY.next_delay(self.refusals, key=self.id), "refused")
        else:
            self.failed(TaskFailed(self.name, cause, attributes.get("message")), attributes)

    def timeout(self, kind: str) -> int | str | None:  # noqa: ARG002 - for those that know more
        """Return the seconds of one of its timeouts, if they are known."""
        return None

    def failed(self, error: Exception, attributes: Attributes) -> None:
        """Try again, or end: as the workflow says, else its policy."""
        self.failures += 1
        if self.future.done:
            return
        if self.future.cancel_requested:
            self.future.set_exception(error)
            return
        if not self.runtime.on_task_failure(self, error, attributes):
            self._again(self._delay(error, attributes), "retry", error)

    def retry(self, seconds: float) -> None:
        """Try again after so many seconds, with the arguments that its task has now."""
        self._encode(self.task.input)
        self._again(round(seconds), "retry")

    def _delay(self, error: Exception, attributes: Attributes) -> int | None:
        retry_id = fit(f"{self.id}.retry-{self.failures}")
        recorded = self.runtime.recorded_delay(self, retry_id)
        if recorded is not None:
            return recorded
        cause = attributes.get("cause")
        names = ["schedule_failed", cause] if cause else failure_names(self.attempt())
        delay = self.policy.next_delay(self.failures, names, self.id)
        return self.runtime.resolve_retry_delay(retry_id, self, error, delay)

    def give_up(self, error: Exception) -> None:
        """Fail for good, in place of the further attempt that was asked for."""
        if self._pause is not None:
            self._pause.cancel()
        else:
            self.withdraw()
        self.future.set_exception(error)

    def _again(self, delay: int | None, why: str, error: Exception | None = None) -> None:
        if delay is None and error is not None:
            self.future.set_exception(error)
        elif not delay:
            self.runtime.ask(self)
        else:
            number = self.failures if why == "retry" else self.refusals
            self._pause = self.runtime.start_timer(f"{self.id}.{why}-{number}", delay, policy=True)
            self._pause.add_done_callback(self._resume)

    def _resume(self, pause: Future) -> None:
        self._pause = None
        if pause.finished and not self.future.done:
            self.runtime.ask(self)

    def cancel(self) -> bool:
        """Ask for its end; return whether it is over at once."""
        if self.withdraw():
            return True
        if self._pause is not None:
            self._pause.cancel()
            return True
        if self.open_event_id is None:
            return True
        self.runtime.ask(self.cancellation())
        return False

    def cancellation(self) -> Command:
        """Return the request that asks for its end."""
        raise NotImplementedError
