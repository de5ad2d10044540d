"""`Scheduler`: the states of all steps of an execution, updated with the changes of a flow state.

A step is ready when all instances of its required steps have finished. Then its instances are
generated, and do not change any more. Each instance has a status (`instance_status.py`) and each
step counts its own, so that a decision only visits the steps with changes or pending decisions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import attrs

from swf.flow import expansions
from swf.flow.activity_state import ActivityState
from swf.flow.builtin_steps import SignalStep
from swf.flow.continuation import ContinuationState
from swf.flow.definition import Definition
from swf.flow.flow_state import FlowState
from swf.flow.instance_generation import expand
from swf.flow.instance_status import (
    InstanceProgress,
    InstanceStatus,
    current_state,
    instance_progress,
    start_retry_timer,
)
from swf.flow.step import StepInstance
from swf.flow.step_state import ActivityFailedError, StepState
from swf.flow.unwritable import writing
from swf.models.decision import Decision


class Scheduler:
    """The states of all steps of an execution, and the decisions that follow from them.

    :param definition: the flow.
    :param flow_state: the execution; `advance` applies its changes.
    """

    def __init__(self, definition: Definition, flow_state: FlowState) -> None:
        self.flow_state = flow_state
        self.steps = {str(s.name): StepState(s, i) for i, s in enumerate(definition.steps)}
        for state in self.steps.values():
            for name in {str(required.name) for required in state.step.requires}:
                if name in self.steps:
                    self.steps[name].dependents.append(state)
        self._unfinished = len(self.steps)
        self._by_instance: dict[str, StepState] = {}
        self._signal_steps: list[StepState] = []
        self._ready: list[StepState] = []
        # Steps by their order: without instances, with instances to start or retry, with active
        # instances, with too many failures.
        self._unexpanded: dict[int, StepState] = {}
        self._startable: dict[int, StepState] = {}
        self._active: dict[int, StepState] = {}
        self._broken: dict[int, StepState] = {}
        #: Whether these conditions have been logged: the event budget is used up, and the
        #: continuation does not fit in an input.
        self.budget_warning_logged = False
        self.size_error_logged = False
        #: Steps whose expansion the history does not record yet.
        self._unrecorded: dict[str, StepState] = {}
        #: Steps whose instances were read from the previous execution and must be recorded.
        self._inherited: list[StepState] = []
        #: Instances whose claim of a signal the history does not record yet.
        self._uncommitted: set[str] = set()
        flow_state.drain_changes()  # each step reads its current state when it is ready
        self._open([state for state in self.steps.values() if not state.missing])

    @property
    def is_complete(self) -> bool:
        """Whether all steps are finished."""
        return not self._unfinished

    @property
    def is_idle(self) -> bool:
        """Whether no instance is active."""
        return not self._active

    @property
    def is_stale(self) -> bool:
        """Whether it relies on expansions or signal claims that the history does not record."""
        return bool(self._unrecorded or self._uncommitted)

    def advance(self) -> None:
        """Apply the changes of the flow state since the last call."""
        for key in self.flow_state.drain_changes():
            if key in self._by_instance:
                self._refresh(self._by_instance[key], key)
            if key in self.steps:
                self._apply_recorded_expansion(self.steps[key])
            if key in self._uncommitted and self.flow_state.signals.claimed_by(key):
                self._uncommitted.discard(key)
        self._open([])

    def receive(self) -> list[Decision]:
        """Let signal steps claim the received signals; return the markers that record it."""
        decisions: list[Decision] = []
        while claim := self._claim_one():
            decisions += claim
        return decisions

    def _claim_one(self) -> list[Decision]:
        for state in sorted(self._signal_steps, key=lambda state: state.order):
            for instance_id in state.unfinished_ids:
                if claim := state.step.receive(self.flow_state, instance_id):
                    self._uncommitted.add(instance_id)
                    self._refresh_signal_steps()
                    return claim
        return []

    def _refresh_signal_steps(self) -> None:
        """Update the signal steps: a claimed signal is not available to other instances."""
        for state in self._signal_steps:
            for instance_id in state.unfinished_ids:
                self._refresh(state, instance_id)
        self._open([])

    def failure(self) -> ActivityFailedError | None:
        """Return the error of the first failure of the step that first had too many failures.

        Later failures can be the cancellations of open work after that.

        :returns: None if no step has more failures than it tolerates.
        """
        if not self._broken:
            return None
        breaking = [self._failures(self._broken[order]) for order in sorted(self._broken)]
        failures = min(breaking, key=lambda each: each[-1][0])
        _, instance_id, state = failures[0]
        if state is None:
            return ActivityFailedError(instance_id)
        return ActivityFailedError(instance_id, state.failures, state.reason)

    def _failures(self, step_state: StepState) -> list[tuple[int, str, ActivityState | None]]:
        """Return the failures of a broken step, up to the first one that it does not tolerate.

        :returns: event id, instance id and state of each, in the order of their events.
        """
        step, failures = step_state.step, []
        for instance_id in step_state.instances or ():
            if instance_id in step_state.failed:
                state = step.state_in(self.flow_state, instance_id)
                failures.append((0 if state is None else state.last_event_id, instance_id, state))
        failures.sort(key=lambda failure: failure[0])
        return failures[: int(step.max_failures(step_state.total)) + 1]

    def expand(self) -> list[Decision]:
        """Generate the instances of the ready steps; return the markers that record them.

        :raises ExpansionError: `when` or a generator raised an error.
        :raises InvalidTypeError: a generator yields something other than dictionaries.
        :raises UnwritableDataError: the instances cannot be written.
        """
        decisions = self._record_inherited()
        while self._unexpanded:
            state = self._unexpanded[min(self._unexpanded)]
            instances = expand(state.step, self.flow_state.current_context)
            decisions += expansions.record(state.name, instances, self.flow_state.codec)
            self._unrecorded[state.name] = state
            self._populate(state, instances)
            self._open([])
            decisions += self.receive()
        return decisions

    def _record_inherited(self) -> list[Decision]:
        decisions: list[Decision] = []
        for state in self._inherited:
            instances = list((state.instances or {}).values())
            decisions += expansions.record(state.name, instances, self.flow_state.codec)
            self._unrecorded[state.name] = state
        self._inherited = []
        return decisions

    def decisions(self, draining: bool = False) -> list[Decision]:
        """Return the decisions that start and retry instances.

        :param draining: whether to start no new instances.
        """
        return [
            decision
            for order in sorted(self._startable)
            for decision in self._decide(self._startable[order], draining)
        ]

    @property
    def is_busy(self) -> bool:
        """Whether an instance is active that will finish, which a signal step may never do.

        It may belong to a step that only another version of the flow has.
        """
        if any(not isinstance(state.step, SignalStep) for state in self._active.values()):
            return True
        return not self._by_instance.keys() >= self.flow_state.open_ids

    @property
    def may_begin(self) -> bool:
        """Whether a new instance could begin now."""
        return bool(self._unexpanded) or any(state.ready() for state in self._startable.values())

    def continuation(self) -> ContinuationState:
        """Return the state for the next execution.

        It includes finished work of steps that only another version of the flow has, by id.
        """
        state = self.flow_state.continuation()
        unknown = {name: step for name, step in state.steps.items() if name not in self.steps}
        known = {
            name: step_state.continuation()
            for name, step_state in self.steps.items()
            if step_state.instances is not None
            and (step_state.completed or step_state.finished or step_state.step.is_expanded)
        }
        return attrs.evolve(
            state,
            steps={**unknown, **known},
            results=self._of_unknown_steps(state.results),
            failures=self._of_unknown_steps(state.failures),
        )

    def _of_unknown_steps(self, by_id: dict[str, Any]) -> dict[str, Any]:
        return {each: value for each, value in by_id.items() if each not in self._by_instance}

    def available(self) -> Iterator[StepInstance]:
        """Yield the instances that may begin, or be retried, now."""
        for order in sorted(self._startable):
            state = self._startable[order]
            retrying = state.retrying.items()
            ids = {i for i, progress in retrying if progress.status is InstanceStatus.RETRY}
            ids.update(state.ready())
            yield from (self.instance(state, i) for i in state.instances or () if i in ids)

    def uncomplete(self) -> Iterator[StepInstance]:
        """Yield the instances that have not completed; one for a step without known instances."""
        for state in self.steps.values():
            if state.instances is None:
                yield state.step.instance({}, self.flow_state.current_context)
            for instance_id in state.instances or ():
                if instance_id not in state.completed and not state.finished:
                    yield self.instance(state, instance_id)

    def instance(self, state: StepState, instance_id: str) -> StepInstance:
        """Return an instance with the current context."""
        local_context = (state.instances or {})[instance_id]
        instance = state.step.instance(local_context, self.flow_state.current_context)
        instance.pool_size = state.total
        instance.codec = self.flow_state.codec
        return instance

    def _decide(self, state: StepState, draining: bool) -> Iterator[Decision]:
        limits = self.flow_state.limits
        ids = [i for i in state.instances or () if i in state.retrying] if state.retrying else []
        for instance_id in ids:
            progress = state.retrying[instance_id]
            if not limits.admit(progress.next_command(state.step)):
                continue
            if progress.status is InstanceStatus.RETRY_LATER:
                yield start_retry_timer(self.flow_state, state.step, instance_id, progress.delay)
            else:
                yield from self._start(state, instance_id)
        for instance_id in () if draining else state.ready():
            if not limits.admit(state.step.command_kind):
                return
            yield from self._start(state, instance_id)

    def _start(self, state: StepState, instance_id: str) -> Iterator[Decision]:
        with writing():
            decision = state.step.start(self.instance(state, instance_id), instance_id)
        if decision is not None:
            yield decision

    def _open(self, states: Iterable[StepState]) -> None:
        """Open ready steps, and the steps that become ready by that."""
        self._ready += states
        while self._ready:
            state = self._ready.pop()
            inherited = self.flow_state.predecessor.steps.get(state.name)
            recorded = self.flow_state.expansions.complete.get(state.name)
            if inherited is not None:
                instances = inherited.instances or []
                self._populate(state, instances, inherited.done, inherited.failed)
                if self.flow_state.must_record(state.name):
                    self._inherited.append(state)
            elif recorded is not None:
                self._populate(state, recorded)
            elif state.step.is_expanded:
                self._unexpanded[state.order] = state
            else:
                self._populate(state, [{}])

    def _apply_recorded_expansion(self, state: StepState) -> None:
        recorded = self.flow_state.expansions.complete[state.name]
        if state.order in self._unexpanded:
            self._populate(state, recorded)
        elif state.name in self._unrecorded and list((state.instances or {}).values()) == recorded:
            del self._unrecorded[state.name]

    def _populate(
        self,
        state: StepState,
        instances: list[dict[str, Any]],
        completed: Iterable[int] = (),
        failed: Iterable[int] = (),
    ) -> None:
        """Set the instances of a step.

        :param instances: the local context of each instance.
        :param completed: indices of the instances that a previous execution completed.
        :param failed: indices of the instances that failed permanently in a previous execution.
        """
        self._unexpanded.pop(state.order, None)
        ids = [state.step.instance(local_context, {}).id for local_context in instances]
        state.instances = dict(zip(ids, instances, strict=True))
        inherited = {ids[i]: InstanceProgress(InstanceStatus.COMPLETED) for i in completed}
        inherited.update({ids[i]: InstanceProgress(InstanceStatus.FAILED) for i in failed})
        if isinstance(state.step, SignalStep) and state not in self._signal_steps:
            self._signal_steps.append(state)
        for instance_id in state.instances:
            self._by_instance[instance_id] = state
            progress = inherited.get(instance_id) or self._progress(state, instance_id)
            state.set_status(instance_id, progress)
        self._index(state)

    def _refresh(self, state: StepState, instance_id: str) -> None:
        state.set_status(instance_id, self._progress(state, instance_id))
        self._index(state)

    def _progress(self, state: StepState, instance_id: str) -> InstanceProgress:
        activity_state = current_state(state.step, instance_id, self.flow_state)
        return instance_progress(state.step, activity_state, self.flow_state)

    def _index(self, state: StepState) -> None:
        """Add a step to the indexes it belongs to, and remove it from the others."""
        for index, belongs in (
            (self._startable, state.pending or state.retrying),
            (self._active, state.active),
            (self._broken, state.is_broken),
        ):
            if belongs:
                index[state.order] = state
            else:
                index.pop(state.order, None)
        if state.is_complete and not state.finished:
            self._finish(state)

    def _finish(self, state: StepState) -> None:
        state.finished = True
        self._unfinished -= 1
        for dependent in state.dependents:
            dependent.missing -= 1
            if not dependent.missing:
                self._ready.append(dependent)
