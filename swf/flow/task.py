"""Tasks: the functions that an activity runs, and the decorators that say what they need.

A plain function is a task: it is called with `context` and `activity`, by the names of its
parameters. A decorated one is filled with what it needs, which the decider then sends and no more::

    @task.decorate(timeout=60)
    def resize(activity, path, width): ...

    runner.Sync(resize.fill(path="upload.path", width=param.StaticParam(640), namespace="small"))

What it returns, a dictionary, hydrates the context; with a namespace the keys are prefixed.
"""

from __future__ import annotations

import builtins
import copy
import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import update_wrapper
from typing import Any

from swf.flow import param
from swf.flow.options import SECONDS

Task = Callable[..., Any]
Args = builtins.list[Any]  # `list` is something else here

_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def decorate(
    timeout: int | None = None, heartbeat: int | None = None, enable_contextify: bool = True
) -> Callable[[Task], Task]:
    """Decorate a task: how long it may take, and `fill` to say what it needs.

    :param timeout: seconds that the task may take.
    :param heartbeat: seconds between two signs of life; the timeout by default.
    :param enable_contextify: whether the task gets a `fill`.
    """

    def decorator(fn: Task) -> Task:
        if timeout:
            _decorate(fn, "timeout", SECONDS("timeout", timeout))
        if heartbeat or timeout:
            _decorate(fn, "heartbeat", SECONDS("heartbeat", heartbeat or timeout))
        return contextify(fn) if enable_contextify else fn

    return decorator


def timeout(time: int, heartbeat: int | None = None) -> Callable[[Task], Task]:
    """Decorate a task with the seconds it may take and, if given, those between signs of life."""

    def decorator(fn: Task) -> Task:
        _decorate(fn, "timeout", SECONDS("timeout", time))
        if heartbeat:
            _decorate(fn, "heartbeat", SECONDS("heartbeat", heartbeat))
        return fn

    return decorator


def list(fn: Task) -> Task:  # noqa: A001 - the documented name
    """Decorate a function of the context that yields tasks.

    It is asked when the timeouts are computed and again when the activity runs, so it must yield
    the same tasks for the same context.
    """
    _decorate(fn, "list", True)
    return contextify(fn)


def is_task_list(fn: Task) -> bool:
    """Return whether a task yields tasks."""
    return bool(details(fn).get("list"))


def details(fn: Task) -> Mapping[str, Any]:
    """Return what decorators said of a task: `timeout`, `heartbeat`, `requirements`, `list`."""
    said = getattr(fn, "__garcon__", None)
    return said if isinstance(said, Mapping) else {}


def contextify(fn: Task) -> Task:
    """Give a function a `fill`, that makes tasks of it whose arguments come from the context.

    `fill(namespace=None, **requirements)` takes for each argument a context key or a param.
    """

    def fill(namespace: str | None = None, **requirements: str | param.BaseParam) -> Task:
        params = {name: param.parametrize(given) for name, given in requirements.items()}

        def filled(context: Mapping[str, Any], activity: Any = None, **kwargs: Any) -> Any:
            arguments = fill_function_call(fn, params, activity, context)
            return namespace_result(fn(**{**kwargs, **arguments}), namespace)

        update_wrapper(filled, fn)
        del filled.__wrapped__  # type: ignore[attr-defined]  # set above; its signature is its own
        filled.__garcon__ = {}  # type: ignore[attr-defined]  # what decorators say of a function
        _link_decorator(fn, filled)
        _decorate(filled, "requirements", param.get_all_requirements(params.values()))
        _decorate(filled, "arguments", builtins.list(params))
        _decorate(filled, "namespace", namespace)
        _decorate(filled, "function", fn)
        return filled

    fn.fill = fill  # type: ignore[attr-defined]  # how the documentation fills a task
    return fn


def flatten(callables: Iterable[Task], context: Mapping[str, Any] | None = None) -> Iterator[Task]:
    """Yield tasks, those that a task list yields for the context in its place."""
    for fn in callables:
        if is_task_list(fn):
            yield from flatten(fn({} if context is None else context) or (), context)
        else:
            yield fn


def fill_function_call(
    fn: Task,
    requirements: Mapping[str, str | param.BaseParam],
    activity: Any,
    context: Mapping[str, Any],
) -> dict[str, Any]:
    """Return the arguments to call a function with.

    An argument for which nothing was given, or the context has nothing, is its default or None.

    :param requirements: where each argument comes from: a context key, or a param.
    :raises TypeError: an argument is called `context`: what a task reads must be named.
    """
    sources = {name: param.parametrize(given) for name, given in requirements.items()}
    given = {name: source.get_data(context) for name, source in sources.items()}
    arguments = {}
    for name, parameter in inspect.signature(fn).parameters.items():
        if name == "context":
            raise TypeError(
                f"{getattr(fn, '__name__', fn)}: a filled task names the keys that it reads; "
                "it does not get the whole context"
            )
        if parameter.kind is inspect.Parameter.VAR_KEYWORD:
            arguments.update(given)
        elif name == "activity":
            arguments[name] = activity
        elif parameter.kind is not inspect.Parameter.VAR_POSITIONAL:
            default = None if parameter.default is parameter.empty else parameter.default
            value = given.pop(name, None)
            arguments[name] = default if value is None else value
    return arguments


def namespace_result(
    dictionary: Mapping[str, Any] | None, namespace: str | None
) -> Mapping[str, Any] | None:
    """Return a result with its keys prefixed: `{"small.path": ...}`; None stays None."""
    if not namespace or not dictionary:
        return dictionary
    return {f"{namespace}.{key}": value for key, value in dictionary.items()}


def call(fn: Task, context: Mapping[str, Any], activity: Any) -> Any:
    """Call a task with what its parameters name, in whichever order they stand.

    What is neither named `context` nor `activity` gets, by position, the one that is left.
    """
    try:
        parameters = inspect.signature(fn).parameters.values()
    except (TypeError, ValueError):  # a built-in function tells nothing of its parameters
        return fn(context, activity=activity)
    left = {"context": context, "activity": activity}
    named = {p.name: left.pop(p.name) for p in parameters if _takes(p, left)}
    if any(p.kind is inspect.Parameter.VAR_KEYWORD for p in parameters) and "activity" in left:
        named["activity"] = left.pop("activity")
    positional: Args = []
    for parameter in parameters:
        if parameter.kind is inspect.Parameter.VAR_POSITIONAL:
            positional += left.values()
            left = {}
        elif left and parameter.kind in _POSITIONAL and parameter.name not in named:
            if parameter.default is not inspect.Parameter.empty:
                break
            positional.append(left.pop(next(iter(left))))
    return fn(*positional, **named)


def _takes(parameter: inspect.Parameter, names: Mapping[str, Any]) -> bool:
    keyword = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    return parameter.name in names and parameter.kind in keyword


def _decorate(fn: Task, key: str | None = None, value: Any = None) -> None:
    """Note something about a function."""
    if not hasattr(fn, "__garcon__"):
        fn.__garcon__ = {}  # type: ignore[attr-defined]  # what decorators say of a function
    if key:
        fn.__garcon__[key] = value  # type: ignore[attr-defined]  # see above


def _link_decorator(source: Task, target: Task) -> None:
    """Note about one function what is noted about another, below what it has itself."""
    noted = copy.deepcopy(dict(details(source)))
    target.__garcon__ = {**noted, **details(target)}  # type: ignore[attr-defined]  # see above
