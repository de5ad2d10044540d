"""Histories: from the new events that a decision task brings to the whole history of its run.

What is remembered (`sticky.py`) is extended by the new events. What is not is read from the
service, up to the start of the decision task and no further: what came later was not seen by it.
After a restart all runs are unknown at once; so few histories are read at a time, and who had to
wait for others starts after a moment of its own.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from swf.actors.sticky import CachedHistory, StickyCache, shared, size_of
from swf.actors.tasks import DecisionTaskContext
from swf.exceptions import HistoryError
from swf.models import DecisionTask
from swf.models.history import History
from swf.payload import decode

logger = logging.getLogger(__name__)

#: Seconds over which those who waited for their turn to read are spread.
SPREAD = 0.25


class Histories:
    """Opens decision tasks: gives them their whole history.

    :param cache: what is remembered.
    :param call: calls an operation of the service until it answers.
    :param audit_rate: share of the remembered histories that is read all the same and compared.
    :param at_a_time: how many histories are read at a time.
    :param draw: where chance comes from.
    """

    def __init__(
        self,
        cache: StickyCache,
        call: Callable[..., dict[str, Any]],
        *,
        audit_rate: float,
        at_a_time: int,
        draw: random.Random,
    ) -> None:
        self.cache = cache
        self._call = call
        self._audit_rate = audit_rate
        self._turns = threading.Semaphore(at_a_time)
        self._draw = draw

    def open(self, task: DecisionTask) -> DecisionTaskContext:
        """Return the task with its whole history.

        :raises SWFError: when the history cannot be read, or does not fit together.
        """
        kept = self._remembered(task)
        if kept is not None and self._audit_rate > self._draw.random():
            kept = self._audited(task, kept)
        if kept is None:
            history = self._read(task)
            kept = CachedHistory(history, 0, None, size_of(history.raw))
        context = decode(kept.history.execution.execution_context)
        return DecisionTaskContext(task, kept.history, kept.state, kept.size, context)

    def keep(self, context: DecisionTaskContext) -> None:
        """Remember a task whose answer was accepted."""
        kept = CachedHistory(context.history, context.started_event_id, context.state, context.size)
        self.cache.put(_run_id(context.task), kept)

    def _remembered(self, task: DecisionTask) -> CachedHistory | None:
        """Return what is remembered of the run, extended by the new events."""
        kept = self.cache.take(_run_id(task), task.previous_started_event_id or 0)
        if kept is None:
            return None
        news = _news(task)
        try:
            known = len(kept.history)
            kept.history.extend(map(shared, news.raw))
        except HistoryError as error:
            logger.warning("%s: %s; reading its history anew", _run_id(task), error)
            return None
        added = size_of(kept.history[known:].raw)
        return CachedHistory(kept.history, 0, kept.state, kept.size + added)

    def _audited(self, task: DecisionTask, kept: CachedHistory) -> CachedHistory | None:
        """Return what is remembered if it is what the service has, else None."""
        difference = kept.history.diff(self._read(task), ignore_times=False)
        if difference is None:
            return kept
        logger.error("%s: what is remembered is wrong: %s", _run_id(task), difference)
        return None

    def _read(self, task: DecisionTask) -> History:
        """Return the history up to the start of the task, from the service as far as needed."""
        news = _news(task)
        if len(news) and news.first.id == 1:
            return History.from_event_list(map(shared, news.raw))
        until = news.first.id - 1 if len(news) else task.started_event_id or 0
        with self._turn():
            history = History.from_event_list(self._events(task, until))
        history.extend(map(shared, news.raw))
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
            events.extend(map(shared, page["events"]))
            token = page.get("nextPageToken")
        return [event for event in events if event["eventId"] <= until]

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Wait for a turn to read."""
        had_to_wait = not self._turns.acquire(blocking=False)
        if had_to_wait:
            self._turns.acquire()
        try:
            if had_to_wait:
                time.sleep(self._draw.uniform(0, SPREAD))
            yield
        finally:
            self._turns.release()


def _news(task: DecisionTask) -> History:
    return task.history if task.history is not None else History()


def _run_id(task: DecisionTask) -> str:
    return (task.workflow_execution and task.workflow_execution.run_id) or ""


def _workflow_id(task: DecisionTask) -> str:
    return task.workflow_execution.workflow_id if task.workflow_execution else ""
