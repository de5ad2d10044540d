"""The history of an execution: its events, and the state of everything that they record."""

from swf.models.history.base import History, ReadOnlyHistory, wire_events
from swf.models.history.batches import DecisionBatch
from swf.models.history.compare import HistoryDifference
from swf.models.history.entity import Entities, Entity
from swf.models.history.execution import HistoryExecution
from swf.models.history.history_entities import (
    HistoryActivity,
    HistoryChildWorkflow,
    HistoryDecisionTask,
    HistoryExternalCancel,
    HistoryExternalSignal,
    HistoryLambdaFunction,
    HistoryTimer,
)
from swf.models.history.signals_and_markers import HistoryMarker, HistorySignal, NamedSequence
from swf.models.history.summary import HistorySummary

__all__ = [
    "DecisionBatch",
    "Entities",
    "Entity",
    "History",
    "HistoryActivity",
    "HistoryChildWorkflow",
    "HistoryDecisionTask",
    "HistoryDifference",
    "HistoryExecution",
    "HistoryExternalCancel",
    "HistoryExternalSignal",
    "HistoryLambdaFunction",
    "HistoryMarker",
    "HistorySignal",
    "HistorySummary",
    "HistoryTimer",
    "NamedSequence",
    "ReadOnlyHistory",
    "wire_events",
]
