"""The names under which a history shows its fold."""

from __future__ import annotations

from abc import abstractmethod

from swf.models.event.base import Event
from swf.models.event.factory import EventFactory
from swf.models.history.entities import (
    Activity,
    ChildWorkflow,
    DecisionTask,
    ExternalCancel,
    ExternalSignal,
    LambdaFunction,
    Timer,
)
from swf.models.history.entity import Entities
from swf.models.history.execution import Execution
from swf.models.history.fold import Fold
from swf.models.history.signals_and_markers import Marker, NamedSequence, Signal


class Views:
    """What has become of all that a history tells of; the mappings follow their history."""

    __slots__ = ()

    @abstractmethod
    def _state(self) -> Fold:
        """Return the fold of all events."""

    @property
    def execution(self) -> Execution:
        """The execution itself."""
        return Execution.of(self._state())

    @property
    def activities(self) -> Entities[Activity]:
        """Activity tasks by activity id."""
        return Entities(Activity, self._state().activities)

    @property
    def timers(self) -> Entities[Timer]:
        """Timers by timer id."""
        return Entities(Timer, self._state().timers)

    @property
    def children(self) -> Entities[ChildWorkflow]:
        """Child executions by workflow id."""
        return Entities(ChildWorkflow, self._state().children)

    @property
    def lambdas(self) -> Entities[LambdaFunction]:
        """Lambda functions by id."""
        return Entities(LambdaFunction, self._state().lambdas)

    @property
    def external_signals(self) -> Entities[ExternalSignal]:
        """Signals to other executions by the id of the event that initiated (or refused) them."""
        return Entities(ExternalSignal, self._state().external_signals)

    @property
    def external_cancels(self) -> Entities[ExternalCancel]:
        """Requests to others to cancel by the id of the event that initiated (or refused) them."""
        return Entities(ExternalCancel, self._state().external_cancels)

    @property
    def decision_tasks(self) -> Entities[DecisionTask]:
        """Decision tasks by the id of their DecisionTaskScheduled event."""
        return Entities(DecisionTask, self._state().decision_tasks)

    @property
    def signals(self) -> NamedSequence[Signal]:
        """Signals received, in order; `signals["go"]` lists those named so."""
        return NamedSequence(Signal.of, Signal.name_in, self._state().signals)

    @property
    def markers(self) -> NamedSequence[Marker]:
        """Markers recorded, in order; `markers["step"]` lists those named so."""
        return NamedSequence(Marker.of, Marker.name_in, self._state().markers)

    @property
    def refusals(self) -> list[Event]:
        """The events in which the service refused a decision, each with a `cause`."""
        return [EventFactory(raw) for raw in self._state().refusals]

    @property
    def open_activities(self) -> list[Activity]:
        """The activity tasks that are scheduled or started."""
        return self.activities.open

    @property
    def open_timers(self) -> list[Timer]:
        """The timers that have neither fired nor been canceled."""
        return self.timers.open

    @property
    def open_children(self) -> list[ChildWorkflow]:
        """The children that are initiated or started."""
        return self.children.open

    @property
    def open_lambdas(self) -> list[LambdaFunction]:
        """The Lambda functions that are scheduled or started."""
        return self.lambdas.open

    @property
    def open_external_signals(self) -> list[ExternalSignal]:
        """The signals to other executions that are on their way."""
        return self.external_signals.open

    @property
    def open_external_cancels(self) -> list[ExternalCancel]:
        """The requests to cancel other executions that are on their way."""
        return self.external_cancels.open

    @property
    def open_decision_tasks(self) -> list[DecisionTask]:
        """The decision tasks that are scheduled or started."""
        return self.decision_tasks.open
