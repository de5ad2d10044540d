"""The context keys that a step reads and returns, found without running its code.

The keys that a task reads are known if it was made with `fill`; the keys that it returns are known
if every `return` in its code is a literal dictionary. None stands for unknown keys.
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
    """Return the union of two sets of keys; None (unknown) if one of them is unknown."""
    return None if one is None or other is None else one | other


def required_keys(step: FlowStep, context: Mapping[str, Any]) -> set[str]:
    """Return the keys that the tasks of a step read, as far as they are known."""
    keys: set[str] = set()
    for task in static_tasks(step, context) or ():
        keys.update(details(task).get("requirements", ()))
    return {key for key in keys if not key.startswith("execution.")}


def static_tasks(step: FlowStep, context: Mapping[str, Any]) -> list[Any] | None:
    """Return the tasks of an activity; None if they depend on the context."""
    tasks = getattr(getattr(step, "runner", None), "tasks", None)
    if tasks is None or any(is_task_list(task) for task in tasks):
        return None
    return list(flatten(tasks, context))


def returned_keys(step: FlowStep, context: Mapping[str, Any]) -> set[str] | None:
    """Return the keys that a step adds to the context; None if they are unknown."""
    if step.kind == "timer":
        return set()
    tasks = static_tasks(step, context)
    if not tasks:
        return None
    keys: set[str] | None = set()
    for task in tasks:
        namespace = details(task).get("namespace")
        task_keys = literal_keys(details(task).get("function", task), ast.Return)
        if task_keys is not None and namespace:
            task_keys = {f"{namespace}.{key}" for key in task_keys}
        keys = union(keys, task_keys)
    return keys


def generated_keys(step: FlowStep) -> set[str] | None:
    """Return the keys that the generators of a step yield; None if they are unknown."""
    keys: set[str] | None = set()
    for generator in step.generators:
        keys = union(keys, literal_keys(generator, ast.Yield))
    return keys


def literal_keys(
    function: Callable[..., Any], statement: type[ast.Return] | type[ast.Yield]
) -> set[str] | None:
    """Return the keys of the literal dictionaries that a function returns or yields.

    :param statement: whether to look at `return` or `yield`.
    :returns: None if the dictionaries are not literals, or the source code is not available.
    """
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError):
        return None
    body = tree.body[0]
    if not isinstance(body, ast.FunctionDef):
        return None
    keys: set[str] | None = set()
    statements = [node for node in ast.walk(body) if isinstance(node, statement)]
    for node in statements:
        keys = union(keys, _keys_of_expression(getattr(node, "value", None)))
    return None if statement is ast.Yield and not statements else keys


def _keys_of_expression(value: ast.expr | None) -> set[str] | None:
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
