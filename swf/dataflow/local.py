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
from swf.dataflow.declaration import accept_workflow
from swf.dataflow.exceptions import ExecutionError, ExecutionTimeoutError
from swf.dataflow.middleware import Middleware
from swf.dataflow.registration import Registrar
from swf.dataflow.starting import start
from swf.dataflow.worker import ActivityWorker
from swf.dataflow.workflow import Workflow
from swf.local import LocalSWF, SkippingClock
from swf.models import Domain, WorkflowExecution
from swf.models.history import History
from swf.payload import Codec

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

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
    accept_workflow("workflow", workflow)
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
