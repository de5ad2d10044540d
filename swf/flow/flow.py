"""`Flow`: a flow to check, draw, start and run.

It stands for a module or an object, and adds nothing to it but what can be done with it::

    from swf.flow import Flow
    import video

    flow = Flow(video)
    print(flow.check(), flow.graph())
    flow.run_local({"path": "holiday.mov"})
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, TextIO

from swf import payload
from swf.exceptions import InvalidTypeError
from swf.flow import check, graph, registration, rerun
from swf.flow.activity_worker import DEFAULT_CONCURRENCY, ActivityWorker
from swf.flow.decider import DeciderWorker
from swf.flow.definition import Definition
from swf.flow.domain_resolution import domain_of
from swf.flow.step import FlowStep
from swf.models import Domain, WorkflowExecution

if TYPE_CHECKING:
    from swf.flow.local import FlowResult
    from swf.local import Clock


class Flow:
    """A flow.

    :param flow: a module or any object; see `swf.flow.definition`.
    """

    def __init__(self, flow: Any) -> None:
        self.definition = Definition.of(flow)

    @property
    def domain(self) -> Domain:
        """The domain in which it runs."""
        return domain_of(self.definition.domain, getattr(self.definition.flow, "client", None))

    def check(self, context: Mapping[str, Any] | None = None) -> list[check.Problem]:
        """Return what is wrong with it, before anything runs; an empty list if nothing is found.

        :param context: the input to check for; None: what an input could give is not looked at.
        """
        return check.check(self.definition, context)

    def graph(self, format: str = "mermaid") -> str:  # noqa: A002 - what it is
        """Return a drawing of its steps: `mermaid` or `svg`."""
        return graph.draw(self.definition, format)

    def register(self) -> None:
        """Register its domain, workflow type and activity types, as far as they are not."""
        registration.register(self.definition, getattr(self.definition.flow, "client", None))

    def decider(self, **options: Any) -> DeciderWorker:
        """Return a decider for it; `options` as of `DeciderWorker`."""
        return DeciderWorker(self.definition.flow, **options)

    def worker(self, **options: Any) -> ActivityWorker:
        """Return a worker for its activities; `options` as of `ActivityWorker`."""
        return ActivityWorker(self.definition.flow, **options)

    def start(
        self,
        context: Mapping[str, Any] | None = None,
        workflow_id: str | None = None,
        **options: Any,
    ) -> WorkflowExecution:
        """Start an execution and return it.

        It needs no registered defaults: task list, timeouts and child policy are sent.

        :param context: the input, a dictionary that JSON (or the flow's codec) can hold.
        :param options: as of `WorkflowType.start_execution`.
        """
        if not (context is None or isinstance(context, Mapping)):
            raise InvalidTypeError("context", context, "must be a dictionary")
        kind = registration.workflow_type(self.definition, self.domain)
        defaults = {
            "task_list": kind.task_list,
            "child_policy": kind.child_policy,
            "execution_timeout": kind.execution_timeout,
            "decision_tasks_timeout": kind.decision_tasks_timeout,
        }
        codec = self.definition.codec
        given = payload.encode(None if context is None else dict(context), "input", codec=codec)
        return kind.start_execution(workflow_id, input=given, **{**defaults, **options})

    def run_local(
        self,
        context: Mapping[str, Any] | None = None,
        *,
        concurrency: int = DEFAULT_CONCURRENCY,
        progress: TextIO | bool = True,
        clock: Clock | None = None,
        signals: Iterable[tuple[str, Any]] = (),
    ) -> FlowResult:
        """Run it on a service of its own in this process, to the end, and return what came of it.

        The flows that it runs as children run as well.

        :param concurrency: tasks at a time for each task list.
        :param progress: where to show how far each activity is; True: on standard error.
        :param clock: of the service; None: the machine's. A `SkippingClock` waits for no timer.
        :param signals: names and inputs of signals that are sent when it has started.
        """
        from swf.flow.local import run_local  # the service is loaded only by those who want it

        return run_local(self, context, concurrency, progress, clock, signals)

    def rerun(
        self,
        execution: WorkflowExecution,
        from_: str | FlowStep | None = None,
        *,
        dry_run: bool = False,
        workflow_id: str | None = None,
    ) -> rerun.RerunPlan:
        """Run a closed execution again and keep what it had completed.

        :param from_: the step, or its name, from which on everything is done again; None: only
            what is not completed.
        :param dry_run: whether to say only what would be kept and done.
        :param workflow_id: of the new execution; that of the old one by default.
        """
        return rerun.rerun(self, execution, from_, dry_run, workflow_id)

    def __repr__(self) -> str:
        return f"<Flow {self.definition.name} {self.definition.version}>"
