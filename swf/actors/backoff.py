"""Back-off: how long to wait before trying again.

Full jitter: a wait is drawn evenly between nothing and a bound that doubles with each attempt, so
that clients that failed together do not come back together.
Source: AWS Architecture Blog, "Exponential Backoff And Jitter".
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from attrs import field, frozen
from attrs.validators import ge


@frozen
class Backoff:
    """A policy: seconds to wait after the first, second, ... failure in a row.

    :param base: bound of the first wait, in seconds.
    :param cap: bound of any wait, in seconds.
    :param attempts: how often a call of the low level is tried in all before it gives up; the
        runtime gives up only when the task is known to be lost.
    :param random: where the draws come from.
    """

    base: float = field(default=0.1, validator=ge(0))
    cap: float = field(default=30.0, validator=ge(0))
    attempts: int = 8
    random: random.Random = field(factory=random.Random, repr=False, eq=False)

    def bound(self, failures: int) -> float:
        """Return the longest wait after so many failures in a row, in seconds."""
        doublings = min(failures - 1, 64)
        return float(min(self.cap, self.base * 2**doublings))

    def delay(self, failures: int) -> float:
        """Return how long to wait after so many failures in a row, in seconds."""
        return self.random.uniform(0, self.bound(failures))

    def delays(self) -> Iterator[float]:
        """Yield a wait for each attempt but the last."""
        return (self.delay(failures) for failures in range(1, self.attempts))
