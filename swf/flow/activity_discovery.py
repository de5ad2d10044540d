"""Find the activities of a flow, and the instances that may begin or have not completed.

As in Garcon's documentation, `history` means activity states by activity name and id, as
`event.activity_states_from_events` returns them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from swf.flow.definition import Definition
from swf.flow.flow_state import FlowState, States
from swf.flow.scheduler import Scheduler
from swf.flow.step import StepInstance
from swf.flow.step_state import ActivityFailedError

__all__ = [
    "ActivityFailedError",
    "find_activities",
    "find_available_activities",
    "find_uncomplete_activities",
    "find_workflow_activities",
]


def find_workflow_activities(flow: Any) -> list[Any]:
    """Return the activities of a flow, including compensations.

    :param flow: a module or an object; see `Definition`.
    """
    steps = Definition.load(flow).all_steps
    return [step for step in steps if hasattr(step, "execute_activity")]


def find_activities(flow: Any, context: Mapping[str, Any]) -> list[StepInstance]:
    """Call all generators and return the instances of all steps.

    :param context: the input and results of the execution.
    """
    steps = Definition.load(flow).steps
    return [instance for step in steps for instance in step.instances(context)]


def find_available_activities(
    flow: Any, history: States, context: Mapping[str, Any]
) -> Iterator[StepInstance]:
    """Yield the instances that may begin: all instances of their required steps have completed.

    Only the generators of these steps are called.

    :param history: activity states by activity name and id.
    :param context: the input and results of the execution.
    :raises ActivityFailedError: an instance failed more often than its step allows.
    """
    scheduler = _scheduler(flow, history, context)
    error = scheduler.failure()
    if error is not None:
        raise error
    yield from scheduler.available()


def find_uncomplete_activities(
    flow: Any, history: States, context: Mapping[str, Any]
) -> Iterator[StepInstance]:
    """Yield the instances that have not completed.

    A step whose instances are not known yet, because a required step has not completed, counts as
    one instance.

    :param history: activity states by activity name and id.
    :param context: the input and results of the execution.
    """
    yield from _scheduler(flow, history, context).uncomplete()


def _scheduler(flow: Any, history: States, context: Mapping[str, Any]) -> Scheduler:
    scheduler = Scheduler(Definition.load(flow), FlowState.from_states(history, context))
    scheduler.expand()
    return scheduler
