"""Tasks: the functions that an activity runs, and their decorators.

A plain function is a task: it receives `context` and `activity`, by the names of its parameters. A
decorated task has `fill`, which maps its parameters to context keys; the decider then sends only
these keys::

    @task.decorate(timeout=60)
    def resize(activity, path, width): ...

    runner.Sync(resize.fill(path="upload.path", width=param.StaticParam(640), namespace="small"))

The dictionary that a task returns hydrates the context; a namespace prefixes its keys.
"""

from __future__ import annotations

import builtins
import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import deepcopy
from functools import update_wrapper
from typing import Any, ParamSpec, Protocol, TypeVar, cast

from swf.actors.functions import is_async, is_generator, run_coroutine
from swf.exceptions import InvalidTypeError
from swf.flow import param
from swf.flow.options import SECONDS

P = ParamSpec("P")
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)

Task = Callable[..., Any]
Args = builtins.list[Any]  # this module defines `list`

_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


class FillableTask(Protocol[P, R_co]):
    """A function that `fill` turns into a task."""

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R_co:
        """Call the function."""

    def fill(self, namespace: str | None = None, **requirements: str | param.BaseParam) -> Task:
        """Return a task; see `contextify`."""


class TaskDecorator(Protocol):
    """The decorator that `decorate` returns; the task keeps its signature."""

    def __call__(self, fn: Callable[P, R], /) -> FillableTask[P, R]:
        """Decorate a function."""


def decorate(
    timeout: int | None = None, heartbeat: int | None = None, enable_contextify: bool = True
) -> TaskDecorator:
    """Return a decorator that sets the timeouts of a task and gives it a `fill` method.

    :param timeout: the task's share of the start-to-close timeout in seconds; None: 600.
    :param heartbeat: maximum seconds between two heartbeats; None: the same as `timeout`.
    :param enable_contextify: whether to add `fill`; see `contextify`.
    :raises ValidationError: a timeout is not a whole number of seconds from 1.
    """

    def decorator(fn: Callable[P, R], /) -> FillableTask[P, R]:
        if timeout:
            _decorate(fn, "timeout", SECONDS("timeout", timeout))
        if heartbeat or timeout:
            _decorate(fn, "heartbeat", SECONDS("heartbeat", heartbeat or timeout))
        return contextify(fn) if enable_contextify else cast(FillableTask[P, R], fn)

    return decorator


def timeout(time: int, heartbeat: int | None = None) -> Callable[[Task], Task]:
    """Return a decorator that sets the timeouts of a task.

    :param time: the task's share of the start-to-close timeout in seconds.
    :param heartbeat: maximum seconds between two heartbeats; None: 600.
    """

    def decorator(fn: Task) -> Task:
        _decorate(fn, "timeout", SECONDS("timeout", time))
        if heartbeat:
            _decorate(fn, "heartbeat", SECONDS("heartbeat", heartbeat))
        return fn

    return decorator


def list(fn: Callable[P, R]) -> FillableTask[P, R]:  # noqa: A001 - the documented name
    """Decorate a task list: a function of the context that yields tasks.

    It is called to compute the timeouts and again when the activity runs, so it must yield the same
    tasks for the same context.

    :raises InvalidTypeError: `fn` is an async function.
    """
    if is_async(fn):
        raise InvalidTypeError("fn", fn, "must be an ordinary function, not async")
    _decorate(fn, "list", True)
    return contextify(fn)


def is_task_list(fn: Task) -> bool:
    """Return whether a function is a task list."""
    return bool(details(fn).get("list"))


def details(fn: Task) -> Mapping[str, Any]:
    """Return the settings of a task: `timeout`, `heartbeat`, `requirements`, `list`..."""
    settings = getattr(fn, "__garcon__", None)
    return settings if isinstance(settings, Mapping) else {}


def contextify(fn: Callable[P, R]) -> FillableTask[P, R]:
    """Add `fill` to a function, which returns a task whose arguments come from the context.

    `fill(namespace=None, **requirements)` takes a context key or a param for each argument. The
    namespace prefixes the keys of the result.
    """

    function: Task = fn

    def fill(namespace: str | None = None, **requirements: str | param.BaseParam) -> Task:
        params = {name: param.parametrize(source) for name, source in requirements.items()}

        def filled(context: Mapping[str, Any], activity: Any = None, **kwargs: Any) -> Any:
            arguments = fill_function_call(fn, params, activity, context)
            return namespace_result(run_coroutine(function(**{**kwargs, **arguments})), namespace)

        update_wrapper(filled, fn)
        del filled.__wrapped__  # type: ignore[attr-defined]  # the signature differs from that of `fn`
        filled.__garcon__ = {}  # type: ignore[attr-defined]  # settings of the decorators
        _link_decorator(fn, filled)
        _decorate(filled, "requirements", param.get_all_requirements(params.values()))
        _decorate(filled, "arguments", builtins.list(params))
        _decorate(filled, "namespace", namespace)
        _decorate(filled, "function", fn)
        return filled

    fillable = cast(FillableTask[P, R], fn)
    fillable.fill = fill  # type: ignore[method-assign]  # the documented way to fill a task
    return fillable


