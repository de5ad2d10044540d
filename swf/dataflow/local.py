"""Run a workflow with its decider and worker in this process.

    result = run_local(Pipeline, 1)                     # on an embedded service
    result = standalone(Pipeline, 1, domain=domain)     # on any service

`run_local` and `Local` use the local service in the calling thread. Their clock skips idle time, so
a timer of a month fires at once. `standalone` polls in threads.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from swf import codecs
from swf.actors.core import non_negative_number, positive_int
from swf.constants import CLOSE_STATUS_CONTINUED_AS_NEW, DEFAULT_CONCURRENCY, STATUS_OPEN
from swf.dataflow.activity import Activity
from swf.dataflow.decider import Decider
from swf.dataflow.declaration import validate_workflow_class
from swf.dataflow.handle import WorkflowHandle, result_of
from swf.dataflow.middleware import Middleware
from swf.dataflow.registration import Registrar, start
from swf.dataflow.rerun import STANDALONE_PREFIX, rerun
from swf.dataflow.signatures import Executable, P, R, Runnable
from swf.dataflow.worker import ActivityWorker
from swf.dataflow.workflow import Workflow
from swf.engine.continuation import next_run
from swf.engine.decision_watcher import DecisionWatcher
from swf.local import LocalSWF, SkippingClock
from swf.models import Domain, WorkflowExecution
from swf.payload import Codec

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

TASK_LIST = "local"


class Local:
    """A local service with a decider and a worker, which the caller runs step by step.

    :param workflows: The workflow classes to decide for. Classes that these start as children are
        added.
    :param activities: The activities to run. Default: all that are declared in this process.
    :param codec: Encodes and decodes payloads.
    :param middleware: Wraps each activity; the first one is outermost.
    :param lambda_functions: Python functions that replace AWS Lambda functions, by name.
    :param options: Other parameters of `Decider`, such as `replay_every_decision`.

    >>> with Local(Orders) as local:
    ...     execution = local.start(Orders, 42)
    ...     local.run_until_idle()
    ...     execution.signal("approve")
    ...     local.result(execution)
    """

    def __init__(
        self,
        *workflows: type[Workflow],
        activities: Iterable[Activity | type[Executable[Any]]] | None = None,
        codec: Codec = codecs.TYPED_JSON,
        middleware: Iterable[Middleware] = (),
        lambda_functions: dict[str, Callable[[Any], Any]] | None = None,
        **options: Any,
    ) -> None:
        self.clock = SkippingClock()
        self.service = LocalSWF(self.clock, lambda_functions=lambda_functions, poll_timeout=0)
        self.codec = codec
        self.domain = Domain("local", connection=self.service.connection())
        self.domain.save()
        self._watcher = DecisionWatcher()
        self.decider = Decider(
            self.domain,
            TASK_LIST,
            workflows,
            codec=codec,
            activity_task_list=TASK_LIST,
            child_task_list=TASK_LIST,
            hooks=(self._watcher,),
            **options,
        )
        self.decider.register()
        self.worker = ActivityWorker(
            self.domain, TASK_LIST, activities, codec=codec, middleware=middleware
        )
        self._registrar = Registrar(self.domain, lambda: self.domain.connection)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop the decider and the service."""
        self.decider.stop()
        self.service.close()

    def start(
        self, workflow: type[Runnable[P, R]], /, *args: P.args, **kwargs: P.kwargs
    ) -> WorkflowHandle[R]:
        """Start an execution with the arguments of `run`.

        :param workflow: One of the workflow classes of the decider.
        :raises InvalidTypeError: The arguments do not match the signature of `run`.
        """
        return start(
            workflow,
            list(args),
            dict(kwargs),
            domain=self.domain,
            task_list=TASK_LIST,
            codec=self.codec,
            registrar=self._registrar,
        )

    def step(self) -> bool:
        """Make one decision; if no execution waits for one, run one activity.

        :returns: False if no task is available.
        :raises BaseException: The error of a decision, such as `NonDeterminismError`.
        """
        # Without the check, each activity would cost one more poll of the decider.
        may_decide = self.service.has_task("decision", self.domain.name, TASK_LIST)
        has_worked = (may_decide and self.decider.poll_once()) or self.worker.poll_once()
        if not (may_decide or has_worked):  # the poll of the worker may have skipped time
            has_worked = self.decider.poll_once()
        self._watcher.check()
        return has_worked

    def run_until_idle(self) -> None:
        """Run steps until no task is available, without skipping time."""
        with self.clock.hold():
            while self.step():
                pass

    def run(self, execution: WorkflowExecution) -> WorkflowExecution:
        """Run steps until an execution is closed, skipping idle time.

        :param execution: An execution of the local service.
        :returns: The closed execution; the last one if it continues as new.
        """
        while True:
            while self.step() or execution.upstream().status == STATUS_OPEN:
                pass
            closed = execution.upstream()
            if closed.close_status != CLOSE_STATUS_CONTINUED_AS_NEW:
                return closed
            execution = next_run(execution, execution.history()) or closed

    def result(self, execution: WorkflowExecution) -> Any:
        """Run steps until an execution is closed, and return its result.

        :param execution: An execution of the local service.
        :raises ExecutionError: The execution did not complete.
        """
        return result_of(self.run(execution).history(), self.codec)


