"""The history of an execution: its events, and what has become of all that they tell of."""

from swf.models.history.base import History
from swf.models.history.batches import DecisionBatch
from swf.models.history.compare import HistoryDifference
from swf.models.history.entities import (
    Activity,
    ChildWorkflow,
    DecisionTask,
    ExternalCancel,
    ExternalSignal,
    LambdaFunction,
    Timer,
)
from swf.models.history.entity import Entities, Entity
from swf.models.history.execution import Execution
from swf.models.history.signals_and_markers import Marker, NamedSequence, Signal
from swf.models.history.summary import HistorySummary

__all__ = [
    "Activity",
    "ChildWorkflow",
    "DecisionBatch",
    "DecisionTask",
    "Entities",
    "Entity",
    "Execution",
    "ExternalCancel",
    "ExternalSignal",
    "History",
    "HistoryDifference",
    "HistorySummary",
    "LambdaFunction",
    "Marker",
    "NamedSequence",
    "Signal",
    "Timer",
]
