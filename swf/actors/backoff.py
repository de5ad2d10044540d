"""Back-off: how long to wait before trying again, and for how long to go on trying.

Full jitter: a wait is drawn evenly between nothing and a bound that doubles with each attempt, so
that clients that failed together do not come back together.
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
    """A policy: seconds to wait after the first, second, ... failure in a row.

    :param base: bound of the first wait, in seconds.
    :param cap: bound of any wait, in seconds.
    :param random: where the draws come from.
    """

    base: float = field(default=0.1, validator=ge(0))
    cap: float = field(default=30.0, validator=ge(0))
    random: random.Random = field(factory=random.Random, repr=False, eq=False)

    def bound(self, failures: int) -> float:
        """Return the longest wait after so many failures in a row, in seconds."""
        doublings = min(failures - 1, 64)
        return float(min(self.cap, self.base * 2**doublings))

    def delay(self, failures: int) -> float:
        """Return how long to wait after so many failures in a row, in seconds."""
        return self.random.uniform(0, self.bound(failures))


@frozen
class Retrier:
    """Repeats a call that must not be lost while its fault is one that passes.

    :param attempts: how often to try in all; None: until it is done or known to be in vain.
    :param wait: waits for some seconds; what is true says that there is no time to go on.
    """

    backoff: Backoff
    attempts: int | None = 8
    wait: Callable[[float], object] = time.sleep

    def call(self, call: Callable[[], T]) -> T:
        """Return what the call returns in the end.

        :raises SWFError: a fault that does not pass, or the last one when there is no more time.
        """
        for failures in count(1):
            try:
                return call()
            except SWFError as error:  # noqa: PERF203 - to try again is the purpose
                if fault_action(error) is not FaultAction.RETRY or failures == self.attempts:
                    raise
                delay = self.backoff.delay(failures)
                logger.warning("%s; attempt %d in %.1f s", error, failures + 1, delay)
                if self.wait(delay):
                    raise
        raise AssertionError("count() has no end")
