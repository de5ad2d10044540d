"""Events of a history: one class per entity, all from one table of the 54 event types.

Read `table.py` (the event types), `states.py` (their order), `base.py` (one event), then
`factory.py` and `compiler.py`.
"""

import importlib
from typing import Any

from swf.models.event.base import Event, WireStruct
from swf.models.event.compiler import CompiledEvent
from swf.models.event.factory import EventFactory
from swf.models.event.marker import MarkerEvent
from swf.models.event.table import CLOSE_EVENTS, EVENT_TYPES, REFERENCES, EventType
from swf.models.event.task import ActivityTaskEvent, DecisionTaskEvent, LambdaFunctionEvent
from swf.models.event.timer import TimerEvent
from swf.models.event.workflow import (
    ChildWorkflowExecutionEvent,
    ExternalWorkflowExecutionEvent,
    WorkflowExecutionEvent,
)

__all__ = [
    "CLOSE_EVENTS",
    "EVENT_TYPES",
    "REFERENCES",
    "ActivityTaskEvent",
    "ChildWorkflowExecutionEvent",
    "CompiledEvent",
    "DecisionTaskEvent",
    "Event",
    "EventFactory",
    "EventType",
    "ExternalWorkflowExecutionEvent",
    "LambdaFunctionEvent",
    "MarkerEvent",
    "TimerEvent",
    "WireStruct",
    "WorkflowExecutionEvent",
]


def __getattr__(name: str) -> Any:
    # python-simple-workflow documents `History` here; it imports events, so the lookup is late.
    if name == "History":
        return importlib.import_module("swf.models.history").History
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
