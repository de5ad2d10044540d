"""Functions that the library calls: coroutines of activities run, others are refused.

A call of an async or generator function only creates a coroutine or generator; its code would not
run. Such functions are refused where they are declared, and such results where they are returned.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
from collections.abc import Callable
from typing import Any

from swf.exceptions import InvalidTypeError


def run_coroutine(value: Any) -> Any:
    """Run a coroutine on a new event loop and return its result; return other values unchanged."""
    return asyncio.run(value) if inspect.iscoroutine(value) else value


def is_generator(function: Callable[..., Any]) -> bool:
    """Return whether a call only creates a generator, synchronous or not."""
    code = _implementation(function)
    return inspect.isgeneratorfunction(code) or inspect.isasyncgenfunction(code)


def is_async(function: Callable[..., Any]) -> bool:
    """Return whether a call only creates a coroutine or an asynchronous generator."""
    code = _implementation(function)
    return inspect.iscoroutinefunction(code) or inspect.isasyncgenfunction(code)


def require_result(field: str, value: Any) -> Any:
    """Return the result of a function that had to run when it was called.

    :param field: name of the function, for the error message.
    :raises InvalidTypeError: the value is a coroutine or a generator, so nothing has run.
    """
    if value is None:
        return value
    if inspect.iscoroutine(value):
        value.close()  # prevents a warning that it was never awaited
    if inspect.isawaitable(value) or inspect.isgenerator(value) or inspect.isasyncgen(value):
        raise InvalidTypeError(f"result of {field}", value, "must not be a coroutine or generator")
    return value


def validate_not_async(field: str, function: Any) -> None:
    """Check that a function is no coroutine function.

    :param field: name of the parameter or method, for the error message.
    :raises InvalidTypeError: calling the function would only create a coroutine.
    """
    if is_async(function):
        raise InvalidTypeError(field, function, "must be a function, not `async def`")


def validate_synchronous(field: str, function: Any) -> None:
    """Check that calling a function runs its code: it is no coroutine or generator function.

    :param field: name of the parameter or method, for the error message.
    :raises InvalidTypeError: calling the function would only create a coroutine or generator.
    """
    validate_not_async(field, function)
    if is_generator(function):
        raise InvalidTypeError(field, function, "must be a function without `yield`")


def validate_overridden_methods(cls: type, base: type) -> None:
    """Check that the methods of a base class that a subclass overrides are ordinary functions.

    :param cls: the subclass.
    :raises InvalidTypeError: a method is a coroutine or generator function.
    """
    for name, method in vars(base).items():
        if inspect.isfunction(method) and getattr(cls, name) is not method:
            validate_synchronous(name, getattr(cls, name))


def _implementation(function: Any) -> Any:
    while isinstance(function, functools.partial):
        function = function.func
    if inspect.isroutine(function) or inspect.isclass(function):
        return function
    return getattr(function, "__call__", function)  # noqa: B004 - the method of an instance
