"""Recorded: what a history holds of what the decision task of a turn decided.

Mostly it is in the events of its own decisions. Where those had no room for all of it, or a decider
that stopped handed the task back, they end with the wake-up timer, and the next ones carry on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from swf.dataflow.replay import DECIDED, attributes_of, id_of
from swf.dataflow.requests import Attributes
from swf.dataflow.takeover import WAKE_UP_TIMERS
from swf.models.history import DecisionBatch


class Recorded:
    """The decisions of a turn, as far as they are recorded.

    :param batches: the history as its deciders saw it.
    :param number: which of them is the turn's; without any, nothing is decided yet.
    """

    def __init__(self, batches: Sequence[DecisionBatch] = (), number: int = 0) -> None:
        self._batches = batches
        self._number = number
        self.is_live = not batches or batches[number].completed_event_id is None

    @property
    def is_whole(self) -> bool:
        """Whether its own decisions hold all that was asked for."""
        return not self.is_live and len(self._carriers) == 1

    @property
    def is_open(self) -> bool:
        """Whether some of what was asked for is not decided yet."""
        return self.is_live or self._carriers[-1].completed_event_id is None

    @cached_property
    def count(self) -> int:
        """How many decisions carried it, without the wake-up timers."""
        decisions = (raw for batch in self._carriers for raw in batch.raw_decisions)
        return sum(not _is_wake_up(raw) for raw in decisions)

    @cached_property
    def begun(self) -> Mapping[tuple[str, str], list[Attributes]]:
        """The attributes of what they began, or were refused to, by kind and id."""
        found: dict[tuple[str, str], list[Attributes]] = {}
        for raw in (raw for batch in self._carriers for raw in batch.raw_decisions):
            kind, attributes = DECIDED[raw["eventType"]][0], attributes_of(raw)
            begun_id = id_of(kind, attributes)
            if begun_id is not None:
                found.setdefault((kind, begun_id), []).append(attributes)
        return found

    @cached_property
    def _carriers(self) -> list[DecisionBatch]:
        """The batch of the turn, and those that carry what had no room before."""
        carriers = []
        for number in range(self._number, len(self._batches)):
            carriers.append(self._batches[number])
            if not is_woken(self._batches[number].raw_decisions):
                break
        return carriers


def is_woken(raws: Sequence[Mapping[str, Any]]) -> bool:
    """Return whether some events tell of a wake-up timer: more was asked for than decided."""
    return any(map(_is_wake_up, raws))


def _is_wake_up(raw: Mapping[str, Any]) -> bool:
    # Refused, it runs already.
    is_timer = raw["eventType"] in ("TimerStarted", "StartTimerFailed")
    return is_timer and attributes_of(raw)["timerId"] in WAKE_UP_TIMERS
