"""Replay: the comparison of a workflow's commands with the decisions in its history.

`DECISION_EVENTS` lists the events that record a decision, `OUTCOME_EVENTS` those that record the
outcome of a command. A replay compares kind, id, name and input of a command, the duration of a
timer, and the result or reason with which an execution closes. Options may change while executions
are open: timeouts, task lists, priorities, tags, versions and retries.

A command that differs from the history raises `NonDeterminismError`, and no decision is sent.
"""

from __future__ import annotations

import hashlib
import linecache
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from swf import payload
from swf.dataflow.commands import Attributes, Command
from swf.exceptions import NonDeterminismError
from swf.models.event.table import EVENT_TYPES, REFUSALS, EventType, attributes_key
from swf.payload import Codec

#: The attribute that refers to the decision task that carried a decision.
_DECIDED_BY: Final = "decisionTaskCompletedEventId"

#: The cause with which the service refuses a closing decision if events arrived since its decision
#: task started. Source: API Reference, CompleteWorkflowExecutionFailedEventAttributes.
UNHANDLED: Final = "UNHANDLED_DECISION"

#: The marker that records a patched branch.
PATCH_MARKER: Final = "swf.patch"


class DecisionEvent(NamedTuple):
    """The meaning of an event that records a decision.

    :ivar kind: The `kind` of the command.
    :ivar is_accepted: Whether the service accepted the decision.
    """

    kind: str
    is_accepted: bool


_KINDS: Final = {
    "ActivityTask": "activity",
    "Timer": "timer",
    "Marker": "marker",
    "LambdaFunction": "Lambda function",
    "ChildWorkflowExecution": "child workflow",
    "ExternalWorkflowExecution": "signal",
}
_CLOSE_KINDS: Final = {
    "complete": "completion",
    "fail": "failure",
    "cancel": "cancellation",
    "continue": "continuation",
}


def _kind(event_type: EventType) -> str:
    """Return the kind of the command whose decision an event records."""
    entity, state = event_type.entity, event_type.state
    if entity == "WorkflowExecution":
        return next(kind for verb, kind in _CLOSE_KINDS.items() if state.startswith(verb))
    if "cancel" not in state:
        return _KINDS[entity]
    # Only children are cancelled by an external request.
    return f"cancellation of {_KINDS[entity].replace('signal', 'child workflow')}"


#: Event types that record a decision.
DECISION_EVENTS: Final[Mapping[str, DecisionEvent]] = {
    name: DecisionEvent(_kind(event_type), name not in REFUSALS)
    for name, event_type in EVENT_TYPES.items()
    if _DECIDED_BY in event_type.attributes
}

#: Event state -> method of the command that receives the event.
_HANDLERS: Final = {
    "started": "on_started",
    "completed": "on_completed",
    "fired": "on_completed",
    "signaled": "on_completed",
    "failed": "on_failed",
    "timed_out": "on_timed_out",
    "canceled": "on_canceled",
    "terminated": "on_terminated",
    "start_failed": "on_refused",
    "signal_failed": "on_refused",
    "cancel_requested": "on_completed",
    "request_cancel_failed": "on_refused",
}

#: Event types that record the outcome of a command: the attribute that refers to the event that
#: opened the command, and the method of the command.
OUTCOME_EVENTS: Final[Mapping[str, tuple[str, str]]] = {
    name: (event_type.link, _HANDLERS[event_type.state])
    for name, event_type in EVENT_TYPES.items()
    if event_type.entity in _KINDS
    and event_type.state in _HANDLERS
    and event_type.link not in (None, _DECIDED_BY)
    and (name not in DECISION_EVENTS or name in REFUSALS)
}

#: Frequent event types that workflow code never sees.
IGNORED_EVENTS: Final = frozenset(("DecisionTaskScheduled", "DecisionTaskStarted"))

#: Attributes that hold the name or id of a command, in order of preference.
_NAME_ATTRIBUTES: Final = (
    "activityId",
    "timerId",
    "signalName",
    "workflowId",
    "markerName",
    "id",
)

#: Kind of a command -> the attribute that holds its id.
_ID_ATTRIBUTES: Final = {
    "activity": "activityId",
    "timer": "timerId",
    "child workflow": "workflowId",
    "Lambda function": "id",
    "marker": "markerName",
}

#: Attributes that hold encoded values.
PAYLOADS: Final = ("input", "details", "result")

_NO_ATTRIBUTES: Final[Attributes] = {}
_ATTRIBUTE_KEYS: Final = {name: attributes_key(name) for name in EVENT_TYPES}

_PATCH_REMEDY = (
    "If the change is intended, keep both branches: `if self.patched('an-id'): new else: old`; "
    "or run the new code under another version of the workflow."
)
_REMEDIES: Final = {
    "input": "Time, randomness, uuids and the order of sets differ from run to run: use "
    "self.now(), self.random, self.uuid() and sorted(). ",
    "order": "Commands must come in the order of the history: sort unordered collections, and "
    "depend only on arguments and results. ",
    "missing": "The code no longer creates this command, or creates it later. ",
    "extra": "The code creates a new command, or creates it earlier. ",
}


