"""`Flow`: check, draw, start and run a flow.

It wraps a module or an object without changing it::

    from swf.flow import Flow
    import video

    flow = Flow(video)
    print(flow.check(), flow.graph())
    flow.run_local({"path": "holiday.mov"})
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, TextIO

import attrs

from swf.constants import DEFAULT_CONCURRENCY
from swf.flow import check, graph, registration, rerun
from swf.flow.activity_worker import ActivityWorker
from swf.flow.decider import DeciderWorker
from swf.flow.definition import Definition
from swf.flow.domain_resolution import resolve_domain
from swf.flow.start import start_execution, start_with_input
from swf.flow.step import FlowStep
from swf.models import Domain, WorkflowExecution

if TYPE_CHECKING:
    from swf.flow.local import FlowResult
    from swf.local import Clock


class Flow:
    """A flow.

    :param flow: a module or an object with `domain`, `name` and steps; see `swf.flow.definition`.
    :raises TypeError: the flow has no name.
    """

    def __init__(self, flow: Any) -> None:
        self.definition = Definition.load(flow)

    @property
    def domain(self) -> Domain:
        """The domain of the flow.

        :raises TypeError: the flow has no domain.
        """
        return resolve_domain(self.definition.domain, getattr(self.definition.flow, "client", None))

    def check(self, context: Mapping[str, Any] | None = None) -> list[check.Problem]:
        """Return the problems of the flow, before anything runs.

        :param context: an input to check the flow with; None: skip the checks of context keys and
            payloads.
        :returns: an empty list if no problem was found.
        """
        return check.check(self.definition, context)

    def graph(self, format: str = "mermaid") -> str:  # noqa: A002 - a public keyword
        """Return a drawing of the steps and their requirements.

        :param format: `mermaid` or `svg`.
        :raises ValidationError: the format is unknown.
        """
        return graph.draw(self.definition, format)

    def register(self) -> None:
        """Register the domain, the workflow type and the activity types that do not exist yet.

        :raises ResponseError: the service refused, except because a type already exists.
        """
        registration.register_flow(self.definition, getattr(self.definition.flow, "client", None))

    def decider(self, **options: Any) -> DeciderWorker:
        """Return a decider for the flow.

        :param options: options of `DeciderWorker`.
        """
        return DeciderWorker(self.definition.flow, **options)

    def worker(self, **options: Any) -> ActivityWorker:
        """Return a worker for the activities of the flow.

        :param options: options of `ActivityWorker`.
        """
        return ActivityWorker(self.definition.flow, **options)

    def start(
        self,
        context: Mapping[str, Any] | None = None,
        workflow_id: str | None = None,
        **options: Any,
    ) -> WorkflowExecution:
        """Start an execution (StartWorkflowExecution) and return it.

        The request includes task list, timeouts and child policy, so the workflow type needs no
        defaults.

        :param context: the input, a dictionary that JSON (or the flow's codec) can encode; None: no
            input.
        :param workflow_id: the workflow id; None: a random id.
        :param options: options of `WorkflowType.start_execution`.
        :raises TypeError: the context is not a dictionary.
        :raises WorkflowExecutionAlreadyStartedError: an execution with the id is open.
        """
        return start_execution(self.definition, context, workflow_id, **options)

    def run_local(
        self,
        context: Mapping[str, Any] | None = None,
        *,
        concurrency: int = DEFAULT_CONCURRENCY,
        progress: TextIO | bool = True,
        clock: Clock | None = None,
        signals: Iterable[tuple[str, Any]] = (),
    ) -> FlowResult:
        """Run the flow to its end on an embedded service in this process.

        Its child flows run as well.

        :param context: the input, a dictionary that JSON (or the flow's codec) can encode; None: no
            input.
        :param concurrency: number of concurrent tasks for each task list; 1 by default.
        :param progress: the stream for the progress of the activities; True: standard error; False:
            no progress.
        :param clock: the clock of the service; None: the system clock. A `SkippingClock` skips the
            time of timers and timeouts.
        :param signals: names and inputs of signals to send after the start.
        :raises Exception: the error of a custom decider, `when` or generator.
        """
        from swf.flow.local import run_local  # loads the service only when it is needed

        return run_local(self.definition, context, concurrency, progress, clock, signals)

    def rerun(
        self,
        execution: WorkflowExecution,
        from_: str | FlowStep | None = None,
        *,
        dry_run: bool = False,
        workflow_id: str | None = None,
    ) -> rerun.FlowRerunPlan:
        """Rerun a closed execution, keeping the work that it completed.

        :param execution: a closed execution of this flow; if it continued as new, its last run is
            rerun.
        :param from_: the step, or its name, from which all work is repeated; None: repeat only the
            work that did not complete.
        :param dry_run: whether to return the plan without starting an execution.
        :param workflow_id: the id of the new execution; None: the id of the old one.
        :returns: the plan, with the new execution if it was started.
        :raises KeyError: the flow has no step `from_`.
        :raises ValidationError: the execution is open; `from_` is set for a flow with a custom
            decider; or the completed work does not fit in an input.
        """
        plan = rerun.plan_rerun(self.definition, execution, from_)
        if dry_run:
            return plan
        new_id = workflow_id or execution.workflow_id
        new_execution = start_with_input(self.definition, plan.input, new_id)
        return attrs.evolve(plan, execution=new_execution)

    def __repr__(self) -> str:
        return f"<Flow {self.definition.name} {self.definition.version}>"
