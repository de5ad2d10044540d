"""`Retry`: the retry policy of both engines.

A policy is a value: it maps a failure to a delay in seconds, or None to give up. The engine starts
a timer of the service. The policy has no clock and no random numbers: the jitter is derived from
the id of the failed task, so every replay of a history computes the same delay.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from typing import Any

from attrs import field, frozen

from swf.exceptions import InvalidTypeError, ValidationError
from swf.models.history.entity import Entity

_ERROR_CLASS = re.compile(r"([A-Za-z_][\w.]*)(?=:|\s|$)")


def _names(on: Any) -> tuple[str | type[BaseException], ...]:
    if on is None:
        return ()
    names = tuple(on) if isinstance(on, Iterable) and not isinstance(on, str) else (on,)
    for name in names:
        is_error = isinstance(name, type) and issubclass(name, BaseException)
        if not (is_error or isinstance(name, str)):
            raise InvalidTypeError("on", name, "must be an exception class or a name")
    return names


def _at_least(minimum: float) -> Any:
    def check(_: object, attribute: Any, value: float | None) -> None:
        if value is not None and _number(attribute.name, value) < minimum:
            raise ValidationError(attribute.name, value, f"must be at least {minimum}")

    return check


def _fraction(_: object, attribute: Any, value: float) -> None:
    if not 0 <= _number(attribute.name, value) <= 1:
        raise ValidationError(attribute.name, value, "must be from 0 to 1")


def _number(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise InvalidTypeError(name, value, "must be a number")
    return value


@frozen
class Retry:
    """A retry policy.

    :param max_attempts: maximum number of attempts, including the first; None for no limit.
    :param delay: seconds before the second attempt; 0 retries at once.
    :param backoff: factor that multiplies the delay after each further failure.
    :param max_delay: maximum delay in seconds; None for no limit.
    :param jitter: share of the delay, 0 to 1, that varies.
    :param on: failures to retry: names of error classes, the classes themselves (including
        subclasses that the decider has imported), timeout types (`"HEARTBEAT"`), causes of refusals
        (`"ACTIVITY_TYPE_DOES_NOT_EXIST"`) and states (`"timed_out"`, `"canceled"`). Empty retries
        all.
    :raises ValidationError: if a number is out of range.
    """

    max_attempts: int | None = field(default=3, validator=_at_least(1))
    delay: float = field(default=0, validator=_at_least(0))
    backoff: float = field(default=2.0, validator=_at_least(1))
    max_delay: float | None = field(default=None, validator=_at_least(0))
    jitter: float = field(default=0.0, validator=_fraction)
    on: tuple[str | type[BaseException], ...] = field(default=(), converter=_names)

    def next_delay(self, failures: int, names: Iterable[str] = (), key: str = "") -> int | None:
        """Return the delay before the next attempt in whole seconds, or None to give up.

        :param failures: number of failed attempts, at least 1.
        :param names: names of the last failure; see `failure_names`.
        :param key: id of the failed task, from which the jitter is derived.
        """
        if self.max_attempts is not None and failures >= self.max_attempts:
            return None
        if self.on and not self._matches(set(names)):
            return None
        return self._delay(failures, key)

    def _matches(self, names: set[str]) -> bool:
        retried: set[str] = set()
        for each in self.on:
            retried |= {each} if isinstance(each, str) else _family(each)
        return not retried.isdisjoint(names)

    def _delay(self, failures: int, key: str) -> int:
        # Larger than any timer, and small enough for the power.
        growth = self.backoff ** min(failures - 1, 64)
        seconds = min(self.delay * growth, 99_999_999.0)
        if self.max_delay is not None:
            seconds = min(seconds, self.max_delay)
        seconds *= 1 - self.jitter * _chance(f"{key}#{failures}")
        return max(1, round(seconds)) if seconds > 0 else 0


def as_policy(retry: Any, field: str = "retry") -> Retry:
    """Return a `Retry` policy.

    :param retry: a policy, or the maximum number of retries without delay; None is 0.
    :param field: name of the parameter, for the error message.
    :raises ValidationError: `retry` is neither.
    """
    if isinstance(retry, Retry):
        return retry
    retries = 0 if retry is None else retry
    rule = "must be a number of retries, a whole number from 0, or a Retry"
    if isinstance(retries, bool) or not isinstance(retries, int):
        raise InvalidTypeError(field, retry, rule)
    if retries < 0:
        raise ValidationError(field, retry, rule)
    return Retry(max_attempts=retries + 1)


def failure_names(attempt: Entity) -> list[str]:
    """Return the names of a failure: its state, timeout type, cause and error class.

    The error class is the part of the reason before the first colon: `"ValueError: no such"`.

    :param attempt: the failed attempt.
    """
    names = [attempt.state]
    names += [name for name in (attempt.timeout_type, attempt.cause) if name]
    error = _ERROR_CLASS.match(attempt.reason or "")
    if error:
        names += {error[1], error[1].rsplit(".", 1)[-1]}
    return names


def _family(error: type[BaseException]) -> set[str]:
    """Return the names of a class and of all its imported subclasses."""
    names = {error.__name__}
    for subclass in error.__subclasses__():
        names |= _family(subclass)
    return names


def _chance(key: str) -> float:
    """Return a pseudo-random number from 0 to 1 that depends on `key` only."""
    digest = hashlib.sha256(key.encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64
