"""Run a closed execution again, and do only what was not done, or all from a step on.

The new execution is handed what the old one completed (`carry.py`): its results hydrate the
context, and its instances keep their ids. Signals come again, but those that were taken by a wait
that is kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
from attrs import frozen

from swf.exceptions import ValidationError
from swf.flow import continuation
from swf.flow.decider import CachedExecution
from swf.flow.definition import Definition
from swf.flow.flow_state import FlowState
from swf.flow.step import FlowStep
from swf.flow.step_state import StepState, step_continuation
from swf.models import WorkflowExecution

if TYPE_CHECKING:
    from swf.flow.flow import Flow


@frozen
class RerunPlan:
    """What a run for a second time keeps and does.

    :param kept: ids of the instances that are not run again.
    :param steps: names of the steps that run, wholly or in part.
    :param input: the input of the new execution.
    :param execution: the new execution; None if it was not started.
    """

    kept: list[str]
    steps: list[str]
    input: dict[str, Any]
    execution: WorkflowExecution | None = None

    def __str__(self) -> str:
        lines = [f"keeps {len(self.kept)} instances: {', '.join(self.kept) or 'none'}"]
        return "\n".join([*lines, f"runs {', '.join(self.steps) or 'nothing'}"])


def rerun(
    flow: Flow,
    execution: WorkflowExecution,
    from_: str | FlowStep | None,
    dry_run: bool,
    workflow_id: str | None,
) -> RerunPlan:
    """Run again; the arguments are those of `Flow.rerun`.

    :raises KeyError: the flow has no step `from_`.
    :raises ValidationError: the execution is open; the flow has its own decider, which names no
        steps, and `from_` is given; or what is kept does not fit an input.
    """
    plan = plan_rerun(flow.definition, execution, from_)
    if dry_run:
        return plan
    started = flow.start(plan.input, workflow_id or execution.workflow_id)
    return attrs.evolve(plan, execution=started)


def plan_rerun(
    definition: Definition, execution: WorkflowExecution, from_: str | FlowStep | None
) -> RerunPlan:
    """Return what would be kept and done."""
    history = execution.history()
    if history.execution.close_status is None:
        raise ValidationError(
            "execution", execution.workflow_id, "is open; a closed one runs again"
        )
    memory = CachedExecution(definition, execution)
    memory.update(history)
    if memory.progress is None:
        return _plan_custom(memory.run, from_)
    again = _undone(definition, memory.run)
    if from_ is not None:
        again |= definition.behind(definition.step(from_))
    nodes = [node for name, node in memory.progress.nodes.items() if name not in again]
    kept = [i for node in nodes for i in node.instances or () if i in node.done]
    carried = attrs.evolve(
        memory.progress.carry(),
        context=_results(memory.run, nodes),
        signals=memory.run.inbox.unclaimed_by(kept),
        steps={n.name: _kept(n) for n in nodes if n.done or (n.instances and n.step.is_expanded)},
    )
    return RerunPlan(
        kept,
        [n.name for n in memory.progress.nodes.values() if n.name in again or not _is_done(n)],
        continuation.pack(carried),
    )


def _plan_custom(run: FlowState, from_: str | FlowStep | None) -> RerunPlan:
    if from_ is not None:
        raise ValidationError("from_", from_, "a custom decider has no order of steps")
    carried = attrs.evolve(run.carry(), failures={})
    return RerunPlan(list(carried.results), [], continuation.pack(carried))


def _undone(definition: Definition, run: FlowState) -> set[str]:
    """Return the steps that were undone when the execution failed, and all behind them."""
    again: set[str] = set()
    for step in definition.steps:
        if step.compensation is not None and str(step.compensation.name) in run.states:
            again |= definition.behind(step)
    return again


def _is_done(node: StepState) -> bool:
    return node.instances is not None and len(node.done) == node.total


def _kept(node: StepState) -> continuation.StepContinuation:
    return attrs.evolve(step_continuation(node), failed=[])


def _results(run: FlowState, nodes: list[StepState]) -> dict[str, Any]:
    """Return the merged results of steps, in the order of their completion."""
    completed = [
        (state.last_event_id, state.result)
        for node in nodes
        for activity_id in node.done
        if (state := node.step.state_in(run, activity_id)) is not None
    ]
    merged: dict[str, Any] = dict(run.carried.context)
    for _, result in sorted(completed, key=lambda each: each[0]):
        if isinstance(result, dict):
            merged.update(result)
    return merged
