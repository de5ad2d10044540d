"""`Event`: one event of a history, whose attributes are decoded on access.

An event knows no other events: `states.py` holds the order of states, and `swf.models.history`
folds the events of an execution.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from typing import Any, ClassVar

from swf import payload
from swf.exceptions import ValidationError
from swf.models.display import Displayed, DisplayTable, attributes
from swf.models.event.table import EVENT_TYPES, EventType, attributes_key, snake_case
from swf.models.rows import Row

UNKNOWN = "unknown"


class WireStruct(dict[str, Any]):
    """A nested structure: a dictionary of the wire with attributes for its members.

    `event.activity_type["name"]` and `event.activity_type.name` are the same, and so are
    `event.workflow_execution["workflowId"]` and `event.workflow_execution.workflow_id`.
    """

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        try:
            return self[camel_case(name)]
        except KeyError:
            raise AttributeError(f"no member {name!r}; members are {', '.join(self)}") from None


def camel_case(name: str) -> str:
    """Return a name in snake case in the spelling of the wire (`scheduledEventId`)."""
    return re.sub(r"_([a-z0-9])", lambda match: match[1].upper(), name)


def moment(value: float | str | datetime) -> datetime:
    """Return the aware UTC time for any form in which a history may hold it.

    :param value: seconds since the epoch (the wire), ISO 8601 text (`aws swf ...`), or a datetime
        (botocore). Text and datetimes without a zone are UTC.
    :raises ValidationError: the value is no time.
    """
    try:
        if isinstance(value, (int, float)):
            return datetime.fromtimestamp(value, timezone.utc)
        if isinstance(value, str):
            # Python 3.10 parses only three or six digits of a second, and no "Z".
            text = re.sub(r"\.(\d+)", lambda match: f".{match[1]:0<6.6}", value)
            value = datetime.fromisoformat(re.sub(r"[zZ]$", "+00:00", text))
    except (ValueError, OverflowError, OSError) as error:
        rule = "must be seconds since the epoch or ISO 8601 text"
        raise ValidationError("timestamp", value, rule) from error
    if value.tzinfo is None:
        return value.replace(tzinfo=timezone.utc)
    return value.astimezone(timezone.utc)


def copy_wire(value: Any) -> Any:
    """Return a copy of a value of the wire: dictionaries and lists are copied at every level."""
    if isinstance(value, Mapping):
        return {name: copy_wire(member) for name, member in value.items()}
    return [copy_wire(member) for member in value] if isinstance(value, list) else value


def parse_number(value: str) -> int | str:
    """Return the number in a string.

    :param value: digits, or `NONE` (no limit), which stays a string.
    """
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
        parse_number,
    ),
}

# The `id` and `name` of a Lambda function would hide those of the event.
_RENAMED = {"id": "function_id", "name": "function_name"}


def attribute_name(wire: str) -> str:
    """Return the attribute of an event for a member of the wire.

    :param wire: the member, e.g. `activityId`.
    """
    return _RENAMED.get(wire) or snake_case(wire)


_WIRE_NAMES: dict[str, dict[str, str]] = {
    name: {attribute_name(attribute): attribute for attribute in kind.attributes}
    for name, kind in EVENT_TYPES.items()
}
#: Attributes in the title of a display.
_IN_TITLE = ("id", "name", "type", "state")
_NO_ATTRIBUTES: Mapping[str, Any] = {}


class Event(Row, Displayed):
    """One event of a history.

    The attributes of the event are attributes of the object, in snake case: `event.activity_id`,
    `event.scheduled_event_id` (the `id` and `name` of a Lambda function are `function_id` and
    `function_name`). An optional attribute that this event lacks is `None`. Payloads (`input`,
    `result`, `details`, `control`) are decoded, and `text` returns them undecoded; timeouts are
    seconds or `"NONE"`, structures are `WireStruct`.

    :param id: the event id, from 1.
    :param state: the state of the entity, e.g. `"scheduled"`; see `swf.models.event.table`.
    :param timestamp: epoch seconds, ISO 8601 text or a datetime.
    :param raw_data: the dictionary of the wire; the event refers to it, and returns copies of it.

    Source: API Reference, HistoryEvent.
    """

    __slots__ = ("_raw", "_timestamp", "id", "state")

    #: The entity of the events of this class; None for event types that are not in the table.
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
        self._raw = raw_data

    @property
    def name(self) -> str:
        """The event type, e.g. `"ActivityTaskScheduled"`."""
        name: str = self._raw["eventType"]
        return name

    @property
    def raw(self) -> dict[str, Any]:
        """A copy of the dictionary of the wire."""
        raw: dict[str, Any] = copy_wire(self._raw)
        return raw

    @property
    def kind(self) -> EventType | None:
        """The row in the table of event types; None for an unknown type."""
        return EVENT_TYPES.get(self.name)

    @property
    def type(self) -> str:
        """The entity, e.g. `"ActivityTask"`; the event type if it is unknown."""
        kind = self.kind
        return kind.entity if kind else self.name

    @property
    def timestamp(self) -> datetime:
        """The time of the event, in UTC."""
        return moment(self._timestamp)

    @property
    def attributes(self) -> dict[str, Any]:
        """A copy of the attributes in the form of the wire."""
        attributes: dict[str, Any] = copy_wire(self._attributes)
        return attributes

    @property
    def _attributes(self) -> Mapping[str, Any]:
        attributes: Mapping[str, Any] | None = self._raw.get(attributes_key(self.name))
        return attributes or _NO_ATTRIBUTES

    @property
    def link(self) -> int | None:
        """The id of the event that this one follows, or None."""
        kind = self.kind
        if kind is None:
            return None
        linked = self._attributes.get(kind.link) if kind.link else None
        return linked or self._attributes.get("decisionTaskCompletedEventId") or None

    def text(self, name: str) -> str | None:
        """Return a payload undecoded (`event.text("input")`); None if the event lacks it.

        :param name: `input`, `result`, `details` or `control`.
        """
        value: str | None = self._attributes.get(camel_case(name))
        return value

    def to_dict(self) -> dict[str, Any]:
        """Return id, type, name, state, timestamp and the decoded attributes."""
        decoded = {attribute_name(wire): self.decoded(wire) for wire in self._attributes}
        return {
            "id": self.id,
            "type": self.type,
            "name": self.name,
            "state": self.state,
            "timestamp": self.timestamp,
            **decoded,
        }

    def decoded(self, wire: str) -> Any:
        """Return the decoded value of an attribute; None if the event lacks it.

        :param wire: the attribute on the wire, e.g. `activityId`.
        """
        value = self._attributes.get(wire)
        if isinstance(value, str):
            return DECODERS[wire](value) if wire in DECODERS else value
        return WireStruct(copy_wire(value)) if isinstance(value, dict) else copy_wire(value)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name in Event.__slots__:
            raise AttributeError(name)
        wire_names = _WIRE_NAMES.get(self.name, {})
        wire = wire_names.get(name) or camel_case(name)
        if wire not in self._attributes and name not in wire_names:
            names = ", ".join(wire_names) or "unknown"
            raise AttributeError(f"{self.name} has no attribute {name!r}; it has {names}")
        return self.decoded(wire)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Event):
            return NotImplemented
        return self._raw == other._raw

    def __hash__(self) -> int:
        return hash((self.id, self.name))

    def _display(self) -> DisplayTable:
        values = {name: value for name, value in self.to_dict().items() if name not in _IN_TITLE}
        return attributes(f"{self.id} {self.name}", values)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.id} : {self.type} {self.state}>"
