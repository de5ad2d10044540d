"""A heap of the deadlines of one tenant.

Each entity has one valid entry, at the time in its `armed`. When its deadline becomes later, as at
each heartbeat, the entry stays and is moved once it reaches the top, so heartbeats are cheap.
Entries of closed entities are removed when they reach the top, or in a sweep when they are in the
majority. Equal deadlines are ordered by execution (older first), then by event id.
"""

import heapq
import math
from typing import Protocol

from swf.local.clock import whole_milliseconds
from swf.local.entities import Execution

START_DELAYS = (0.03, 0.08)
"""Seconds from a decision to the start of its first child or Lambda function, and of later ones.

Source: recorded histories, 30 to 80 ms.
"""

START_INTERVAL = 0.01
"""Seconds between two starts of one batch."""

SLACK = 1024
"""Size of the heap at the first sweep."""


class HasDeadline(Protocol):
    """An execution or an open entity, with its next deadline."""

    deadline: float | None
    armed: float | None

    @property
    def event_id(self) -> int:
        """The event that started its timeout."""

    @property
    def execution(self) -> Execution:
        """Its execution."""


Entry = tuple[float, int, int, HasDeadline]


class Deadlines:
    """The deadlines of all entities of one tenant.

    :ivar delays_starts: whether children and Lambda functions start some time after the decision,
        as at AWS, rather than at the same instant.
    """

    def __init__(self) -> None:
        self.delays_starts = False
        self._batch = ("", 0.0)
        self._starts = 0
        self._heap: list[Entry] = []
        self._sweep_at = SLACK

    def __len__(self) -> int:
        return len(self._heap)

    @property
    def latest(self) -> float:
        """The latest deadline, in seconds since the epoch; infinite if one is not a number."""
        times = [math.inf if math.isnan(entry[0]) else entry[0] for entry in self._heap]
        return max(times, default=0.0)

    def arm(self, entity: HasDeadline) -> None:
        """Add an entity, or update it after its deadline changed."""
        deadline = entity.deadline
        if deadline is None or (entity.armed is not None and entity.armed <= deadline):
            return
        entity.armed = deadline
        heapq.heappush(self._heap, (deadline, entity.execution.ordinal, entity.event_id, entity))
        if len(self._heap) > self._sweep_at:
            self._sweep()

    def arm_start(self, entity: HasDeadline, at: float) -> None:
        """Set when a child or Lambda function starts.

        :param at: the time of the decision.
        """
        entity.deadline = at
        if self.delays_starts:
            batch = (entity.execution.run_id, at)
            self._starts = self._starts + 1 if self._batch == batch else 0
            self._batch = batch
            delay = min(START_DELAYS[0] + self._starts * START_INTERVAL, START_DELAYS[1])
            entity.deadline = whole_milliseconds(at + delay)
        self.arm(entity)

    def next(self) -> float | None:
        """Return the earliest deadline."""
        entity = self.first()
        return None if entity is None else entity.deadline

    def first(self) -> HasDeadline | None:
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
