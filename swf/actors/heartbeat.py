"""Heartbeats: sent by the worker while activities run, so that their code need not send them.

A heartbeat is due after a third of the heartbeat timeout, so that two may fail before the task
times out. One thread watches all tasks of a worker and sends nothing; each heartbeat has its own
thread, so that a slow one delays neither user code nor other heartbeats.

Details that user code reports are sent at once, unless the previous heartbeat was sent less than
`gap` seconds ago; then they are sent with the next one. A heartbeat without details would delete
the recorded ones, so the last details are repeated.

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

#: Heartbeats per heartbeat timeout.
BEATS = 3

#: Seconds until an idle watcher thread ends.
LINGER = 1.0


class Pulse:
    """The heartbeat schedule of one task.

    :param interval: seconds between heartbeats; None if the task needs none.
    :param gap: minimum number of seconds between heartbeats.
    :param now: the current time, in monotonic seconds.
    :param deadline: time of the start-to-close timeout; None if there is none.
    """

    def __init__(
        self, interval: float | None, gap: float, now: float, deadline: float | None = None
    ) -> None:
        self.deadline = deadline
        self.interval = interval
        self.gap = gap if interval is None else min(gap, interval)
        self.details: Any = None
        self.due: float | None = None if interval is None else now + interval
        self._last = now - self.gap

    @property
    def next_event(self) -> float | None:
        """The time of the next heartbeat or of the timeout."""
        events = [event for event in (self.due, self.deadline) if event is not None]
        return min(events, default=None)

    def report(self, details: Any, now: float) -> bool:
        """Store details and return whether to send them now.

        :param details: the encoded details; None keeps the previous ones.
        :param now: the current time.
        """
        if details is not None:
            self.details = details
        send_now = now - self._last >= self.gap
        if not send_now:
            soon = self._last + self.gap
            self.due = soon if self.due is None else min(self.due, soon)
        return send_now

    def begin(self, now: float) -> None:
        """Record that a heartbeat is being sent; none is due until it ends.

        :param now: the current time.
        """
        self._last = now
        self.due = None

    def end(self, now: float, *, failed: bool) -> None:
        """Schedule the next heartbeat; earlier if this one failed.

        :param now: the current time.
        :param failed: whether the heartbeat failed.
        """
        if self.interval is not None:
            self.due = now + (self.interval / BEATS if failed else self.interval)


class Heartbeats:
    """Sends the heartbeats of all tasks of a worker.

    :param send: sends one heartbeat with details, updates the task, and returns whether it
        succeeded; must not raise.
    :param on_timeout: called once for a task that is still running at its start-to-close timeout.
    :param gap: minimum number of seconds between heartbeats of a task.
    :param clock: returns monotonic seconds.
    """

    def __init__(
        self,
        send: Callable[[ActivityTaskContext, Any], bool],
        on_timeout: Callable[[ActivityTaskContext], None],
        *,
        gap: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._send = send
        self._on_timeout = on_timeout
        self._gap = gap
        self._clock = clock
        self._tasks: dict[ActivityTaskContext, Pulse] = {}
        self._changed = threading.Condition()
        self._wakes: float | None = None  # next wake-up of the watcher; None if it is not running

    @contextmanager
    def keep_alive(self, task: ActivityTaskContext) -> Iterator[None]:
        """Send heartbeats for the task while the block runs.

        :param task: the activity task.
        """
        interval = None if task.heartbeat_timeout is None else task.heartbeat_timeout / BEATS
        with self._changed:
            self._tasks[task] = pulse = Pulse(interval, self._gap, self._clock(), task.deadline)
            self._schedule(pulse)
        try:
            yield
        finally:
            with self._changed:
                del self._tasks[task]
                if not self._tasks and (self._wakes or 0.0) > self._clock() + LINGER:
                    self._changed.notify()  # it ends after an idle period

    def report(self, task: ActivityTaskContext, details: Any) -> None:
        """Send details now or with the next heartbeat.

        :param task: the activity task.
        :param details: the encoded details.
        """
        with self._changed:
            pulse = self._tasks.get(task)
            send_now = pulse is None or pulse.report(details, self._clock())
            if pulse is not None and send_now:
                pulse.begin(self._clock())
            elif pulse is not None:
                self._schedule(pulse)
        if pulse is None:
            self._send(task, details)
        elif send_now:
            self._beat(task, pulse)

    def _schedule(self, pulse: Pulse) -> None:
        """Make the watcher wake up in time for the next heartbeat."""
        next_event = pulse.next_event
        if next_event is None:
            return
        if self._wakes is None:
            self._wakes = next_event
            _spawn("heartbeats", self._watch)
        elif next_event < self._wakes:
            self._changed.notify()

    def _watch(self) -> None:
        while due := self._wait():
            for task, pulse, work in due:
                try:
                    _spawn("heartbeat", work, task, pulse)
                except RuntimeError:  # noqa: PERF203 - no thread available: retry later
                    logger.exception("heartbeat not sent")
                    with self._changed:
                        pulse.end(self._clock(), failed=True)

    def _wait(self) -> list[tuple[ActivityTaskContext, Pulse, Callable[..., None]]]:
        """Return the tasks with a heartbeat or timeout due; an empty list after an idle period."""
        with self._changed:
            idle_since = self._clock()
            while (now := self._clock()) < idle_since + LINGER or self._tasks:
                due: list[tuple[ActivityTaskContext, Pulse, Callable[..., None]]] = []
                for task, pulse in self._tasks.items():
                    if pulse.due is not None and pulse.due <= now:
                        pulse.begin(now)
                        due.append((task, pulse, self._beat))
                    if pulse.deadline is not None and pulse.deadline <= now:
                        pulse.deadline = None
                        due.append((task, pulse, self._time_out))
                if due:
                    return due
                events = [pulse.next_event for pulse in self._tasks.values()]
                wakes = [event for event in events if event is not None]
                self._wakes = min(wakes, default=now + LINGER)
                self._changed.wait(self._wakes - now)
            self._wakes = None
            return []

    def _time_out(self, task: ActivityTaskContext, _: Pulse) -> None:
        self._on_timeout(task)

    def _beat(self, task: ActivityTaskContext, pulse: Pulse) -> None:
        if task.lost or task.elsewhere:
            return
        succeeded = self._send(task, pulse.details)
        with self._changed:
            pulse.end(self._clock(), failed=not succeeded)
            self._schedule(pulse)


def _spawn(name: str, work: Callable[..., None], *args: Any) -> None:
    threading.Thread(
        target=copy_context().run, args=(work, *args), name=f"swf-{name}", daemon=True
    ).start()
