"""A history as its deciders saw it: one batch per decision task, in the order of their starts.

An event that arrives while a decision task is worked on stands in the history before that task's
completion, and was not seen by it: the next one sees it. So a replay goes from start to start, and
takes what a task decided from wherever its completion stands.

A decision task that timed out decided nothing; what it saw is new again to the next one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from attrs import frozen

from swf.models.event.base import Event
from swf.models.event.factory import EventFactory
from swf.models.event.table import REFUSALS, attributes_key

Wire = Mapping[str, Any]


@frozen(repr=False)
class DecisionBatch:
    """What one decision task saw, and what was decided.

    :param previous_started_event_id: the start of the decision task before; 0 for the first one.
    :param started_event_id: the start of this one.
    :param completed_event_id: its completion; None while it is worked on.
    :param raw_events: the events after the previous start, up to and including this one.
    :param raw_decisions: the events that its decisions made, refused ones included, in order.

    Both are as on the wire: a replay of a long history looks at few of them as objects.
    """

    previous_started_event_id: int
    started_event_id: int
    completed_event_id: int | None
    raw_events: list[Wire]
    raw_decisions: list[Wire]

    @property
    def new_events(self) -> list[Event]:
        """The events after the previous start, up to and including this one."""
        return [EventFactory(raw) for raw in self.raw_events]

    @property
    def decisions(self) -> list[Event]:
        """The events that its decisions made, refused ones included, in order."""
        return [EventFactory(raw) for raw in self.raw_decisions]

    @property
    def news(self) -> list[Event]:
        """The new events that are news to whoever decided: no decision tasks, and no echo of the
        decisions before, except for those that were refused.
        """
        return [event for event in self.new_events if is_news(event)]

    def __repr__(self) -> str:
        news, decisions = len(self.raw_events), len(self.raw_decisions)
        return f"<DecisionBatch {self.started_event_id}: {news} new events, {decisions} decisions>"


def is_news(event: Event) -> bool:
    """Return whether an event tells a decider something that it did not do itself."""
    if event.type == "DecisionTask":
        return False
    return event.name in REFUSALS or not event.attributes.get("decisionTaskCompletedEventId")


def by_decision_task(events: Iterable[Wire]) -> dict[int, list[Wire]]:
    """Return the events that decisions made, by the id of their DecisionTaskCompleted.

    A child, signal or cancellation that failed after it was initiated is not among them, though it
    names its DecisionTaskCompleted too: it also names the event that initiated it.
    """
    found: dict[int, list[Wire]] = {}
    for raw in events:
        attributes = raw.get(attributes_key(raw["eventType"])) or {}
        completed = attributes.get("decisionTaskCompletedEventId")
        if completed and not attributes.get("initiatedEventId"):
            found.setdefault(completed, []).append(raw)
    return found
