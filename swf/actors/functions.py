"""Functions that the library calls: coroutines of activities run, others are refused."""

from __future__ import annotations

import asyncio
import functools
import inspect
from typing import Any

from swf.exceptions import InvalidTypeError


def run_coroutine(value: Any) -> Any:
    """Run a coroutine on a new event loop and return its result; return other values unchanged."""
    return asyncio.run(value) if inspect.iscoroutine(value) else value


def validate_synchronous(field: str, function: Any) -> None:
    """Check that calling a function runs its code: it is no coroutine or generator function.

    :param field: name of the parameter or method, for the error message.
    :raises InvalidTypeError: calling the function would only create a coroutine or generator.
    """
    code = function
    while isinstance(code, functools.partial):
        code = code.func
    if not inspect.isroutine(code) and not inspect.isclass(code):
        code = getattr(code, "__call__", code)  # noqa: B004 - the method of an instance
    if inspect.iscoroutinefunction(code) or inspect.isasyncgenfunction(code):
        raise InvalidTypeError(field, function, "must be a function, not `async def`")
    if inspect.isgeneratorfunction(code):
        raise InvalidTypeError(field, function, "must be a function without `yield`")


def validate_overridden_methods(cls: type, base: type) -> None:
    """Check that the methods of a base class that a subclass overrides are ordinary functions.

    :param cls: the subclass.
    :raises InvalidTypeError: a method is a coroutine or generator function.
    """
    for name, method in vars(base).items():
        if inspect.isfunction(method) and getattr(cls, name) is not method:
            validate_synchronous(name, getattr(cls, name))
