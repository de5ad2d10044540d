"""The decisions that close an execution: complete, fail, cancel, continue as new."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from swf import payload
from swf.constants import REASON_LIMIT
from swf.dataflow import simpleflow_compat
from swf.dataflow.arguments import materialize, resolve
from swf.dataflow.base_future import Future
from swf.dataflow.commands import Attributes, Command
from swf.dataflow.encoding import encode, encode_shortened
from swf.dataflow.exceptions import PayloadError
from swf.dataflow.ids import Scope
from swf.dataflow.replay import UNHANDLED
from swf.dataflow.runtime import WorkflowRuntime
from swf.dataflow.signal_inbox import UnreadSignal
from swf.dataflow.submittable import Submittable
from swf.engine.continuation import continue_as_new
from swf.engine.decoding import UndecodableError
from swf.engine.throttling import CommandKind, is_quota_cause
from swf.models.decision import (
    Decision,
    cancel_workflow_execution,
    complete_workflow_execution,
    fail_workflow_execution,
)


class CloseCommand(Command):
    """A decision that closes the execution.

    :param kind: `completion`, `failure`, `cancellation` or `continuation`.
    :param make_decision: Returns the decision.
    :param expected: The attributes that the event must have.
    """

    quota = CommandKind.CLOSE
    #: Whether the engine closes the execution without a request of the code. After a refusal, the
    #: code continues, because it may have new events to handle.
    is_automatic = False

    def __init__(
        self,
        runtime: WorkflowRuntime,
        kind: str,
        make_decision: Callable[[], Decision],
        **expected: str | None,
    ) -> None:
        super().__init__(kind)
        self.kind = kind  # type: ignore[misc] # one class for kinds that differ in nothing else
        self.runtime = runtime
        self._make_decision = make_decision
        self._expected = expected

    @property
    def expected_attributes(self) -> Attributes:
        return self._expected

    def decision(self) -> Decision:
        return self._make_decision()

    def on_refused(self, attributes: Attributes) -> None:
        """Retry the decision, or fail if the service can never accept it.

        :param attributes: The attributes of the event, in wire format.
        :raises LateEventsError: The turn must be repeated with late events.
        """
        if str(attributes.get("cause")) == UNHANDLED and not self.is_automatic:
            self.runtime.repeat_turn(attributes["decisionTaskCompletedEventId"])
        self.runtime.queue.add(self)

    def __str__(self) -> str:
        return f"{self.kind} of the execution"


def completion(runtime: WorkflowRuntime, result: Any) -> CloseCommand:
    """Return the command that completes the execution; a result of None is left out.

    :param result: The return value of the code, without futures.
    :raises PayloadError: The result cannot be encoded.
    """
    text = encode(result, "result", runtime.codec)
    return CloseCommand(
        runtime, "completion", lambda: complete_workflow_execution(text), result=text
    )


def failure(runtime: WorkflowRuntime, reason: str | None, details: Any = None) -> CloseCommand:
    """Return the command that fails the execution.

    :param reason: A short text, cut at 256 characters.
    :param details: A value, encoded by the runtime's codec. A text that is too long is cut, and a
        value that cannot be encoded is replaced by its `str`.
    """
    text = encode_shortened(details, "details", runtime.codec)
    cut = None if reason is None else payload.cut(payload.safe_str(reason), REASON_LIMIT)
    return CloseCommand(runtime, "failure", lambda: fail_workflow_execution(cut, text), reason=cut)


def cancellation(runtime: WorkflowRuntime) -> CloseCommand:
    """Return the command that closes the execution as canceled."""
    return CloseCommand(runtime, "cancellation", cancel_workflow_execution)


class ContinueAsNewCommand(CloseCommand):
    """The decision that continues the execution as new, with the settings of this execution.

    The next run receives the signals that the code has not read.

    :param call: The arguments of the next run.
    :raises PayloadError: The arguments and the unread signals cannot be encoded.
    """

    quota = CommandKind.CONTINUE_AS_NEW

    def __init__(self, runtime: WorkflowRuntime, call: dict[str, Any]) -> None:
        super().__init__(runtime, "continuation", self._decision)
        self._call = call
        self._input = self._encode()

    @property
    def expected_attributes(self) -> Attributes:
        return {"input": self._input}

    def matches_legacy(self, name: str, recorded: Any) -> bool:
        return name == "input" and simpleflow_compat.is_same_call(
            recorded, self._input, self.runtime.codec
        )

    def refresh(self) -> None:
        """Add the signals that arrived while the command waits; fail the execution if they do not
        fit.
        """
        runtime = self.runtime
        if runtime.close_command is not self:
            return
        try:
            self._input = self._encode()
        except PayloadError as error:
            runtime.queue.withdraw(self)
            self._replace(str(error))

    def on_refused(self, attributes: Attributes) -> None:
        cause = str(attributes.get("cause"))
        if cause != UNHANDLED and not is_quota_cause(cause):
            self._replace(f"continue as new was refused: {cause}")
        elif self.is_automatic:
            self.runtime.close_command = None
        else:
            super().on_refused(attributes)

    def _replace(self, reason: str) -> None:
        """Fail the execution, which cannot continue as new."""
        self.runtime.close_command = command = failure(self.runtime, reason)
        self.runtime.queue.add(command)

    def _encode(self) -> str | None:
        runtime, call = self.runtime, self._call
        signals = runtime.signals.unread()
        if signals:
            call = {**call, "meta": {"signals": [list(signal) for signal in signals]}}
        try:
            return encode(call, "input", runtime.codec)
        except PayloadError as error:
            if not signals:
                raise
            field = f"input with {len(signals)} unread signals"
            raise PayloadError(field, error.value, error.rule) from error

    def _decision(self) -> Decision:
        runtime = self.runtime
        return continue_as_new(runtime.view.full.execution, self._input, runtime.workflow.version)


def unread_signals(value: Any) -> list[UnreadSignal]:
    """Return the signals that the previous run has not read.

    :param value: The decoded input of the execution.
    :raises UndecodableError: It does not have the form that `ContinueAsNewCommand` writes.
    """
    meta = value.get("meta") if isinstance(value, dict) else None
    signals = meta.get("signals") if isinstance(meta, dict) else None
    try:
        return [UnreadSignal(*signal) for signal in signals or ()]
    except TypeError as error:
        raise UndecodableError("input", error) from error


class ContinueAsNewTask(Submittable):
    """Continues the execution as new with these arguments, when the code has returned.

    :param args: Positional arguments of `run`; they may contain futures.
    :param kwargs: Keyword arguments of `run`; they may contain futures.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.args = materialize(args)
        self.kwargs = materialize(kwargs)

    def start(self, runtime: WorkflowRuntime, scope: Scope) -> Future:  # noqa: ARG002 - it has no id
        """Make the execution continue as new when its code has returned."""
        runtime.continuation = lambda: self.close(runtime)
        return runtime.finished_future()

    def close(self, runtime: WorkflowRuntime) -> ContinueAsNewCommand:
        """Return the command.

        :raises InvalidTypeError: The arguments do not match the signature of `run`.
        :raises PayloadError: The arguments cannot be encoded.
        """
        runtime.workflow.check_arguments(self.args, self.kwargs)
        value = {"args": list(resolve(self.args)), "kwargs": resolve(self.kwargs)}
        if runtime.queue.is_from_simpleflow:
            value = simpleflow_compat.add_class(value, type(runtime.workflow).path())
        return ContinueAsNewCommand(runtime, value)
