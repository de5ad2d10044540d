"""Events of tasks: decision tasks, activity tasks and Lambda functions."""

from __future__ import annotations

from swf.models.event.base import Event


class DecisionTaskEvent(Event):
    """A decision task was scheduled, started, completed or timed out."""

    __slots__ = ()
    entity = "DecisionTask"


class ActivityTaskEvent(Event):
    """An activity task was scheduled, started, closed, refused, or asked to cancel."""

    __slots__ = ()
    entity = "ActivityTask"


class LambdaFunctionEvent(Event):
    """A Lambda function was scheduled, started, closed, or refused."""

    __slots__ = ()
    entity = "LambdaFunction"
