"""Distinguish ordinary functions, generator functions and async functions."""

from __future__ import annotations

import asyncio
import functools
import inspect
from collections.abc import Callable
from typing import Any

from swf.exceptions import InvalidTypeError


def is_generator(function: Callable[..., Any]) -> bool:
    """Return whether a call only creates a generator, synchronous or not."""
    code = _implementation(function)
    return inspect.isgeneratorfunction(code) or inspect.isasyncgenfunction(code)


def is_async(function: Callable[..., Any]) -> bool:
    """Return whether a call only creates a coroutine or an asynchronous generator."""
    code = _implementation(function)
    return inspect.iscoroutinefunction(code) or inspect.isasyncgenfunction(code)


def resolve(value: Any) -> Any:
    """Return the result of a coroutine, which runs on an event loop of this thread.

    :param value: the result of a function; returned unchanged if it is no coroutine.
    """
    return asyncio.run(value) if inspect.iscoroutine(value) else value


def require_result(field: str, value: Any) -> Any:
    """Return the result of a function that had to run when it was called.

    :param field: name of the function, for the error message.
    :raises InvalidTypeError: the value is a coroutine or a generator, so nothing has run.
    """
    if inspect.iscoroutine(value):
        value.close()  # prevents a warning that it was never awaited
    if inspect.isawaitable(value) or inspect.isgenerator(value) or inspect.isasyncgen(value):
        raise InvalidTypeError(f"result of {field}", value, "must not be a coroutine or generator")
    return value


def _implementation(function: Callable[..., Any]) -> Any:
    while isinstance(function, functools.partial):
        function = function.func
    if inspect.isroutine(function) or inspect.isclass(function):
        return function
    return getattr(function, "__call__", function)  # noqa: B004 - the method of an instance
