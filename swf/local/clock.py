"""Clocks for a local service.

Each clock belongs to one service: advancing the clock fires everything that is due there. Times are
seconds since the epoch in whole milliseconds, as in a history.

- `SystemClock` follows the system time. If the system time is set back, it continues by the
  monotonic clock.
- `ManualClock` stands still until a test advances it.
- `SkippingClock` follows the system time too, and the service moves it to its next deadline when a
  poll waits and no task is started or can be delivered.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from typing import Protocol

logger = logging.getLogger(__name__)

JUMP = 0.5
"""Seconds between system time and clock that count as a jump of the system time."""

MAX_TIME = datetime(9999, 1, 1, tzinfo=timezone.utc).timestamp()
"""The latest time of a clock, in seconds since the epoch."""

START = datetime(2012, 1, 25, tzinfo=timezone.utc)
"""Default start of a manual clock: a fixed time, so that tests are deterministic."""


def whole_milliseconds(seconds: float) -> float:
    """Round a time to milliseconds; `round` takes three times as long, and each event has several.

    :param seconds: seconds since the epoch.
    """
    return int(seconds * 1000 + 0.5) / 1000


class Timeline(Protocol):
    """The interface of a service to its clock."""

    def next_deadline(self) -> float | None:
        """Return the earliest deadline, None if there is none."""

    def tick(self) -> None:
        """Apply everything that is due."""


class Clock(ABC):
    """Base class of the clocks."""

    virtual = True
    """Whether the time can differ from the system time; then nothing sleeps."""
    stands_still = False
    """Whether only `advance` moves the clock; a long poll then lasts 60 seconds of this clock."""

    def __init__(self) -> None:
        self._timeline: Timeline | None = None

    @property
    def skips(self) -> bool:
        """Whether the service may move the clock to its next deadline."""
        return False

    def skip_to(self, deadline: float) -> None:
        """Advance to a deadline; does nothing if it has passed.

        :param deadline: seconds since the epoch.
        """
        self.jump(max(0.0, deadline - self.now()))

    @abstractmethod
    def now(self) -> float:
        """Return the time, in seconds since the epoch."""

    @abstractmethod
    def jump(self, seconds: float) -> None:
        """Advance by a number of seconds; everything due by then fires.

        :raises ValueError: if `seconds` is negative, or the time would be after the year 9998.
        """

    @abstractmethod
    def real_seconds_until(self, deadline: float) -> float | None:
        """Return the real seconds until a deadline, None if waiting brings it no nearer.

        :param deadline: seconds since the epoch.
        """

    def datetime(self) -> datetime:
        """Return the time as an aware datetime in UTC."""
        return datetime.fromtimestamp(self.now(), timezone.utc)

    def attach(self, timeline: Timeline) -> None:
        """Connect the clock to a service.

        :raises ValueError: if the clock belongs to another service.
        """
        if self._timeline is not None:
            raise ValueError(f"clock belongs to another service: {self!r}")
        self._timeline = timeline

    def detach(self) -> None:
        """Disconnect the clock from its service."""
        self._timeline = None

    @property
    def is_frozen(self) -> bool:
        """Whether the clock stands still until it is moved or resumed."""
        return self.stands_still

    def freeze(self) -> None:  # noqa: B027 (a manual clock always stands still)
        """Stop the clock at its current time."""

    def resume(self) -> None:
        """Let the clock continue from its current time.

        :raises ValueError: if the clock cannot run.
        """
        raise ValueError("resume: a manual clock does not run; advance it")

    def rewind(self, now: float) -> None:  # noqa: B027 (the system clock does nothing)
        """Return to the time of a snapshot, if the clock is virtual.

        :param now: seconds since the epoch.
        """

    @abstractmethod
    def resume_from(self, latest: float) -> None:
        """Advance to the latest recorded time, if that is later; nothing fires.

        :param latest: seconds since the epoch.
        """

    def __repr__(self) -> str:
        return f"<{type(self).__name__} at {self.datetime().isoformat()}>"


class _RunningClock(Clock):
    """A clock that is ahead of the system time by an offset."""

    def __init__(self) -> None:
        super().__init__()
        self._offset = 0.0
        self._time = time.time()
        self._measured_at = time.monotonic()
        self._is_behind = False
        self._is_frozen = False
        self._lock = threading.Lock()

    @property
    def is_frozen(self) -> bool:
        return self._is_frozen

    def freeze(self) -> None:
        with self._lock:
            self._measure()
            self._is_frozen = True

    def resume(self) -> None:
        with self._lock:
            self._offset = self._time - time.time()
            self._measured_at = time.monotonic()
            self._is_frozen = False

    def now(self) -> float:
        with self._lock:
            return whole_milliseconds(self._measure())

    def jump(self, seconds: float) -> None:
        with self._lock:
            now = self._measure()
            self._time = _check_advance(now, now + seconds)
            self._offset += seconds

    def resume_from(self, latest: float) -> None:
        ahead = latest - self.now()
        if ahead > 0:
            if ahead >= JUMP:
                logger.warning("latest recorded time is %.1f s ahead, continuing from it", ahead)
            self.jump(ahead)

    def _measure(self) -> float:
        """Return the time without rounding, which would make a frequently read clock run fast.

        Histories never go back in time, and timers must not stop, so the time continues by the
        monotonic clock if the system time is set back. It follows the system time forward.
        """
        if self._is_frozen:
            return self._time
        monotonic = time.monotonic()
        self._time += monotonic - self._measured_at
        self._measured_at = monotonic
        ahead = time.time() + self._offset - self._time
        if ahead >= JUMP:
            logger.warning("system time jumped forward by %.1f s", ahead)
            self._time += ahead
        elif ahead <= -JUMP and not self._is_behind:
            logger.warning("system time was set back by %.1f s, time continues", -ahead)
        self._is_behind = ahead <= -JUMP
        return self._time

    def real_seconds_until(self, deadline: float) -> float | None:
        seconds = max(0.0, deadline - self.now())
        return None if self._is_frozen and seconds else seconds


class SystemClock(_RunningClock):
    """The system time."""

    virtual = False


class SkippingClock(_RunningClock):
    """The system time without the waiting: a timer of one year fires within a millisecond.

    The service skips time only while a poll waits. A test that first needs to do something, such as
    to send the signal that an execution waits for, does so inside `hold()`.
    """

    def __init__(self) -> None:
        super().__init__()
        self._holds = 0

    @property
    def skips(self) -> bool:
        return self._holds == 0 and not self.is_frozen

    def skip_to(self, deadline: float) -> None:
        with self._lock:
            ahead = deadline - self._measure()
            if ahead > 0:
                self._offset += ahead
                self._time = deadline

    def rewind(self, now: float) -> None:
        with self._lock:
            self._offset = now - time.time()
            self._time, self._measured_at = now, time.monotonic()

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Return a context manager in which the service skips no time."""
        self._holds += 1
        try:
            yield
        finally:
            self._holds -= 1
            if self._timeline is not None:
                self._timeline.tick()


