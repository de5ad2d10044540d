"""`schedule`: the function with which a custom decider starts steps and reads their states.

A custom decider runs from its beginning at every decision task. `schedule` starts a step that has
not begun and returns its state. Waiting for a step that has not completed ends the decision task
(`ActivityInstanceNotReadyException`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import Any

from swf.exceptions import InvalidTypeError
from swf.flow import expansions
from swf.flow.activity_state import (
    ACTIVITY_COMPLETED,
    ACTIVITY_SCHEDULED,
    ActivityInstanceNotReadyException,
    ActivityState,
)
from swf.flow.activity_step import ActivityInstance, schedule_instance
from swf.flow.builtin_steps import SignalStep
from swf.flow.compensation import StartedInstance
from swf.flow.flow_state import FlowState, States
from swf.flow.id_check import BegunInstance, user_line
from swf.flow.ids import scheduled_id
from swf.flow.instance_generation import expand
from swf.flow.instance_status import (
    InstanceProgress,
    InstanceStatus,
    instance_progress,
    start_retry_timer,
)
from swf.flow.step import FlowStep, StepInstance
from swf.flow.step_state import ActivityFailedError
from swf.flow.unwritable import writing
from swf.models.decision import Decision


class ScheduleContext:
    """The state of one call of a custom decider.

    :param draining: whether to start nothing new, because the execution will continue as new.
    """

    def __init__(self, draining: bool = False) -> None:
        self.completed = True
        self.draining = draining
        #: The instances that have begun, in this decision task or before.
        self.started: list[StartedInstance] = []
        #: The ids of all instances of the scheduled steps.
        self.instance_ids: set[str] = set()
        #: The instances that begin in this decision task, and the signals that it waits for.
        self.begun: list[BegunInstance] = []
        #: The returned states by the name of the step and schedule id.
        self.states: dict[tuple[str | None, str], ActivityState] = {}

    def mark_uncompleted(self) -> None:
        """Record that a scheduled step has not completed."""
        self.completed = False


def schedule(
    decisions: list[Decision],
    schedule_context: ScheduleContext,
    history: States | FlowState,
    context: Mapping[str, Any],
    schedule_id: str,
    current_activity: FlowStep,
    requires: Iterable[ActivityState | None] | None = None,
    input: Mapping[str, Any] | None = None,  # noqa: A002 - the documented name
    version: str | None = None,
) -> ActivityState:
    """Start a step if it has not begun, and return its state.

    A second call for the same step and schedule id returns the state of the first.
    A custom decider receives this function without the first four arguments. The results of a step
    with generators are merged.

    :param decisions: the list to which new decisions are added.
    :param schedule_context: the state of this call of the decider.
    :param history: the execution, or activity states by activity name and id.
    :param context: the input and results of the execution.
    :param schedule_id: identifies this use of the step among others in the same decider.
    :param current_activity: the step to start.
    :param requires: states that must have completed; None: no requirements.
    :param input: values that override the context.
    :param version: the version of the activity type; None: the activity's version.
    :raises ActivityInstanceNotReadyException: a required state has not completed.
    :raises ActivityFailedError: the step failed permanently.
    :raises UnwritableDataError: the input or the instances of the step cannot be written.
    """
    if not isinstance(current_activity, FlowStep):
        raise InvalidTypeError("current_activity", current_activity, "must be a step of the flow")
    if not isinstance(schedule_id, (str, int)):
        raise InvalidTypeError("schedule_id", schedule_id, "must be a string")
    ensure_requirements(requires)
    key = (current_activity.name, str(schedule_id))
    if key in schedule_context.states:
        return schedule_context.states[key]
    if isinstance(history, FlowState):
        flow_state = history
    else:
        flow_state = FlowState.from_states(history, context)
    call = _ScheduleCall(
        decisions, schedule_context, flow_state, current_activity, schedule_id, version
    )
    state = call.run({**context, **flow_state.current_context, **(input or {})})
    schedule_context.states[key] = state
    return state


class _ScheduleCall:
    """One use of a step by a custom decider."""

    def __init__(
        self,
        decisions: list[Decision],
        schedule_context: ScheduleContext,
        flow_state: FlowState,
        step: FlowStep,
        schedule_id: str | int,
        version: str | None,
    ) -> None:
        self.decisions = decisions
        self.schedule_context = schedule_context
        self.source = user_line()
        self.flow_state = flow_state
        self.step = step
        self.schedule_id = schedule_id
        self.version = version
        self.results: list[Any] = []
        self.failures: list[ActivityState] = []
        self.active = 0

    def run(self, context: dict[str, Any]) -> ActivityState:
        """Start and retry the instances of the step, and return the state of the step."""
        instances = [self.step.instance(local, context) for local in self._expand(context)]
        startable = []
        for instance in instances:
            instance.pool_size = len(instances)
            instance.codec = self.flow_state.codec
            progress, state = self._read(instance)
            if progress.status is InstanceStatus.ACTIVE:
                self.active += 1
            elif progress.status is InstanceStatus.COMPLETED and state:
                self.results.append(deepcopy(state.result))
            elif progress.status is InstanceStatus.FAILED and state:
                self.failures.append(state)
            else:
                startable.append((instance, progress))
                self.active += progress.status is not InstanceStatus.PENDING
        self._check_failures(len(instances))
        for instance, progress in startable:
            self._start(instance, progress)
        return self._step_state(len(self.results) + len(self.failures) == len(instances))

    def _expand(self, context: dict[str, Any]) -> list[dict[str, Any]]:
        if not self.step.is_expanded:
            return [{}]
        key = f"{self.step.name}-{self.schedule_id}"
        self.schedule_context.instance_ids.add(key)
        instances = self.flow_state.expansions.complete.get(key)
        must_record = self.flow_state.must_record(key)
        if instances is None:
            instances = self.flow_state.inherited_instances(key)
        if instances is None:
            self._add_begun(key)
            instances, must_record = expand(self.step, context), True
        if must_record:
            self.decisions += expansions.record(key, instances, self.flow_state.codec)
        return instances

    def _id(self, instance: StepInstance) -> str:
        return scheduled_id(instance.id, self.schedule_id)

    def _read(self, instance: StepInstance) -> tuple[InstanceProgress, ActivityState | None]:
        """Return status and state of an instance, after it claimed a signal it waits for."""
        instance_id = self._id(instance)
        self.schedule_context.instance_ids.add(instance_id)
        state = self.flow_state.predecessor_state(instance_id)
        if state is None or not state.ready:
            self.decisions += self.step.receive(self.flow_state, instance_id)
            state = self.step.state_in(self.flow_state, instance_id) or state
        progress = instance_progress(self.step, state, self.flow_state)
        if isinstance(self.step, SignalStep) and not self.flow_state.has_begun(instance_id):
            self._add_begun(instance_id)
        if progress.status is not InstanceStatus.PENDING:
            started = StartedInstance(self.step, instance.local_context, instance_id)
            self.schedule_context.started.append(started)
        return progress, state

    def _check_failures(self, total: int) -> None:
        if len(self.failures) > self.step.max_failures(total):
            first = self.failures[0]
            raise ActivityFailedError(first.activity_id, first.failures, first.reason)

    def _start(self, instance: StepInstance, progress: InstanceProgress) -> None:
        limit = self.step.max_parallel
        is_pending = progress.status is InstanceStatus.PENDING
        if is_pending and (self.schedule_context.draining or (limit and self.active >= limit)):
            return
        if not self.flow_state.limits.admit(progress.next_command(self.step)):
            return
        self.active += is_pending
        instance_id = self._id(instance)
        if progress.status is InstanceStatus.RETRY_LATER:
            timer = start_retry_timer(self.flow_state, self.step, instance_id, progress.delay)
            self.decisions.append(timer)
            return
        with writing():
            if isinstance(instance, ActivityInstance):
                schedule_activity_task(self.decisions, instance, self.version, instance_id)
            elif decision := self.step.start(instance, instance_id):
                self.decisions.append(decision)
        if is_pending:
            self._add_begun(instance_id)

    def _add_begun(self, instance_id: str) -> None:
        begun = BegunInstance(self.step, str(self.schedule_id), instance_id, self.source)
        self.schedule_context.begun.append(begun)

    def _step_state(self, is_complete: bool) -> ActivityState:
        state = ActivityState(str(self.step.name))
        state.add_state(ACTIVITY_SCHEDULED)
        if not is_complete:
            self.schedule_context.mark_uncompleted()
            return state
        state.add_state(ACTIVITY_COMPLETED)
        state.set_result(_merge(self.results))
        return state


def schedule_activity_task(
    decisions: list[Decision],
    instance: ActivityInstance,
    version: str | None = None,
    id: str | None = None,  # noqa: A002 - the documented name
) -> None:
    """Add the decision that schedules an activity instance.

    :param decisions: the list to which the decision is added.
    :param version: the version of the activity type; None: the activity's version.
    :param id: the activity id; None: the id of the instance.
    """
    decisions.append(schedule_instance(instance, id or instance.id, version))


def ensure_requirements(requires: Iterable[ActivityState | None] | None) -> None:
    """Return if all states have completed, else end the decision task.

    :param requires: states that `schedule` returned.
    :raises ActivityInstanceNotReadyException: a state has not completed.
    """
    for state in requires or ():
        if state is None:
            raise ActivityInstanceNotReadyException("a required step has not begun")
        if not isinstance(state, ActivityState):
            raise InvalidTypeError("requires", state, "must be a state that `schedule` returned")
        state.wait()


def _merge(results: list[Any]) -> Any:
    """Return the merged dictionaries; a single result is returned unchanged."""
    if len(results) == 1 and results[0] is not None:
        return results[0]
    merged: dict[str, Any] = {}
    for result in results:
        if isinstance(result, dict):
            merged.update(result)
    return merged
