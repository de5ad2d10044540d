"""`TaskFailureContext`: what `Workflow.on_task_failure` is told, and what it may decide."""

from __future__ import annotations

import enum
import json
from collections.abc import Mapping
from typing import Any

from swf.dataflow.exceptions import TaskError
from swf.dataflow.futures import Future, whole_seconds
from swf.dataflow.retryable_command import RetryableCommand
from swf.dataflow.submittable import Submittable
from swf.exceptions import InvalidTypeError
from swf.models.fields import instance
from swf.models.history import History

_FUTURE = instance(Future)
_TASK = instance(Submittable)


class FailureDecision(enum.Enum):
    """What to do about a task that failed."""

    none = 0
    abort = 1
    ignore = 2
    retry_now = 3
    retry_later = 4
    cancel = 5
    handled = 6


_DECISION = instance(FailureDecision)


class TaskFailureContext:
    """A task that failed, was refused or timed out.

    A hook calls one of the `decide_` methods; without, the task's retry policy applies. It may
    change `a_task.args` and `a_task.kwargs` before `decide_retry`.
    """

    Decision = FailureDecision

    def __init__(
        self, request: RetryableCommand, error: TaskError, event: Mapping[str, Any]
    ) -> None:
        self.a_task: Submittable = request.task
        self.event = dict(event)
        self.future: Future = request.future
        self.exception: BaseException = error
        self.exception_class = type(error)
        self.decision = FailureDecision.none
        self.retry_wait_timeout: float | None = None
        self.new_task: Submittable | None = None
        self.new_future: Future | None = None
        self._request = request

    @property
    def history(self) -> History:
        """What happened so far, the same in every replay."""
        return self._request.runtime.history

    @property
    def id(self) -> str:
        """The id of the task."""
        return self._request.id

    @property
    def task_name(self) -> str:
        """The name of what it runs."""
        return self._request.name

    @property
    def payload(self) -> Any:
        """What was submitted: the activity, the workflow class."""
        return getattr(self.a_task, "activity", None) or getattr(self.a_task, "workflow", None)

    @property
    def attempt_number(self) -> int:
        """How many attempts there were, this one included."""
        return self._request.failures

    @property
    def retry_count(self) -> int:
        """How many times it was tried again."""
        return self._request.failures - 1

    @property
    def reason(self) -> str | None:
        """Why it failed, in a line."""
        return getattr(self.exception, "reason", None) or str(self.exception)

    @property
    def details(self) -> Any:
        """What else is known of it."""
        return getattr(self.exception, "details", None)

    @property
    def task_error(self) -> str | None:
        """The class of the error, without its module."""
        kind = self.task_error_type
        return kind.rsplit(".", 1)[-1] if kind else None

    @property
    def task_error_type(self) -> str | None:
        """The class of the error, as the worker named it."""
        told = self._told().get("error_type") or self._told().get("error")
        if told:
            return str(told)
        kind, colon, _ = (self.reason or "").partition(":")
        return kind if colon and kind.replace(".", "").isidentifier() else None

    @property
    def task_message(self) -> str | None:
        """The message of the error."""
        told = self._told().get("message")
        if told is not None:
            return str(told)
        _, colon, message = (self.reason or "").partition(": ")
        return message if colon else self.reason

    @property
    def current_started_decision_id(self) -> int:
        """The event that started this decision."""
        return self._request.runtime.view.started_event_id

    @property
    def last_completed_decision_id(self) -> int:
        """The event that completed the decision before; 0 in the first one."""
        return self._request.runtime.view.completed_event_id

    def decide_abort(self) -> TaskFailureContext:
        """Fail for good, whatever the policy says."""
        return self._decide(FailureDecision.abort)

    def decide_ignore(self) -> TaskFailureContext:
        """Count it as completed, with None as its result."""
        return self._decide(FailureDecision.ignore)

    def decide_cancel(self) -> TaskFailureContext:
        """Count it as cancelled."""
        return self._decide(FailureDecision.cancel)

    def decide_retry(self, retry_wait_timeout: float = 0) -> TaskFailureContext:
        """Try again, after so many seconds."""
        whole_seconds("retry_wait_timeout", retry_wait_timeout)
        self.retry_wait_timeout = retry_wait_timeout
        return self._decide(
            FailureDecision.retry_later if retry_wait_timeout else FailureDecision.retry_now
        )

    def decide_handled(
        self, a_task: Submittable, future: Future | None = None
    ) -> TaskFailureContext:
        """Have another task, or its future, come to the result in its place.

        :raises InvalidTypeError: there is neither.
        """
        if future is not None:
            _FUTURE.validate("future", future)
        else:
            _TASK.validate("a_task", a_task)
        self.new_task = a_task
        self.new_future = future
        return self._decide(FailureDecision.handled)

    def _decide(self, decision: FailureDecision) -> TaskFailureContext:
        self.decision = decision
        return self

    def _told(self) -> Mapping[str, Any]:
        details = self.details
        if isinstance(details, str) and details.startswith("{"):
            try:
                details = json.loads(details)
            except ValueError:
                return {}
        return details if isinstance(details, Mapping) else {}


def settle(context: TaskFailureContext, request: RetryableCommand) -> bool:
    """Do what a hook decided about a failed task; return whether it decided anything.

    A future that the hook itself brought to an end stays as it is.

    :raises InvalidTypeError: what it gave back is no decision.
    """
    if not isinstance(context, TaskFailureContext):
        rule = "must return the context that it is given, or None"
        raise InvalidTypeError("on_task_failure", context, rule)
    future, decision = request.future, context.decision
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
        request.retry(context.retry_wait_timeout or 0)
    elif decision is FailureDecision.handled:
        other = context.new_future
        if other is None and context.new_task is not None:
            other = request.runtime.start(context.new_task, request.runtime.scope)
        if other is not None:
            future.follow(other)
    return decision is not FailureDecision.none
