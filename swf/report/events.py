"""What an event tells, in a few words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from swf.models.event import Event

#: Attributes that identify or explain, in the order in which they are told.
_TELLING = (
    "activityId",
    "activityType",
    "timerId",
    "workflowId",
    "workflowExecution",
    "workflowType",
    "signalName",
    "markerName",
    "id",
    "name",
    "startToFireTimeout",
    "timeoutType",
    "cause",
    "reason",
    "identity",
    "scheduledEventId",
)


def summary(event: Event) -> str:
    """Return what an event is about: the ids, the types, the cause and the reason."""
    told = (_told(name, event.attributes[name]) for name in _TELLING if name in event.attributes)
    return " ".join(filter(None, told))


def _told(name: str, value: Any) -> str:
    if isinstance(value, Mapping):
        return str(value.get("workflowId") or f"{value.get('name')} {value.get('version', '')}")
    if name == "scheduledEventId":
        return f"(of event {value})"
    if name == "startToFireTimeout":
        return f"{value} s"
    return str(value)
