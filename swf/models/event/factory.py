"""A class of event for each entity, and the factory that picks it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from swf.exceptions import HistoryError
from swf.models.event.base import UNKNOWN, Event
from swf.models.event.table import EVENT_TYPES


class WorkflowExecutionEvent(Event):
    """Something happened to the execution itself: it started, was signaled, closed."""

    __slots__ = ()
    entity = "WorkflowExecution"


class DecisionTaskEvent(Event):
    """A decision task was scheduled, started, completed or timed out."""

    __slots__ = ()
    entity = "DecisionTask"


class ActivityTaskEvent(Event):
    """An activity task was scheduled, started, closed, asked to cancel, or refused."""

    __slots__ = ()
    entity = "ActivityTask"


class TimerEvent(Event):
    """A timer was started, fired, was canceled, or was refused."""

    __slots__ = ()
    entity = "Timer"


class MarkerEvent(Event):
    """A marker was recorded, or refused."""

    __slots__ = ()
    entity = "Marker"


class ChildWorkflowExecutionEvent(Event):
    """A child execution was initiated, started, closed, or refused."""

    __slots__ = ()
    entity = "ChildWorkflowExecution"


class ExternalWorkflowExecutionEvent(Event):
    """Another execution was signaled or asked to cancel by this one, or could not be."""

    __slots__ = ()
    entity = "ExternalWorkflowExecution"


class LambdaFunctionEvent(Event):
    """A Lambda function was scheduled, started, closed, or refused."""

    __slots__ = ()
    entity = "LambdaFunction"


_CLASSES: dict[str, type[Event]] = {
    cls.entity: cls for cls in Event.__subclasses__() if cls.entity is not None
}


def EventFactory(raw: Mapping[str, Any]) -> Event:  # noqa: N802 - the documented name
    """Return the event for a dictionary of the wire.

    A type that is not in the table gives a plain `Event` in state `"unknown"`.

    :raises HistoryError: `raw` lacks an event's id, type or time.
    """
    try:
        name, event_id, timestamp = raw["eventType"], raw["eventId"], raw["eventTimestamp"]
    except (KeyError, TypeError) as error:
        raise HistoryError(f"not a history event, {error} is missing: {raw!r:.200}") from error
    kind = EVENT_TYPES.get(name)
    if kind is None:
        return Event(event_id, UNKNOWN, timestamp, raw)
    return _CLASSES[kind.entity](event_id, kind.state, timestamp, raw)
