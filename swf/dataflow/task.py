"""Tasks: all that can be submitted to a workflow, each kind from the file of its noun.

An activity or a workflow class with arguments becomes a task (`as_task`); timers, signals, markers
and the rest are made by the methods of `Workflow`.
"""

from __future__ import annotations

from typing import Any

from swf.dataflow.activity import Activity
from swf.dataflow.activity_task import ActivityTask, NonPythonicActivityTask
from swf.dataflow.child import ChildWorkflowTask, WorkflowTask
from swf.dataflow.close import ContinueAsNewTask
from swf.dataflow.failure import TaskFailureContext
from swf.dataflow.lambda_function import LambdaTask
from swf.dataflow.markers import MarkerTask
from swf.dataflow.signal_tasks import SignalTask, WaitForSignal
from swf.dataflow.submittable import Submittable
from swf.dataflow.timer_tasks import CancelTimerTask, TimerTask
from swf.exceptions import InvalidTypeError

__all__ = [
    "ActivityTask",
    "CancelTimerTask",
    "ChildWorkflowTask",
    "ContinueAsNewTask",
    "LambdaTask",
    "MarkerTask",
    "NonPythonicActivityTask",
    "SignalTask",
    "Submittable",
    "TaskFailureContext",
    "TimerTask",
    "WaitForSignal",
    "WorkflowTask",
    "as_task",
]


def as_task(what: Any, /, *args: Any, **kwargs: Any) -> Submittable:
    """Return the task for whatever can be submitted.

    :raises InvalidTypeError: a `TypeError`, nobody knows how to submit this.
    """
    if isinstance(what, Activity):
        return ActivityTask(what, *args, **kwargs)
    if isinstance(what, type) and hasattr(what, "as_child"):
        task: Submittable = what.as_child(*args, **kwargs)
        return task
    if isinstance(what, Submittable) and not args and not kwargs:
        return what
    raise InvalidTypeError(
        "submit", what, "must be an activity, a workflow class with arguments, or a task without"
    )
