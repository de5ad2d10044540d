"""Where the time of a local service comes from: the system, a test, or the next deadline.

A clock belongs to one service, its timeline: what is due there fires when the clock is moved.
Times are seconds since the epoch in whole milliseconds, as in a history.

- `SystemClock` runs as the machine's clock does, and never backwards.
- `ManualClock` stands still until it is told to advance.
- `SkippingClock` runs too, and the service moves it to its next deadline when a poll waits and no
  task is started or deliverable: then nothing else can happen but time.
"""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from typing import Protocol

START = datetime(2012, 1, 25, tzinfo=timezone.utc)
"""Where a manual clock starts unless told: a fixed time, so that a test is the same each day."""


class Timeline(Protocol):
    """What a clock drives."""

    def next_deadline(self) -> float | None:
        """Return when something is due next, None if nothing is."""

    def tick(self) -> None:
        """Carry out what is due by now."""


class Clock(ABC):
    """What every clock can do."""

    virtual = True
    """Whether this time differs from everybody's: then nothing waits that could pass at once."""
    stands_still = False
    """Whether only `advance` moves it: then a poll's 60 seconds are seconds of this clock."""

    def __init__(self) -> None:
        self._timeline: Timeline | None = None

    @property
    def skips(self) -> bool:
        """Whether the service moves the clock on when nothing else can happen."""
        return False

    def skip_to(self, deadline: float) -> None:
        """Make it `deadline` now, unless it is later already."""
        self.jump(max(0.0, deadline - self.now()))

    @abstractmethod
    def now(self) -> float:
        """Return the time."""

    @abstractmethod
    def jump(self, seconds: float) -> None:
        """Move on by so many seconds; what is due fires."""

    @abstractmethod
    def real_seconds_until(self, deadline: float) -> float | None:
        """Return how long to wait for a deadline, None if waiting does not bring it nearer."""

    def datetime(self) -> datetime:
        """Return the time as an aware datetime, as the service's answers show it."""
        return datetime.fromtimestamp(self.now(), timezone.utc)

    def attach(self, timeline: Timeline) -> None:
        """Drive a timeline; raises ValueError if the clock drives another one already."""
        if self._timeline is not None:
            raise ValueError(f"{self!r} belongs to another service: each needs a clock of its own")
        self._timeline = timeline

    def detach(self) -> None:
        """Drive nothing any more."""
        self._timeline = None

    def rewind(self, now: float) -> None:  # noqa: B027 (a clock that cannot go back stays)
        """Go to an earlier time, where the clock can: a snapshot of that time is restored."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__} at {self.datetime().isoformat()}>"


class _RunningClock(Clock):
    """A clock that runs with the machine's, ahead of it by an offset."""

    def __init__(self) -> None:
        super().__init__()
        self._offset = 0.0
        self._latest = 0.0

    def now(self) -> float:
        # A history must not go back in time, even where the machine's clock is set back.
        self._latest = max(self._latest, round(time.time() + self._offset, 3))
        return self._latest

    def jump(self, seconds: float) -> None:
        self._offset += seconds

    def real_seconds_until(self, deadline: float) -> float | None:
        return max(0.0, deadline - self.now())


class SystemClock(_RunningClock):
    """The machine's time."""

    virtual = False


class SkippingClock(_RunningClock):
    """The machine's time without the waiting: a timer of a year takes a millisecond.

    It skips only while somebody polls. A test that has something to do first, such as to send the
    signal that an execution waits for, does so under `hold()`.
    """

    def __init__(self) -> None:
        super().__init__()
        self._holds = 0

    @property
    def skips(self) -> bool:
        return self._holds == 0

    def skip_to(self, deadline: float) -> None:
        self._offset += max(0.0, deadline - self.now())
        self._latest = max(self._latest, deadline)

    def rewind(self, now: float) -> None:
        self._offset = now - time.time()
        self._latest = now

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Skip nothing within the block."""
        self._holds += 1
        try:
            yield
        finally:
            self._holds -= 1
            if self._timeline is not None:
                self._timeline.tick()


class ManualClock(Clock):
    """A time that stands still until somebody advances it.

    :param start: an aware datetime, or seconds since the epoch.
    """

    stands_still = True

    def __init__(self, start: datetime | float = START) -> None:
        super().__init__()
        self._now = _seconds(start)
        self._lock = threading.RLock()

    def now(self) -> float:
        return self._now

    def advance(self, seconds: float | timedelta) -> None:
        """Move on; what falls due on the way fires in order, each at its own time.

        Raises ValueError if that would be back in time.
        """
        if isinstance(seconds, timedelta):
            seconds = seconds.total_seconds()
        with self._lock:
            self.advance_to(self._now + seconds)

    def advance_to(self, target: datetime | float) -> None:
        """Move on to a time, an aware datetime or seconds since the epoch, as `advance` does."""
        end = _seconds(target)
        with self._lock:
            if end < self._now:
                raise ValueError(f"cannot advance to {end}: it is {self._now} already")
            while (deadline := self._next_deadline()) is not None and deadline <= end:
                self._go_to(max(self._now, deadline))
            self._go_to(end)

    def jump(self, seconds: float) -> None:
        self.advance(seconds)

    def real_seconds_until(self, deadline: float) -> float | None:
        return None if deadline > self._now else 0.0

    def rewind(self, now: float) -> None:
        with self._lock:
            self._now = now

    def _next_deadline(self) -> float | None:
        return None if self._timeline is None else self._timeline.next_deadline()

    def _go_to(self, now: float) -> None:
        self._now = now
        if self._timeline is not None:
            self._timeline.tick()


def _seconds(moment: datetime | float) -> float:
    """Return seconds since the epoch; raises ValueError for a datetime that names no zone."""
    if not isinstance(moment, datetime):
        return round(moment, 3)
    if moment.tzinfo is None:
        raise ValueError(f"{moment!r} has no time zone")
    return round(moment.timestamp(), 3)
