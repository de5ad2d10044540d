"""Plan the rerun of a closed execution: of the work that did not complete, or from a step on.

The input of the new execution holds the completed work of the old one (`continuation.py`): its
results hydrate the context, and its instances keep their ids. Signals are received again, except
those claimed by completed instances that are kept.
"""

from __future__ import annotations

from typing import Any

import attrs
from attrs import frozen

from swf.engine.continuation import last_run
from swf.exceptions import ValidationError
from swf.flow import continuation
from swf.flow.decider import CachedExecution
from swf.flow.definition import Definition
from swf.flow.flow_state import FlowState
from swf.flow.step import FlowStep
from swf.flow.step_state import StepState
from swf.models import WorkflowExecution


@frozen
class FlowRerunPlan:
    """The plan of a rerun.

    :param completed: ids of the instances that do not run again.
    :param steps: names of the steps that run, completely or in part; None if a custom decider
        determines them.
    :param input: the input of the new execution, encoded.
    :param execution: the new execution; None if it was not started.
    """

    completed: list[str]
    steps: list[str] | None
    input: str
    execution: WorkflowExecution | None = None

    def __str__(self) -> str:
        completed = f"keeps {len(self.completed)} instances: {', '.join(self.completed) or 'none'}"
        if self.steps is None:
            return f"{completed}\nruns the other instances that the decider schedules"
        return f"{completed}\nruns {', '.join(self.steps) or 'nothing'}"


def plan_rerun(
    definition: Definition, execution: WorkflowExecution, from_: str | FlowStep | None
) -> FlowRerunPlan:
    """Return the plan of a rerun; see `Flow.rerun` for arguments and errors.

    The last run of an execution that continued as new holds all completed work.
    """
    execution, history = last_run(execution)
    if history.execution.close_status is None:
        raise ValidationError(
            "execution", execution.workflow_id, "is open; only a closed execution can be rerun"
        )
    source = (execution.workflow_id, execution.run_id or execution.upstream().run_id or "")
    cached = CachedExecution(definition, execution)
    cached.update(history)
    if cached.scheduler is None:
        return _plan_custom(cached.flow_state, source, from_)
    repeated = _compensated(definition, cached.flow_state)
    if from_ is not None:
        repeated |= definition.downstream(definition.step(from_))
    steps = cached.scheduler.steps
    states = [state for name, state in steps.items() if name not in repeated]
    completed = [i for state in states for i in state.instances or () if i in state.completed]
    state = attrs.evolve(
        cached.scheduler.continuation(),
        context=_results(cached.flow_state, states),
        results={},
        failures={},
        signals=cached.flow_state.signals.unclaimed_by(completed),
        steps={
            state.name: attrs.evolve(state.continuation(), failed=[])
            for state in states
            if state.completed or state.finished or (state.instances and state.step.is_expanded)
        },
    )
    return FlowRerunPlan(
        completed,
        [s.name for s in steps.values() if s.name in repeated or not _all_completed(s)],
        continuation.encode(state, source, definition.codec),
    )


def _plan_custom(
    flow_state: FlowState, source: tuple[str, str], from_: str | FlowStep | None
) -> FlowRerunPlan:
    if from_ is not None:
        raise ValidationError("from_", from_, "must be None for a flow with a custom decider")
    state = attrs.evolve(flow_state.continuation(), failures={})
    text = continuation.encode(state, source, flow_state.codec, is_derivable=True)
    return FlowRerunPlan(list(state.results), None, text)


def _compensated(definition: Definition, flow_state: FlowState) -> set[str]:
    """Return the steps that were compensated, and all steps downstream of them."""
    names: set[str] = set()
    for step in definition.steps:
        if step.compensation is not None and str(step.compensation.name) in flow_state.states:
            names |= definition.downstream(step)
    return names


def _all_completed(state: StepState) -> bool:
    return state.instances is not None and len(state.completed) == state.total


def _results(flow_state: FlowState, states: list[StepState]) -> dict[str, Any]:
    """Return the merged results of steps, in the order of their completion."""
    completed = [
        (activity_state.last_event_id, activity_state.result)
        for state in states
        for instance_id in state.completed
        if (activity_state := state.step.state_in(flow_state, instance_id)) is not None
    ]
    merged: dict[str, Any] = dict(flow_state.predecessor.context)
    for _, result in sorted(completed, key=lambda each: each[0]):
        if isinstance(result, dict):
            merged.update(result)
    return merged
