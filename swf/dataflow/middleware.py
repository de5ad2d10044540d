"""Middleware: what runs around the activities of a worker.

class Timed(Middleware):
    def pre(self, context): ...
    def post(self, context, result=None): ...
    def failed(self, context, error): ...
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from attrs import frozen

from swf.actors.tasks import ActivityTaskContext
from swf.dataflow.activity import Activity


@frozen
class ActivityCall:
    """What a middleware is told: the activity, and the task that it is run for."""

    activity: Activity
    task: ActivityTaskContext


class Middleware:
    """Does nothing before and after an activity. What it raises fails the activity."""

    def pre(self, context: ActivityCall) -> None:
        """The activity is about to run."""

    def post(self, context: ActivityCall, result: Any = None) -> None:
        """The activity has returned."""

    def failed(self, context: ActivityCall, error: BaseException) -> None:
        """The activity, or a middleware within, has raised."""


def around(
    middleware: Sequence[Middleware], activity: Activity, task: ActivityTaskContext
) -> Callable[[Callable[[], Any]], Any]:
    """Return a function that calls another with all middleware around it."""
    context = ActivityCall(activity, task)

    def call(function: Callable[[], Any], layers: Sequence[Middleware] = middleware) -> Any:
        if not layers:
            return function()
        outer, *inner = layers
        outer.pre(context)
        try:
            result = call(function, inner)
        except BaseException as error:
            if hasattr(outer, "failed"):  # simpleflow's have none
                outer.failed(context, error)
            raise
        outer.post(context, result=result)
        return result

    return call
