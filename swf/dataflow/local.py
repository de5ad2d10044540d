"""Run a workflow on a local service: the same engine, decider and worker, and no waiting.

    result = run_local(Pipeline, 1)

Time is skipped when there is nothing else to do, so a timer of a month takes a moment. Everything
happens in the calling thread, one task after another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from swf import codecs, payload
from swf.actors.hooks import Hooks
from swf.constants import STATUS_OPEN
from swf.dataflow.activity import Activity
from swf.dataflow.decider import Decider
from swf.dataflow.declaration import validate_workflow_class
from swf.dataflow.exceptions import ExecutionError, ExecutionTimeoutError
from swf.dataflow.middleware import Middleware
from swf.dataflow.registration import Registrar, start
from swf.dataflow.worker import ActivityWorker
from swf.dataflow.workflow import Workflow
from swf.local import LocalSWF, SkippingClock
from swf.models import Domain, WorkflowExecution
from swf.models.history import History
from swf.payload import Codec

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self
import uuid
from collections.abc import Mapping

from swf.actors.core import non_negative_number, positive_int
from swf.dataflow.rerun import STANDALONE_PREFIX, rerun

TASK_LIST = "local"


class Local:
    """A local service with a decider and a worker, to be driven step by step.

    :param workflows: the classes that can be started, or run as children.
    :param activities: which; all that were declared when not given.
    :param lambda_functions: what Lambda tasks call, by name.
    :param options: `replay_every_decision` and others of `Decider`.

    >>> with Local(Orders) as local:
    ...     execution = local.start(Orders, 42)
    ...     local.run_until_idle()
    ...     execution.signal("approve")
    ...     local.result(execution)
    """

    def __init__(
        self,
        *workflows: type[Workflow],
        activities: Iterable[Activity] | None = None,
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
        self._errors: list[BaseException] = []
        self.decider = Decider(
            self.domain,
            TASK_LIST,
            workflows,
            codec=codec,
            activity_task_list=TASK_LIST,
            child_task_list=TASK_LIST,
            hooks=(_Errors(self._errors),),
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
        """Let go of everything."""
        self.decider.stop()
        self.service.close()

    def start(self, workflow: type[Workflow], /, *args: Any, **kwargs: Any) -> WorkflowExecution:
        """Start an execution with the arguments of `run`."""
        return start(
            workflow,
            args,
            kwargs,
            domain=self.domain,
            task_list=TASK_LIST,
            codec=self.codec,
            registrar=self._registrar,
        )

    def step(self) -> bool:
        """Make one decision, or run one activity; return whether there was anything to do.

        :raises BaseException: what went wrong in a decider; it is a bug, or `NonDeterminismError`.
        """
        did = self.decider.poll_once() or self.worker.poll_once()
        if self._errors:
            raise self._errors[0]
        return did

    def run_until_idle(self) -> None:
        """Go on until nothing is left to do but wait; time is not skipped."""
        with self.clock.hold():
            while self.step():
                pass

    def run(self, execution: WorkflowExecution) -> WorkflowExecution:
        """Go on until an execution is closed, and return it as it is then; time is skipped.

        One that continues as new is followed.
        """
        while True:
            while self.step() or execution.upstream().status == STATUS_OPEN:
                pass
            follower = execution.history().execution.new_execution_run_id
            if follower is None:
                return execution.upstream()
            execution = execution.evolve(run_id=follower)

    def result(self, execution: WorkflowExecution) -> Any:
        """Go on until an execution is closed, and return its result.

        :raises ExecutionError: it did not complete.
        """
        return result_of(self.run(execution).history(), self.codec)


class _Errors(Hooks):
    """Collects what goes wrong in a decider, which would only try again."""

    def __init__(self, errors: list[BaseException]) -> None:
        self._errors = errors

    def on_error(self, actor: Any, error: BaseException, task: Any) -> None:  # noqa: ARG002
        """Keep what is wrong with a decider's code."""
        if isinstance(actor, Decider):
            self._errors.append(error)


def run_local(workflow: type[Workflow], /, *args: Any, **kwargs: Any) -> Any:
    """Run a workflow on a local service, and return its result.

    :raises ExecutionError: it failed, timed out, was canceled or terminated.
    """
    validate_workflow_class("workflow", workflow)
    with Local(workflow) as local:
        return local.result(local.start(workflow, *args, **kwargs))


def result_of(history: History, codec: Codec = codecs.TYPED_JSON) -> Any:
    """Return the result of a closed execution.

    :raises ExecutionError: it did not complete.
    """
    execution = history.execution
    if execution.close_status == "COMPLETED":
        return payload.decode(execution.text("result"), codec)
    kind = ExecutionTimeoutError if execution.close_status == "TIMED_OUT" else ExecutionError
    details = payload.decode(execution.text("details"), codec)
    raise kind(execution.close_status or "OPEN", execution.reason, details)


def standalone(
    workflow: type[Workflow],
    /,
    *args: Any,
    domain: Domain,
    workers: int = 1,
    timeout: float | None = None,
    codec: Codec = codecs.TYPED_JSON,
    repair: WorkflowExecution | None = None,
    force_activities: str | None = None,
    middleware: Iterable[Middleware] = (),
    starting: Mapping[str, Any] | None = None,
    **kwargs: Any,
) -> Any:
    """Run a workflow with a decider and workers in threads of this process; return its result.

    :param domain: where, a domain that exists.
    :param workers: how many activities at a time.
    :param timeout: seconds to wait for it; None: as long as it takes.
    :param repair: an earlier execution whose results are kept; its input is used.
    :param force_activities: a regular expression; activities in whose name or id it is found are
        done all the same.
    :param middleware: what runs around each activity, the first one outermost.
    :param starting: what else a new execution is started with, as of `start`: `workflow_id`,
        `tag_list`, `execution_timeout` and so on.
    :raises ValidationError: something of that cannot be; nothing was begun.
    :raises ExecutionError: it failed, timed out, was canceled or terminated.
    :raises WaitTimeout: it is still open after `timeout`.
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
                **(starting or {}),
            )
        closed = execution.wait(timeout)
    finally:
        for actor in actors:
            # Nobody else uses their list, so that a poll in flight need not be waited for.
            actor.stop(timeout=0)
    return result_of(closed.history(), codec)