def attributes_of(raw: Mapping[str, Any]) -> Attributes:
    """Return the attributes of an event in its wire format.

    :param raw: The event.
    :returns: An empty mapping for an event without attributes.
    """
    attributes: Attributes = raw.get(_ATTRIBUTE_KEYS.get(raw["eventType"], ""), _NO_ATTRIBUTES)
    return attributes


def records_decision(raw: Mapping[str, Any], attributes: Attributes) -> bool:
    """Return whether an event records a decision, and not a later outcome.

    :param raw: The event in its wire format.
    :param attributes: The attributes of the event.
    """
    return (
        raw["eventType"] in DECISION_EVENTS
        and bool(attributes.get(_DECIDED_BY))
        and not attributes.get("initiatedEventId")
    )


def is_patch(attributes: Attributes) -> bool:
    """Return whether an event records a patched branch."""
    return attributes.get("markerName") == PATCH_MARKER


def differences(
    command: Command, raw: Mapping[str, Any], attributes: Attributes, codec: Codec
) -> Iterator[tuple[str, Any, Any]]:
    """Yield the differences between an event and a command.

    :param raw: The event in its wire format.
    :param attributes: The attributes of the event.
    :param codec: Decodes payloads, to compare values instead of texts.
    :returns: Tuples of attribute name, recorded value and value of the command.
    """
    kind, is_accepted = DECISION_EVENTS[raw["eventType"]]
    if command.kind != kind:
        yield "kind", kind, command.kind
        return
    for name, expected in command.expected_attributes.items():
        if name not in attributes and not is_accepted:
            continue
        recorded = attributes.get(name)
        if isinstance(recorded, dict):
            recorded = recorded.get("name")
        if recorded != expected and not _is_same_value(name, recorded, expected, codec):
            yield name, recorded, expected


def _is_same_value(name: str, recorded: Any, expected: Any, codec: Codec) -> bool:
    """Return whether two different texts are payloads of equal values."""
    if name not in PAYLOADS:
        return False
    return bool(payload.decode(recorded, codec) == payload.decode(expected, codec))


def missing(raw: Mapping[str, Any], line: tuple[str, int] | None) -> NonDeterminismError:
    """Return the error for an event without a command.

    :param line: File and line at which the code waits; None if it has returned.
    """
    produced = "nothing more; it " + ("waits here" if line else "has returned")
    remedy = _REMEDIES["missing"] + _PATCH_REMEDY
    source = _format_source(line)
    return NonDeterminismError(_describe(raw), produced, raw["eventId"], source, remedy)


def different(
    raw: Mapping[str, Any], command: Command, field: str, recorded: Any, expected: Any
) -> NonDeterminismError:
    """Return the error for an event that differs from its command.

    :param field: The attribute that differs, or `kind`.
    :param recorded: The value in the event.
    :param expected: The value of the command.
    """
    history_text, code_text = _describe(raw), str(command)
    if field != "kind":
        shorten = _mask if field in PAYLOADS else _abbreviate
        history_text += f" with {field} {shorten(recorded)}"
        code_text += f" with {field} {shorten(expected)}"
    remedy = _REMEDIES["input" if field in PAYLOADS else "order"] + _PATCH_REMEDY
    source = _format_source(command.source)
    return NonDeterminismError(history_text, code_text, raw["eventId"], source, remedy)


def unrecorded(command: Command, completed_event_id: int) -> NonDeterminismError:
    """Return the error for a command without an event.

    :param completed_event_id: The `DecisionTaskCompleted` event that should record the command.
    """
    source, remedy = _format_source(command.source), _REMEDIES["extra"] + _PATCH_REMEDY
    return NonDeterminismError("nothing more", str(command), completed_event_id, source, remedy)


def id_of(kind: str, attributes: Attributes) -> str | None:
    """Return the id of a command from the event of its decision; None if its kind has no id.

    :param kind: The `kind` of the command.
    :param attributes: The attributes of the event.
    """
    return attributes.get(_ID_ATTRIBUTES.get(kind, ""))


def _describe(raw: Mapping[str, Any]) -> str:
    attributes = attributes_of(raw)
    kind = DECISION_EVENTS[raw["eventType"]].kind
    name = next((attributes[name] for name in _NAME_ATTRIBUTES if name in attributes), None)
    return f"{kind} of the execution" if name is None else f"{kind} {name!r}"


def _mask(text: str | None) -> str:
    """Return length and digest of a payload, which must not appear in error messages and logs."""
    if text is None:
        return "None"
    digest = hashlib.sha256(text.encode()).hexdigest()[:8]
    return f"of {len(text)} characters (sha256 {digest})"


def _abbreviate(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _format_source(line: tuple[str, int] | None) -> str | None:
    if line is None:
        return None
    file, number = line
    code = linecache.getline(file, number).strip()
    return f"{Path(file).name}:{number}" + (f": {code}" if code else "")
