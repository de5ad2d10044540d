"""Replay: repeat the decisions of a history and compare them with the recorded ones.

With a history recorded in production, a test shows whether changed code still makes the same
decisions: `assert replay(history, decider) is None`.

A history records the effect of a decision, not the decision: defaults of the registered type are
filled in. So attributes that the code sets are compared, and attributes without defaults (payloads,
reasons) are always compared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import zip_longest
from typing import Any

from attrs import frozen

from swf.actors.decider import Decider, fit_to_response
from swf.actors.log import replaying
from swf.actors.tasks import DecisionTaskContext
from swf.models import DecisionTask, Domain, WorkflowExecution
from swf.models.decision import Decision
from swf.models.event import Event
from swf.models.history import History
from swf.models.history.batches import DecisionBatch
from swf.payload import decode

Decide = Callable[[DecisionTaskContext], Iterable[Decision]]

#: The event that records each decision. A refused decision is recorded by an event with the
#: decision's name and `Failed`.
OUTCOME_EVENTS: Mapping[str, str] = {
    "ScheduleActivityTask": "ActivityTaskScheduled",
    "RequestCancelActivityTask": "ActivityTaskCancelRequested",
    "CompleteWorkflowExecution": "WorkflowExecutionCompleted",
    "FailWorkflowExecution": "WorkflowExecutionFailed",
    "CancelWorkflowExecution": "WorkflowExecutionCanceled",
    "ContinueAsNewWorkflowExecution": "WorkflowExecutionContinuedAsNew",
    "RecordMarker": "MarkerRecorded",
    "StartTimer": "TimerStarted",
    "CancelTimer": "TimerCanceled",
    "SignalExternalWorkflowExecution": "SignalExternalWorkflowExecutionInitiated",
    "RequestCancelExternalWorkflowExecution": "RequestCancelExternalWorkflowExecutionInitiated",
    "StartChildWorkflowExecution": "StartChildWorkflowExecutionInitiated",
    "ScheduleLambdaFunction": "LambdaFunctionScheduled",
}
DECISION_OF_EVENT = {event: decision for decision, event in OUTCOME_EVENTS.items()} | {
    f"{decision}Failed": decision for decision in OUTCOME_EVENTS
}

#: Attributes without defaults, which only the decision can set.
WITHOUT_DEFAULT = ("input", "control", "result", "details", "reason", "tagList")

#: Attributes that have different names in decision and event.
_RENAMED_ATTRIBUTES: Mapping[str, tuple[str, ...]] = {
    "workflowTypeVersion": ("workflowType", "version")
}


@frozen
class Divergence:
    """The first decision that differs from the history.

    :param started_event_id: the DecisionTaskStarted event of the decision task.
    :param position: index of the decision in its task, from 0.
    :param recorded: the event of the recorded decision; None if the code makes an additional one.
    :param decided: the decision of the code; None if the code makes no more decisions.
    :param attribute: the attribute that differs; None if the types differ.
    """

    started_event_id: int
    position: int
    recorded: Event | None
    decided: Decision | None
    attribute: str | None

    def __str__(self) -> str:
        where = f"decision {self.position} of the decision task started by event"
        lines = [f"{where} {self.started_event_id} differs"]
        if self.attribute is not None:
            lines[0] += f" in {self.attribute}"
        recorded = "nothing" if self.recorded is None else _format_event(self.recorded)
        decided = "nothing" if self.decided is None else repr(self.decided)
        return "\n".join([*lines, f"  recorded: {recorded}", f"  decided:  {decided}"])


def replay(
    history: History,
    decider: Decider | Decide,
    *,
    execution: WorkflowExecution | None = None,
) -> Divergence | None:
    """Repeat the decisions of every completed decision task; return the first difference, or None.

    Sends nothing. The decider sees the same events as at the time and its own `state`. Exceptions
    of the decider propagate.

    :param history: the recorded history.
    :param decider: a `Decider`, or a function like its `decide`.
    :param execution: the execution, for code that uses its ids, which a history does not contain.
    """
    decide = decider.decide if isinstance(decider, Decider) else decider
    domain = decider.domain if isinstance(decider, Decider) else Domain("replay")
    partial_history, state = History(), None
    for batch in history.decision_batches():
        if batch.completed_event_id is None:
            break
        partial_history.extend(batch.raw_events)
        task = _task(
            batch, partial_history, domain, execution or WorkflowExecution(domain, "replay", "run")
        )
        context = DecisionTaskContext(
            task, partial_history, state, 0, _execution_context(partial_history)
        )
        with replaying():
            decided = fit_to_response(decide(context), context)
        state = context.state
        divergence = _compare(batch, decided)
        if divergence is not None:
            return divergence
    return None


def _task(
    batch: DecisionBatch, partial_history: History, domain: Domain, execution: WorkflowExecution
) -> DecisionTask:
    return DecisionTask(
        domain,
        partial_history.execution.task_list or "replay",
        "replay",
        execution.workflow_type,
        execution,
        partial_history,
        batch.started_event_id,
        batch.previous_started_event_id,
    )


def _execution_context(partial_history: History) -> Any:
    return decode(partial_history.execution.execution_context)


def _compare(batch: DecisionBatch, decided: list[Decision]) -> Divergence | None:
    pairs = zip_longest(batch.decisions, decided)
    for position, (event, decision) in enumerate(pairs):
        attribute = None
        if (
            event is not None
            and decision is not None
            and DECISION_OF_EVENT.get(event.name) == decision.type
        ):
            attribute = _difference(event, decision)
            if attribute is None:
                continue
        return Divergence(batch.started_event_id, position, event, decision, attribute)
    return None


def _difference(event: Event, decision: Decision) -> str | None:
    """Return the first attribute in which an event differs from the decision."""
    refused = event.name.endswith("Failed") and "cause" in event.attributes
    for name, value in decision.attributes.items():
        recorded = _event_attribute(event, name)
        if recorded != value and not (refused and recorded is None):
            return name
    for name in WITHOUT_DEFAULT:
        if name in event.attributes and name not in decision.attributes:
            return name
    return None


def _event_attribute(event: Event, name: str) -> Any:
    recorded: Any = event.attributes
    for member in _RENAMED_ATTRIBUTES.get(name, (name,)):
        recorded = recorded.get(member) if recorded else None
    return recorded


def _format_event(event: Event) -> str:
    attributes = ", ".join(f"{name}={value!r}" for name, value in event.attributes.items())
    return f"{event.name} (event {event.id}): {attributes}"
