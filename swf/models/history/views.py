"""`Views`: the attributes of a history that show the state of its entities."""

from __future__ import annotations

from abc import abstractmethod

from swf.exceptions import HistoryError
from swf.models.event.base import Event
from swf.models.event.factory import EventFactory
from swf.models.history.entity import Entities
from swf.models.history.execution import HistoryExecution
from swf.models.history.fold import HistoryState
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


class Views:
    """The state of every entity of a history; the mappings are live views."""

    __slots__ = ()

    @abstractmethod
    def __len__(self) -> int:
        """Return the number of events."""

    @abstractmethod
    def _state(self) -> HistoryState:
        """Return the fold of all events."""

    @property
    def execution(self) -> HistoryExecution:
        """The execution."""
        return HistoryExecution.from_state(self._state())

    @property
    def activities(self) -> Entities[HistoryActivity]:
        """Activity tasks by activity id."""
        return Entities(HistoryActivity, self._state().activities)

    @property
    def timers(self) -> Entities[HistoryTimer]:
        """Timers by timer id, without the library's own timer `swf.wake-up`."""
        return Entities(HistoryTimer, self._state().timers)

    @property
    def children(self) -> Entities[HistoryChildWorkflow]:
        """Child executions by workflow id."""
        return Entities(HistoryChildWorkflow, self._state().children)

    @property
    def lambdas(self) -> Entities[HistoryLambdaFunction]:
        """Lambda functions by id."""
        return Entities(HistoryLambdaFunction, self._state().lambdas)

    @property
    def external_signals(self) -> Entities[HistoryExternalSignal]:
        """Signals to other executions, by the id of the event that initiated or refused them."""
        return Entities(HistoryExternalSignal, self._state().external_signals)

    @property
    def external_cancels(self) -> Entities[HistoryExternalCancel]:
        """Cancel requests to other executions, by the id of the event that initiated or refused
        them.
        """
        return Entities(HistoryExternalCancel, self._state().external_cancels)

    @property
    def decision_tasks(self) -> Entities[HistoryDecisionTask]:
        """Decision tasks by the id of their DecisionTaskScheduled event."""
        return Entities(HistoryDecisionTask, self._state().decision_tasks)

    @property
    def signals(self) -> NamedSequence[HistorySignal]:
        """Received signals, in order; `signals["go"]` lists those of one name."""
        return NamedSequence(HistorySignal.from_wire, self._state().signals)

    @property
    def markers(self) -> NamedSequence[HistoryMarker]:
        """Recorded markers, in order; `markers["step"]` lists those of one name."""
        return NamedSequence(HistoryMarker.from_wire, self._state().markers)

    @property
    def refusals(self) -> list[Event]:
        """The events by which the service refused a decision, each with a `cause`.

        Refusals of the library's own timer are not among them.
        """
        return [EventFactory(raw) for raw in self._state().refusals]

    @property
    def open_activities(self) -> list[HistoryActivity]:
        """Activity tasks that are scheduled or started."""
        return self.activities.open

    @property
    def open_timers(self) -> list[HistoryTimer]:
        """Timers that have neither fired nor been canceled."""
        return self.timers.open

    @property
    def open_children(self) -> list[HistoryChildWorkflow]:
        """Children that are initiated or started."""
        return self.children.open

    @property
    def open_lambdas(self) -> list[HistoryLambdaFunction]:
        """Lambda functions that are scheduled or started."""
        return self.lambdas.open

    @property
    def open_external_signals(self) -> list[HistoryExternalSignal]:
        """Signals to other executions without an outcome."""
        return self.external_signals.open

    @property
    def open_external_cancels(self) -> list[HistoryExternalCancel]:
        """Cancel requests to other executions without an outcome."""
        return self.external_cancels.open

    @property
    def open_decision_tasks(self) -> list[HistoryDecisionTask]:
        """Decision tasks that are scheduled or started."""
        return self.decision_tasks.open

    @property
    @abstractmethod
    def problems(self) -> list[HistoryError]:
        """Every inconsistency of the history, in the order of the events."""
