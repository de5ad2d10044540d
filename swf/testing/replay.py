"""Replay: decide again what a history says was decided, and compare.

A history that was recorded from production shows in a test whether changed code would still take
the same decisions: `assert replay(history, decider) is None`.

A history tells what became of a decision, not the decision: defaults of the registered type are
filled in. So what the code decides is compared as far as it says something, and what has no default
(payloads, reasons) is compared in any case.
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

#: The event that tells of a decision, as it was carried out. One that was refused is told of by
#: the decision's own name and `Failed`.
CARRIED_OUT: Mapping[str, str] = {
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
DECIDED_BY = {event: decision for decision, event in CARRIED_OUT.items()} | {
    f"{decision}Failed": decision for decision in CARRIED_OUT
}

#: Attributes that come from the decision or from nowhere.
NEVER_FILLED_IN = ("input", "control", "result", "details", "reason", "tagList")

#: Attributes that an event has under another name than the decision.
_OTHER_NAMES: Mapping[str, tuple[str, ...]] = {"workflowTypeVersion": ("workflowType", "version")}


@frozen
class Divergence:
    """The first decision that is another one than the history has.

    :param started_event_id: the decision task at which it happens.
    :param position: which of its decisions, from 0.
    :param recorded: the event that tells what was decided; None: the code decides more.
    :param decided: what the code decides; None: it decides less.
    :param attribute: the attribute in which they differ; None: they are of different types.
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
        recorded = "nothing" if self.recorded is None else _shown(self.recorded)
        decided = "nothing" if self.decided is None else repr(self.decided)
        return "\n".join([*lines, f"  recorded: {recorded}", f"  decided:  {decided}"])


def replay(
    history: History,
    decider: Decider | Decide,
    *,
    execution: WorkflowExecution | None = None,
) -> Divergence | None:
    """Decide every decision task of a history again; return the first difference, None if none.

    Nothing is sent. The decider sees each time what it saw then, and finds its `state` again. What
    it raises is raised.

    :param decider: a `Decider`, or a function like its `decide`.
    :param execution: the execution, for code that asks for its ids, which a history does not tell.
    """
    decide = decider.decide if isinstance(decider, Decider) else decider
    domain = decider.domain if isinstance(decider, Decider) else Domain("replay")
    seen, state = History(), None
    for batch in history.decision_batches():
        if batch.completed_event_id is None:
            break
        seen.extend(batch.raw_events)
        task = _task(batch, seen, domain, execution or WorkflowExecution(domain, "replay", "run"))
        context = DecisionTaskContext(task, seen, state, 0, _kept_context(seen))
        with replaying():
            decided = fit_to_response(decide(context), context)
        state = context.state
        divergence = _compare(batch, decided)
        if divergence is not None:
            return divergence
    return None


def _task(
    batch: DecisionBatch, seen: History, domain: Domain, execution: WorkflowExecution
) -> DecisionTask:
    return DecisionTask(
        domain,
        seen.execution.task_list or "replay",
        "replay",
        execution.workflow_type,
        execution,
        seen,
        batch.started_event_id,
        batch.previous_started_event_id,
    )


def _kept_context(seen: History) -> Any:
    return decode(seen.execution.execution_context)


def _compare(batch: DecisionBatch, decided: list[Decision]) -> Divergence | None:
    pairs = zip_longest(batch.decisions, decided)
    for position, (event, decision) in enumerate(pairs):
        attribute = None
        if (
            event is not None
            and decision is not None
            and DECIDED_BY.get(event.name) == decision.type
        ):
            attribute = _difference(event, decision)
            if attribute is None:
                continue
        return Divergence(batch.started_event_id, position, event, decision, attribute)
    return None


def _difference(event: Event, decision: Decision) -> str | None:
    """Return the first attribute in which an event is not what the decision asked for."""
    refused = event.name.endswith("Failed") and "cause" in event.attributes
    for name, value in decision.attributes.items():
        told = _told(event, name)
        if told != value and not (refused and told is None):
            return name
    for name in NEVER_FILLED_IN:
        if name in event.attributes and name not in decision.attributes:
            return name
    return None


def _told(event: Event, name: str) -> Any:
    told: Any = event.attributes
    for member in _OTHER_NAMES.get(name, (name,)):
        told = told.get(member) if told else None
    return told


def _shown(event: Event) -> str:
    attributes = ", ".join(f"{name}={value!r}" for name, value in event.attributes.items())
    return f"{event.name} (event {event.id}): {attributes}"
