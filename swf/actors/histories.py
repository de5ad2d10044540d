"""Histories: from the new events of a decision task to the complete history of its execution.

A cached history (`sticky.py`) is extended by the new events. Otherwise the history is fetched from
the service, up to the start of the decision task and no further, since later events belong to the
next task. After a restart every execution is unknown, so the number of concurrent fetches is
limited, and waiting fetches start after a random delay.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random
from typing import Any

from swf.actors.sticky import CachedHistory, StickyCache, interned, size_of
from swf.actors.tasks import DecisionTaskContext
from swf.exceptions import HistoryError
from swf.models import DecisionTask
from swf.models.history import History, ReadOnlyHistory, wire_events
from swf.payload import decode

logger = logging.getLogger(__name__)

#: Maximum random delay of a fetch that had to wait, in seconds.
SPREAD = 0.25


class Histories:
    """Adds the complete history to decision tasks.

    :param cache: the cache of histories.
    :param call: calls an operation of the service and retries transient errors.
    :param audit_rate: share of the cached histories, 0 to 1, that is fetched and compared.
    :param max_fetches: maximum number of concurrent fetches.
    :param random: source of random numbers.
    """

    def __init__(
        self,
        cache: StickyCache,
        call: Callable[..., dict[str, Any]],
        *,
        audit_rate: float,
        max_fetches: int,
        random: Random,
    ) -> None:
        self.cache = cache
        self._call = call
        self._audit_rate = audit_rate
        self._turns = threading.Semaphore(max_fetches)
        self._random = random

    def open(self, task: DecisionTask) -> DecisionTaskContext:
        """Return the task with its complete history.

        :param task: the decision task, with the new events only.
        :raises SWFError: if the history cannot be fetched or is inconsistent.
        """
        cached = self._cached(task)
        if cached is not None and self._audit_rate > self._random.random():
            cached = self._audited(task, cached)
        if cached is None:
            history = self._read(task)
            cached = CachedHistory(history, 0, None, size_of(wire_events(history)))
        context = decode(cached.history.execution.execution_context)
        return DecisionTaskContext(task, cached.history, cached.state, cached.size, context)

    def keep(self, context: DecisionTaskContext) -> None:
        """Cache the history of a task whose decisions were accepted.

        :param context: the task and its history.
        """
        cached = CachedHistory(
            context.history, context.started_event_id, context.state, context.size
        )
        self.cache.put(_run_id(context.task), cached)

    def _cached(self, task: DecisionTask) -> CachedHistory | None:
        """Return the cached history extended by the new events, or None."""
        cached = self.cache.take(_run_id(task), task.previous_started_event_id or 0)
        if cached is None:
            return None
        length = len(cached.history)
        try:
            History.extend(cached.history, map(interned, wire_events(_new_events(task))))
        except HistoryError as error:
            logger.warning(
                "cached history does not fit, fetching it again: %s: %s", _run_id(task), error
            )
            return None
        added = size_of(wire_events(cached.history)[length:])
        return CachedHistory(cached.history, 0, cached.state, cached.size + added)

    def _audited(self, task: DecisionTask, cached: CachedHistory) -> CachedHistory | None:
        """Return the cached history if it equals the history of the service, else None."""
        difference = cached.history.diff(self._read(task), ignore_times=False)
        if difference is None:
            return cached
        logger.error("cached history differs from the service: %s: %s", _run_id(task), difference)
        return None

    def _read(self, task: DecisionTask) -> History:
        """Return the history up to the start of the task, fetching only the missing events."""
        new_events = _new_events(task)
        if len(new_events) and new_events.first.id == 1:
            return ReadOnlyHistory.from_event_list(map(interned, wire_events(new_events)))
        until = new_events.first.id - 1 if len(new_events) else task.started_event_id or 0
        with self._turn():
            history = ReadOnlyHistory.from_event_list(self._events(task, until))
        History.extend(history, map(interned, wire_events(new_events)))
        return history

    def _events(self, task: DecisionTask, until: int) -> list[dict[str, Any]]:
        events: list[dict[str, Any]] = []
        token = None
        while not events or (events[-1]["eventId"] < until and token):
            page = self._call(
                "GetWorkflowExecutionHistory",
                domain=task.domain.name,
                execution={"workflowId": _workflow_id(task), "runId": _run_id(task)},
                nextPageToken=token,
            )
            events.extend(map(interned, page["events"]))
            token = page.get("nextPageToken")
        return [event for event in events if event["eventId"] <= until]

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Wait for a free fetch slot."""
        had_to_wait = not self._turns.acquire(blocking=False)
        if had_to_wait:
            self._turns.acquire()
        try:
            if had_to_wait:
                time.sleep(self._random.uniform(0, SPREAD))
            yield
        finally:
            self._turns.release()


def _new_events(task: DecisionTask) -> History:
    return task.history if task.history is not None else History()


def _run_id(task: DecisionTask) -> str:
    return (task.workflow_execution and task.workflow_execution.run_id) or ""


def _workflow_id(task: DecisionTask) -> str:
    return task.workflow_execution.workflow_id if task.workflow_execution else ""