class ManualClock(Clock):
    """A clock that stands still until `advance` moves it.

    :param start: an aware datetime, or seconds since the epoch.
    :raises ValueError: for a datetime without a time zone.
    """

    stands_still = True

    def __init__(self, start: datetime | float = START) -> None:
        super().__init__()
        self._now = _seconds(start)
        self._lock = threading.RLock()

    def now(self) -> float:
        return self._now

    def advance(self, seconds: float | timedelta) -> None:
        """Advance the clock; everything due on the way fires in order, each at its own time.

        :param seconds: a timedelta, or a number of seconds.
        :raises ValueError: if `seconds` is negative.
        """
        if isinstance(seconds, timedelta):
            seconds = seconds.total_seconds()
        with self._lock:
            self.advance_to(self._now + seconds)

    def advance_to(self, target: datetime | float) -> None:
        """Advance to a time, as `advance` does.

        :param target: an aware datetime, or seconds since the epoch.
        :raises ValueError: if `target` has passed, or is after the year 9998.
        """
        end = _seconds(target)
        with self._lock:
            _check_advance(self._now, end)
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

    def resume_from(self, latest: float) -> None:
        with self._lock:
            self._now = max(self._now, latest)

    def _next_deadline(self) -> float | None:
        return None if self._timeline is None else self._timeline.next_deadline()

    def _go_to(self, now: float) -> None:
        self._now = now
        if self._timeline is not None:
            self._timeline.tick()


def _check_advance(now: float, target: float) -> float:
    """Return the target of an advance.

    :raises ValueError: if it has passed, is after the year 9998, or is no number.
    """
    if target < now:
        raise ValueError(f"target={target}: must not be before {now}")
    if not target <= MAX_TIME:
        raise ValueError(f"target={target}: must not be after {MAX_TIME}")
    return target


def _seconds(moment: datetime | float) -> float:
    """Return seconds since the epoch.

    :raises ValueError: for a datetime without a time zone.
    """
    if not isinstance(moment, datetime):
        if not math.isfinite(moment):
            raise ValueError(f"time={moment}: must be finite")
        return round(moment, 3)
    if moment.tzinfo is None:
        raise ValueError(f"datetime without a time zone: {moment!r}")
    return round(moment.timestamp(), 3)
