"""Events of a history: one class per entity, all from one table of the 54 event types.

Read `table.py` (what there is), `states.py` (what follows what), `base.py` (one event), then
`factory.py` and `compiled.py`.
"""

from swf.models.event.base import Event, WireStruct
from swf.models.event.compiled import CompiledEvent
from swf.models.event.factory import (
    ActivityTaskEvent,
    ChildWorkflowExecutionEvent,
    DecisionTaskEvent,
    EventFactory,
    ExternalWorkflowExecutionEvent,
    LambdaFunctionEvent,
    MarkerEvent,
    TimerEvent,
    WorkflowExecutionEvent,
)
from swf.models.event.table import CLOSE_EVENTS, EVENT_TYPES, REFERENCES, EventType

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
