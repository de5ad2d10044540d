"""Lookups: which activities a flow has, and which of their instances may begin or are not done.

`history` is here what the documentation calls so: states by activity name and id, as
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
    """Return the activities of a flow, those that undo others included."""
    return [step for step in Definition.of(flow).all_steps if hasattr(step, "execute_activity")]


def find_activities(flow: Any, context: Mapping[str, Any]) -> list[StepInstance]:
    """Return all instances for a context; every generator is asked."""
    steps = Definition.of(flow).steps
    return [instance for step in steps for instance in step.instances(context)]


def find_available_activities(
    flow: Any, history: States, context: Mapping[str, Any]
) -> Iterator[StepInstance]:
    """Yield the instances that may begin: all instances of what they require are complete.

    Generators are asked of those steps only.

    :raises ActivityFailedError: an instance failed more often than it may.
    """
    progress = _progress(flow, history, context)
    error = progress.failure()
    if error is not None:
        raise error
    yield from progress.available()


def find_uncomplete_activities(
    flow: Any, history: States, context: Mapping[str, Any]
) -> Iterator[StepInstance]:
    """Yield the instances that are not complete.

    A step whose instances are not known yet, since what it requires is not complete, counts as one.
    """
    yield from _progress(flow, history, context).uncomplete()


def _progress(flow: Any, history: States, context: Mapping[str, Any]) -> Scheduler:
    progress = Scheduler(Definition.of(flow), FlowState.from_states(history, context))
    progress.expand()
    return progress
