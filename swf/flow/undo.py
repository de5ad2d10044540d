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
from swf.flow.node import delayed
from swf.flow.progress import Progress
from swf.flow.run import Run
from swf.flow.step import INSTANCE_ID_LIMIT, Step
from swf.flow.verdict import Stand, verdict
from swf.models.decision import Decision

#: A step, the local context of an instance, and its id.
Begun = tuple[Step, dict[str, Any], str]

logger = logging.getLogger(__name__)


def begun_steps(definition: Definition, progress: Progress) -> list[Begun]:
    """Return the instances that have begun."""
    return [
        (step, local, activity_id)
        for step in definition.steps
        for activity_id, local in (progress.nodes[str(step.name)].instances or {}).items()
        if activity_id not in progress.nodes[str(step.name)].new
    ]


def plan(begun: Iterable[Begun], run: Run) -> list[Begun]:
    """Return what undoes them, in the order in which it runs."""
    undone = [
        (_begun_at(step, activity_id, run), step.on_failure, local, activity_id)
        for step, local, activity_id in begun
        if step.on_failure is not None
    ]
    undone.sort(key=lambda each: each[0], reverse=True)
    return [
        (undoing, local, utils.fit_id(f"{undoing.name}-{activity_id}", INSTANCE_ID_LIMIT))
        for _, undoing, local, activity_id in undone
        if undoing is not None
    ]


def decisions(undoing: Iterable[Begun], run: Run) -> list[Decision] | None:
    """Return the decision about the first that is not over, if it needs one; None if all are."""
    for step, local, activity_id in undoing:
        found = verdict(step, step.state_in(run, activity_id), run)
        if found.stand is Stand.ACTIVE:
            return []
        if found.stand is Stand.DELAYED:
            return [delayed(run, step, activity_id, found.delay)]
        if found.stand in (Stand.NEW, Stand.DUE):
            instance = step.instance(local, run.known)
            instance.pool_size = 1
            instance.codec = run.codec
            decision = step.start(instance, activity_id)
            return [] if decision is None else [decision]
        if found.stand is Stand.FAILED:
            logger.error("%s: what it should undo is not undone", activity_id)
    return None


def _begun_at(step: Step, activity_id: str, run: Run) -> int:
    state = step.state_in(run, activity_id)
    return state.first_event_id if state else 0
