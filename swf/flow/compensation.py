"""Compensation: when a flow fails, the compensations of its steps run in reverse order.

Every instance that has begun is compensated, even a failed one, since it may have done a part of
its work: a compensation must tolerate that nothing needs compensating. Compensations run one at a
time. A permanent failure of one is logged, and the next one runs: the execution fails anyway, with
its original reason.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from swf.engine.ids import fit_id
from swf.flow.definition import Definition
from swf.flow.flow_state import FlowState
from swf.flow.ids import INSTANCE_ID_LIMIT, scheduled_id
from swf.flow.instance_status import InstanceStatus, instance_progress, start_retry_timer
from swf.flow.scheduler import Scheduler
from swf.flow.step import FlowStep
from swf.flow.step_state import ActivityFailedError
from swf.flow.unwritable import UnwritableDataError, writing
from swf.models.decision import Decision
from swf.models.history import wire_events

logger = logging.getLogger(__name__)


class StartedInstance(NamedTuple):
    """An instance that has begun."""

    step: FlowStep
    local_context: dict[str, Any]
    id: str


def started_instances(definition: Definition, scheduler: Scheduler) -> list[StartedInstance]:
    """Return the instances that have begun."""
    states = [scheduler.steps[str(step.name)] for step in definition.steps]
    return [
        StartedInstance(state.step, local_context, instance_id)
        for state in states
        for instance_id, local_context in (state.instances or {}).items()
        if instance_id not in state.pending
    ]


def unreached_instances(
    definition: Definition, reached: Iterable[StartedInstance], flow_state: FlowState
) -> Iterator[StartedInstance]:
    """Yield the instances that have begun and that a custom decider did not reach.

    :param reached: the instances that it reached.
    """
    begun = flow_state.begun_ids - {instance.id for instance in reached}
    for step in definition.steps:
        if step.compensation is not None:
            yield from _instances_of(step, begun, flow_state)


def _instances_of(
    step: FlowStep, begun: set[str], flow_state: FlowState
) -> Iterator[StartedInstance]:
    """Yield the instances of a step among these ids, which end with the schedule id."""
    if not step.is_expanded:
        prefix = f"{step.instance({}, {}).id}-"
        yield from (StartedInstance(step, {}, i) for i in begun if i.startswith(prefix))
        return
    for key, instances in flow_state.recorded_instances().items():
        if not key.startswith(f"{step.name}-"):
            continue
        schedule_id = key.removeprefix(f"{step.name}-")
        for local_context in instances:
            instance_id = scheduled_id(step.instance(local_context, {}).id, schedule_id)
            if instance_id in begun:
                yield StartedInstance(step, local_context, instance_id)


def original_failure(error: ActivityFailedError, flow_state: FlowState) -> ActivityFailedError:
    """Return the failure because of which the execution has canceled its open work.

    A custom decider may see the failures of that work first.

    :param error: the failure that it met.
    """
    names = ("ActivityTaskCancelRequested", "RequestCancelExternalWorkflowExecutionInitiated")
    events = wire_events(flow_state.history)
    request_id = next((raw["eventId"] for raw in events if raw["eventType"] in names), None)
    if request_id is None:
        return error
    states = flow_state.failed_states()
    before = {i: state for i, state in states.items() if state.last_event_id < request_id}
    if error.activity_id in before or error.activity_id not in states or not before:
        return error
    instance_id, state = max(before.items(), key=lambda each: each[1].last_event_id)
    return ActivityFailedError(instance_id, state.failures, state.reason)


def plan(started: Iterable[StartedInstance], flow_state: FlowState) -> list[StartedInstance]:
    """Return the compensations of instances, in the order in which they run."""
    compensations = [
        (
            _first_event_id(instance, flow_state),
            StartedInstance(
                step,
                instance.local_context,
                fit_id(f"{step.name}-{instance.id}", INSTANCE_ID_LIMIT),
            ),
        )
        for instance in started
        if (step := instance.step.compensation) is not None
    ]
    compensations.sort(key=lambda each: each[0], reverse=True)
    return [compensation for _, compensation in compensations]


def decisions(
    compensations: Iterable[StartedInstance], flow_state: FlowState
) -> list[Decision] | None:
    """Return the decisions for the first unfinished compensation; None if all are finished."""
    for step, local_context, instance_id in compensations:
        state = step.state_in(flow_state, instance_id)
        progress = instance_progress(step, state, flow_state)
        if progress.status is InstanceStatus.ACTIVE:
            return []
        is_finished = progress.status in (InstanceStatus.COMPLETED, InstanceStatus.FAILED)
        if not is_finished and not flow_state.limits.admit(progress.next_command(step)):
            return []
        if progress.status is InstanceStatus.RETRY_LATER:
            return [start_retry_timer(flow_state, step, instance_id, progress.delay)]
        if progress.status in (InstanceStatus.PENDING, InstanceStatus.RETRY):
            instance = step.instance(local_context, flow_state.current_context)
            instance.pool_size = 1
            instance.codec = flow_state.codec
            try:
                with writing():
                    decision = step.start(instance, instance_id)
            except UnwritableDataError as error:
                logger.error("Compensation cannot begin: %s: %s", instance_id, error)
                continue
            return [] if decision is None else [decision]
        if progress.status is InstanceStatus.FAILED:
            logger.error("Compensation failed permanently: %s", instance_id)
    return None


def _first_event_id(instance: StartedInstance, flow_state: FlowState) -> int:
    state = instance.step.state_in(flow_state, instance.id)
    return state.first_event_id if state else 0
