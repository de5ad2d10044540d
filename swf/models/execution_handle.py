"""`ExecutionHandle`: an execution by its ids, and the operations on it.

`swf.models.workflow.WorkflowExecution` adds the attributes that the service returns.
"""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, ClassVar

from swf.constants import STATUS_CLOSED
from swf.exceptions import (
    AlreadyExistsError,
    DoesNotExistError,
    WaitTimeout,
    WorkflowExecutionAlreadyStartedError,
)
from swf.models.base import translate_errors
from swf.models.domain import DomainMember
from swf.models.fields import (
    CHILD_POLICY,
    PAGE_SIZE,
    REASON,
    RUN_ID,
    SIGNAL_NAME,
    WORKFLOW_ID,
    Level,
    wire,
)
from swf.models.history import History
from swf.models.value import model
from swf.payload import encode

if TYPE_CHECKING:
    from typing_extensions import Self

#: Seconds between two describe calls of `wait`: the first pause and the longest.
FIRST_PAUSE = 0.05
LONGEST_PAUSE = 20.0


class WorkflowExecutionDoesNotExist(DoesNotExistError):  # noqa: N818 - the documented name
    """The service does not know the execution, or it is closed already."""


@model
class ExecutionHandle(DomainMember):
    """An execution by its ids.

    Without a run id it refers to the latest execution of the workflow id: the service applies
    signals, cancel requests and terminations to the open execution; `upstream` describes the open
    execution or, if none is open, the one that started last.
    """

    DoesNotExist: ClassVar[type[DoesNotExistError]] = WorkflowExecutionDoesNotExist
    AlreadyExists: ClassVar[type[AlreadyExistsError]] = WorkflowExecutionAlreadyStartedError
    api_name: ClassVar[str] = "WorkflowExecution"
    configuration: ClassVar[str] = "executionConfiguration"
    status_member: ClassVar[str] = "executionStatus"

    workflow_id: str = wire("workflowId", WORKFLOW_ID, level=Level.REFERENCE)
    run_id: str | None = wire("runId", RUN_ID, default=None, assigned=True, level=Level.REFERENCE)

    if TYPE_CHECKING:

        @property
        def status(self) -> str | None: ...

    def _label(self) -> str:
        return self.workflow_id

    def history_events(
        self,
        callback: Callable[..., Any] | None = None,
        reverse_order: bool = False,
        page_size: int | None = None,
    ) -> Iterator[dict[str, Any]]:
        """Yield the events as dictionaries of the wire, with a call per page during the iteration.

        :param callback: called for each page with `loop_number`, from 1, and `response`.
        :param reverse_order: yield the newest event first.
        :param page_size: events per call, 1 to 1,000; 1,000 by default.
        :raises WorkflowExecutionDoesNotExist: the service does not know the execution.
        """
        size = PAGE_SIZE.validate_optional("page_size", page_size)
        identity = self._identity()
        with translate_errors(self.DoesNotExist, self.AlreadyExists):
            pages = self.connection.pages(
                "GetWorkflowExecutionHistory",
                **identity,
                reverseOrder=reverse_order or None,
                maximumPageSize=size,
            )
            for number, page in enumerate(pages, start=1):
                if callback is not None:
                    callback(loop_number=number, response=page)
                yield from page["events"]

    def history(
        self,
        callback: Callable[..., Any] | None = None,
        reverse_order: bool = False,
        page_size: int | None = None,
    ) -> History:
        """Return the whole history (a call per page); the arguments are those of `history_events`.

        The events of a `History` are in the order of their ids, also with `reverse_order`.
        """
        events = self.history_events(callback, reverse_order, page_size)
        return History.from_event_list(list(events))

    def signal(
        self,
        signal_name: str,
        input: Any = None,  # noqa: A002 - the service's word
        workflow_id: str | None = None,
        run_id: str | None = None,
    ) -> None:
        """Signal this execution (one call), or another one of the domain.

        :param signal_name: up to 256 characters.
        :param input: the input of the signal, encoded by `swf.payload`.
        :param workflow_id: the workflow id of another execution, which must be open.
        :param run_id: the run id of another execution.
        :raises WorkflowExecutionDoesNotExist: the execution is unknown or closed.
        """
        if workflow_id is None:
            workflow_id = self.workflow_id
            run_id = self.run_id if run_id is None else run_id
        self._call(
            "SignalWorkflowExecution",
            domain=self.domain.name,
            workflowId=WORKFLOW_ID.validate("workflow_id", workflow_id),
            runId=RUN_ID.validate_optional("run_id", run_id),
            signalName=SIGNAL_NAME.validate("signal_name", signal_name),
            input=encode(input, "input"),
        )

    def request_cancel(self) -> None:
        """Request its cancellation (one call); its decider decides how to react.

        :raises WorkflowExecutionDoesNotExist: the execution is unknown or closed.
        """
        self._call("RequestCancelWorkflowExecution", **self._target())

    def terminate(
        self,
        child_policy: str | None = None,
        details: Any = None,
        reason: str | None = None,
    ) -> None:
        """Close it immediately (one call), without a decision.

        :param child_policy: the policy for its children; the policy of the execution by default.
        :param details: the details of the termination, encoded by `swf.payload`.
        :param reason: up to 256 characters.
        :raises WorkflowExecutionDoesNotExist: the execution is unknown or closed.
        """
        self._call(
            "TerminateWorkflowExecution",
            **self._target(),
            reason=REASON.validate_optional("reason", reason),
            details=encode(details, "details"),
            childPolicy=CHILD_POLICY.validate_optional("child_policy", child_policy),
        )

    def wait(
        self,
        timeout: float | None = None,
        *,
        sleep: Callable[[float], object] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> Self:
        """Wait until it is closed, and return the closed execution.

        The pauses between two describe calls grow from 0.05 to 20 seconds. An execution that
        continued as new is closed; the execution that continues it has another run id.

        :param timeout: seconds to wait; None waits without a limit.
        :param sleep: pauses for a number of seconds.
        :param clock: returns the monotonic time in seconds.
        :raises WaitTimeout: the execution is still open after `timeout` seconds.
        """
        deadline = None if timeout is None else clock() + timeout
        pause, execution = FIRST_PAUSE, self.upstream()
        while execution.status != STATUS_CLOSED:
            remaining = LONGEST_PAUSE if deadline is None else deadline - clock()
            if remaining <= 0:
                raise WaitTimeout(f"{execution.workflow_id} is still open after {timeout} seconds")
            sleep(min(pause, remaining))
            pause = min(pause * 1.5, LONGEST_PAUSE)
            execution = execution.upstream()
        return execution

    def why(self) -> Any:
        """Explain why it is in its state: its waits if it is open, its end if it is closed.

        It reads the history (a call per page) and counts the tasks of each task list with tasks
        that no poller has taken (two calls each).

        :returns: a `swf.report.why.Why`, whose `str` is a paragraph.
        :raises WorkflowExecutionDoesNotExist: the service does not know the execution.
        """
        # Reports import models, so the function is looked up on the call, as querysets are.
        return importlib.import_module("swf.report.why").explain(self)

    def upstream(self) -> Self:
        """Return the execution that the service has under this identity (one call).

        Without a run id, another call looks for the open execution of the workflow id, and a third
        one for the closed execution that started last.

        :raises WorkflowExecutionDoesNotExist: the service does not know the execution.
        """
        return super().upstream()

    @property
    def reference(self) -> dict[str, str | None]:
        """Workflow id and run id, the structure that refers to it in the API."""
        return {"workflowId": self.workflow_id, "runId": self.run_id}

    def _identity(self) -> dict[str, Any]:
        run_id = self.run_id or self._find_run_id()
        execution = {"workflowId": self.workflow_id, "runId": run_id}
        return {"domain": self.domain.name, "execution": execution}

    def _target(self) -> dict[str, Any]:
        return {"domain": self.domain.name, **self.reference}

    def _find_run_id(self) -> str:
        """Return the run id of the open execution, or of the closed one that started last."""
        for operation in ("ListOpenWorkflowExecutions", "ListClosedWorkflowExecutions"):
            with translate_errors(self.DoesNotExist, self.AlreadyExists):
                pages = self.connection.pages(
                    operation,
                    domain=self.domain.name,
                    startTimeFilter={"oldestDate": 0},
                    executionFilter={"workflowId": self.workflow_id},
                    maximumPageSize=1,
                )
                latest = next((info for page in pages for info in page["executionInfos"]), None)
            if latest is not None:
                run_id: str = latest["execution"]["runId"]
                return run_id
        raise self.DoesNotExist(
            f"Unknown execution, workflowId = {self.workflow_id}", "UnknownResourceFault", operation
        )
