"""Validators of step options. Errors name the option and its step."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from swf.actors.functions import is_async, is_generator
from swf.exceptions import InvalidTypeError, ValidationError
from swf.models.fields import PRIORITY, SIGNAL_NAME, seconds
from swf.retry import Retry, as_policy

#: Takes the name of a field and a value; returns the value to store, or raises ValidationError.
Validator = Callable[[str, Any], Any]

SECONDS = seconds(minimum=1, unlimited=False).validate
SECONDS_FROM_0 = seconds(unlimited=False).validate
priority = PRIORITY.validate
signal_name = SIGNAL_NAME.validate


def any_value(field: str, value: Any) -> Any:  # noqa: ARG001 - the signature of a validator
    """Accept any value: another function validates it."""
    return value


def function(field: str, value: Any) -> Any:
    """Validate a function that returns its result: neither a generator nor a coroutine."""
    if not callable(value):
        raise InvalidTypeError(field, value, "must be a function")
    if is_generator(value):
        raise InvalidTypeError(field, value, "must return its result, not yield")
    if is_async(value):
        raise InvalidTypeError(field, value, "must be an ordinary function, not async")
    return value


def functions(field: str, value: Any) -> list[Any]:
    """Validate a list of callables, or a single callable."""
    if callable(value):
        return [value]
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise InvalidTypeError(field, value, "must be a list of functions")
    functions = list(value)
    for each in functions:
        if not callable(each):
            raise InvalidTypeError(field, each, "must be a function")
    return functions


def generators(field: str, value: Any) -> list[Any]:
    """Validate functions that return or yield dictionaries."""
    valid = functions(field, value)
    for each in valid:
        if is_async(each):
            raise InvalidTypeError(field, each, "must be an ordinary function, not async")
    return valid


def retry(field: str, value: Any) -> int | Retry:
    """Validate a number of retries or a retry policy."""
    as_policy(value, field)
    valid: int | Retry = value
    return valid


def count(field: str, value: Any) -> int:
    """Validate a whole number from 1."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidTypeError(field, value, "must be a whole number from 1")
    if value < 1:
        raise ValidationError(field, value, "must be at least 1")
    return value


def tolerance(field: str, value: Any) -> float:
    """Validate a number of tolerated failures, or a fraction of the instances."""
    rule = "must be a number of instances, or a fraction from 0 to 1"
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise InvalidTypeError(field, value, rule)
    if value < 0 or (value > 1 and value != int(value)):
        raise ValidationError(field, value, rule)
    return value
