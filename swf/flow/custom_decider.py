"""`schedule`: how a custom decider begins steps and learns what became of them.

A custom decider is run from its beginning at every decision. `schedule` begins what has not begun
and returns its state; waiting for one that has not completed ends the decider's turn
(`ActivityInstanceNotReadyException`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from swf.exceptions import InvalidTypeError
from swf.flow import expansions, utils
from swf.flow.activity_state import (
    ACTIVITY_COMPLETED,
    ACTIVITY_SCHEDULED,
    ActivityInstanceNotReadyException,
    ActivityState,
)
from swf.flow.activity_step import Activity, ActivityInstance
from swf.flow.activity_step import schedule as _scheduled
from swf.flow.flow_state import FlowState, States
from swf.flow.instance_status import InstanceProgress, InstanceStatus, verdict
from swf.flow.step import INSTANCE_ID_LIMIT, FlowStep, StepInstance
from swf.flow.step_state import ActivityFailedError, delayed
from swf.models.decision import Decision


class ScheduleContext:
    """What a custom decider has done in this turn.

    :param draining: whether nothing new is begun, since the execution is about to continue as new.
    """

    def __init__(self, draining: bool = False) -> None:
        self.completed = True
        self.draining = draining
        #: What was begun, in this turn or before: step, local context and id.
        self.begun: list[tuple[FlowStep, dict[str, Any], str]] = []

    def mark_uncompleted(self) -> None:
        """Note that something that was scheduled has not completed."""
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
    """Begin a step if it has not begun, and return its state.

    With generators, the results of its instances are merged into one.

    :param decisions: what is decided is added to it.
    :param history: the run, or the states by activity name and id.
    :param schedule_id: tells this use of the step from others in the same decider.
    :param requires: states that must be complete before.
    :param input: is merged over the context.
    :param version: of the activity type, instead of the activity's own.
    :raises ActivityInstanceNotReadyException: something that is required has not completed.
    :raises ActivityFailedError: it failed for good.
    """
    if not isinstance(current_activity, FlowStep):
        raise InvalidTypeError("current_activity", current_activity, "must be a step of the flow")
    if not isinstance(schedule_id, (str, int)):
        raise InvalidTypeError("schedule_id", schedule_id, "must be a string")
    ensure_requirements(requires)
    run = history if isinstance(history, FlowState) else FlowState.from_states(history, context)
    use = _ScheduleCall(decisions, schedule_context, run, current_activity, schedule_id, version)
    return use.go({**context, **run.known, **(input or {})})


class _ScheduleCall:
    """One use of a step by a custom decider."""

    def __init__(
        self,
        decisions: list[Decision],
        schedule_context: ScheduleContext,
        run: FlowState,
        step: FlowStep,
        schedule_id: str,
        version: str | None,
    ) -> None:
        self.decisions = decisions
        self.schedule_context = schedule_context
        self.run = run
        self.step = step
        self.schedule_id = schedule_id
        self.version = version
        self.results: list[Any] = []
        self.failed: list[ActivityState] = []
        self.active = 0

    def go(self, context: dict[str, Any]) -> ActivityState:
        instances = [self.step.instance(local, context) for local in self._expand(context)]
        waiting = []
        for instance in instances:
            instance.pool_size = len(instances)
            instance.codec = self.run.codec
            found, state = self._look(instance)
            if found.status in (InstanceStatus.NEW, InstanceStatus.DUE, InstanceStatus.DELAYED):
                waiting.append((instance, found))
            elif found.status is InstanceStatus.ACTIVE:
                self.active += 1
            elif found.status is InstanceStatus.DONE and state:
                self.results.append(state.result)
            elif state:
                self.failed.append(state)
        self._check_failures(len(instances))
        for instance, found in waiting:
            self._begin(instance, found)
        return self._state(done=len(self.results) + len(self.failed) == len(instances))

    def _expand(self, context: dict[str, Any]) -> list[dict[str, Any]]:
        if not self.step.is_expanded:
            return [{}]
        key = f"{self.step.name}-{self.schedule_id}"
        known = self.run.expansions.whole.get(key)
        if known is None and key in self.run.carried.steps:
            known = self.run.carried.steps[key].instances
        if known is None:
            known = expansions.expand(self.step, context)
            self.decisions += expansions.record(key, known, self.run.codec)
        return known

    def _id(self, instance: StepInstance) -> str:
        return utils.fit_id(f"{instance.id}-{self.schedule_id}", INSTANCE_ID_LIMIT)

    def _look(self, instance: StepInstance) -> tuple[InstanceProgress, ActivityState | None]:
        activity_id = self._id(instance)
        state = self.run.carried_state(activity_id)
        if state is None or not state.ready:
            self.decisions += self.step.receive(self.run, activity_id)
            state = self.step.state_in(self.run, activity_id) or state
        found = verdict(self.step, state, self.run)
        if found.status is not InstanceStatus.NEW:
            begun = (self.step, instance.local_context, activity_id)
            self.schedule_context.begun.append(begun)
        return found, state

    def _check_failures(self, total: int) -> None:
        allowed = self.step.tolerated_failures
        if len(self.failed) > (allowed * total if 0 < allowed < 1 else allowed):
            last = self.failed[0]
            raise ActivityFailedError(last.activity_id, last.failures, last.reason)

    def _begin(self, instance: StepInstance, found: InstanceProgress) -> None:
        limit = self.step.max_parallel
        is_new = found.status is InstanceStatus.NEW
        if is_new and (self.schedule_context.draining or (limit and self.active >= limit)):
            return
        self.active += 1
        activity_id = self._id(instance)
        if found.status is InstanceStatus.DELAYED:
            self.decisions.append(delayed(self.run, self.step, activity_id, found.delay))
        elif isinstance(self.step, Activity):
            assert isinstance(instance, ActivityInstance)  # noqa: S101 - an activity makes these
            schedule_activity_task(self.decisions, instance, self.version, activity_id)
        elif decision := self.step.start(instance, activity_id):
            self.decisions.append(decision)

    def _state(self, done: bool) -> ActivityState:
        state = ActivityState(str(self.step.name))
        state.add_state(ACTIVITY_SCHEDULED)
        if not done:
            self.schedule_context.mark_uncompleted()
            return state
        state.add_state(ACTIVITY_COMPLETED)
        state.set_result(_merged(self.results))
        return state


def schedule_activity_task(
    decisions: list[Decision],
    instance: ActivityInstance,
    version: str | None = None,
    id: str | None = None,  # noqa: A002 - the documented name
) -> None:
    """Add the decision that schedules an activity instance.

    :param version: of the activity type; the activity's own by default.
    :param id: the activity id; the instance's own by default.
    """
    decisions.append(_scheduled(instance, id or instance.id, version))


def ensure_requirements(requires: Iterable[ActivityState | None] | None) -> None:
    """Go on only when all of these states are complete.

    :raises ActivityInstanceNotReadyException: one is not.
    """
    for state in requires or ():
        if state is None:
            raise ActivityInstanceNotReadyException("what is required has not begun")
        if not isinstance(state, ActivityState):
            raise InvalidTypeError("requires", state, "must be what `schedule` returned")
        state.wait()


def _merged(results: list[Any]) -> Any:
    """Return the results in one dictionary; a single one that is none, as it is."""
    if len(results) == 1 and results[0] is not None:
        return results[0]
    merged: dict[str, Any] = {}
    for result in results:
        if isinstance(result, dict):
            merged.update(result)
    return merged
