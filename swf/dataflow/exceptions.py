"""Exceptions that workflow code can raise or catch.

::

    ExecutionBlocked (BaseException)     the code cannot continue; `except Exception` misses it
    |-- WorkflowFailing                  `fail()` was called
    `-- WorkflowCanceled                 cancellation of the execution was requested
    SWFError
    |-- TaskException                    a task with `raises_on_failure` failed
    |   |-- WorkflowException            ... a child workflow
    |   `-- AggregateException           ... a group, with the errors of its items
    |-- TaskError                        a task ended without a result
    |   |-- TaskFailed
    |   |-- TaskCanceled
    |   |-- TaskTerminated
    |   `-- TimeoutError (builtins.TimeoutError)
    |-- ExecutionError                   an awaited execution did not complete
    |   `-- ExecutionTimeoutError
    `-- ValidationError
        `-- PayloadError                 a value cannot be encoded, or its text is too long
"""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterable
from typing import Any

from swf.exceptions import SWFError, ValidationError


class ExecutionBlocked(BaseException):
    """Workflow code cannot continue. It derives from `BaseException` to pass `except Exception`."""


class WorkflowFailing(ExecutionBlocked):
    """The workflow code called `Workflow.fail`.

    :param reason: a short text for the failed execution; None for no reason.
    :param details: a value that the codec can encode.
    """

    def __init__(self, reason: str | None, details: Any = None) -> None:
        super().__init__(reason, details)
        self.reason = reason
        self.details = details

    def __str__(self) -> str:
        return self.reason or "the workflow failed"


class WorkflowCanceled(ExecutionBlocked):
    """Cancellation of the execution was requested; raised where the code waits.

    Catch it to clean up, and raise it again. The cleanup may submit tasks.
    """

    def __str__(self) -> str:
        return "cancellation of the execution was requested"


class PayloadError(ValidationError):
    """Workflow code used a value that the codec cannot encode, or a text beyond a limit.

    It fails the execution, unless `Workflow.fails_on_payload_errors` is False.
    """


class TaskError(SWFError):
    """A task ended without a result."""


class TaskFailed(TaskError):  # noqa: N818 - the documented name
    """A task failed, or the service refused to schedule it.

    :param name: name of the activity, workflow or Lambda function.
    :param reason: one line that begins with the class of the error, or the cause of the refusal.
    :param details: traceback or other details from the worker.
    """

    def __init__(self, name: str, reason: str | None = None, details: Any = None) -> None:
        super().__init__(name, reason, details)
        self.name = name
        self.reason = reason
        self.details = details

    def __str__(self) -> str:
        reason = f": {self.reason}" if self.reason else ""
        return f"{self.name} failed{reason}"


class TaskCanceled(TaskError):  # noqa: N818 - the documented name
    """A task was canceled.

    :param details: details from the worker.
    """

    def __init__(self, details: Any = None) -> None:
        super().__init__(details)
        self.details = details

    def __str__(self) -> str:
        details = "" if self.details is None else f": {self.details}"
        return f"the task was canceled{details}"


class TaskTerminated(TaskError):  # noqa: N818 - the documented name
    """A child workflow was terminated.

    :param name: name of the child's workflow type; None if unknown.
    """

    def __init__(self, name: str | None = None) -> None:
        super().__init__(name)
        self.name = name

    def __str__(self) -> str:
        return f"{self.name or 'the child workflow'} was terminated"


class TimeoutError(TaskError, builtins.TimeoutError):  # noqa: A001 - the documented name
    """A task, or a wait for a future, timed out.

    :param timeout_type: the service's timeout type, such as `START_TO_CLOSE`; `WAIT` for a wait.
    :param timeout_value: seconds; None if unknown.
    """

    def __init__(self, timeout_type: str | None, timeout_value: float | str | None = None) -> None:
        super().__init__(timeout_type, timeout_value)
        self.timeout_type = timeout_type
        self.timeout_value = timeout_value

    def __str__(self) -> str:
        after = "" if self.timeout_value is None else f" after {self.timeout_value} s"
        timeout_type = f"{self.timeout_type} " if self.timeout_type else ""
        return f"{timeout_type}timeout{after}"


class TaskException(SWFError):  # noqa: N818 - the documented name
    """A task with `raises_on_failure` failed.

    :param task: the task that failed.
    :param exception: the error of the task.
    """

    def __init__(self, task: Any, exception: BaseException | None = None) -> None:
        super().__init__(task, exception)
        self.task = task
        self.exception = exception

    @property
    def payload(self) -> Any:
        """Alias of `task`, as in simpleflow."""
        return self.task

    def __str__(self) -> str:
        return f"{self.task} failed" if self.exception is None else str(self.exception)


class WorkflowException(TaskException):
    """A child workflow with `raises_on_failure` failed."""

    @property
    def workflow(self) -> Any:
        """The task that started the child."""
        return self.task


class AggregateException(TaskException):
    """Items of a group failed.

    :param exceptions: one per item, in the order of the items; None for items that succeeded.
        `exception` is the first that is not None.
    :param task: the group.
    """

    def __init__(self, exceptions: Iterable[BaseException | None] = (), task: Any = None) -> None:
        self.exceptions = list(exceptions)
        super().__init__(task, self._first())
        self.args = (self.exceptions, task)

    def _first(self) -> BaseException | None:
        return next((each for each in self.exceptions if each is not None), None)

    def append(self, exception: BaseException | None) -> None:
        """Append the exception of another item.

        :param exception: None if the item succeeded.
        """
        self.exceptions.append(exception)
        self.exception = self._first()

    def handle(self, handler: Callable[..., bool], *args: Any, **kwargs: Any) -> None:
        """Pass each exception to a handler.

        :param handler: called with the exception, `args` and `kwargs`; returns True if the
            exception is handled.
        :raises AggregateException: contains the exceptions that were not handled.
        """
        errors = [each for each in self.exceptions if each is not None]
        unhandled = [each for each in errors if not handler(each, *args, **kwargs)]
        if unhandled:
            raise AggregateException(unhandled)

    def flatten(self) -> AggregateException:
        """Return an aggregate without nested aggregates and without None."""
        flat: list[BaseException | None] = []
        stack: list[BaseException | None] = [self]
        while stack:  # a loop: groups may be nested deeper than the interpreter allows calls
            error = stack.pop()
            if isinstance(error, AggregateException):
                stack.extend(reversed(error.exceptions))
            elif error is not None:
                flat.append(error)
        return AggregateException(flat)

    def __str__(self) -> str:
        failures = sum(each is not None for each in self.exceptions)
        reasons = "; ".join(str(each) for each in self.flatten().exceptions)
        return f"{failures} of {len(self.exceptions)} failed{': ' if reasons else ''}{reasons}"


class ExecutionError(SWFError):
    """An execution did not complete.

    :param status: its close status, such as `FAILED`.
    :param reason: reason of its close event.
    :param details: details of its close event.
    """

    def __init__(self, status: str, reason: str | None = None, details: Any = None) -> None:
        super().__init__(status, reason, details)
        self.status = status
        self.reason = reason
        self.details = details

    def __str__(self) -> str:
        return ": ".join(str(part) for part in (self.status, self.reason) if part)


class ExecutionTimeoutError(ExecutionError):
    """An execution timed out."""
