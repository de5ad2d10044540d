"""Heartbeats: sent beside the running activities, so that their code need not think of them.

A beat is due when a third of the heartbeat timeout has passed since the last one: two may fail
before a task is lost. One thread watches over all tasks of a worker and sends nothing itself; each
beat has a thread of its own, so that one that hangs holds up neither code nor other beats.

What code reports is sent at once, unless the last beat was only a moment ago (`gap`): then it goes
with the next. A heartbeat without details would wipe out the last ones, so they are sent again.
Source: API Reference, RecordActivityTaskHeartbeat.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import copy_context
from typing import Any

from swf.actors.tasks import ActivityTaskContext

logger = logging.getLogger(__name__)

#: Beats per heartbeat timeout.
BEATS = 3

#: Seconds for which the watcher stays when there is nothing to watch.
LINGER = 5.0


class Pulse:
    """The beats of one task: what to say, and when to say it next.

    :param interval: seconds between beats; None if the task needs none.
    :param gap: seconds between two beats at the least.
    """

    def __init__(self, interval: float | None, gap: float, now: float) -> None:
        self.interval = interval
        self.gap = gap if interval is None else min(gap, interval)
        self.details: Any = None
        self.due: float | None = None if interval is None else now + interval
        self._last = now - self.gap

    def report(self, details: Any, now: float) -> bool:
        """Take in what to say, and return whether to say it now."""
        if details is not None:
            self.details = details
        at_once = now - self._last >= self.gap
        if not at_once:
            soon = self._last + self.gap
            self.due = soon if self.due is None else min(self.due, soon)
        return at_once

    def begin(self, now: float) -> None:
        """Note that a beat is on its way; none is due until it is over."""
        self._last = now
        self.due = None

    def end(self, now: float, *, failed: bool) -> None:
        """Note that it is over: one that failed is repeated sooner."""
        if self.interval is not None:
            self.due = now + (self.interval / BEATS if failed else self.interval)


class Heartbeats:
    """Keeps the tasks alive that are entered into it, until they are taken out again.

    :param send: sends one heartbeat with details; it notes on the task what it learns, and
        returns whether it got through. It raises nothing.
    :param gap: seconds between two beats of a task at the least.
    """

    def __init__(
        self,
        send: Callable[[ActivityTaskContext, Any], bool],
        *,
        gap: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._send = send
        self._gap = gap
        self._clock = clock
        self._tasks: dict[ActivityTaskContext, Pulse] = {}
        self._changed = threading.Condition()
        self._wakes: float | None = None  # when the watcher looks next; None: nobody watches

    @contextmanager
    def beside(self, task: ActivityTaskContext) -> Iterator[None]:
        """Keep the task alive while the block runs."""
        interval = None if task.heartbeat_timeout is None else task.heartbeat_timeout / BEATS
        with self._changed:
            self._tasks[task] = pulse = Pulse(interval, self._gap, self._clock())
            self._attend(pulse)
        try:
            yield
        finally:
            with self._changed:
                del self._tasks[task]

    def report(self, task: ActivityTaskContext, details: Any) -> None:
        """Send what the code of a task reports, now or with the next beat."""
        with self._changed:
            pulse = self._tasks.get(task)
            at_once = pulse is None or pulse.report(details, self._clock())
            if pulse is not None and at_once:
                pulse.begin(self._clock())
            elif pulse is not None:
                self._attend(pulse)
        if pulse is None:
            self._send(task, details)
        elif at_once:
            self._beat(task, pulse)

    def _attend(self, pulse: Pulse) -> None:
        """See to it that the watcher looks in time."""
        if pulse.due is None:
            return
        if self._wakes is None:
            self._wakes = pulse.due
            _spawn("heartbeats", self._watch)
        elif pulse.due < self._wakes:
            self._changed.notify()

    def _watch(self) -> None:
        while due := self._wait():
            for task, pulse in due:
                try:
                    _spawn("heartbeat", self._beat, task, pulse)
                except RuntimeError:  # noqa: PERF203 - no thread to be had: beat a little later
                    logger.exception("a heartbeat could not be sent")
                    with self._changed:
                        pulse.end(self._clock(), failed=True)

    def _wait(self) -> list[tuple[ActivityTaskContext, Pulse]]:
        """Return the tasks whose beat is due, once there are some; none after a time without."""
        with self._changed:
            idle_since = self._clock()
            while (now := self._clock()) < idle_since + LINGER or self._tasks:
                due = [item for item in self._tasks.items() if _is_due(item[1], now)]
                for _, pulse in due:
                    pulse.begin(now)
                if due:
                    return due
                dues = [pulse.due for pulse in self._tasks.values() if pulse.due is not None]
                self._wakes = min(dues, default=now + LINGER)
                self._changed.wait(self._wakes - now)
            self._wakes = None
            return []

    def _beat(self, task: ActivityTaskContext, pulse: Pulse) -> None:
        if task.lost or task.elsewhere:
            return
        through = self._send(task, pulse.details)
        with self._changed:
            pulse.end(self._clock(), failed=not through)
            self._attend(pulse)


def _is_due(pulse: Pulse, now: float) -> bool:
    return pulse.due is not None and pulse.due <= now


def _spawn(name: str, work: Callable[..., None], *args: Any) -> None:
    threading.Thread(
        target=copy_context().run, args=(work, *args), name=f"swf-{name}", daemon=True
    ).start()
