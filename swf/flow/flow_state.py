"""`Run`: what is known of an execution, brought up to date with the new events of its history.

It is what the fold of a history does not tell by itself: the context, the recorded expansions, the
states by activity name and id as the documentation shows them. The work is proportional to what is
new, so that a decision in a long execution costs no more than in a short one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from swf import payload
from swf.flow import continuation
from swf.flow.activity_state import ACTIVITY_FAILED, ActivityState
from swf.flow.context import ExecutionContext
from swf.flow.expansions import MARKER as EXPANSION
from swf.flow.expansions import RecordedExpansions
from swf.flow.instance_status import instance_of_timer
from swf.flow.signal_queue import MARKER as SIGNAL
from swf.flow.signal_queue import ReceivedSignal, SignalQueue
from swf.models.event.base import Event
from swf.models.history import History
from swf.payload import Codec

if TYPE_CHECKING:
    from typing_extensions import Self

States = Mapping[str, Mapping[str, ActivityState]]


class FlowState(Mapping[str, Mapping[str, ActivityState]]):
    """What is known of an execution; as a mapping, the states by activity name and id.

    :param codec: how payloads are written.
    """

    def __init__(
        self,
        domain: str = "",
        workflow_id: str = "",
        run_id: str = "",
        codec: Codec = payload.PLAIN_JSON,
    ) -> None:
        self.workflow_id = workflow_id
        self.codec = codec
        self.history = History()
        self.context = ExecutionContext(codec=codec)
        if workflow_id and run_id:
            info = {"workflowExecution": {"workflowId": workflow_id, "runId": run_id}}
            self.context.set_workflow_execution_info(info, domain)
        self.expansions = RecordedExpansions(codec)
        #: States by activity name and id.
        self.states: dict[str, dict[str, ActivityState]] = {}
        self._results: dict[str, Any] = {}
        #: What an execution before this one has done.
        self.carried = continuation.ContinuationState()
        self.inbox = SignalQueue(codec)
        #: Ids of instances and keys of expansions that have news.
        self.changes: dict[str, None] = {}
        self._activities: dict[str, None] = {}
        self._seen = 0

    @classmethod
    def of(cls, states: States, context: Mapping[str, Any]) -> Self:
        """Return the run that the states belong to, or one for which no more is known."""
        if isinstance(states, cls):
            return states
        run = cls.from_states(states, context)
        run.context.workflow_input = getattr(context, "workflow_input", dict(context))
        return run

    @classmethod
    def from_states(cls, states: States, context: Mapping[str, Any]) -> Self:
        """Return a run for which only states and context are known."""
        run = cls()
        run.states = {name: dict(by_id) for name, by_id in states.items()}
        run.context.current = dict(context)
        run.workflow_id = context.get("execution.workflow_id") or ""
        return run

    def __getitem__(self, name: str) -> Mapping[str, ActivityState]:
        return self.states[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.states)

    def __len__(self) -> int:
        return len(self.states)

    def feed(self, history: History) -> None:
        """Take in what a history holds beyond what was seen of it."""
        self.history = history
        self.inbox.rollback()
        for event in history.new_events(self._seen):
            handler = _HANDLERS.get(event.name)
            if handler is not None:
                handler(self, event)
            self._seen = event.id
        for activity_id in self._activities:
            entity = history.activities[activity_id]
            by_id = self.states.setdefault(entity.name or "", {})
            by_id[activity_id] = ActivityState.of(entity, self.codec)
        self.changes |= self._activities
        self._activities = {}

    @property
    def known(self) -> dict[str, Any]:
        """The context, with what the decisions that are being made take from signals."""
        return self._with_promised(self.context.current)

    @property
    def results(self) -> dict[str, Any]:
        """What all steps returned, merged in the order of the events."""
        return self._with_promised(self._results)

    def _with_promised(self, known: dict[str, Any]) -> dict[str, Any]:
        inputs = [s.input for s in self.inbox.uncommitted if isinstance(s.input, dict)]
        for given in inputs:
            known = {**known, **given}
        return known

    def carried_state(self, activity_id: str) -> ActivityState | None:
        """Return the state of an instance that an execution before this one brought to its end."""
        if activity_id in self.carried.results:
            return ActivityState.completed(activity_id, self.carried.results[activity_id])
        if activity_id not in self.carried.failures:
            return None
        state = ActivityState(activity_id)
        attempts, state.failure, state.reason = self.carried.failures[activity_id]
        state.states = [ACTIVITY_FAILED] * attempts
        return state

    def carry(self) -> continuation.ContinuationState:
        """Return what an execution after this one is handed, for a custom decider."""
        ends = dict(self._ends())
        failed = {i: s for i, s in ends.items() if s.get_last_state() == ACTIVITY_FAILED}
        recorded = {
            key: continuation.StepContinuation(instances, [])
            for key, instances in self.expansions.whole.items()
        }
        return continuation.ContinuationState(
            self.context.workflow_input,
            self.results,
            {**self.carried.steps, **recorded},
            {**self.carried.results, **{i: s.result for i, s in ends.items() if s.ready}},
            self.inbox.unclaimed_by(self.inbox.claimants),
            {
                **self.carried.failures,
                **{i: (s.failures, s.failure, s.reason) for i, s in failed.items()},
            },
        )

    def _ends(self) -> Iterator[tuple[str, ActivityState]]:
        """Yield the states of what was begun in this execution, by their ids."""
        for by_id in self.states.values():
            yield from by_id.items()
        for child in self.history.children.values():
            yield child.text("control") or "", ActivityState.of(child, self.codec)
        for timer in self.history.timers.values():
            timer_id = str(timer.id)
            if instance_of_timer(timer_id) == timer_id:
                is_wait = timer.text("control") is not None
                yield (
                    timer_id,
                    ActivityState.from_signal_timer(timer) if is_wait else ActivityState.of(timer),
                )
        for by in self.inbox.claimants:
            signal = self.inbox.taken(by)
            yield by, ActivityState.completed(by, signal and signal.input)

    def drain_changes(self) -> list[str]:
        """Return what has news since this was last asked."""
        changes = list(self.changes)
        self.changes = {}
        return changes

    def hydrate(self, result: Any) -> None:
        """Add a result to the context."""
        self.context.add_result(result)
        if isinstance(result, dict):
            self._results.update(result)

    # Events.

    def _started(self, event: Event) -> None:
        self.context.set_execution_input(event)
        carried = continuation.unpack(self.context.workflow_input)
        if carried is None:
            return
        self.carried = carried
        del self.context.current[continuation.KEY]
        self.context.workflow_input = carried.input
        self.context.current.update(carried.input)
        self.hydrate(carried.context)
        for place, (name, given) in enumerate(carried.signals, start=-len(carried.signals)):
            self.inbox.receive(ReceivedSignal(place, name, given))

    def _activity(self, event: Event) -> None:
        self._activities[event.activity_id] = None

    def _activity_closed(self, event: Event) -> None:
        entity = self.history.activities.by_event(event.scheduled_event_id)
        self._activities[str(entity.id)] = None
        if event.name == "ActivityTaskCompleted":
            self.hydrate(self._payload(event, "result"))

    def _timer(self, event: Event) -> None:
        self.changes[instance_of_timer(event.timer_id)] = None

    def _child(self, event: Event) -> None:
        workflow_id = event.attributes.get("workflowId") or event.workflow_execution["workflowId"]
        self.changes[self.history.children[workflow_id].text("control") or workflow_id] = None
        if event.name == "ChildWorkflowExecutionCompleted":
            self.hydrate(self._payload(event, "result"))

    def _marker(self, event: Event) -> None:
        if event.marker_name == EXPANSION:
            key = self.expansions.add(event)
        elif event.marker_name == SIGNAL:
            key = self._taken(event)
        else:
            return
        if key is not None:
            self.changes[key] = None

    def _taken(self, event: Event) -> str | None:
        by = self.inbox.record(event)
        signal = self.inbox.taken(by) if by is not None else None
        if signal is not None:
            self.hydrate(signal.input)
        return by

    def _signaled(self, event: Event) -> None:
        given = self._payload(event, "input")
        self.inbox.receive(ReceivedSignal(event.id, event.signal_name, given))

    def _payload(self, event: Event, name: str) -> Any:
        return payload.decode(event.text(name), self.codec)


_HANDLERS: dict[str, Callable[[FlowState, Event], None]] = {
    "WorkflowExecutionStarted": FlowState._started,
    "WorkflowExecutionSignaled": FlowState._signaled,
    "MarkerRecorded": FlowState._marker,
    **dict.fromkeys(("ActivityTaskScheduled", "ScheduleActivityTaskFailed"), FlowState._activity),
    **dict.fromkeys(
        (
            "ActivityTaskCompleted",
            "ActivityTaskFailed",
            "ActivityTaskTimedOut",
            "ActivityTaskCanceled",
        ),
        FlowState._activity_closed,
    ),
    **dict.fromkeys(
        ("TimerStarted", "TimerFired", "TimerCanceled", "StartTimerFailed"), FlowState._timer
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
        FlowState._child,
    ),
}
