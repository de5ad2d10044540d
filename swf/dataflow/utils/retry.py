"""`with_delay`: retry a function in the same process when it raises.

Use it within the code of an activity. To retry the activity task, use its `retry` option.
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
    """Return a delay function for a constant number of seconds."""
    return lambda retry: value  # noqa: ARG005 - the signature of a delay


_A_SECOND: Final = constant(1)


def exponential(retry: int) -> float:
    """Return a random delay in seconds, from 1 to 1 + 2 ** retry.

    :param retry: number of the retry, from 1.
    """
    return 1 + random.random() * float(2**retry)  # noqa: S311 - jitter, not a secret


def with_delay(
    nb_times: int = 1,
    delay: Delay = _A_SECOND,
    on_exceptions: Errors = Exception,
    except_on: Errors = (),
    log_with: Callable[[str], Any] | None = None,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Retry the decorated function when it raises. The last error is raised without a delay.

    :param nb_times: maximum number of calls.
    :param delay: returns the seconds before the next call for the number of calls so far.
    :param on_exceptions: exception classes to retry.
    :param except_on: exception classes that are raised at once, even if `on_exceptions` has them.
    :param log_with: called with a message before each delay.
    """
    retryable, final = _classes(on_exceptions), _classes(except_on or ())

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            for attempt in range(1, nb_times):
                try:
                    return function(*args, **kwargs)
                except final:  # noqa: PERF203 - the loop retries
                    raise
                except retryable as error:
                    seconds = delay(attempt)
                    if log_with is not None:
                        log_with(f"retrying in {seconds:.1f} s: {error!r}")
                    time.sleep(seconds)
            return function(*args, **kwargs)

        return call

    return decorate


def _classes(errors: Errors) -> tuple[type[BaseException], ...]:
    return (errors,) if isinstance(errors, type) else tuple(errors)
