"""Tasks that send a signal or wait for one, and the propagation of signals to relatives."""

from __future__ import annotations

from typing import Any

from swf.dataflow.base_future import Future
from swf.dataflow.commands import Attributes, OpenCommand
from swf.dataflow.encoding import encode, writing
from swf.dataflow.exceptions import TaskFailed
from swf.dataflow.ids import Scope
from swf.dataflow.runtime import WorkflowRuntime
from swf.dataflow.submittable import CallTask, Submittable
from swf.engine.throttling import CommandKind, is_quota_cause
from swf.models.decision import Decision, signal_external_workflow_execution
from swf.models.fields import SIGNAL_NAME


class SignalCommand(OpenCommand):
    """The decision `SignalExternalWorkflowExecution`.

    :param run_id: The run id of the receiver; None for its open execution.
    """

    kind = "signal"
    quota = CommandKind.SIGNAL

    def __init__(
        self,
        runtime: WorkflowRuntime,
        name: str,
        workflow_id: str,
        run_id: str | None,
        future: Future,
    ) -> None:
        super().__init__(name, future, runtime.codec)
        self.workflow_id = workflow_id
        self.run_id = run_id
        self.input: str | None = None
        self._queue = runtime.queue

    def begin(self, value: Any) -> None:
        """Queue the command with an input.

        :param value: The input, which is encoded by the codec.
        """
        self.send(encode(value, "input", self.codec))

    def send(self, text: str | None) -> None:
        """Queue the command with an encoded input.

        :param text: The encoded input.
        """
        self.input = text
        with writing():  # raises here, in the code that sends the signal
            self.decision()
        self._queue.add(self)

    @property
    def expected_attributes(self) -> Attributes:
        return {"signalName": self.id, "workflowId": self.workflow_id, "input": self.input}

    def decision(self) -> Decision:
        return signal_external_workflow_execution(
            self.workflow_id, self.id, input=self.input, run_id=self.run_id
        )

    def on_refused(self, attributes: Attributes) -> None:
        if is_quota_cause(attributes.get("cause")):
            self._queue.add(self)
        elif not self.future.done:
            self.future.set_exception(TaskFailed(self.id, attributes.get("cause")))


class SignalTask(CallTask):
    """A signal to another execution, or to this one and its relatives.

    :param args: Positional values for the input; keyword values are added by name.
    :param workflow_id: The receiver; None for this execution.
    :param run_id: The run id of the receiver; None for its open execution.
    :param propagate: Whether a receiver passes the signal on to its parent and children.
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
        """The input of the signal, with the results of futures."""
        return {**super().input, "__propagate": self.propagate}

    def start(self, runtime: WorkflowRuntime, scope: Scope) -> Future:  # noqa: ARG002 - it has a name
        """Send the signal."""
        if self.workflow_id is not None:
            receiver: tuple[str, str | None] = (self.workflow_id, self.run_id)
        else:
            receiver = (runtime.identity.workflow_id, runtime.identity.run_id)
        future = runtime.tracker.create(self, self.name, raises_on_failure=False)
        return self._begin(runtime, SignalCommand(runtime, self.name, *receiver, future))


class WaitForSignal(Submittable):
    """A wait for a signal. The result of its future is the input of the signal.

    :param consume: True to take the next unread signal, which no other consumer then gets. False
        to take the latest signal, or the next one if there is none yet.
    :raises PayloadError: The name does not have 1 to 256 characters.
    """

    def __init__(self, signal_name: str, *, consume: bool = False) -> None:
        with writing():
            self.signal_name: str = SIGNAL_NAME.validate("signal_name", signal_name)
        self.consume = consume

    def start(self, runtime: WorkflowRuntime, scope: Scope) -> Future:  # noqa: ARG002 - it has a name
        """Wait for the signal."""
        return runtime.signals.wait(self.signal_name, consume=self.consume)


def propagate(runtime: WorkflowRuntime, name: str, text: str | None, sender: str | None) -> None:
    """Pass a received signal on to the parent and the open children, except to its sender.

    :param text: The input as the sender encoded it: any text can be passed on.
    :param sender: The workflow id of the sender; None if the sender is not an execution.
    """
    excluded = {sender, runtime.identity.workflow_id}
    parent = runtime.view.full.execution.parent
    if not runtime.workflow.propagate_signals_to_parent:
        parent = None
    if parent is not None and parent["workflowId"] not in excluded:
        _send(runtime, name, parent["workflowId"], parent["runId"], text)
    for command in list(runtime.queue.open.values()):
        run_id = getattr(command, "run_id", None)
        if command.kind == "child workflow" and run_id and command.id not in excluded:
            _send(runtime, name, command.id, run_id, text)


def _send(
    runtime: WorkflowRuntime, name: str, workflow_id: str, run_id: str, text: str | None
) -> None:
    future = runtime.tracker.create(None, name, raises_on_failure=False)
    SignalCommand(runtime, name, workflow_id, run_id, future).send(text)
