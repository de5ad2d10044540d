"""What can be raised in a workflow, and what becomes of it.

::

    ExecutionBlocked (BaseException)     the code cannot go on for now; never caught by accident
    |-- WorkflowFailing                  `fail()` was called
    `-- WorkflowCanceled                 the execution was asked to cancel
    SWFError
    |-- TaskException                    a task failed that may not fail
    |   `-- WorkflowException            ... and it is a child workflow
    |-- TaskError                        what became of a task
    |   |-- TaskFailed
    |   |-- TaskCanceled
    |   |-- TaskTerminated
    |   `-- TimeoutError (TimeoutError)
    |-- AggregateException               what became of the items of a group
    `-- ExecutionError                   an execution that was waited for did not complete
        `-- ExecutionTimeoutError
"""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterable
from typing import Any

from swf.exceptions import SWFError


class ExecutionBlocked(BaseException):
    """The code of a workflow cannot go on; it is no `Exception`, so nothing catches it unasked."""


class WorkflowFailing(ExecutionBlocked):
    """The workflow fails because its code says so."""

    def __init__(self, reason: str | None, details: Any = None) -> None:
        super().__init__(reason, details)
        self.reason = reason
        self.details = details

    def __str__(self) -> str:
        return self.reason or "the workflow fails"


class WorkflowCanceled(ExecutionBlocked):
    """The execution was asked to cancel; raised where its code waits.

    Catch it to clean up, with tasks if need be, and let it pass.
    """

    def __str__(self) -> str:
        return "the execution was asked to cancel"


class TaskError(SWFError):
    """A task came to no result."""


class TaskFailed(TaskError):  # noqa: N818 - the documented name
    """A task failed, or was refused.

    :param name: what it was.
    :param reason: in a line; it begins with the class of the error, if there was one.
    :param details: the traceback, or whatever the worker said.
    """

    def __init__(self, name: str, reason: str | None = None, details: Any = None) -> None:
        super().__init__(name, reason, details)
        self.name = name
        self.reason = reason
        self.details = details

    def __str__(self) -> str:
        why = f": {self.reason}" if self.reason else ""
        return f"{self.name} failed{why}"


class TaskCanceled(TaskError):  # noqa: N818 - the documented name
    """A task was canceled."""

    def __init__(self, details: Any = None) -> None:
        super().__init__(details)
        self.details = details

    def __str__(self) -> str:
        details = "" if self.details is None else f": {self.details}"
        return f"the task was canceled{details}"


class TaskTerminated(TaskError):  # noqa: N818 - the documented name
    """A child workflow was terminated.

    :param name: which, if it is known.
    """

    def __init__(self, name: str | None = None) -> None:
        super().__init__(name)
        self.name = name

    def __str__(self) -> str:
        return f"{self.name or 'the child workflow'} was terminated"


class TimeoutError(TaskError, builtins.TimeoutError):  # noqa: A001 - the documented name
    """A task, or a wait for it, took too long.

    :param timeout_type: `START_TO_CLOSE`, `SCHEDULE_TO_START`, ...; `WAIT` for a wait.
    :param timeout_value: seconds, if known.
    """

    def __init__(self, timeout_type: str | None, timeout_value: float | str | None = None) -> None:
        super().__init__(timeout_type, timeout_value)
        self.timeout_type = timeout_type
        self.timeout_value = timeout_value

    def __str__(self) -> str:
        after = "" if self.timeout_value is None else f" after {self.timeout_value} s"
        kind = f"{self.timeout_type} " if self.timeout_type else ""
        return f"{kind}timeout{after}"


class TaskException(SWFError):  # noqa: N818 - the documented name
    """A task failed that was submitted with `raises_on_failure`.

    :param exception: what became of it.
    """

    def __init__(self, task: Any, exception: BaseException | None = None) -> None:
        super().__init__(task, exception)
        self.task = task
        self.exception = exception

    @property
    def payload(self) -> Any:
        """The task, by its older name."""
        return self.task

    def __str__(self) -> str:
        return f"{self.task} failed" if self.exception is None else str(self.exception)


class WorkflowException(TaskException):
    """A child workflow failed."""

    @property
    def workflow(self) -> Any:
        """The task of the child."""
        return self.task


class AggregateException(TaskException):
    """What became of the items of a group, in their order; None for those that succeeded.

    Its `exception` is the first of them.

    :param task: the group.
    """

    def __init__(self, exceptions: Iterable[BaseException | None] = (), task: Any = None) -> None:
        self.exceptions = list(exceptions)
        super().__init__(task, self._first())
        self.args = (self.exceptions, task)

    def _first(self) -> BaseException | None:
        return next((each for each in self.exceptions if each is not None), None)

    def append(self, exception: BaseException | None) -> None:
        """Add what became of a further item."""
        self.exceptions.append(exception)
        self.exception = self._first()

    def handle(self, handler: Callable[..., bool], *args: Any, **kwargs: Any) -> None:
        """Raise an `AggregateException` of those for which `handler` does not return True.

        :param handler: is given an exception, and the further arguments.
        """
        failed = [each for each in self.exceptions if each is not None]
        unhandled = [each for each in failed if not handler(each, *args, **kwargs)]
        if unhandled:
            raise AggregateException(unhandled)

    def flatten(self) -> AggregateException:
        """Return one of the exceptions only, none of which is an aggregate itself."""
        flat: list[BaseException | None] = []
        for each in self.exceptions:
            if isinstance(each, AggregateException):
                flat.extend(each.flatten().exceptions)
            elif each is not None:
                flat.append(each)
        return AggregateException(flat)

    def __str__(self) -> str:
        failed = [str(each) for each in self.exceptions if each is not None]
        why = f": {'; '.join(failed)}" if failed else ""
        return f"{len(failed)} of {len(self.exceptions)} failed{why}"


class ExecutionError(SWFError):
    """An execution did not complete.

    :param status: its close status.
    """

    def __init__(self, status: str, reason: str | None = None, details: Any = None) -> None:
        super().__init__(status, reason, details)
        self.status = status
        self.reason = reason
        self.details = details

    def __str__(self) -> str:
        return ": ".join(str(part) for part in (self.status, self.reason) if part)


class ExecutionTimeoutError(ExecutionError):
    """An execution took too long."""
