"""Replay: what the code asks for is compared with what the history says was asked for.

`DECISION_EVENTS` lists the events that record a decision, `OUTCOME_EVENTS` those that record its
outcome.
Compared are kind, id, name and input of a request, the seconds of a timer, and what an execution
ends with. Options (timeouts, task lists, priorities, tags, versions, retries) may change under a
running execution.

A request that does not fit stops the decision with `NonDeterminismError`, and nothing is sent.
"""

from __future__ import annotations

import linecache
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from swf import payload
from swf.dataflow.commands import Attributes, Command
from swf.exceptions import NonDeterminismError
from swf.models.event.table import EVENT_TYPES, attributes_key
from swf.payload import Codec

#: What a decision leaves in the history -> the kind of request, and whether it was accepted.
DECISION_EVENTS: Final[Mapping[str, tuple[str, bool]]] = {
    "ActivityTaskScheduled": ("activity", True),
    "ScheduleActivityTaskFailed": ("activity", False),
    "ActivityTaskCancelRequested": ("cancellation of activity", True),
    "RequestCancelActivityTaskFailed": ("cancellation of activity", False),
    "TimerStarted": ("timer", True),
    "StartTimerFailed": ("timer", False),
    "TimerCanceled": ("cancellation of timer", True),
    "CancelTimerFailed": ("cancellation of timer", False),
    "MarkerRecorded": ("marker", True),
    "RecordMarkerFailed": ("marker", False),
    "LambdaFunctionScheduled": ("Lambda function", True),
    "ScheduleLambdaFunctionFailed": ("Lambda function", False),
    "StartChildWorkflowExecutionInitiated": ("child workflow", True),
    "StartChildWorkflowExecutionFailed": ("child workflow", False),
    "SignalExternalWorkflowExecutionInitiated": ("signal", True),
    "SignalExternalWorkflowExecutionFailed": ("signal", False),
    "RequestCancelExternalWorkflowExecutionInitiated": ("cancellation of child workflow", True),
    "RequestCancelExternalWorkflowExecutionFailed": ("cancellation of child workflow", False),
    "WorkflowExecutionCompleted": ("completion", True),
    "CompleteWorkflowExecutionFailed": ("completion", False),
    "WorkflowExecutionFailed": ("failure", True),
    "FailWorkflowExecutionFailed": ("failure", False),
    "WorkflowExecutionCanceled": ("cancellation", True),
    "CancelWorkflowExecutionFailed": ("cancellation", False),
    "WorkflowExecutionContinuedAsNew": ("continuation", True),
    "ContinueAsNewWorkflowExecutionFailed": ("continuation", False),
}

#: What tells of a request's life -> the attribute that names the event that began it, the method.
OUTCOME_EVENTS: Final[Mapping[str, tuple[str, str]]] = {
    "ActivityTaskStarted": ("scheduledEventId", "on_started"),
    "ActivityTaskCompleted": ("scheduledEventId", "on_completed"),
    "ActivityTaskFailed": ("scheduledEventId", "on_failed"),
    "ActivityTaskTimedOut": ("scheduledEventId", "on_timed_out"),
    "ActivityTaskCanceled": ("scheduledEventId", "on_canceled"),
    "TimerFired": ("startedEventId", "on_completed"),
    "ChildWorkflowExecutionStarted": ("initiatedEventId", "on_started"),
    "ChildWorkflowExecutionCompleted": ("initiatedEventId", "on_completed"),
    "ChildWorkflowExecutionFailed": ("initiatedEventId", "on_failed"),
    "ChildWorkflowExecutionTimedOut": ("initiatedEventId", "on_timed_out"),
    "ChildWorkflowExecutionCanceled": ("initiatedEventId", "on_canceled"),
    "ChildWorkflowExecutionTerminated": ("initiatedEventId", "on_terminated"),
    "StartChildWorkflowExecutionFailed": ("initiatedEventId", "on_refused"),
    "LambdaFunctionStarted": ("scheduledEventId", "on_started"),
    "LambdaFunctionCompleted": ("scheduledEventId", "on_completed"),
    "LambdaFunctionFailed": ("scheduledEventId", "on_failed"),
    "LambdaFunctionTimedOut": ("scheduledEventId", "on_timed_out"),
    "StartLambdaFunctionFailed": ("scheduledEventId", "on_refused"),
    "ExternalWorkflowExecutionSignaled": ("initiatedEventId", "on_completed"),
    "SignalExternalWorkflowExecutionFailed": ("initiatedEventId", "on_refused"),
}

#: What tells nothing to a workflow, and is frequent.
IGNORED_EVENTS: Final = frozenset(("DecisionTaskScheduled", "DecisionTaskStarted"))

