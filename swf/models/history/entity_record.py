"""Mutable records of the fold: an `EntityRecord` for each attempt, an `EntityIndex` for each kind.

They only point at the dictionaries of the wire; `entity.py` makes frozen values of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Wire = Mapping[str, Any]


class EntityRecord:
    """One attempt of an entity: its id, its state, its events, and the previous attempt."""

    __slots__ = ("cancels", "closed", "earlier", "id", "opened", "started", "state")

    def __init__(
        self,
        entity_id: str | int,
        state: str,
        opened: Wire | None,
        closed: Wire | None,
        earlier: EntityRecord | None,
    ) -> None:
        self.id = entity_id
        self.state = state
        self.opened = opened
        self.started: Wire | None = None
        self.closed = closed
        self.cancels: tuple[Wire, ...] = ()
        self.earlier = earlier

    @property
    def last(self) -> Wire:
        """The latest event of this attempt."""
        events = (self.opened, self.started, *self.cancels, self.closed)
        return max((event for event in events if event), key=lambda event: int(event["eventId"]))


class EntityIndex:
    """The records of one kind of entity.

    `by_id` holds the latest attempt of each id, `by_event` every attempt by the event that began
    it, `open` the open attempts by id.
    """

    __slots__ = ("by_event", "by_id", "open")

    def __init__(self) -> None:
        self.by_id: dict[str | int, EntityRecord] = {}
        self.by_event: dict[int, EntityRecord] = {}
        self.open: dict[str | int, EntityRecord] = {}

    def attempts(self, entity_id: str | int) -> list[EntityRecord]:
        """Return every attempt of an id, in order.

        :raises KeyError: no entity has this id.
        """
        attempts = []
        record: EntityRecord | None = self.by_id[entity_id]
        while record is not None:
            attempts.append(record)
            record = record.earlier
        return attempts[::-1]


class NamedEvents:
    """Events in order, and the same events by name."""

    __slots__ = ("by_name", "events")

    def __init__(self) -> None:
        self.events: list[Wire] = []
        self.by_name: dict[str, list[Wire]] = {}

    def add(self, name: str, event: Wire) -> None:
        """Append an event.

        :param name: the name of the signal or marker.
        """
        self.events.append(event)
        self.by_name.setdefault(name, []).append(event)


def event_label(event: Wire) -> str:
    """Return the name of an event in error messages: `TimerFired (event 7)`."""
    return f"{event['eventType']} (event {event['eventId']})"
