"""`with_delay`: call a function again when it raises, in the same process.

It is for the code of activities. Activities themselves are tried again by their `retry`.
"""

from __future__ import annotations

import functools
import random
import time
from collections.abc import Callable, Iterable
from typing import Any, Final

Errors = type[BaseException] | Iterable[type[BaseException]]
Delay = Callable[[int], float]


def constant(value: float) -> Delay:
    """Return a delay of always so many seconds."""
    return lambda retry: value  # noqa: ARG005 - the signature of a delay


_A_SECOND: Final = constant(1)


def exponential(retry: int) -> float:
    """Return a delay from one second on that may double with each further attempt."""
    return 1 + random.random() * float(2**retry)  # noqa: S311 - nobody is to be kept from guessing it


def with_delay(
    nb_times: int = 1,
    delay: Delay = _A_SECOND,
    on_exceptions: Errors = Exception,
    except_on: Errors = (),
    log_with: Callable[[str], Any] | None = None,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Have the decorated function called again when it raises; the last error is raised at once.

    :param nb_times: calls in all.
    :param delay: gives the seconds before the next call, of how many there were.
    :param on_exceptions: a class or some; what else is raised goes through.
    :param except_on: classes among them that go through all the same.
    :param log_with: is told each time.
    """
    caught, passed = _classes(on_exceptions), _classes(except_on or ())

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            for attempt in range(1, nb_times):
                try:
                    return function(*args, **kwargs)
                except passed:  # noqa: PERF203 - that is what the loop is for
                    raise
                except caught as error:
                    seconds = delay(attempt)
                    if log_with is not None:
                        log_with(f"{error!r}; calling it again in {seconds:.1f} s")
                    time.sleep(seconds)
            return function(*args, **kwargs)

        return call

    return decorate


def _classes(errors: Errors) -> tuple[type[BaseException], ...]:
    return (errors,) if isinstance(errors, type) else tuple(errors)
