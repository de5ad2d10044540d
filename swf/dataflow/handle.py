"""`WorkflowHandle`: an execution together with the codec of its payloads.

`start` and `Local.start` return a handle. For an execution that another process has started, create
one with its ids::

    handle = WorkflowHandle(Domain("shop"), "order-17", codec=codec)
    handle.signal("approve", {"by": "Ann"})
    handle.result(timeout=600)
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Generic

import attrs

from swf import codecs, payload
from swf.constants import DATA_LIMIT
from swf.dataflow.exceptions import ExecutionError, ExecutionTimeoutError
from swf.dataflow.signatures import R
from swf.engine.continuation import next_run
from swf.models import WorkflowExecution
from swf.models.history import History
from swf.models.value import model
from swf.payload import Codec

if TYPE_CHECKING:
    from typing_extensions import Self


@model
class WorkflowHandle(WorkflowExecution, Generic[R]):
    """An execution of a workflow; a `WorkflowExecution` that encodes and decodes payloads.

    Each method calls the service; use one handle per execution to signal or cancel many. To wait
    for many executions, prefer a workflow with child workflows: `wait` and `result` poll the
    service for each handle.

    :param codec: the codec of the deciders (keyword only). Equality, hash and repr ignore it.
    """

    _codec: Codec = attrs.field(
        default=codecs.TYPED_JSON, kw_only=True, eq=False, repr=False, alias="codec"
    )

    @classmethod
    def from_execution(
        cls, execution: WorkflowExecution, codec: Codec = codecs.TYPED_JSON
    ) -> WorkflowHandle[Any]:
        """Return a handle for an execution.

        :param codec: the codec of the deciders.
        """
        return execution.copy_as(WorkflowHandle, codec=codec)

    def result(
        self,
        timeout: float | None = None,
        *,
        codec: Codec | None = None,
        sleep: Callable[[float], object] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> R:
        """Wait until the workflow is closed, and return its result.

        It follows an execution that continues as new to its last run. The service is polled as in
        `wait`; afterwards, the history of each run is read once.

        :param timeout: seconds; None for no limit.
        :param codec: decodes the result. Default: the codec of the handle.
        :param sleep: called with the seconds between two polls.
        :param clock: returns the current time in seconds.
        :raises ExecutionError: the execution failed, was canceled or terminated.
        :raises ExecutionTimeoutError: the execution timed out.
        :raises WaitTimeout: the execution is still open after `timeout`.
        """
        deadline = None if timeout is None else clock() + timeout
        handle = self
        while True:
            remaining = None if deadline is None else max(0.0, deadline - clock())
            handle = handle.wait(remaining, sleep=sleep, clock=clock)
            history = handle.history()
            new_run = next_run(handle, history)
            if new_run is None:
                result: R = result_of(history, codec or self._codec)
                return result
            handle = new_run

    def signal(
        self,
        signal_name: str,
        input: Any = None,  # noqa: A002 - the service's word
        workflow_id: str | None = None,
        run_id: str | None = None,
        *,
        codec: Codec | None = None,
    ) -> None:
        """Send a signal whose input is encoded by the codec of the handle.

        :param signal_name: name of the signal.
        :param input: value for the receiving `wait_signal`.
        :param workflow_id: another receiver in the same domain. Default: this execution.
        :param run_id: run id of another receiver. Default: its open execution.
        :param codec: encodes the input. Default: the codec of the handle.
        :raises ValidationError: the codec cannot encode the input, or it is too long.
        :raises WorkflowExecutionDoesNotExist: the execution is unknown or closed.
        """
        text = payload.encode(input, "input", DATA_LIMIT, codec or self._codec)
        super().signal(signal_name, text, workflow_id, run_id)

    def cancel(self) -> None:
        """Request cancellation of the execution; its workflow code may clean up first.

        :raises WorkflowExecutionDoesNotExist: the execution is unknown or closed.
        """
        self.request_cancel()

    def _from_description(self, response: Mapping[str, Any]) -> Self:
        handle = super()._from_description(response)
        object.__setattr__(handle, "_codec", self._codec)
        return handle


def result_of(history: History, codec: Codec = codecs.TYPED_JSON) -> Any:
    """Return the result of a closed execution.

    :param codec: the codec of its decider.
    :raises ExecutionError: the execution did not complete.
    """
    execution = history.execution
    if execution.close_status == "COMPLETED":
        return payload.decode(execution.text("result"), codec)
    timed_out = execution.close_status == "TIMED_OUT"
    error_class = ExecutionTimeoutError if timed_out else ExecutionError
    details = payload.decode(execution.text("details"), codec)
    raise error_class(execution.close_status or "OPEN", execution.reason, details)
