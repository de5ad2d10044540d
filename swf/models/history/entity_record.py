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

    def current(self, entity_id: str | int) -> EntityRecord:
        """Return the open attempt of an id, or else the one that ended last.

        An attempt begins only when no other is open, so that the latest one ended last. Only a
        refused attempt, which never opens, may overlap an earlier one.

        :raises KeyError: no entity has this id.
        """
        latest = self.by_id[entity_id]
        record = self.open.get(entity_id)
        if record is not None:
            return record
        record = latest
        while record.opened is None and record.earlier is not None:
            record = record.earlier
        return max(latest, record, key=lambda each: int(each.last["eventId"]))


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
