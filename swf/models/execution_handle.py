"""`ExecutionHandle`: an execution known by its ids, and all that can be asked of it or done to it.

What the service tells about one is `swf.models.workflow.WorkflowExecution`.
"""

from __future__ import annotations

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
from swf.models.base import model, translate_errors
from swf.models.domain import DomainMember
from swf.models.fields import (
    CHILD_POLICY,
    PAGE_SIZE,
    REASON,
    RUN_ID,
    SIGNAL_NAME,
    WORKFLOW_ID,
    wire,
)
from swf.models.history import History
from swf.payload import encode

if TYPE_CHECKING:
    from typing_extensions import Self

#: Seconds between two looks at an execution that is waited for: the first, and the most.
FIRST_PAUSE = 0.25
LONGEST_PAUSE = 20.0


class WorkflowExecutionDoesNotExist(DoesNotExistError):  # noqa: N818 - the documented name
    """The service does not know the execution, or it is no longer open."""


@model
class ExecutionHandle(DomainMember):
    """An execution by its ids.

    Without a run id it stands for whatever runs under its workflow id: the service applies signals,
    cancels and terminations to the open execution, and a description is of the open execution or,
    when there is none, of the one that started last.
    """

    DoesNotExist: ClassVar[type[DoesNotExistError]] = WorkflowExecutionDoesNotExist
    AlreadyExists: ClassVar[type[AlreadyExistsError]] = WorkflowExecutionAlreadyStartedError
    api_name: ClassVar[str] = "WorkflowExecution"

    workflow_id: str = wire("workflowId", WORKFLOW_ID)
    run_id: str | None = wire("runId", RUN_ID, default=None, assigned=True)

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
        """Yield the events as the service sends them, a call per page, as they are asked for.

        :param callback: called for each page with `loop_number`, from 1, and `response`.
        :param reverse_order: newest first.
        :param page_size: events a call, 1 to 1000.
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
        """Return the whole history, from all its pages; arguments as of `history_events`.

        A `History` stands in the order of event ids, in whichever order the pages came.
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
        """Send a signal to this execution (one call), or to another of the same domain.

        :param input: a value for `swf.payload`.
        :param workflow_id: another workflow; its open execution, unless `run_id` names one.
        :param run_id: another run.
        :raises WorkflowExecutionDoesNotExist: when it is unknown or closed.
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
        """Ask it to cancel itself (one call); its decider chooses what to do.

        :raises WorkflowExecutionDoesNotExist: when it is unknown or closed.
        """
        self._call("RequestCancelWorkflowExecution", **self._target())

    def terminate(
        self,
        child_policy: str | None = None,
        details: Any = None,
        reason: str | None = None,
    ) -> None:
        """Close it at once (one call); its decider is not asked.

        :param child_policy: what becomes of its children, instead of its own policy.
        :param details: a value for `swf.payload`.
        :param reason: up to 256 characters.
        :raises WorkflowExecutionDoesNotExist: when it is unknown or closed.
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
        """Wait until it is closed, and return it as it is then.

        It is described again and again, in pauses that grow from a quarter of a second to 20.
        A run that was continued as new is closed; what continues it has another run id.

        :param timeout: seconds to wait at most; None waits as long as it takes.
        :param sleep: how to pause for so many seconds.
        :param clock: what tells the seconds that have passed.
        :raises WaitTimeout: when it is still open after `timeout`.
        """
        deadline = None if timeout is None else clock() + timeout
        pause, execution = FIRST_PAUSE, self.upstream()
        while execution.status != STATUS_CLOSED:
            left = LONGEST_PAUSE if deadline is None else deadline - clock()
            if left <= 0:
                raise WaitTimeout(f"{execution.workflow_id} is still open after {timeout} seconds")
            sleep(min(pause, left))
            pause = min(pause * 1.5, LONGEST_PAUSE)
            execution = execution.upstream()
        return execution

    def upstream(self) -> Self:
        """Return what the service holds under this identity (one call).

        Without a run id, the open execution of this workflow id is looked for first (two calls),
        then the closed one that started last (three).

        :raises WorkflowExecutionDoesNotExist: when the service does not know it.
        """
        return super().upstream()

    @property
    def reference(self) -> dict[str, str | None]:
        """Workflow id and run id, as the API refers to it."""
        return {"workflowId": self.workflow_id, "runId": self.run_id}

    def _identity(self) -> dict[str, Any]:
        run_id = self.run_id or self._find_run_id()
        execution = {"workflowId": self.workflow_id, "runId": run_id}
        return {"domain": self.domain.name, "execution": execution}

    def _target(self) -> dict[str, Any]:
        return {"domain": self.domain.name, **self.reference}

    def _find_run_id(self) -> str:
        """Return the run id of the open execution, else of the closed one that started last."""
        for operation in ("ListOpenWorkflowExecutions", "ListClosedWorkflowExecutions"):
            with translate_errors(self.DoesNotExist, self.AlreadyExists):
                pages = self.connection.pages(
                    operation,
                    domain=self.domain.name,
                    startTimeFilter={"oldestDate": 0},
                    executionFilter={"workflowId": self.workflow_id},
                    maximumPageSize=1,
                )
                found = next((info for page in pages for info in page["executionInfos"]), None)
            if found is not None:
                run_id: str = found["execution"]["runId"]
                return run_id
        raise self.DoesNotExist(
            f"Unknown execution, workflowId = {self.workflow_id}", "UnknownResourceFault", operation
        )
