"""Undoing: when a flow fails, the steps that undo (`on_failure`) run, the latest work first.

Every instance that has begun is undone, whether it completed or not, since one that failed may have
done a part of its work: what undoes must bear to find nothing to undo. One runs at a time. One that
fails for good is logged, and the next one runs: the execution fails anyway, for its first reason.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

from swf.flow import utils
from swf.flow.definition import Definition
from swf.flow.flow_state import FlowState
from swf.flow.instance_status import InstanceStatus, verdict
from swf.flow.scheduler import Scheduler
from swf.flow.step import INSTANCE_ID_LIMIT, FlowStep
from swf.flow.step_state import delayed
from swf.models.decision import Decision

#: A step, the local context of an instance, and its id.
StartedInstance = tuple[FlowStep, dict[str, Any], str]

logger = logging.getLogger(__name__)


def begun_steps(definition: Definition, progress: Scheduler) -> list[StartedInstance]:
    """Return the instances that have begun."""
    return [
        (step, local, activity_id)
        for step in definition.steps
        for activity_id, local in (progress.nodes[str(step.name)].instances or {}).items()
        if activity_id not in progress.nodes[str(step.name)].new
    ]


def plan(begun: Iterable[StartedInstance], run: FlowState) -> list[StartedInstance]:
    """Return what undoes them, in the order in which it runs."""
    undone = [
        (_begun_at(step, activity_id, run), step.compensation, local, activity_id)
        for step, local, activity_id in begun
        if step.compensation is not None
    ]
    undone.sort(key=lambda each: each[0], reverse=True)
    return [
        (
            compensations,
            local,
            utils.fit_id(f"{compensations.name}-{activity_id}", INSTANCE_ID_LIMIT),
        )
        for _, compensations, local, activity_id in undone
        if compensations is not None
    ]


def decisions(compensations: Iterable[StartedInstance], run: FlowState) -> list[Decision] | None:
    """Return the decision about the first that is not over, if it needs one; None if all are."""
    for step, local, activity_id in compensations:
        found = verdict(step, step.state_in(run, activity_id), run)
        if found.status is InstanceStatus.ACTIVE:
            return []
        if found.status is InstanceStatus.DELAYED:
            return [delayed(run, step, activity_id, found.delay)]
        if found.status in (InstanceStatus.NEW, InstanceStatus.DUE):
            instance = step.instance(local, run.known)
            instance.pool_size = 1
            instance.codec = run.codec
            decision = step.start(instance, activity_id)
            return [] if decision is None else [decision]
        if found.status is InstanceStatus.FAILED:
            logger.error("%s: what it should undo is not undone", activity_id)
    return None


def _begun_at(step: FlowStep, activity_id: str, run: FlowState) -> int:
    state = step.state_in(run, activity_id)
    return state.first_event_id if state else 0
