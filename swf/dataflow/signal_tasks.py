"""Signals: tasks that send one, tasks that wait for one, and how they are passed on."""

from __future__ import annotations

from typing import Any

from swf import payload
from swf.constants import DATA_LIMIT
from swf.dataflow.commands import Attributes, OpenCommand
from swf.dataflow.exceptions import TaskFailed
from swf.dataflow.futures import Future
from swf.dataflow.ids import Scope
from swf.dataflow.runtime import WorkflowRuntime
from swf.dataflow.submittable import Called, Submittable
from swf.models.decision import Decision, signal_external_workflow_execution


class SignalCommand(OpenCommand):
    """A signal to another execution."""

    kind = "signal"

    def __init__(
        self,
        runtime: WorkflowRuntime,
        name: str,
        workflow_id: str,
        run_id: str | None,
        future: Future,
    ) -> None:
        super().__init__(runtime, name)
        self.workflow_id = workflow_id
        self.run_id = run_id
        self.future = future
        self.input: str | None = None

    def begin(self, value: Any) -> None:
        """Send it with an input."""
        self.input = payload.encode(value, "input", DATA_LIMIT, self.runtime.codec)
        self.runtime.ask(self)

    @property
    def expected_attributes(self) -> Attributes:
        return {"signalName": self.id, "workflowId": self.workflow_id, "input": self.input}

    def decision(self) -> Decision:
        return signal_external_workflow_execution(
            self.workflow_id, self.id, input=self.input, run_id=self.run_id
        )

    def on_refused(self, attributes: Attributes) -> None:
        if not self.future.done:
            self.future.set_exception(TaskFailed(self.id, attributes.get("cause")))


class SignalTask(Called):
    """A signal to another execution, or to the relatives of this one.

    :param propagate: whether those who get it pass it on to their parents and children.
    """

    def __init__(
        self,
        name: str,
        /,
        *args: Any,
        workflow_id: str | None = None,
        run_id: str | None = None,
        propagate: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.name = name
        self.workflow_id = workflow_id
        self.run_id = run_id
        self.propagate = propagate

    @property
    def input(self) -> Any:
        """What is sent."""
        return {**super().input, "__propagate": self.propagate}

    def start(self, runtime: WorkflowRuntime, scope: Scope) -> Future:  # noqa: ARG002 - it has a name
        """Send it; one that names no execution is for this one and its relatives."""
        if self.workflow_id is not None:
            to: tuple[str, str | None] = (self.workflow_id, self.run_id)
        else:
            to = (runtime.identity.workflow_id, runtime.identity.run_id)
        future = runtime.future(self, self.name, raises_on_failure=False)
        return self._begin(runtime, SignalCommand(runtime, self.name, *to, future))


class WaitForSignal(Submittable):
    """A wait for a signal; the future's result is its input.

    :param consume: whether each signal is for one wait only, in the order in which they came;
        otherwise a wait is for the last one that came, if any did.
    """

    def __init__(self, signal_name: str, *, consume: bool = False) -> None:
        self.signal_name = signal_name
        self.consume = consume

    def start(self, runtime: WorkflowRuntime, scope: Scope) -> Future:  # noqa: ARG002 - it has a name
        """Wait for it."""
        return runtime.signals.wait(runtime.loop, self.signal_name, consume=self.consume)


def propagate(
    runtime: WorkflowRuntime, name: str, value: dict[str, Any], sender: str | None
) -> None:
    """Pass a signal on to the parent and to the children, but not back to who sent it.

    :param sender: the workflow id of who did; None if it was no execution.
    """
    known = {sender, runtime.identity.workflow_id}
    parent = runtime.record.execution.parent
    if not runtime.workflow.propagate_signals_to_parent:
        parent = None
    if parent is not None and parent["workflowId"] not in known:
        _send(runtime, name, parent["workflowId"], parent["runId"], value)
    for request in list(runtime.open.values()):
        run_id = getattr(request, "run_id", None)
        if request.kind == "child workflow" and run_id and request.id not in known:
            _send(runtime, name, request.id, run_id, value)


def _send(runtime: WorkflowRuntime, name: str, workflow_id: str, run_id: str, value: Any) -> None:
    future = runtime.future(None, name, raises_on_failure=False)
    SignalCommand(runtime, name, workflow_id, run_id, future).begin(value)
