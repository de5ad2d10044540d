"""Events of timers."""

from __future__ import annotations

from swf.models.event.base import Event


class TimerEvent(Event):
    """A timer was started, fired, was canceled, or was refused."""

    __slots__ = ()
    entity = "Timer"
