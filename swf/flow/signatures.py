"""Whether the engine can call a function of a flow with the arguments that it passes."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from swf.flow.task import details, is_task_list

_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def context_function_problem(function: Callable[..., Any]) -> str | None:
    """Return why a function of the context cannot be called, None if it can."""
    try:
        inspect.signature(function).bind({})
    except TypeError as error:
        return f"must accept the context as its only argument: {error}"
    except ValueError:  # a built-in function without a signature
        return None
    return None


def task_problem(task: Callable[..., Any]) -> str | None:
    """Return why a task cannot be called, None if it can."""
    if is_task_list(task):
        return context_function_problem(task)
    function = details(task).get("function")
    try:
        parameters = inspect.signature(function or task).parameters
    except (TypeError, ValueError):  # a built-in function without a signature
        return None
    if function is not None:
        has_context = "context" in parameters
        return "a filled task cannot have a parameter `context`" if has_context else None
    available = [name for name in ("context", "activity") if name not in parameters]
    required = [
        parameter
        for parameter in parameters.values()
        if parameter.default is parameter.empty and parameter.name not in ("context", "activity")
    ]
    positional = [each.name for each in required if each.kind in _POSITIONAL]
    keywords = [each.name for each in required if each.kind is inspect.Parameter.KEYWORD_ONLY]
    if len(positional) > len(available) or keywords:
        names = ", ".join([*positional[len(available) :], *keywords])
        return f"must accept `context` and `activity`; nothing is passed for {names}"
    return None
