"""The end of an execution, in four ways; one of them begins it anew with other arguments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from swf import payload
from swf.constants import DATA_LIMIT, REASON_LIMIT
from swf.dataflow import simpleflow_compat
from swf.dataflow.arguments import resolve
from swf.dataflow.commands import Attributes, Command
from swf.dataflow.futures import Future
from swf.dataflow.ids import Scope
from swf.dataflow.runtime import WorkflowRuntime
from swf.dataflow.submittable import Submittable
from swf.models.decision import (
    Decision,
    cancel_workflow_execution,
    complete_workflow_execution,
    continue_as_new_workflow_execution,
    fail_workflow_execution,
)
from swf.retry import TRANSIENT_CAUSES


class CloseCommand(Command):
    """The end of the execution.

    :param kind: `completion`, `failure`, `cancellation` or `continuation`.
    :param make: makes the decision.
    :param says: what the history must say of it.
    """

    #: Whether the code did not ask for it: after a refusal, it may have something to do first.
    is_automatic = False

    def __init__(
        self,
        runtime: WorkflowRuntime,
        kind: str,
        make: Callable[[], Decision],
        **expected: str | None,
    ) -> None:
        super().__init__(runtime, kind)
        self.kind = kind  # type: ignore[misc] # one class for four kinds that differ in nothing else
        self._make = make
        self._expected = expected

    @property
    def expected_attributes(self) -> Attributes:
        return self._expected

    def matches_legacy(self, name: str, recorded: Any) -> bool:
        return name == "input" and simpleflow_compat.is_call(
            recorded, self._expected[name], self.runtime.codec
        )

    def decision(self) -> Decision:
        return self._make()

    def on_refused(self, attributes: Attributes) -> None:
        """Ask again: something happened meanwhile. What can never be makes the execution fail."""
        cause = str(attributes.get("cause"))
        if self.kind == "continuation" and cause not in ("UNHANDLED_DECISION", *TRANSIENT_CAUSES):
            self.runtime.ask(failure(self.runtime, f"it could not continue as new: {cause}"))
        elif self.is_automatic:
            self.runtime.closing = None
        else:
            self.runtime.ask(self)

    def __str__(self) -> str:
        return f"{self.kind} of the execution"


def completion(runtime: WorkflowRuntime, result: Any) -> CloseCommand:
    """Return the request to complete with a result; None is none."""
    text = payload.encode(result, "result", DATA_LIMIT, runtime.codec)
    return CloseCommand(
        runtime, "completion", lambda: complete_workflow_execution(text), result=text
    )


def failure(runtime: WorkflowRuntime, reason: str | None, details: Any = None) -> CloseCommand:
    """Return the request to fail."""
    text = payload.encode(details, "details", DATA_LIMIT, runtime.codec)
    cut = None if reason is None else payload.cut(reason, REASON_LIMIT)
    return CloseCommand(runtime, "failure", lambda: fail_workflow_execution(cut, text), reason=cut)


def cancellation(runtime: WorkflowRuntime) -> CloseCommand:
    """Return the request to end as canceled."""
    return CloseCommand(runtime, "cancellation", cancel_workflow_execution)


class ContinueAsNewTask(Submittable):
    """The end of this execution, which begins anew with other arguments."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.args = args
        self.kwargs = kwargs

    def start(self, runtime: WorkflowRuntime, scope: Scope) -> Future:  # noqa: ARG002 - there is one only
        """Have the execution close that way as soon as its code has returned."""
        runtime.continuation = lambda: self.close(runtime)
        return runtime.done(None)

    def close(self, runtime: WorkflowRuntime) -> CloseCommand:
        """Return the request; what is not declared stays as it is in this execution."""
        value = {"args": list(resolve(self.args)), "kwargs": resolve(self.kwargs)}
        text = payload.encode(value, "input", DATA_LIMIT, runtime.codec)
        now = runtime.record.execution
        return CloseCommand(
            runtime,
            "continuation",
            lambda: continue_as_new_workflow_execution(
                input=text,
                child_policy=now.child_policy,
                execution_start_to_close_timeout=_seconds(now.execution_timeout),
                task_start_to_close_timeout=now.decision_tasks_timeout,
                lambda_role=now.lambda_role,
                tag_list=now.tag_list or None,
                task_list=now.task_list,
                task_priority=now.task_priority,
                workflow_type_version=runtime.workflow.version,
            ),
            input=text,
        )


def _seconds(timeout: int | str | None) -> int | None:
    return timeout if isinstance(timeout, int) else None
