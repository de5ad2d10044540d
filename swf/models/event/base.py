"""`Event`: the wire dictionary of one history event, a field decoded when it is asked for.

Knows nothing of other events; what follows what is in `states.py`, and the fold is in
`swf.models.history`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from typing import Any, ClassVar

from swf import payload
from swf.models.display import Displayed, DisplayTable, attributes
from swf.models.event.table import EVENT_TYPES, EventType, attributes_key, snake_case

UNKNOWN = "unknown"


class WireStruct(dict[str, Any]):
    """A nested structure: a dictionary as on the wire, whose members are attributes too.

    `event.activity_type["name"]` and `event.activity_type.name` are the same, and so are
    `event.workflow_execution["workflowId"]` and `event.workflow_execution.workflow_id`.
    """

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        try:
            return self[camel_case(name)]
        except KeyError:
            raise AttributeError(f"{name!r}; members are {', '.join(self)}") from None


def camel_case(name: str) -> str:
    """Return a name in snake case as the wire spells it (`scheduledEventId`)."""
    return re.sub(r"_([a-z0-9])", lambda match: match[1].upper(), name)


def moment(value: float | str | datetime) -> datetime:
    """Return the aware UTC time for any form that a history may hold.

    :param value: seconds since the epoch (the wire), ISO 8601 text (`aws swf ...`), or what
        botocore made of it. Text and datetimes without a zone are taken as UTC.
    """
    if isinstance(value, (int, float)):
        return datetime.fromtimestamp(value, timezone.utc)
    if isinstance(value, str):
        # Before Python 3.11 only three or six digits of a second are read, and no "Z".
        value = re.sub(r"\.(\d+)", lambda match: f".{match[1]:0<6.6}", value)
        value = datetime.fromisoformat(re.sub(r"[zZ]$", "+00:00", value))
    if value.tzinfo is None:
        return value.replace(tzinfo=timezone.utc)
    return value.astimezone(timezone.utc)


def number(value: str) -> int | str:
    """Return what a string that means a number means; `NONE` (no limit) stays as it is."""
    return int(value) if value.lstrip("-").isdigit() else value


DECODERS: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(("input", "result", "details", "control"), payload.decode),
    **dict.fromkeys(
        (
            "executionStartToCloseTimeout",
            "heartbeatTimeout",
            "scheduleToCloseTimeout",
            "scheduleToStartTimeout",
            "startToCloseTimeout",
            "startToFireTimeout",
            "taskListScheduleToStartTimeout",
            "taskPriority",
            "taskStartToCloseTimeout",
        ),
        number,
    ),
}

# A Lambda function's `id` and `name` would hide the event's own.
_RENAMED = {"id": "function_id", "name": "function_name"}


def attribute_name(wire: str) -> str:
    """Return the name under which an event shows an attribute of the wire."""
    return _RENAMED.get(wire) or snake_case(wire)


_WIRE_NAMES: dict[str, dict[str, str]] = {
    name: {attribute_name(attribute): attribute for attribute in kind.attributes}
    for name, kind in EVENT_TYPES.items()
}
#: What a display of an event says above its attributes.
_IN_TITLE = ("id", "name", "type", "state")
_NO_ATTRIBUTES: Mapping[str, Any] = {}


class Event(Displayed):
    """One event of a history.

    :param id: its place in the history, from 1.
    :param state: what became of the entity, e.g. `"scheduled"`; see `swf.models.event.table`.
    :param timestamp: when; epoch seconds, ISO 8601 text or a datetime.
    :param raw_data: the event as on the wire. It is kept, not copied: do not change it.

    The attributes of the event are attributes of the object, in snake case: `event.activity_id`,
    `event.scheduled_event_id` (a Lambda function's `id` and `name`: `function_id` and
    `function_name`). One that the event's type has and this event lacks is `None`.
    Payloads (`input`, `result`, `details`, `control`) are decoded (`text` gives them as they are),
    timeouts are seconds or `"NONE"`, structures are `WireStruct`. Source: API Reference,
    HistoryEvent.
    """

    __slots__ = ("_timestamp", "id", "raw", "state")

    #: The entity that events of this class tell about; `None`: whatever the event says.
    entity: ClassVar[str | None] = None

    def __init__(
        self,
        id: int,  # noqa: A002 - the documented name
        state: str,
        timestamp: float | str | datetime,
        raw_data: Mapping[str, Any],
    ) -> None:
        self.id = id
        self.state = state
        self._timestamp = timestamp
        self.raw = raw_data

    @property
    def name(self) -> str:
        """The event type, e.g. `"ActivityTaskScheduled"`."""
        name: str = self.raw["eventType"]
        return name

    @property
    def kind(self) -> EventType | None:
        """The row of the table of event types; None for a type that it does not know."""
        return EVENT_TYPES.get(self.name)

    @property
    def type(self) -> str:
        """The entity, e.g. `"ActivityTask"`; the event type itself when that is unknown."""
        kind = self.kind
        return kind.entity if kind else self.name

    @property
    def timestamp(self) -> datetime:
        """When it happened, in UTC."""
        return moment(self._timestamp)

    @property
    def attributes(self) -> Mapping[str, Any]:
        """The attributes as on the wire."""
        attributes: Mapping[str, Any] | None = self.raw.get(attributes_key(self.name))
        return attributes or _NO_ATTRIBUTES

    @property
    def link(self) -> int | None:
        """The id of the earlier event that this one follows, or None."""
        kind = self.kind
        if kind is None:
            return None
        linked = self.attributes.get(kind.link) if kind.link else None
        return linked or self.attributes.get("decisionTaskCompletedEventId") or None

    def text(self, name: str) -> str | None:
        """Return a payload undecoded, as the wire has it (`event.text("input")`)."""
        value: str | None = self.attributes.get(camel_case(name))
        return value

    def to_dict(self) -> dict[str, Any]:
        """Return the event's decoded fields: id, type, name, state, timestamp and attributes."""
        decoded = {attribute_name(wire): self.decoded(wire) for wire in self.attributes}
        return {
            "id": self.id,
            "type": self.type,
            "name": self.name,
            "state": self.state,
            "timestamp": self.timestamp,
            **decoded,
        }

    def decoded(self, wire: str) -> Any:
        """Return the value of an attribute given by its name on the wire; None if it is absent."""
        value = self.attributes.get(wire)
        if isinstance(value, str):
            return DECODERS[wire](value) if wire in DECODERS else value
        return WireStruct(value) if isinstance(value, dict) else value

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name in Event.__slots__:
            raise AttributeError(name)
        known = _WIRE_NAMES.get(self.name, {})
        wire = known.get(name) or camel_case(name)
        if wire not in self.attributes and name not in known:
            listed = ", ".join(known) or "unknown"
            raise AttributeError(f"{self.name} has no {name!r}; its attributes are {listed}")
        return self.decoded(wire)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Event):
            return NotImplemented
        return self.raw == other.raw

    def __hash__(self) -> int:
        return hash((self.id, self.name))

    def _display(self) -> DisplayTable:
        told = {name: value for name, value in self.to_dict().items() if name not in _IN_TITLE}
        return attributes(f"{self.id} {self.name}", told)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.id} : {self.type} {self.state}>"