def validate_task(fn: Any) -> Task:
    """Return a task or a task list.

    :raises InvalidTypeError: it is not callable, or a generator function that is no task list.
    """
    if not callable(fn):
        raise InvalidTypeError("tasks", fn, "must be a function")
    if not is_task_list(fn) and is_generator(details(fn).get("function", fn)):
        raise InvalidTypeError("tasks", fn, "must return its result, not yield; see task.list")
    task: Task = fn
    return task


def flatten(callables: Iterable[Task], context: Mapping[str, Any] | None = None) -> Iterator[Task]:
    """Yield tasks, with each task list replaced by its tasks.

    :param callables: tasks and task lists.
    :param context: the context for task lists; None: an empty one.
    """
    for fn in callables:
        if is_task_list(fn):
            for task in fn(deepcopy(dict(context or {}))) or ():
                if not callable(task):
                    raise TypeError(f"task list {fn!r} yields {task!r}: must be a function")
                yield from flatten([task], context)
        else:
            yield fn


def fill_function_call(
    fn: Task,
    requirements: Mapping[str, str | param.BaseParam],
    activity: Any,
    context: Mapping[str, Any],
) -> dict[str, Any]:
    """Return the arguments for a filled task.

    A parameter without a source, or without a value in the context, gets its default or None.

    :param fn: the task.
    :param requirements: the source of each argument: a context key or a param.
    :param activity: passed as `activity`.
    :param context: the input of the activity.
    :raises TypeError: the task has a parameter `context`: it must name the keys that it reads.
    """
    params = {name: param.parametrize(source) for name, source in requirements.items()}
    values = {name: source.get_data(context) for name, source in params.items()}
    arguments = {}
    for name, parameter in inspect.signature(fn).parameters.items():
        if name == "context":
            raise TypeError(
                f"{getattr(fn, '__name__', fn)}: a filled task must name the keys that it reads; "
                "it cannot have a parameter `context`"
            )
        if parameter.kind is inspect.Parameter.VAR_KEYWORD:
            arguments.update(values)
        elif name == "activity":
            arguments[name] = activity
        elif parameter.kind is not inspect.Parameter.VAR_POSITIONAL:
            default = None if parameter.default is parameter.empty else parameter.default
            value = values.pop(name, None)
            arguments[name] = default if value is None else value
    return arguments


def namespace_result(
    dictionary: Mapping[str, Any] | None, namespace: str | None
) -> Mapping[str, Any] | None:
    """Return a result with prefixed keys: `{"small.path": ...}`.

    :param dictionary: the result; None is returned unchanged.
    :param namespace: the prefix, without the dot; None: no prefix.
    """
    if not namespace or not dictionary:
        return dictionary
    return {f"{namespace}.{key}": value for key, value in dictionary.items()}


def call(fn: Task, context: Mapping[str, Any], activity: Any) -> Any:
    """Call a task with `context` and `activity`, by the names of its parameters in any order.

    An async task runs on an event loop of this thread.
    A parameter with another name receives, by position, the argument that no parameter names.
    """
    try:
        parameters = inspect.signature(fn).parameters.values()
    except (TypeError, ValueError):  # a built-in function without a signature
        return run_coroutine(fn(context, activity=activity))
    unbound = {"context": context, "activity": activity}
    keywords = {p.name: unbound.pop(p.name) for p in parameters if _accepts_keyword(p, unbound)}
    if any(p.kind is inspect.Parameter.VAR_KEYWORD for p in parameters) and "activity" in unbound:
        keywords["activity"] = unbound.pop("activity")
    positional: Args = []
    for parameter in parameters:
        if parameter.kind is inspect.Parameter.VAR_POSITIONAL:
            positional += unbound.values()
            unbound = {}
        elif unbound and parameter.kind in _POSITIONAL and parameter.name not in keywords:
            if parameter.default is not inspect.Parameter.empty:
                break
            positional.append(unbound.pop(next(iter(unbound))))
    return run_coroutine(fn(*positional, **keywords))


def _accepts_keyword(parameter: inspect.Parameter, names: Mapping[str, Any]) -> bool:
    keyword = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    return parameter.name in names and parameter.kind in keyword


def _decorate(fn: Task, key: str | None = None, value: Any = None) -> None:
    """Set a setting of a task."""
    if not hasattr(fn, "__garcon__"):
        fn.__garcon__ = {}  # type: ignore[attr-defined]  # settings of the decorators
    if key:
        fn.__garcon__[key] = value  # type: ignore[attr-defined]  # see above


def _link_decorator(source: Task, target: Task) -> None:
    """Copy the settings of one task to another; the target's own settings take precedence."""
    settings = deepcopy(dict(details(source)))
    target.__garcon__ = {**settings, **details(target)}  # type: ignore[attr-defined]  # see above
