"""`Retry`: whether and when what failed is tried again; one policy for both engines.

A policy is a value. It is asked with what is known of the failure and answers with seconds or
None; the engine that asked acts on the answer, with a timer of the service. Nothing here knows a
clock or draws a random number: the jitter comes from the id of what failed, so that each replay of
a history computes the same delay.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from typing import Any, Final

from attrs import field, frozen

from swf.exceptions import InvalidTypeError, ValidationError
from swf.models.history.entity import Entity

#: Why the service refuses to schedule for now: it passes by itself.
TRANSIENT_CAUSES: Final = frozenset(
    (
        "ACTIVITY_CREATION_RATE_EXCEEDED",
        "ACTIVITY_ID_ALREADY_IN_USE",
        "CHILD_CREATION_RATE_EXCEEDED",
        "LAMBDA_FUNCTION_CREATION_RATE_EXCEEDED",
        "OPEN_ACTIVITIES_LIMIT_EXCEEDED",
        "OPEN_CHILDREN_LIMIT_EXCEEDED",
        "OPEN_LAMBDA_FUNCTIONS_LIMIT_EXCEEDED",
        "OPEN_WORKFLOWS_LIMIT_EXCEEDED",
    )
)

_ERROR_CLASS = re.compile(r"([A-Za-z_][\w.]*)(?=:|\s|$)")


def _names(on: Any) -> tuple[str | type[BaseException], ...]:
    if on is None:
        return ()
    names = tuple(on) if isinstance(on, Iterable) and not isinstance(on, str) else (on,)
    for name in names:
        is_error = isinstance(name, type) and issubclass(name, BaseException)
        if not (is_error or isinstance(name, str)):
            raise InvalidTypeError("on", name, "must be a class of errors, or a name")
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
    """Try again, so often and after such delays.

    :param max_attempts: attempts in all, the first one included; None: no bound.
    :param delay: seconds before the second attempt; 0 is at once.
    :param backoff: what the delay is multiplied by after each further failure.
    :param max_delay: the longest delay, in seconds.
    :param jitter: the part of a delay, from 0 to 1, that is up to chance.
    :param on: what is tried again: names of error classes or the classes themselves (their
        subclasses count, as far as the decider has imported them), timeout types (`"HEARTBEAT"`),
        causes of a refusal (`"ACTIVITY_TYPE_DOES_NOT_EXIST"`), states (`"timed_out"`,
        `"canceled"`). Empty: everything.
    """

    max_attempts: int | None = field(default=3, validator=_at_least(1))
    delay: float = field(default=0, validator=_at_least(0))
    backoff: float = field(default=2.0, validator=_at_least(1))
    max_delay: float | None = field(default=None, validator=_at_least(0))
    jitter: float = field(default=0.0, validator=_fraction)
    on: tuple[str | type[BaseException], ...] = field(default=(), converter=_names)

    def next_delay(self, failures: int, names: Iterable[str] = (), key: str = "") -> int | None:
        """Return whole seconds to wait before the next attempt, or None to give up.

        :param failures: how many attempts have failed so far, at least 1.
        :param names: what the last failure is called; see `failure_names`.
        :param key: the id of what is tried, from which the jitter is derived.
        """
        if self.max_attempts is not None and failures >= self.max_attempts:
            return None
        if self.on and not self._matches(set(names)):
            return None
        return self._delay(failures, key)

    def _matches(self, names: set[str]) -> bool:
        wanted: set[str] = set()
        for each in self.on:
            wanted |= {each} if isinstance(each, str) else _family(each)
        return not wanted.isdisjoint(names)

    def _delay(self, failures: int, key: str) -> int:
        # Far beyond what a timer can take, and before the power overflows.
        growth = self.backoff ** min(failures - 1, 64)
        seconds = min(self.delay * growth, 99_999_999.0)
        if self.max_delay is not None:
            seconds = min(seconds, self.max_delay)
        seconds *= 1 - self.jitter * _chance(f"{key}#{failures}")
        return max(1, round(seconds)) if seconds > 0 else 0


def failure_names(attempt: Entity) -> list[str]:
    """Return what a failed attempt can be called: its state, and what is known of the cause.

    The class of an error is what its reason begins with, up to a colon: `"ValueError: no such"`.
    """
    names = [attempt.state]
    names += [name for name in (attempt.timeout_type, attempt.cause) if name]
    error = _ERROR_CLASS.match(attempt.reason or "")
    if error:
        names += {error[1], error[1].rsplit(".", 1)[-1]}
    return names


def _family(error: type[BaseException]) -> set[str]:
    """Return the names of a class and of all its subclasses that are loaded."""
    names = {error.__name__}
    for subclass in error.__subclasses__():
        names |= _family(subclass)
    return names


def _chance(key: str) -> float:
    """Return a number from 0 up to 1 that belongs to `key`."""
    digest = hashlib.sha256(key.encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64
