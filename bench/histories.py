"""Histories for benchmarks, and the functions with which simpleflow and Garcon parse them."""

from __future__ import annotations

from typing import Any

import garcon.event
import simpleflow.history
from simpleflow.swf.mapper.models.history import History as SimpleflowEvents

from swf.models.history import builder
from swf.models.history.builder import HistoryBuilder

WINDOW = 10


def fan_out(events: int) -> HistoryBuilder:
    """Return a history of at least `events` events with ten parallel activities."""
    history = builder.started()
    number = 0
    while len(history) < events:
        ids = [f"activity-{number + offset}" for offset in range(WINDOW)]
        number += WINDOW
        for activity_id in ids:
            history.activity_scheduled(activity_id, input={"args": [activity_id], "kwargs": {}})
        for activity_id in ids:
            history.activity_started(activity_id)
        for activity_id in ids:
            history.activity_completed(activity_id, result={"done": activity_id})
    return history


def parsed_by_simpleflow(events: list[Any]) -> Any:
    """Return the history object of simpleflow's decider."""
    history = simpleflow.history.History(SimpleflowEvents.from_event_list(events))
    history.parse()
    return history


def parsed_by_garcon(events: list[Any]) -> Any:
    """Return the history object of Garcon's decider."""
    states = garcon.event.activity_states_from_events(events)
    return states, garcon.event.get_current_context(events)


PEERS = {"simpleflow": parsed_by_simpleflow, "garcon": parsed_by_garcon}
