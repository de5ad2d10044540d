"""Which deadline comes next: one heap for a whole world.

An entity has one entry that counts, at the time in its `armed`.  When its deadline moves away (a
heartbeat), the entry stays and is moved once it surfaces, so that a heartbeat costs nothing here;
entries of closed entities are dropped when they surface, or swept when they are the larger part.
Equal deadlines fall due in the order in which their clocks' events were written: the older
execution first, then the smaller event id.
"""

import heapq
from typing import Protocol

from swf.local.entities import Execution

SLACK = 1024
"""Entries that the heap may hold before the first sweep."""


class Timed(Protocol):
    """An execution, or something open in one, with the next deadline that it runs into."""

    deadline: float | None
    armed: float | None

    @property
    def event_id(self) -> int:
        """The event with which its clock began."""

    @property
    def execution(self) -> Execution:
        """Where it is open."""


Entry = tuple[float, int, int, Timed]


class Deadlines:
    """The running timeouts of all entities of a world."""

    def __init__(self) -> None:
        self._heap: list[Entry] = []
        self._sweep_at = SLACK

    def __len__(self) -> int:
        return len(self._heap)

    def arm(self, entity: Timed) -> None:
        """Take note of an entity's deadline, new or changed."""
        deadline = entity.deadline
        if deadline is None or (entity.armed is not None and entity.armed <= deadline):
            return
        entity.armed = deadline
        heapq.heappush(self._heap, (deadline, entity.execution.ordinal, entity.event_id, entity))
        if len(self._heap) > self._sweep_at:
            self._sweep()

    def next(self) -> float | None:
        """Return the earliest deadline."""
        entity = self.first()
        return None if entity is None else entity.deadline

    def first(self) -> Timed | None:
        """Return the entity whose deadline is the earliest."""
        heap = self._heap
        while heap:
            at, ordinal, event_id, entity = heap[0]
            if entity.deadline is None or entity.armed != at:
                heapq.heappop(heap)
            elif entity.deadline > at:
                entity.armed = entity.deadline
                heapq.heapreplace(heap, (entity.deadline, ordinal, event_id, entity))
            else:
                return entity
        return None

    def _sweep(self) -> None:
        self._heap = [
            entry
            for entry in self._heap
            if entry[3].deadline is not None and entry[3].armed == entry[0]
        ]
        heapq.heapify(self._heap)
        self._sweep_at = max(SLACK, 2 * len(self._heap))
