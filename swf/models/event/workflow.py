"""Events of executions: the execution itself, its children, and others."""

from __future__ import annotations

from swf.models.event.base import Event


class WorkflowExecutionEvent(Event):
    """Something happened to the execution itself: it started, was signaled, closed."""

    __slots__ = ()
    entity = "WorkflowExecution"


class ChildWorkflowExecutionEvent(Event):
    """A child execution was initiated, started, closed, or refused."""

    __slots__ = ()
    entity = "ChildWorkflowExecution"


class ExternalWorkflowExecutionEvent(Event):
    """Another execution was signaled or asked to cancel by this one, or could not be."""

    __slots__ = ()
    entity = "ExternalWorkflowExecution"
