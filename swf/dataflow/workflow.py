"""`Workflow`: the base class of workflows, and the API for their code.

    class Pipeline(Workflow):
        name, version, task_list = "pipeline", "1", "pipeline"

        def run(self, x):
            y = self.submit(increment, x)
            return self.submit(double, y).result

`run` must be deterministic, because it is replayed. Its only inputs are its arguments, the results
of futures, and `self.now()`, `self.random`, `self.uuid()` and `self.side_effect()`.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable, Coroutine, Iterable, Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, TypeAlias, overload

from swf.actors.functions import validate_synchronous
from swf.actors.log import ExecutionLogger, get_logger
from swf.dataflow.activity import Activity
from swf.dataflow.base_future import Future, T, whole_seconds
from swf.dataflow.cancellation import CancellationScope
from swf.dataflow.canvas import Group, GroupFuture
from swf.dataflow.declaration import Declaration
from swf.dataflow.exceptions import WorkflowFailing
from swf.dataflow.failure import TaskFailureContext
from swf.dataflow.marker_log import RecordedMarker
from swf.dataflow.markers import EngineMarkers
from swf.dataflow.runtime import WorkflowRuntime
from swf.dataflow.signatures import Executable, P, R, Runnable
from swf.dataflow.submittable import Submittable
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
from swf.engine.ids import fit_id
from swf.models.history import History
from swf.retry import Retry

#: An activity, an activity class, or a workflow class. Type checkers keep the type of a decorated
#: class, so an activity class is recognized by its `execute`.
Target: TypeAlias = Activity[..., R, Any] | type[Runnable[..., R]] | Callable[..., Executable[R]]

#: A future, or a collection of futures, as an argument.
Futures: TypeAlias = (
    Future[Any] | list[Future[Any]] | tuple[Future[Any], ...] | dict[str, Future[Any]]
)


class Workflow(Declaration):
    """Base class of workflows. Subclass it and define `run`.

    `Declaration` lists the class attributes for registering and starting a workflow.

    :param executor: the runtime of one execution.
    """

    def __init__(self, executor: WorkflowRuntime) -> None:
        self._runtime = executor
        self._engine_markers = EngineMarkers(executor)

    @property
    def executor(self) -> WorkflowRuntime:
        """The runtime of this execution; its `history` contains the events so far."""
        return self._runtime

    def run(self, *args: Any, **kwargs: Any) -> Any:
        """Run the workflow and return its result. Override this method.

        :param args: the positional arguments of the execution.
        :param kwargs: the keyword arguments of the execution.
        :raises NotImplementedError: the class does not override it.
        """
        raise NotImplementedError(f"{type(self).__name__} must define run()")

    @classmethod
    def as_child(cls, *args: Any, **kwargs: Any) -> ChildWorkflowTask:
        """Return a task that runs this workflow as a child.

        :param args: positional arguments of `run`.
        :param kwargs: keyword arguments of `run`; see `WorkflowTask` for other options.
        """
        return ChildWorkflowTask(cls, *args, **kwargs)

    # Tasks.

    # Arguments are checked against the signature. A future, or a collection of futures, may be one
    # of the first three arguments in place of a value.

    @overload
    def submit(
        self, what: Activity[P, R, Any], /, *args: P.args, **kwargs: P.kwargs
    ) -> Future[R]: ...

    @overload
    def submit(
        self, what: type[Runnable[P, R]], /, *args: P.args, **kwargs: P.kwargs
    ) -> Future[R]: ...

    @overload
    def submit(
        self,
        what: Callable[P, Executable[Coroutine[Any, Any, R]]],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> Future[R]: ...

    @overload
    def submit(
        self, what: Callable[P, Executable[R]], /, *args: P.args, **kwargs: P.kwargs
    ) -> Future[R]: ...

    @overload
    def submit(self, what: Group, /) -> GroupFuture: ...

    @overload
    def submit(self, what: Submittable[T], /) -> Future[T]: ...

    @overload
    def submit(
        self,
        what: Target[R],
        first: Futures,
        /,
        *args: Any,
        **kwargs: Any,
    ) -> Future[R]: ...

    @overload
    def submit(
        self,
        what: Target[R],
        first: Any,
        second: Futures,
        /,
        *args: Any,
        **kwargs: Any,
    ) -> Future[R]: ...

    @overload
    def submit(
        self,
        what: Target[R],
        first: Any,
        second: Any,
        third: Futures,
        /,
        *args: Any,
        **kwargs: Any,
    ) -> Future[R]: ...

    def submit(self, what: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Start a task and return its future without waiting.

        :param what: an `Activity` or workflow class with arguments; or a task or group without.
        :param args: positional arguments, which may contain futures. The task starts when they are
            done.
        :param kwargs: keyword arguments, as above. `__priority` sets the priority of an activity
            or child workflow.
        :raises InvalidTypeError: `what` cannot be submitted, or the arguments do not match its
            signature.
        :raises PayloadError: the codec cannot encode the arguments, or the input is too long.
        """
        scope = self._runtime.current_scope()
        return self._runtime.start(as_task(what, *args, **kwargs), scope)

    def map(self, what: Target[R], iterable: Iterable[Any]) -> list[Future[R]]:
        """Submit a task for each item of an iterable and return the futures.

        :param what: an `Activity` or workflow class.
        :param iterable: each item is the only argument of one task.
        """
        return self.starmap(what, ((item,) for item in iterable))

    def starmap(self, what: Target[R], iterable: Iterable[Iterable[Any]]) -> list[Future[R]]:
        """Submit a task for each tuple of arguments and return the futures.

        :param what: an `Activity` or workflow class.
        :param iterable: each item contains the positional arguments of one task.
        """
        scope = self._runtime.current_scope().within("map")
        return [self._runtime.start(as_task(what, *args), scope) for args in iterable]

    def fail(self, reason: str | None, details: Any = None) -> None:
        """Fail the execution immediately.

        :param reason: at most 256 characters; a longer text is cut.
        :param details: a value that the codec can encode.
        :raises WorkflowFailing: always.
        """
        raise WorkflowFailing(reason, details)

    def cancellation_scope(self) -> AbstractContextManager[CancellationScope]:
        """Return a context manager whose tasks can be cancelled together.

        `scope.cancel()` cancels the tasks submitted within the block. An exception that leaves the
        block cancels the open ones.
        """
        return self._runtime.cancellation.scope()

    def shielded(self) -> AbstractContextManager[None]:
        """Return a context manager that defers cancellation of the execution until its end."""
        return self._runtime.cancellation.shielded()

    # Timers, signals, markers: methods that return a task for `submit`.

    def start_timer(self, timer_id: str, timeout: float | str, control: Any = None) -> TimerTask:
        """Return a task that starts a timer; its future is done when the timer fires.

        :param timer_id: unique among the open timers of the execution.
        :param timeout: seconds, rounded up to whole seconds.
        :param control: a value for the TimerStarted event.
        :raises ValidationError: the timeout is not a valid duration.
        """
        return TimerTask(timer_id, timeout, control)

    def cancel_timer(self, timer_id: str) -> CancelTimerTask:
        """Return a task that cancels an open timer.

        :param timer_id: id of the timer.
        """
        return CancelTimerTask(timer_id)

    def sleep(self, seconds: float) -> None:
        """Wait for a timer of the service.

        :param seconds: duration, rounded up to whole seconds.
        :raises ValidationError: not a valid duration.
        :raises TaskFailed: the service refused the timer, and time does not remove the cause.
        """
        error = self.submit(TimerTask(None, whole_seconds("seconds", seconds))).exception
        if error is not None:
            raise error

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
        """Return a task that sends a signal.

        :param name: name of the signal.
        :param args: positional arguments, sent as input.
        :param workflow_id: workflow id of the receiver. Default: this execution.
        :param run_id: run id of the receiver. Default: its open execution.
        :param propagate: whether the receiver passes the signal on to its parent and children.
        :param kwargs: keyword arguments, sent as input.
        """
        return SignalTask(
            name, *args, workflow_id=workflow_id, run_id=run_id, propagate=propagate, **kwargs
        )

    def wait_signal(self, name: str, *, consume: bool = False) -> WaitForSignal:
        """Return a task that waits for a signal; its result is the input of the signal.

        :param name: name of the signal.
        :param consume: receive each signal once, in order of arrival. Otherwise, the result is the
            latest signal that has arrived, even if another task has received it.
        """
        return WaitForSignal(name, consume=consume)

    def record_marker(self, name: str, details: Any = None) -> MarkerTask:
        """Return a task that records a marker.

        :param name: name of the marker.
        :param details: a value that the codec can encode; it may contain futures.
        """
        return MarkerTask(name, details)

    def list_markers(self, all: bool = False) -> list[RecordedMarker]:  # noqa: A002 - the documented name
        """Return the recorded markers.

        :param all: return all markers; otherwise only the latest of each name.
        """
        markers = self._runtime.markers
        return list(markers if all else markers.latest_of_each_name())

    def call_lambda(
        self, name: str, value: Any = None, timeout: int | None = None, retry: int | Retry = 0
    ) -> LambdaTask:
        """Return a task that invokes an AWS Lambda function.

        :param name: name or ARN of the function, at most 64 characters.
        :param value: the argument; it may contain futures.
        :param timeout: seconds from 1 to 900. None for the default of the service, 300.
        :param retry: maximum number of retries, or a `Retry` policy.
        :raises ValidationError: a parameter is invalid.
        """
        return LambdaTask(name, value, timeout, retry)

    def continue_as_new(self, *args: Any, **kwargs: Any) -> ContinueAsNewTask:
        """Return a task that closes this execution and starts a new run.

        Submit it and return from `run`. SWF: ContinueAsNewWorkflowExecution.

        :param args: positional arguments of `run` in the new run.
        :param kwargs: keyword arguments of `run` in the new run.
        """
        return ContinueAsNewTask(*args, **kwargs)

    # Deterministic functions for `run`.

    def now(self) -> datetime:
        """Return the start time of this decision; it is the same in each replay."""
        return self._runtime.now

    @property
    def random(self) -> random.Random:
        """A random number generator that is deterministic in each replay."""
        return self._runtime.random

    def uuid(self) -> uuid.UUID:
        """Return a random UUID that is the same in each replay."""
        return uuid.UUID(int=self._runtime.random.getrandbits(128), version=4)

    def patched(self, patch_id: str) -> bool:
        """Return whether this execution uses a changed version of the code.

        The result is True unless the execution passed this point before the change was deployed;
        such executions continue with the old code. Remove the call and the old code when all of
        them are closed.

        :param patch_id: unique name of the change.
        """
        return self._engine_markers.patched(patch_id)

    def side_effect(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """Call a function with side effects and record its result in a marker.

        A replay returns the recorded result. The function runs in the decider, so it must be fast.
        It can run more than once if its decision is lost.

        :param function: the function to call.
        :param args: positional arguments of the function.
        :param kwargs: keyword arguments of the function.
        :raises InvalidTypeError: `function` is a coroutine or generator function.
        """
        validate_synchronous("function", function)
        key = self._runtime.current_scope().next("side_effect")
        return self._engine_markers.side_effect(key, lambda: function(*args, **kwargs))

    @property
    def should_continue_as_new(self) -> bool:
        """Whether the history has reached `event_budget` events.

        The value is the same in each replay. The service terminates executions with 25,000 events;
        a warning is logged at the budget::

            for item in items:
                self.submit(handle, item).wait()
                if self.should_continue_as_new:
                    self.submit(self.continue_as_new(rest(items, item)))
                    return

        A workflow that defines `on_continue_as_new` continues automatically.
        """
        return self._runtime.is_over_budget

    def on_continue_as_new(self) -> ContinueAsNewTask:
        """Return the task that continues as new. Override it to continue automatically.

        At `event_budget` events, the engine starts no more activities, children and Lambda
        functions. When the open ones are done, it stops the code where it waits and calls this
        method. Keep the state to continue with in attributes, and update them with completed work
        only::

            def run(self, items, total=0):
                self.rest, self.total = items, total
                while self.rest:
                    self.total += self.submit(count, self.rest[0]).result
                    self.rest = self.rest[1:]
                return self.total

            def on_continue_as_new(self):
                return self.continue_as_new(self.rest, self.total)

        The next run receives the signals that the code has not read. If they and the arguments do
        not fit in an input, a `PayloadError` is raised where the code waits.

        :raises NotImplementedError: the class does not override it.
        """
        raise NotImplementedError(f"{type(self).__name__} must define on_continue_as_new()")

    @property
    def is_replaying(self) -> bool:
        """Whether the current code is replayed. Do not base decisions on it."""
        return self._runtime.view.is_replaying

    @property
    def log(self) -> ExecutionLogger:
        """A logger that is silent during replay, in every thread."""
        return get_logger(is_silent=lambda: self._runtime.view.is_replaying)

    def get_run_context(self) -> dict[str, Any]:
        """Return type, domain, ids, tags and parent of this execution."""
        execution, identity = self._runtime.view.full.execution, self._runtime.identity
        workflow_type: Mapping[str, Any] = execution.workflow_type or {}
        parent: Mapping[str, Any] = execution.parent or {}
        return {
            "name": workflow_type.get("name"),
            "version": workflow_type.get("version"),
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
        """Return the latest signal, marker or timer with a name.

        :param event_type: `signal`, `marker` or `timer`.
        :param event_name: name of the signal or marker, or id of the timer.
        :returns: `name`, `input` and `event_id`; `name` and `details`; or `id` and `state`. None if
            there is no such event.
        :raises ValueError: the type is invalid.
        """
        runtime = self._runtime
        if event_type == "signal":
            latest = runtime.signals.latest(event_name)
            if latest is None:
                return None
            value, event_id = latest
            return {"name": event_name, "input": value, "event_id": event_id}
        if event_type == "marker":
            marker = runtime.markers.latest(event_name)
            return None if marker is None else marker._asdict()
        if event_type == "timer":
            state = runtime.timers.state(fit_id(event_name))
            return None if state is None else {"id": event_name, "state": state}
        raise ValueError(f"event_type={event_type!r}: must be signal, marker or timer")

    # Hooks. A hook may be called more than once for the same event.

    def before_replay(self, history: History) -> None:
        """Called before each decision.

        :param history: the history up to the decision task.
        """

    def after_replay(self, history: History) -> None:
        """Called after each decision.

        :param history: the history up to the decision task.
        """

    def on_completed(self, history: History) -> None:
        """Called after the execution has completed.

        :param history: the history up to the decision task that closed the execution.
        """

    def on_failure(self, history: History, reason: str | None, details: Any = None) -> None:
        """Called after the execution has failed.

        :param history: the history up to the decision task that closed the execution.
        :param reason: reason of the failure.
        :param details: details of the failure.
        """

    def on_canceled(self, history: History) -> None:
        """Called after the execution has been canceled.

        :param history: the history up to the decision task that closed the execution.
        """

    def after_closed(self, history: History) -> None:
        """Called after the execution has closed, after the hook for its close status.

        :param history: the history up to the decision task that closed the execution.
        """

    def should_cancel(self, history: History) -> bool:  # noqa: ARG002 - subclasses use it
        """Return whether to accept a request to cancel the execution.

        :param history: the history up to the decision task, with the request.
        """
        return True

    def on_task_failure(self, ctx: TaskFailureContext) -> TaskFailureContext | None:  # noqa: ARG002
        """Decide the reaction to a failed task.

        The hook runs again in each replay and must be deterministic.

        :param ctx: the failed task; call one of its `decide_` methods.
        :returns: `ctx`; None to apply the retry policy of the task.
        """
        return None

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name} {self.version}>"
