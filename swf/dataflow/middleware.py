"""Middleware: hooks around the activities of a worker.

    class Timed(Middleware):
        def pre(self, context): ...
        def post(self, context, result=None): ...
        def failed(self, context, error): ...

Pass instances as `middleware=` of `ActivityWorker`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from attrs import frozen

from swf.actors.functions import require_result, validate_overridden_methods
from swf.actors.tasks import ActivityTaskContext
from swf.dataflow.activity import Activity
from swf.payload import safe_copy


@frozen
class ActivityCall:
    """The context of middleware: an activity and the task that it runs for."""

    activity: Activity
    task: ActivityTaskContext


class Middleware:
    """Base class of middleware; its hooks do nothing. An exception in a hook fails the activity.

    :raises InvalidTypeError: a subclass defines a hook as a coroutine or generator function.
    """

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        validate_overridden_methods(cls, Middleware)

    def pre(self, context: ActivityCall) -> None:
        """Run before the activity."""

    def post(self, context: ActivityCall, result: Any = None) -> None:
        """Run after the activity has returned a result, of which it receives a copy."""

    def failed(self, context: ActivityCall, error: BaseException) -> None:
        """Run after the activity or an inner middleware has raised `error`."""


def around(
    middleware: Sequence[Middleware], activity: Activity, task: ActivityTaskContext
) -> Callable[[Callable[[], Any]], Any]:
    """Return a function that calls its argument with all middleware around it.

    :param middleware: the first is the outermost.
    """
    context = ActivityCall(activity, task)

    def call(function: Callable[[], Any], layers: Sequence[Middleware] = middleware) -> Any:
        if not layers:
            return function()
        outer, *inner = layers
        _run("pre", outer.pre, context)
        try:
            result = call(function, inner)
        except BaseException as error:
            if hasattr(outer, "failed"):  # middleware for simpleflow does not define it
                _run("failed", outer.failed, context, error)
            raise
        _run("post", outer.post, context, result=safe_copy(result))
        return result

    return call


def _run(name: str, hook: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
    require_result(name, hook(*args, **kwargs))
