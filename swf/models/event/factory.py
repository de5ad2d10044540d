"""The factory that chooses the class of an event."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from swf.exceptions import HistoryError
from swf.models.event.base import UNKNOWN, Event
from swf.models.event.marker import MarkerEvent
from swf.models.event.table import EVENT_TYPES
from swf.models.event.task import ActivityTaskEvent, DecisionTaskEvent, LambdaFunctionEvent
from swf.models.event.timer import TimerEvent
from swf.models.event.workflow import (
    ChildWorkflowExecutionEvent,
    ExternalWorkflowExecutionEvent,
    WorkflowExecutionEvent,
)

_CLASSES: dict[str | None, type[Event]] = {
    cls.entity: cls
    for cls in (
        WorkflowExecutionEvent,
        DecisionTaskEvent,
        ActivityTaskEvent,
        TimerEvent,
        MarkerEvent,
        ChildWorkflowExecutionEvent,
        ExternalWorkflowExecutionEvent,
        LambdaFunctionEvent,
    )
}


def EventFactory(raw: Mapping[str, Any]) -> Event:  # noqa: N802 - the documented name
    """Return the event for a dictionary of the wire.

    :param raw: the dictionary. An event of an unknown type is a plain `Event` in state `"unknown"`.
    :raises HistoryError: `raw` lacks the id, the type or the time.
    """
    try:
        name, event_id, timestamp = raw["eventType"], raw["eventId"], raw["eventTimestamp"]
    except (KeyError, TypeError) as error:
        raise HistoryError(f"not a history event, {error} is missing: {raw!r:.200}") from error
    kind = EVENT_TYPES.get(name)
    if kind is None:
        return Event(event_id, UNKNOWN, timestamp, raw)
    return _CLASSES[kind.entity](event_id, kind.state, timestamp, raw)