def run_local(workflow: type[Runnable[P, R]], /, *args: P.args, **kwargs: P.kwargs) -> R:
    """Run a workflow on a local service, and return its result.

    :param workflow: The workflow class; the other arguments are those of `run`.
    :raises ExecutionError: The execution failed, timed out, was canceled or terminated.
    """
    validate_workflow_class("workflow", workflow)
    with Local(workflow) as local:  # type: ignore[arg-type] # a subclass of Workflow, as validated
        result: R = local.result(local.start(workflow, *args, **kwargs))
        return result


def standalone(
    workflow: type[Workflow],
    /,
    *args: Any,
    domain: Domain,
    workers: int = DEFAULT_CONCURRENCY,
    timeout: float | None = None,
    codec: Codec = codecs.TYPED_JSON,
    repair: WorkflowExecution | None = None,
    force_activities: str | None = None,
    middleware: Iterable[Middleware] = (),
    start_options: Mapping[str, Any] | None = None,
    **kwargs: Any,
) -> Any:
    """Run a workflow with a decider and workers in threads, and return its result.

    An execution that continues as new is followed to its last run.

    Decider and workers poll a generated task list, so that no other actor receives their tasks. It
    overrides the task lists of activities and children.

    :param workflow: The workflow class; other positional and keyword arguments are those of `run`.
    :param domain: The domain, which must exist.
    :param workers: The number of activities to run at the same time, at least 1.
    :param timeout: Seconds to wait for the execution; None for no limit.
    :param codec: Encodes and decodes payloads.
    :param repair: An earlier execution to rerun with its input and results. Default: a new one.
    :param force_activities: With `repair`: a regular expression; activities with a match in their
        name or id are repeated.
    :param middleware: Wraps each activity; the first one is outermost.
    :param start_options: Other parameters of `start` for a new execution: `workflow_id`,
        `tag_list`, `execution_timeout` and so on.
    :raises ValidationError: A parameter is invalid. No execution was started.
    :raises ExecutionError: The execution failed, timed out, was canceled or terminated.
    :raises WaitTimeout: The execution is still open after `timeout`.
    """
    validate_workflow_class("workflow", workflow)
    positive_int("workers", workers)
    if timeout is not None:
        non_negative_number("timeout", timeout)
    task_list = f"{STANDALONE_PREFIX}{uuid.uuid4().hex}"
    decider = Decider(
        domain,
        task_list,
        [workflow],
        codec=codec,
        activity_task_list=task_list,
        child_task_list=task_list,
    )
    worker = ActivityWorker(
        domain, task_list, codec=codec, middleware=middleware, concurrency=workers
    )
    actors = (decider, worker)
    for actor in actors:
        actor.start()
    try:
        if repair is not None:
            execution = rerun(
                workflow,
                repair,
                force_activities=force_activities,
                task_list=task_list,
                codec=codec,
            )
        else:
            execution = start(
                workflow,
                args,
                kwargs,
                domain=domain,
                task_list=task_list,
                codec=codec,
                **(start_options or {}),
            )
        return WorkflowHandle.from_execution(execution, codec).result(timeout)
    finally:
        for actor in actors:
            # The generated task list has no other pollers, so a poll in progress loses no task.
            actor.stop(timeout=0)
