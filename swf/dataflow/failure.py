"""`TaskFailureContext`: the argument of `Workflow.on_task_failure`, and the possible decisions."""

from __future__ import annotations

import enum
import json
import re
from collections.abc import Mapping
from typing import Any

from swf.dataflow.base_future import Future, whole_seconds
from swf.dataflow.exceptions import TaskError, TaskTerminated
from swf.dataflow.retryable_command import RetryableCommand
from swf.dataflow.submittable import Submittable
from swf.exceptions import InvalidTypeError
from swf.models.fields import instance
from swf.models.history import History

_FUTURE = instance(Future)
_TASK = instance(Submittable)


class FailureDecision(enum.Enum):
    """Reaction to a failed task; `none` leaves it to the retry policy."""

    none = 0
    abort = 1
    ignore = 2
    retry_now = 3
    retry_later = 4
    cancel = 5
    handled = 6


_DECISION = instance(FailureDecision)
#: The reason of a workflow that failed because one of its tasks did.
_TASK_FAILED = re.compile(
    r"(TaskException|WorkflowException|TaskFailed): \S+ failed: (?P<inner>.+)", re.DOTALL
)


class TaskFailureContext:
    """A task that failed, timed out, or was refused by the service.

    The hook calls one of the `decide_` methods and returns the context. Otherwise the retry policy
    of the task applies. The hook may change `a_task.args` and `a_task.kwargs` before
    `decide_retry`.

    :param command: the command of the task.
    :param error: the error of this attempt, available as `exception`.
    :param event: the attributes of the event that reports the failure.
    """

    Decision = FailureDecision

    def __init__(
        self, command: RetryableCommand, error: TaskError, event: Mapping[str, Any]
    ) -> None:
        self.a_task: Submittable = command.task
        #: The attributes of the event; also `retry` (number of retries so far) and `state`
        #: (`failed`, `timed_out`, `terminated` or `schedule_failed`), as in simpleflow.
        self.event = {**event, "retry": command.failures - 1, "state": _state(error, event)}
        self.future: Future = command.future
        self.exception: BaseException = error
        self.exception_class = type(error)
        self.decision = FailureDecision.none
        self.retry_wait_timeout: float | None = None
        self.new_task: Submittable | None = None
        self.new_future: Future | None = None
        self._command = command

    @property
    def history(self) -> History:
        """The history up to this decision; it is the same in each replay."""
        return self._command.runtime.history

    @property
    def id(self) -> str:
        """The id of the task in the history."""
        return self._command.id

    @property
    def task_name(self) -> str:
        """The name of the activity, workflow or Lambda function."""
        return self._command.name

    @property
    def payload(self) -> Any:
        """The activity or workflow class of the task."""
        return getattr(self.a_task, "activity", None) or getattr(self.a_task, "workflow", None)

    @property
    def attempt_number(self) -> int:
        """The number of attempts, including this one."""
        return self._command.failures

    @property
    def retry_count(self) -> int:
        """The number of retries so far."""
        return self._command.failures - 1

    @property
    def reason(self) -> str | None:
        """The reason of the failure in one line."""
        return getattr(self.exception, "reason", None) or str(self.exception)

    @property
    def details(self) -> Any:
        """Details from the worker, such as the traceback."""
        return getattr(self.exception, "details", None)

    @property
    def task_error(self) -> str | None:
        """Name of the error class without its module; None if unknown.

        For a child workflow that failed with one of its tasks, it is the error of that task.
        """
        name = self.task_error_type
        return name.rsplit(".", 1)[-1] if name else None

    @property
    def task_error_type(self) -> str | None:
        """Name of the error class as the worker reported it; None if unknown."""
        details = self._error_details()
        name = details.get("error_type") or details.get("error")
        if name:
            return str(name)
        prefix, colon, _ = self._inner_reason().partition(":")
        return prefix if colon and prefix.replace(".", "").isidentifier() else None

    @property
    def task_message(self) -> str | None:
        """The message of the error."""
        message = self._error_details().get("message")
        if message is not None:
            return str(message)
        reason = self._inner_reason()
        _, colon, rest = reason.partition(": ")
        return rest if colon else reason

    @property
    def current_started_decision_id(self) -> int:
        """Id of the DecisionTaskStarted event of this decision."""
        return self._command.runtime.view.started_event_id

    @property
    def last_completed_decision_id(self) -> int:
        """Id of the DecisionTaskCompleted event of the previous decision; 0 if none."""
        return self._command.runtime.view.completed_event_id

    def decide_abort(self) -> TaskFailureContext:
        """Fail the task without further attempts."""
        return self._decide(FailureDecision.abort)

    def decide_ignore(self) -> TaskFailureContext:
        """Complete the task with the result None."""
        return self._decide(FailureDecision.ignore)

    def decide_cancel(self) -> TaskFailureContext:
        """Mark the task as cancelled."""
        return self._decide(FailureDecision.cancel)

    def decide_retry(self, retry_wait_timeout: float = 0) -> TaskFailureContext:
        """Retry the task.

        :param retry_wait_timeout: delay in seconds.
        :raises ValidationError: the delay is not a valid duration of a timer.
        """
        whole_seconds("retry_wait_timeout", retry_wait_timeout)
        self.retry_wait_timeout = retry_wait_timeout
        return self._decide(
            FailureDecision.retry_later if retry_wait_timeout else FailureDecision.retry_now
        )

    def decide_handled(
        self, a_task: Submittable, future: Future | None = None
    ) -> TaskFailureContext:
        """Replace the task; its future receives the outcome of the replacement.

        :param a_task: the task to submit instead; ignored if `future` is set.
        :param future: the future of a task that the hook has submitted.
        :raises InvalidTypeError: neither is a task or a future.
        """
        if future is not None:
            _FUTURE.validate("future", future)
        else:
            _TASK.validate("a_task", a_task)
        self.new_task = a_task
        self.new_future = future
        return self._decide(FailureDecision.handled)

    def _inner_reason(self) -> str:
        """Return the reason without the errors of workflows that failed because of their tasks."""
        reason = self.reason or ""
        while match := _TASK_FAILED.match(reason):
            reason = match["inner"]
        return reason

    def _decide(self, decision: FailureDecision) -> TaskFailureContext:
        self.decision = decision
        return self

    def _error_details(self) -> Mapping[str, Any]:
        details = self.details
        if isinstance(details, str) and details.startswith("{"):
            try:
                details = json.loads(details)
            except ValueError:
                return {}
        return details if isinstance(details, Mapping) else {}