#: The attribute by which an event names what was asked for.
_NAMES = ("activityId", "timerId", "signalName", "workflowId", "markerName", "id")

#: Kinds of requests that begin something -> the attribute that is its id.
_IDS: Final = {
    "activity": "activityId",
    "timer": "timerId",
    "child workflow": "workflowId",
    "Lambda function": "id",
}

#: The attributes that hold a value as a codec writes it.
PAYLOADS: Final = ("input", "details", "result")

_NONE: Final[Attributes] = {}
_MEMBERS: Final = {name: attributes_key(name) for name in EVENT_TYPES}

_PATCH = (
    "If the change is meant, keep both ways: `if self.patched('an-id'): new else: old`; "
    "or run the new code under another version of the workflow."
)
_REMEDIES: Final = {
    "input": "Time, randomness, uuids and the order of sets differ from run to run: use "
    "self.now(), self.random, self.uuid() and sorted(). ",
    "order": "Requests must come in the order of the history: sort what has no order (sets), and "
    "do not depend on anything but arguments and results. ",
    "missing": "A request was taken out, or comes later now. ",
    "extra": "A request was put in, or comes earlier now. ",
}


def attributes_of(raw: Mapping[str, Any]) -> Attributes:
    """Return the attributes of an event of the wire."""
    attributes: Attributes = raw.get(_MEMBERS.get(raw["eventType"], ""), _NONE)
    return attributes


def is_decided(raw: Mapping[str, Any], attributes: Attributes) -> bool:
    """Return whether an event is what a decision left behind, and not what came of it later."""
    return (
        raw["eventType"] in DECISION_EVENTS
        and bool(attributes.get("decisionTaskCompletedEventId"))
        and not attributes.get("initiatedEventId")
    )


def differences(
    request: Command, raw: Mapping[str, Any], attributes: Attributes, codec: Codec
) -> Iterator[tuple[str, Any, Any]]:
    """Yield in what a request differs from the event: attribute, recorded, asked for."""
    kind, is_accepted = DECISION_EVENTS[raw["eventType"]]
    if request.kind != kind:
        yield "kind", kind, request.kind
        return
    for name, said in request.expected_attributes.items():
        if name not in attributes and not is_accepted:
            continue
        recorded = attributes.get(name)
        if isinstance(recorded, dict):
            recorded = recorded.get("name")
        if recorded != said and not _same(name, recorded, said, codec):
            yield name, recorded, said


def _same(name: str, recorded: Any, said: Any, codec: Codec) -> bool:
    """Return whether two payloads that look different are the same value."""
    return name in PAYLOADS and bool(payload.decode(recorded, codec) == payload.decode(said, codec))


def missing(raw: Mapping[str, Any], waits_at: tuple[str, int] | None) -> NonDeterminismError:
    """Return the error for an event that the code asked for nothing like.

    :param waits_at: the line where the code waits; None if it has returned.
    """
    produced = "nothing more; it " + ("waits here" if waits_at else "has returned")
    remedy = _REMEDIES["missing"] + _PATCH
    return NonDeterminismError(_described(raw), produced, raw["eventId"], _source(waits_at), remedy)


def different(
    raw: Mapping[str, Any], request: Command, field: str, recorded: Any, said: Any
) -> NonDeterminismError:
    """Return the error for an event that differs in a field from what the code asked for."""
    expected, produced = _described(raw), str(request)
    if field != "kind":
        expected += f" with {field} {_shown(recorded)}"
        produced += f" with {field} {_shown(said)}"
    why = "input" if field in PAYLOADS else "order"
    source = _source(request.where)
    return NonDeterminismError(expected, produced, raw["eventId"], source, _REMEDIES[why] + _PATCH)


def unrecorded(request: Command, completed_event_id: int) -> NonDeterminismError:
    """Return the error for a request that the history does not know.

    :param completed_event_id: the completion of the decision task that should have carried it.
    """
    source, remedy = _source(request.where), _REMEDIES["extra"] + _PATCH
    return NonDeterminismError("nothing more", str(request), completed_event_id, source, remedy)


def id_of(kind: str, attributes: Attributes) -> str | None:
    """Return the id of what a decision began; None if it began nothing that has one."""
    return attributes.get(_IDS.get(kind, ""))


def _described(raw: Mapping[str, Any]) -> str:
    attributes = attributes_of(raw)
    kind = DECISION_EVENTS[raw["eventType"]][0]
    name = next((attributes[name] for name in _NAMES if name in attributes), None)
    return f"{kind} of the execution" if name is None else f"{kind} {name!r}"


def _shown(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _source(where: tuple[str, int] | None) -> str | None:
    if where is None:
        return None
    file, line = where
    code = linecache.getline(file, line).strip()
    return f"{Path(file).name}:{line}" + (f": {code}" if code else "")
