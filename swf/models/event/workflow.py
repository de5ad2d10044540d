"""Events of executions: the execution of the history, its children, and others."""

from __future__ import annotations

from swf.models.event.base import Event


class WorkflowExecutionEvent(Event):
    """The execution was started, signaled, asked to cancel or closed, or a decision was refused."""

    __slots__ = ()
    entity = "WorkflowExecution"


class ChildWorkflowExecutionEvent(Event):
    """A child execution was initiated, started, closed, or refused."""

    __slots__ = ()
    entity = "ChildWorkflowExecution"


class ExternalWorkflowExecutionEvent(Event):
    """A signal or a cancel request to another execution was initiated, delivered or failed."""

    __slots__ = ()
    entity = "ExternalWorkflowExecution"
