"""The status of each step of a flow in one execution, read from its history.

No code of the flow runs for it, except its codec: steps whose instances are not recorded are
waiting.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from attrs import frozen

from swf.flow.activity_state import ACTIVITY_COMPLETED, ACTIVITY_FAILED, ActivityState
from swf.flow.decider import CachedExecution
from swf.flow.definition import Definition
from swf.flow.flow_state import FlowState
from swf.flow.step import FlowStep
from swf.flow.step_state import StepState
from swf.models import WorkflowExecution
from swf.models.history import History


class StepStatus(Enum):
    """The status of a step; the value is its text, with a symbol."""

    WAITING = "○ waiting"
    RUNNING = "◐ running"
    COMPLETED = "✓ completed"
    FAILED = "✗ failed"
    SKIPPED = "⊘ skipped"
    STOPPED = "□ stopped"
    NOT_BEGUN = "○ not begun"


@frozen
class StepProgress:
    """The status of a step, and the numbers of its instances.

    :param total: the number of instances; 0 while they are not known.
    :param completed: the number of completed instances.
    :param failed: the number of instances that failed permanently.
    """

    status: StepStatus
    total: int = 0
    completed: int = 0
    failed: int = 0

    def __str__(self) -> str:
        if self.total < 2:
            return self.status.value
        failed = f", {self.failed} failed" if self.failed else ""
        return f"{self.status.value}, {self.completed} of {self.total}{failed}"


def step_progress(
    definition: Definition, execution: WorkflowExecution, history: History
) -> dict[str, StepProgress]:
    """Return the progress of each step and compensation by its name.

    :param execution: the execution, for its ids; if it continued another one, the earlier history
        may be read from the service.
    :param history: the history of the execution.
    :raises HistoryError: the history does not belong to the flow.
    """
    cached = CachedExecution(definition, execution)
    cached.update(history)
    scheduled = {} if cached.scheduler is None else cached.scheduler.steps
    is_open = history.execution.is_open
    return {
        str(step.name): _from_step_state(scheduled[str(step.name)], is_open)
        if str(step.name) in scheduled
        else _from_instances(_instances(step, cached.flow_state), is_open)
        for step in definition.all_steps
    }


def _instances(step: FlowStep, flow_state: FlowState) -> Iterable[ActivityState]:
    """Return the instances of a step that the scheduler does not know."""
    return flow_state.states.get(str(step.name), {}).values()


def _from_step_state(state: StepState, is_open: bool) -> StepProgress:
    counts = (state.total, len(state.completed), len(state.failed))
    if state.is_broken:
        return StepProgress(StepStatus.FAILED, *counts)
    if state.instances is not None and not state.total:
        return StepProgress(StepStatus.SKIPPED)
    if state.instances is not None and (state.finished or state.is_complete):
        return StepProgress(StepStatus.COMPLETED, *counts)
    has_begun = bool(state.active or state.completed or state.failed or state.retrying)
    return StepProgress(_unfinished(has_begun, is_open), *counts)


def _from_instances(instances: Iterable[ActivityState], is_open: bool) -> StepProgress:
    states = [instance.get_last_state() for instance in instances]
    completed, failed = states.count(ACTIVITY_COMPLETED), states.count(ACTIVITY_FAILED)
    counts = (len(states), completed, failed)
    if states and completed + failed == len(states):
        status = StepStatus.FAILED if failed else StepStatus.COMPLETED
        return StepProgress(status, *counts)
    return StepProgress(_unfinished(bool(states), is_open), *counts)


def _unfinished(has_begun: bool, is_open: bool) -> StepStatus:
    if is_open:
        return StepStatus.RUNNING if has_begun else StepStatus.WAITING
    return StepStatus.STOPPED if has_begun else StepStatus.NOT_BEGUN
