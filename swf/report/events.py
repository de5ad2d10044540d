"""A summary of one event in a few words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from swf.models.event import Event

#: Attributes that identify or explain an event, in the order of the summary.
_ATTRIBUTES = (
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
    """Return the ids, types, cause and reason of an event."""
    parts = (
        _format(name, event.attributes[name]) for name in _ATTRIBUTES if name in event.attributes
    )
    return " ".join(filter(None, parts))


def _format(name: str, value: Any) -> str:
    if isinstance(value, Mapping):
        return str(value.get("workflowId") or f"{value.get('name')} {value.get('version', '')}")
    if name == "scheduledEventId":
        return f"(of event {value})"
    if name == "startToFireTimeout":
        return f"{value} s"
    return str(value)
