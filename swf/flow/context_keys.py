"""Which keys of the context a step reads and gives, found without running it.

The keys that a task reads are known if it is filled, those that it returns if every `return` of its
code is a dictionary that is written out. Where they are not known, None stands for whatever keys.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Mapping
from typing import Any

from swf.flow.step import FlowStep
from swf.flow.task import details, flatten, is_task_list


def union(one: set[str] | None, other: set[str] | None) -> set[str] | None:
    """Return the keys of both; None, for whatever keys, if that is one of them."""
    return None if one is None or other is None else one | other


def read(step: FlowStep, context: Mapping[str, Any]) -> set[str]:
    """Return the keys that the tasks of a step are filled with."""
    keys: set[str] = set()
    for task in static_tasks(step, context) or ():
        keys.update(details(task).get("requirements", ()))
    return {key for key in keys if not key.startswith("execution.")}


def static_tasks(step: FlowStep, context: Mapping[str, Any]) -> list[Any] | None:
    """Return the tasks of an activity; None if they depend on a context that is not known."""
    tasks = getattr(getattr(step, "runner", None), "tasks", None)
    if tasks is None or any(is_task_list(task) for task in tasks):
        return None
    return list(flatten(tasks, context))


def returned(step: FlowStep, context: Mapping[str, Any]) -> set[str] | None:
    """Return the keys that a step adds to the context; None if they are not known."""
    if step.kind == "timer":
        return set()
    tasks = static_tasks(step, context)
    if not tasks:
        return None
    keys: set[str] | None = set()
    for task in tasks:
        namespace = details(task).get("namespace")
        found = literal_keys(details(task).get("function", task), ast.Return)
        if found is not None and namespace:
            found = {f"{namespace}.{key}" for key in found}
        keys = union(keys, found)
    return keys


def generated(step: FlowStep) -> set[str] | None:
    """Return the keys that a step's generators give; None if they are not known."""
    keys: set[str] | None = set()
    for generator in step.generators:
        keys = union(keys, literal_keys(generator, ast.Yield))
    return keys


def literal_keys(
    function: Callable[..., Any], giving: type[ast.Return] | type[ast.Yield]
) -> set[str] | None:
    """Return the keys of the dictionaries that a function returns (or yields).

    None if they are not written out in its code, or the code is not at hand.
    """
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError):
        return None
    body = tree.body[0]
    if not isinstance(body, ast.FunctionDef):
        return None
    keys: set[str] | None = set()
    gives = [node for node in ast.walk(body) if isinstance(node, giving)]
    for node in gives:
        keys = union(keys, _keys_of(getattr(node, "value", None)))
    return None if giving is ast.Yield and not gives else keys


def _keys_of(value: ast.expr | None) -> set[str] | None:
    if value is None or (isinstance(value, ast.Constant) and value.value is None):
        return set()
    if isinstance(value, ast.Dict):
        constants = [key.value if isinstance(key, ast.Constant) else None for key in value.keys]
        return None if None in constants else {str(key) for key in constants}
    is_dict = isinstance(value, ast.Call) and getattr(value.func, "id", None) == "dict"
    if is_dict and isinstance(value, ast.Call) and not value.args:
        names = [keyword.arg for keyword in value.keywords]
        return None if None in names else {str(name) for name in names}
    return None
