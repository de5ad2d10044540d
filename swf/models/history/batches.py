"""The events of a history by decision task: one batch for each, in the order of their starts.

An event that arrives while a decider works on a decision task precedes the task's completion in the
history, but the decider did not see it: the next decision task delivers it. A replay therefore goes
from start to start, and looks up the decisions of a task by its completion.

A decision task that timed out made no decisions; the next one delivers its events again.
"""

from __future__ import annotations

from collections.abc import Iterable

from attrs import frozen

from swf.models.event.base import Event, copy_wire
from swf.models.event.factory import EventFactory
from swf.models.event.table import REFUSALS, attributes_key
from swf.models.history.entity_record import Wire


@frozen(repr=False)
class DecisionBatch:
    """The new events of one decision task, and the events that its decisions caused.

    :param previous_started_event_id: the DecisionTaskStarted of the previous decision task; 0 for
        the first.
    :param started_event_id: the DecisionTaskStarted of this one.
    :param completed_event_id: its DecisionTaskCompleted; None while it is open.
    :param raw_events: the events after the previous start, up to and including this start.
    :param raw_decisions: the events that its decisions caused, in order, including refusals.

    Both lists hold dictionaries of the wire: a replay of a long history decodes few of them. The
    batch refers to them, and gives copies of them.
    """

    previous_started_event_id: int
    started_event_id: int
    completed_event_id: int | None
    _raw_events: list[Wire]
    _raw_decisions: list[Wire]

    @property
    def raw_events(self) -> list[Wire]:
        """Copies of the events after the previous start, up to and including this start."""
        return [copy_wire(raw) for raw in self._raw_events]

    @property
    def raw_decisions(self) -> list[Wire]:
        """Copies of the events that its decisions caused."""
        return [copy_wire(raw) for raw in self._raw_decisions]

    @property
    def new_events(self) -> list[Event]:
        """The events after the previous start, up to and including this start."""
        return [EventFactory(raw) for raw in self._raw_events]

    @property
    def decisions(self) -> list[Event]:
        """The events that its decisions caused, in order, including refusals."""
        return [EventFactory(raw) for raw in self._raw_decisions]

    @property
    def news(self) -> list[Event]:
        """The new events that the decider did not cause: neither events of decision tasks nor those
        of its previous decisions, except for refusals.
        """
        return [event for event in self.new_events if is_news(event)]

    def __repr__(self) -> str:
        news, decisions = len(self._raw_events), len(self._raw_decisions)
        return f"<DecisionBatch {self.started_event_id}: {news} new events, {decisions} decisions>"


def is_news(event: Event) -> bool:
    """Return whether a decider did not cause the event itself, or the service refused it."""
    if event.type == "DecisionTask":
        return False
    return event.name in REFUSALS or not event._attributes.get("decisionTaskCompletedEventId")


def by_decision_task(events: Iterable[Wire]) -> dict[int, list[Wire]]:
    """Return the events that decisions caused, by the id of their DecisionTaskCompleted.

    A child, signal or cancellation that failed after it was initiated is not among them: it refers
    to its DecisionTaskCompleted, but also to the event that initiated it.

    :param events: wire dictionaries.
    """
    batches: dict[int, list[Wire]] = {}
    for raw in events:
        attributes = raw.get(attributes_key(raw["eventType"])) or {}
        completed = attributes.get("decisionTaskCompletedEventId")
        if completed and not attributes.get("initiatedEventId"):
            batches.setdefault(completed, []).append(raw)
    return batches
