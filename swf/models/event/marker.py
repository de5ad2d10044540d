"""Events of markers."""

from __future__ import annotations

from swf.models.event.base import Event


class MarkerEvent(Event):
    """A marker was recorded, or refused."""

    __slots__ = ()
    entity = "Marker"
