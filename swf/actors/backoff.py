"""Back-off: delays between attempts, and a limit on the number of attempts.

Full jitter: a delay is drawn uniformly between zero and a bound that doubles with each failure, so
that clients that failed together do not retry together.

Source: AWS Architecture Blog, "Exponential Backoff And Jitter".
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from itertools import count
from typing import TypeVar

from attrs import field, frozen
from attrs.validators import ge

from swf.actors.faults import FaultAction, fault_action
from swf.exceptions import SWFError

T = TypeVar("T")

logger = logging.getLogger(__name__)


@frozen
class Backoff:
    """A policy for delays after consecutive failures.

    :param base: bound of the first delay, in seconds.
    :param cap: bound of any delay, in seconds.
    :param random: source of random numbers.
    """

    base: float = field(default=0.1, validator=ge(0))
    cap: float = field(default=30.0, validator=ge(0))
    random: random.Random = field(factory=random.Random, repr=False, eq=False)

    def bound(self, failures: int) -> float:
        """Return the longest possible delay, in seconds.

        :param failures: number of consecutive failures, from 1.
        """
        doublings = min(failures - 1, 64)
        return float(min(self.cap, self.base * 2**doublings))

    def delay(self, failures: int) -> float:
        """Return a random delay, in seconds.

        :param failures: number of consecutive failures, from 1.
        """
        return self.random.uniform(0, self.bound(failures))


@frozen
class Retrier:
    """Repeats a call after transient errors.

    :param backoff: delays between attempts.
    :param attempts: maximum number of attempts; None for no limit.
    :param wait: waits a number of seconds; a true result ends the attempts.
    """

    backoff: Backoff
    attempts: int | None = 8
    wait: Callable[[float], object] = time.sleep

    def call(self, function: Callable[[], T]) -> T:
        """Call a function until it succeeds, and return its result.

        :param function: the call, without arguments.
        :raises SWFError: a permanent error, or the last transient one when the attempts are used
            up.
        """
        for failures in count(1):
            try:
                return function()
            except SWFError as error:  # noqa: PERF203 - the loop retries
                if fault_action(error) is not FaultAction.RETRY or failures == self.attempts:
                    raise
                delay = self.backoff.delay(failures)
                logger.warning("call failed, attempt %d in %.1f s: %s", failures + 1, delay, error)
                if self.wait(delay):
                    raise
        raise AssertionError("count() has no end")
