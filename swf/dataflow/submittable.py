"""`Submittable`: base class of everything a workflow can submit; `CallTask`: with arguments.

`start` adds commands to the decision and returns a future. Arguments may be or contain futures; the
task starts when all of them are done.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Generic, Protocol

from swf.dataflow.arguments import first_unusable, futures_in, is_ready, materialize, resolve
from swf.dataflow.base_future import Future, T
from swf.dataflow.exceptions import PayloadError, TaskException
from swf.dataflow.ids import Scope
from swf.dataflow.runtime import WorkflowRuntime
from swf.exceptions import InvalidTypeError


class Submittable(Generic[T]):
    """Base class of tasks and groups that a workflow can submit."""

    #: The exception that `Future.result` raises when a task with `raises_on_failure` failed.
    failure: ClassVar[type[TaskException]] = TaskException
    #: Overrides `raises_on_failure` of the declaration; None keeps it.
    raises: bool | None = None
    #: File and line of the code that added the task to a group.
    source: tuple[str, int] | None = None

    def start(self, runtime: WorkflowRuntime, scope: Scope) -> Future:
        """Start the task and return its future.

        :param runtime: the runtime of the execution.
        :param scope: position in the structure of the workflow, which determines ids.
        """
        raise NotImplementedError

    def submit(self, executor: WorkflowRuntime) -> Future:
        """Start the task in workflow code; the same as `Workflow.submit(task)`.

        :param executor: `Workflow.executor`.
        """
        return executor.start(self, executor.current_scope())

    def with_result(self, result: Any) -> Submittable:  # noqa: ARG002 - subclasses use it
        """Return a copy with one more positional argument.

        :raises InvalidTypeError: the task takes no arguments.
        """
        raise InvalidTypeError("send_result", self, "must be followed by tasks with arguments")


class DeferredCommand(Protocol):
    """A command that starts when its arguments are known."""

    future: Future

    def begin(self, value: Any) -> None:
        """Start with the resolved arguments."""


class CallTask(Submittable):
    """Base class of tasks with arguments."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.args = materialize(args)
        self.kwargs = materialize(kwargs)

    @property
    def input(self) -> Any:
        """The value to encode as input, with futures replaced by their results."""
        return {"args": list(resolve(self.args)), "kwargs": resolve(self.kwargs)}

    @property
    def can_begin(self) -> bool:
        """Whether all futures in the arguments are done and usable."""
        futures = self._argument_futures()
        return all(map(is_ready, futures)) and first_unusable(futures) is None

    def _argument_futures(self) -> list[Future]:
        return [*futures_in(self.args), *futures_in(self.kwargs)]

    def _begin(self, runtime: WorkflowRuntime, command: DeferredCommand) -> Future:
        """Start a command as soon as the futures in the arguments are done."""
        futures = self._argument_futures()
        pending = [future for future in futures if not is_ready(future)]
        if not pending and first_unusable(futures) is None:
            self._begin_now(command)
        else:
            _when_done(runtime, pending, lambda: self._begin_deferred(command, futures))
        return command.future

    def _begin_now(self, command: DeferredCommand) -> None:
        try:
            command.begin(self.input)
        except Exception as error:
            # The error is raised from `submit`; the future must not fail the execution as well.
            command.future.is_observed = True
            command.future.set_exception(error)
            raise

    def _begin_deferred(self, command: DeferredCommand, futures: list[Future]) -> None:
        future = command.future
        if future.done:
            return
        failure = first_unusable(futures)
        if failure is not None:
            future.follow(failure)
            return
        try:
            command.begin(self.input)
        except PayloadError as error:
            future.raises_on_failure = True
            future.set_exception(error)


def _when_done(runtime: WorkflowRuntime, futures: list[Future], begin: Callable[[], None]) -> None:
    if not futures:
        runtime.loop.call_soon(begin)
        return
    pending = len(futures)

    def count_done(_: Future) -> None:
        nonlocal pending
        pending -= 1
        if pending == 0:
            begin()

    for future in futures:
        future.add_done_callback(count_done)
