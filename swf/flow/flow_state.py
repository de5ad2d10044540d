"""`FlowState`: the state of an execution, updated with the new events of its history.

It adds to the folded history: the context, the recorded expansions, the signal queue, and the
activity states by name and id. An update costs time in proportion to the new events, so a decision
in a long execution costs no more than in a short one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import attrs

from swf import payload
from swf.engine.decoding import UndecodableError, decode, decode_or_text
from swf.exceptions import HistoryError
from swf.flow import continuation
from swf.flow.activity_state import ACTIVITY_FAILED, ActivityState
from swf.flow.command_limits import CommandLimits
from swf.flow.context import ExecutionContext
from swf.flow.continuation import ContinuationState, StepContinuation
from swf.flow.expansions import MARKER as EXPANSION_MARKER
from swf.flow.expansions import RecordedExpansions
from swf.flow.ids import timer_instance_id
from swf.flow.signal_queue import MARKER as SIGNAL_MARKER
from swf.flow.signal_queue import QueuedSignal, SignalQueue
from swf.models.decision import Decision
from swf.models.event.base import Event
from swf.models.history import History
from swf.payload import Codec

if TYPE_CHECKING:
    from typing_extensions import Self

States = Mapping[str, Mapping[str, ActivityState]]


class FlowState(Mapping[str, Mapping[str, ActivityState]]):
    """The state of an execution. As a mapping: activity states by activity name and id.

    :param domain: the name of the domain.
    :param workflow_id: the execution's workflow id; empty if it is not known.
    :param run_id: the execution's run id; empty if it is not known.
    :param codec: the codec of payloads.
    :param load_history: returns the history of another execution by workflow id and run id, which a
        continued execution may need; None if it is not available.
    """

    def __init__(
        self,
        domain: str = "",
        workflow_id: str = "",
        run_id: str = "",
        codec: Codec = payload.PLAIN_JSON,
        load_history: Callable[[str, str], History] | None = None,
    ) -> None:
        self.workflow_id = workflow_id
        self.run_id = run_id
        self._load_history = load_history
        self.codec = codec
        self.history = History()
        self.context = ExecutionContext(codec=codec)
        if workflow_id and run_id:
            info = {"workflowExecution": {"workflowId": workflow_id, "runId": run_id}}
            self.context.set_workflow_execution_info(info, domain)
        self.expansions = RecordedExpansions(codec)
        #: Activity states by activity name and id.
        self.states: dict[str, dict[str, ActivityState]] = {}
        self._results: dict[str, Any] = {}
        #: The error of an input that cannot be decoded.
        self.input_error: UndecodableError | None = None
        #: The state passed on by the previous execution.
        self.predecessor = ContinuationState()
        self.signals = SignalQueue(codec)
        self.limits = CommandLimits()
        #: Ids of the instances and keys of the expansions that changed since `drain_changes`.
        self._changes: dict[str, None] = {}
        self._changed_activities: dict[str, None] = {}
        self._last_event_id = 0

    @classmethod
    def coerce(cls, states: States, context: Mapping[str, Any]) -> Self:
        """Return `states` if it is a `FlowState`, else a new one for plain states.

        :param states: activity states by activity name and id.
        :param context: the input and results; its `workflow_input`, if it has one, is the input.
        """
        if isinstance(states, cls):
            return states
        flow_state = cls.from_states(states, context)
        flow_state.context.workflow_input = getattr(context, "workflow_input", dict(context))
        return flow_state

    @classmethod
    def from_states(cls, states: States, context: Mapping[str, Any]) -> Self:
        """Return a state without a history.

        :param states: activity states by activity name and id.
        :param context: the input and results.
        """
        flow_state = cls()
        flow_state.states = {name: dict(by_id) for name, by_id in states.items()}
        flow_state.context.current = dict(context)
        flow_state.workflow_id = context.get("execution.workflow_id") or ""
        return flow_state

    def __getitem__(self, name: str) -> Mapping[str, ActivityState]:
        return self.states[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.states)

    def __len__(self) -> int:
        return len(self.states)

    def update(self, history: History) -> None:
        """Apply the events of a history that are new since the last update."""
        self.signals.rollback()
        self.history = history
        for event in history.new_events(self._last_event_id):
            self.limits.throttle.observe(event._raw)
            handler = _HANDLERS.get(event.name)
            if handler is not None:
                handler(self, event)
            self._last_event_id = event.id
        for activity_id in self._changed_activities:
            entity = history.activities[activity_id]
            by_id = self.states.setdefault(entity.name or "", {})
            by_id[activity_id] = ActivityState.from_entity(entity, self.codec)
        self._changes |= self._changed_activities
        self._changed_activities = {}
        self._resolve_instances()
        self.limits.begin(history)

    def rollback(self) -> None:
        """Discard the changes of the current decision task, which decides again."""
        self.signals.rollback()
        self.limits.reset()

    @property
    def is_undecided(self) -> bool:
        """Whether no decider has started work, or recorded a marker, in this execution."""
        history = self.history
        return not (history.activities or history.timers or history.children or history.markers)

    @property
    def current_context(self) -> dict[str, Any]:
        """The context, including the inputs of uncommitted signals."""
        return self._with_uncommitted(self.context.current)

    @property
    def results(self) -> dict[str, Any]:
        """The results of all steps, merged in the order of their events."""
        return self._with_uncommitted(self._results)

    def _with_uncommitted(self, context: dict[str, Any]) -> dict[str, Any]:
        inputs = [s.input for s in self.signals.uncommitted if isinstance(s.input, dict)]
        for signal_input in inputs:
            context = {**context, **signal_input}
        return context

    def predecessor_state(self, activity_id: str) -> ActivityState | None:
        """Return the state of an instance that finished in a previous execution."""
        if activity_id in self.predecessor.results:
            return ActivityState.completed(activity_id, self.predecessor.results[activity_id])
        if activity_id not in self.predecessor.failures:
            return None
        state = ActivityState(activity_id)
        attempts, state.failure, state.reason = self.predecessor.failures[activity_id]
        state.states = [ACTIVITY_FAILED] * attempts
        return state

    def has_begun(self, instance_id: str) -> bool:
        """Return whether a signal step has started its timeout or recorded its signal."""
        is_claimed = instance_id in self.signals.committed_claimants
        return is_claimed or instance_id in self.history.timers

    def inherited_instances(self, key: str) -> list[dict[str, Any]] | None:
        """Return the instances that a previous execution generated, None if there are none.

        :param key: the key of the expansion.
        """
        inherited = self.predecessor.steps.get(key)
        return None if inherited is None else inherited.instances or []

    def must_record(self, key: str) -> bool:
        """Return whether inherited instances must be recorded in this history.

        :param key: the key of the expansion.
        """
        is_elsewhere = self.predecessor.source is not None and bool(self.inherited_instances(key))
        return is_elsewhere and key not in self.expansions.complete

    def _resolve_instances(self) -> None:
        """Read the instances that the input refers to, from markers of this execution or of the
        previous one.
        """
        steps = self.predecessor.steps
        missing = [key for key, step in steps.items() if step.instances is None]
        if not missing or self.predecessor.source is None:
            return
        own = self.expansions.complete
        instances = (
            own if own.keys() >= set(missing) else self._load_instances(*self.predecessor.source)
        )
        for key in missing:
            steps[key] = attrs.evolve(steps[key], instances=own.get(key) or instances[key])

    def _derive(self, state: ContinuationState) -> ContinuationState:
        """Return a state with the parts that follow from the history of the previous execution.

        They are read from the markers of this execution, if it has recorded them.
        """
        recorded = RecordedExpansions(self.codec)
        for event in self.history:
            if event.name == "MarkerRecorded" and event.marker_name == EXPANSION_MARKER:
                recorded.add(event)
        if continuation.STATE_KEY in recorded.complete:
            derived = continuation.read_state(recorded.complete[continuation.STATE_KEY])
        else:
            assert state.source is not None  # noqa: S101 - a derived state has one
            derived = self._load(*state.source).continuation()
        parts = {name: getattr(derived, name) for name in state.derives}
        return attrs.evolve(state, **parts)

    def record_derived_state(self) -> list[Decision]:
        """Return the markers of a derived state that the history does not contain yet."""
        if not self.predecessor.derives or continuation.STATE_KEY in self.expansions.complete:
            return []
        return continuation.record_state(self.predecessor, self.codec)

    def _load(self, workflow_id: str, run_id: str) -> FlowState:
        """Return the state of another execution.

        :raises HistoryError: its history is not available.
        """
        if self._load_history is None:
            raise HistoryError(f"The history of the previous execution is required: run {run_id}")
        earlier = FlowState("", workflow_id, run_id, self.codec, self._load_history)
        earlier.update(self._load_history(workflow_id, run_id))
        return earlier

    def _load_instances(self, workflow_id: str, run_id: str) -> dict[str, list[dict[str, Any]]]:
        """Return the instances that another execution generated or inherited."""
        return self._load(workflow_id, run_id).recorded_instances()

    def recorded_instances(self) -> dict[str, list[dict[str, Any]]]:
        """Return the instances that this execution and its predecessors generated, by key."""
        inherited = {key: step.instances or [] for key, step in self.predecessor.steps.items()}
        return {**inherited, **self.expansions.complete}

    @property
    def begun_ids(self) -> set[str]:
        """The ids of the instances that began in this execution or, if they finished, before."""
        begun = {instance_id for instance_id, state in self._instance_states() if state.states}
        return begun | self.predecessor.results.keys() | self.predecessor.failures.keys()

    @property
    def open_ids(self) -> set[str]:
        """The ids of the instances with open work that will finish."""
        history = self.history
        timers = (str(each.id) for each in history.open_timers if each.text("control") is None)
        return {
            *(str(activity.id) for activity in history.open_activities),
            *(child.text("control") or str(child.id) for child in history.open_children),
            *(timer_id for timer_id in timers if timer_instance_id(timer_id) == timer_id),
        }

    def failed_states(self) -> dict[str, ActivityState]:
        """Return the states of the instances whose last attempt failed in this execution, by id."""
        states = self._instance_states()
        return {i: state for i, state in states if state.get_last_state() == ACTIVITY_FAILED}

    def continuation(self) -> ContinuationState:
        """Return the state for the next execution of a flow with a custom decider."""
        states = dict(self._instance_states())
        expansions = {
            key: StepContinuation(instances, [])
            for key, instances in self.expansions.complete.items()
            if key != continuation.STATE_KEY
        }
        return ContinuationState(
            self.context.workflow_input,
            self.results,
            {**self.predecessor.steps, **expansions},
            {**self.predecessor.results, **{i: s.result for i, s in states.items() if s.ready}},
            self.signals.unclaimed_by(self.signals.claimants),
            {
                **self.predecessor.failures,
                **{i: (s.failures, s.failure, s.reason) for i, s in self.failed_states().items()},
            },
        )

    def _instance_states(self) -> Iterator[tuple[str, ActivityState]]:
        """Yield id and state of each instance that began in this execution."""
        for by_id in self.states.values():
            yield from by_id.items()
        for child in self.history.children.values():
            yield child.text("control") or "", ActivityState.from_entity(child, self.codec)
        for timer in self.history.timers.values():
            timer_id = str(timer.id)
            if timer_instance_id(timer_id) == timer_id:
                is_signal = timer.text("control") is not None
                build = ActivityState.from_signal_timer if is_signal else ActivityState.from_entity
                yield timer_id, build(timer)
        for claimant in self.signals.claimants:
            signal = self.signals.claimed_by(claimant)
            yield claimant, ActivityState.completed(claimant, signal and signal.input)

    def drain_changes(self) -> list[str]:
        """Return and clear the ids of changed instances and the keys of new expansions."""
        changes = list(self._changes)
        self._changes = {}
        return changes

    def hydrate(self, result: Any) -> None:
        """Merge a result into the context, if it is a dictionary."""
        self.context.add_result(result)
        if isinstance(result, dict):
            self._results.update(result)

    # Event handlers.

    def _on_started(self, event: Event) -> None:
        try:
            workflow_input = decode(event.text("input"), "input", self.codec)
            predecessor = continuation.unpack(workflow_input)
        except UndecodableError as error:
            self.input_error = error
            return
        self.context.set_input(workflow_input)
        if predecessor is None:
            return
        if predecessor.derives:
            predecessor = self._derive(predecessor)
        self.predecessor = predecessor
        del self.context.current[continuation.KEY]
        self.context.workflow_input = predecessor.input
        self.context.current.update(predecessor.input)
        self.hydrate(predecessor.context)
        first_id = -len(predecessor.signals)
        for signal_id, (name, signal_input) in enumerate(predecessor.signals, start=first_id):
            self.signals.put(QueuedSignal(signal_id, name, signal_input))

    def _on_activity(self, event: Event) -> None:
        self._changed_activities[event.activity_id] = None

    def _on_activity_closed(self, event: Event) -> None:
        entity = self.history.activities.by_event(event.scheduled_event_id)
        self._changed_activities[str(entity.id)] = None
        if event.name == "ActivityTaskCompleted":
            self._hydrate_from(event)

    def _on_timer(self, event: Event) -> None:
        self._changes[timer_instance_id(event.timer_id)] = None

    def _on_child(self, event: Event) -> None:
        workflow_id = event.attributes.get("workflowId") or event.workflow_execution["workflowId"]
        self._changes[self.history.children[workflow_id].text("control") or workflow_id] = None
        if event.name == "ChildWorkflowExecutionCompleted":
            self._hydrate_from(event)

    def _on_marker(self, event: Event) -> None:
        if event.marker_name == EXPANSION_MARKER:
            key = self.expansions.add(event)
        elif event.marker_name == SIGNAL_MARKER:
            key = self._commit_claim(event)
        else:
            return
        if key is not None:
            self._changes[key] = None

    def _commit_claim(self, event: Event) -> str | None:
        claimant = self.signals.commit(event)
        signal = self.signals.claimed_by(claimant) if claimant is not None else None
        if signal is not None:
            self.hydrate(signal.input)
        return claimant

    def _on_signal(self, event: Event) -> None:
        signal_input = decode_or_text(event.text("input"), self.codec)
        self.signals.put(QueuedSignal(event.id, event.signal_name, signal_input))

    def _hydrate_from(self, event: Event) -> None:
        """Merge the result of an event; one that cannot be decoded fails its instance."""
        with suppress(UndecodableError):
            self.hydrate(decode(event.text("result"), "result", self.codec))


_HANDLERS: dict[str, Callable[[FlowState, Event], None]] = {
    "WorkflowExecutionStarted": FlowState._on_started,
    "WorkflowExecutionSignaled": FlowState._on_signal,
    "MarkerRecorded": FlowState._on_marker,
    **dict.fromkeys(
        ("ActivityTaskScheduled", "ScheduleActivityTaskFailed"), FlowState._on_activity
    ),
    **dict.fromkeys(
        (
            "ActivityTaskCompleted",
            "ActivityTaskFailed",
            "ActivityTaskTimedOut",
            "ActivityTaskCanceled",
        ),
        FlowState._on_activity_closed,
    ),
    **dict.fromkeys(
        ("TimerStarted", "TimerFired", "TimerCanceled", "StartTimerFailed"), FlowState._on_timer
    ),
    **dict.fromkeys(
        (
            "StartChildWorkflowExecutionInitiated",
            "StartChildWorkflowExecutionFailed",
            "ChildWorkflowExecutionCompleted",
            "ChildWorkflowExecutionFailed",
            "ChildWorkflowExecutionTimedOut",
            "ChildWorkflowExecutionCanceled",
            "ChildWorkflowExecutionTerminated",
        ),
        FlowState._on_child,
    ),
}
