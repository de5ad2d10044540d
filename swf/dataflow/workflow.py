"""`Workflow`: a workflow as ordinary code.

    class Pipeline(Workflow):
        name, version, task_list = "pipeline", "1", "pipeline"

        def run(self, x):
            y = self.submit(increment, x)
            return self.submit(double, y).result

`run` must do the same whenever it is given the same: what it learns of the world comes from its
arguments, from futures, and from `self.now()`, `self.random` and `self.uuid()`.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any

from swf.actors.log import ExecutionLogger, get_logger
from swf.dataflow import fibers
from swf.dataflow.cancellation import CancellationScope
from swf.dataflow.declaration import Declaration
from swf.dataflow.exceptions import ExecutionBlocked, WorkflowFailing
from swf.dataflow.failure import TaskFailureContext
from swf.dataflow.futures import Future, whole_seconds
from swf.dataflow.ids import Scope, fit
from swf.dataflow.markers import ENGINE_MARKERS, EngineMarkers
from swf.dataflow.runtime import RecordedMarker, WorkflowRuntime
from swf.dataflow.task import (
    CancelTimerTask,
    ChildWorkflowTask,
    ContinueAsNewTask,
    LambdaTask,
    MarkerTask,
    SignalTask,
    TimerTask,
    WaitForSignal,
    as_task,
)
from swf.models.history import History
from swf.retry import Retry


class Workflow(Declaration):
    """A workflow; subclass it, and define `run`.

    Class attributes say how it is registered and started, also as a child. Timeouts are seconds.
    """

    def __init__(self, executor: WorkflowRuntime) -> None:
        self._runtime = executor
        self._engine_markers = EngineMarkers(executor)

    @property
    def executor(self) -> WorkflowRuntime:
        """What runs this code for one execution; its `history` is what happened so far."""
        return self._runtime

    def run(self, *args: Any, **kwargs: Any) -> Any:
        """Do the work and return the result; override this."""
        raise NotImplementedError(f"{type(self).__name__} must define run()")

    @classmethod
    def as_child(cls, *args: Any, **kwargs: Any) -> ChildWorkflowTask:
        """Return the task that runs this workflow as a child."""
        return ChildWorkflowTask(cls, *args, **kwargs)

    # Submitting.

    def submit(self, what: Any, /, *args: Any, **kwargs: Any) -> Future:
        """Ask for something, and return its future at once.

        :param what: an `Activity` or workflow class, with arguments; or a task or group.
        :param kwargs: `__priority` is the priority of an activity task.
        """
        return self._runtime.start(as_task(what, *args, **kwargs), self._scope())

    def map(self, what: Any, iterable: Iterable[Any]) -> list[Future]:
        """Submit something for each item, and return the futures."""
        return self.starmap(what, ((item,) for item in iterable))

    def starmap(self, what: Any, iterable: Iterable[Iterable[Any]]) -> list[Future]:
        """Submit something for each list of arguments, and return the futures."""
        scope = self._scope().within("map")
        return [self._runtime.start(as_task(what, *args), scope) for args in iterable]

    def _scope(self) -> Scope:
        fiber = fibers.current()
        if fiber is not None:
            return fiber.scope
        if self._runtime.callback_scope is None:
            raise ExecutionBlocked(f"{self!r}: nothing can be submitted outside of its code")
        return self._runtime.callback_scope

    def fail(self, reason: str | None, details: Any = None) -> None:
        """Fail the execution, here and now."""
        raise WorkflowFailing(reason, details)

    def cancellation_scope(self) -> AbstractContextManager[CancellationScope]:
        """Return a context manager: what is submitted within it can be cancelled together.

        An error that leaves the block cancels what is open.
        """
        return self._runtime.cancellation.scope()

    def shielded(self) -> AbstractContextManager[None]:
        """Return a context manager: a request to cancel the execution waits for its end."""
        return self._runtime.cancellation.shielded()

    # Timers, signals, markers: each makes a task for `submit`.

    def start_timer(self, timer_id: str, timeout: float | str, control: Any = None) -> TimerTask:
        """Return the task of a timer that fires after so many seconds."""
        return TimerTask(timer_id, timeout, control)

    def cancel_timer(self, timer_id: str) -> CancelTimerTask:
        """Return the task that cancels a timer."""
        return CancelTimerTask(timer_id)

    def sleep(self, seconds: float) -> None:
        """Wait for so many seconds, on a timer of the service."""
        self.submit(TimerTask(None, whole_seconds("seconds", seconds))).wait()

    def signal(
        self,
        name: str,
        /,
        *args: Any,
        workflow_id: str | None = None,
        run_id: str | None = None,
        propagate: bool = True,
        **kwargs: Any,
    ) -> SignalTask:
        """Return the task that sends a signal; to this execution, if it names none."""
        return SignalTask(
            name, *args, workflow_id=workflow_id, run_id=run_id, propagate=propagate, **kwargs
        )

    def wait_signal(self, name: str, *, consume: bool = False) -> WaitForSignal:
        """Return the task that waits for a signal; its result is the signal's input.

        :param consume: whether each signal is for one wait only, in the order in which they came;
            otherwise a wait is for the last one that came, if any did.
        """
        return WaitForSignal(name, consume=consume)

    def record_marker(self, name: str, details: Any = None) -> MarkerTask:
        """Return the task that records a marker."""
        return MarkerTask(name, details)

    def list_markers(self, all: bool = False) -> list[RecordedMarker]:  # noqa: A002 - the documented name
        """Return the markers so far: the last one of each name, or all of them."""
        markers = [marker for marker in self._runtime.markers if marker.name not in ENGINE_MARKERS]
        return markers if all else list({marker.name: marker for marker in markers}.values())

    def call_lambda(
        self, name: str, value: Any = None, timeout: int | None = None, retry: int | Retry = 0
    ) -> LambdaTask:
        """Return the task that calls an AWS Lambda function with a value."""
        return LambdaTask(name, value, timeout, retry)

    def continue_as_new(self, *args: Any, **kwargs: Any) -> ContinueAsNewTask:
        """Return the task that ends this execution and begins it anew with other arguments.

        Submit it and return from `run`.
        """
        return ContinueAsNewTask(*args, **kwargs)

    # What is safe to ask in `run`.

    def now(self) -> datetime:
        """Return when this decision began, the same in every replay."""
        return self._runtime.now

    @property
    def random(self) -> random.Random:
        """A source of randomness that is the same in every replay."""
        return self._runtime.random

    def uuid(self) -> uuid.UUID:
        """Return a UUID that is the same in every replay."""
        return uuid.UUID(int=self._runtime.random.getrandbits(128), version=4)

    def patched(self, patch_id: str) -> bool:
        """Return whether to go the new way: True in executions that come here for the first time.

        An execution that came by before the change goes on in the old way. When no such execution
        is open any more, the question can be taken out, and the new way left in.
        """
        return self._engine_markers.patched(patch_id)

    def side_effect(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """Call a function that asks the world, and return what it gives: in a replay, what it gave.

        It runs in the decider, so it must be quick; what it gives is recorded in a marker. If the
        decision that it belongs to is lost, or had no room for the marker, it may be called again.
        """
        key = self._scope().next("side_effect")
        return self._engine_markers.side_effect(key, lambda: function(*args, **kwargs))

    @property
    def should_continue_as_new(self) -> bool:
        """Whether the history is so long that it is time to continue as new.

        True from `event_budget` events on, the same in every replay. An execution that reaches
        25,000 events is terminated by the service; a warning is logged long before::

            for item in items:
                self.submit(handle, item).wait()
                if self.should_continue_as_new:
                    self.submit(self.continue_as_new(rest(items, item)))
                    return

        A workflow with `on_continue_as_new` does it by itself.
        """
        return self._runtime.is_over_budget

    def on_continue_as_new(self) -> ContinueAsNewTask:
        """Return what to continue as new with; override this to have it done in time by itself.

        From `event_budget` events on, no activity, child or Lambda function is begun any more; when
        those that were begun are done, the code is left where it waits, and this is asked. What is
        to be carried on must be in attributes, and say what is done and not what was asked for::

            def run(self, items, total=0):
                self.rest, self.total = items, total
                while self.rest:
                    self.total += self.submit(count, self.rest[0]).result
                    self.rest = self.rest[1:]
                return self.total

            def on_continue_as_new(self):
                return self.continue_as_new(self.rest, self.total)

        Signals that came and were not waited for are lost.
        """
        raise NotImplementedError(f"{type(self).__name__} defines no on_continue_as_new()")

    @property
    def is_replaying(self) -> bool:
        """Whether what runs now ran before. Do not decide by it."""
        return self._runtime.view.is_replaying

    @property
    def log(self) -> ExecutionLogger:
        """A logger that is silent in a replay, in whichever thread it is used."""
        return get_logger(is_silent=lambda: self._runtime.view.is_replaying)

    def get_run_context(self) -> dict[str, Any]:
        """Return which execution this is."""
        execution, identity = self._runtime.view.full.execution, self._runtime.identity
        kind: Mapping[str, Any] = execution.workflow_type or {}
        parent: Mapping[str, Any] = execution.parent or {}
        return {
            "name": kind.get("name"),
            "version": kind.get("version"),
            "domain_name": identity.domain,
            "workflow_id": identity.workflow_id,
            "run_id": identity.run_id,
            "tag_list": execution.tag_list,
            "continued_execution_run_id": execution.continued_execution_run_id,
            "parent_workflow_id": parent.get("workflowId"),
            "parent_run_id": parent.get("runId"),
        }

    get_execution_context = get_run_context

    def get_event_details(self, event_type: str, event_name: str) -> dict[str, Any] | None:
        """Return what is known of a `signal`, `marker` or `timer` by its name, None if nothing.

        :raises ValueError: there is no such type.
        """
        runtime = self._runtime
        if event_type == "signal":
            known = event_name in runtime.signals.last
            return (
                {"name": event_name, "input": runtime.signals.last[event_name]} if known else None
            )
        if event_type == "marker":
            markers = [marker for marker in runtime.markers if marker.name == event_name]
            return markers[-1]._asdict() if markers else None
        if event_type == "timer":
            state = runtime.timers.state(fit(event_name))
            return None if state is None else {"id": event_name, "state": state}
        raise ValueError(f"{event_type!r} must be signal, marker or timer")

    # Hooks. They may be called more than once for the same moment.

    def before_replay(self, history: History) -> None:
        """A decision is about to be made."""

    def after_replay(self, history: History) -> None:
        """A decision was made."""

    def on_completed(self, history: History) -> None:
        """The service took the completion of the execution."""

    def on_failure(self, history: History, reason: str | None, details: Any = None) -> None:
        """The service took the failure of the execution."""

    def on_canceled(self, history: History) -> None:
        """The service took the cancellation of the execution."""

    def after_closed(self, history: History) -> None:
        """The service took the end of the execution, whichever."""

    def should_cancel(self, history: History) -> bool:  # noqa: ARG002 - for those who override it
        """Return whether to heed the request to cancel the execution."""
        return True

    def on_task_failure(self, ctx: TaskFailureContext) -> TaskFailureContext | None:  # noqa: ARG002
        """Decide what becomes of a task that failed; without, its retry policy does.

        It is asked again in each replay, and must answer the same.
        """
        return None

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name} {self.version}>"