def _state(error: TaskError, event: Mapping[str, Any]) -> str:
    if "cause" in event:
        return "schedule_failed"
    if isinstance(error, TimeoutError):
        return "timed_out"
    return "terminated" if isinstance(error, TaskTerminated) else "failed"


def apply_decision(context: TaskFailureContext, command: RetryableCommand) -> bool:
    """Apply the decision of `on_task_failure` to a failed task.

    A future that the hook has finished is not changed.

    :param context: the value that the hook returned.
    :param command: the command of the failed task.
    :returns: whether the hook made a decision.
    :raises InvalidTypeError: the hook returned neither its context nor None, or the decision is
        invalid.
    """
    if not isinstance(context, TaskFailureContext):
        rule = "must return its context or None"
        raise InvalidTypeError("on_task_failure", context, rule)
    future, decision = command.future, context.decision
    _DECISION.validate("decision", decision)
    if future.done:
        return True
    if decision is FailureDecision.abort:
        future.set_exception(context.exception)
    elif decision is FailureDecision.ignore:
        future.set_finished(None)
    elif decision is FailureDecision.cancel:
        future.set_cancelled()
    elif decision in (FailureDecision.retry_now, FailureDecision.retry_later):
        command.retry(context.retry_wait_timeout or 0)
    elif decision is FailureDecision.handled:
        replacement = context.new_future
        if replacement is None and context.new_task is not None:
            replacement = command.runtime.start(context.new_task, command.runtime.scope)
        if replacement is not None:
            future.follow(replacement)
    return decision is not FailureDecision.none
