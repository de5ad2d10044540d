"""Tasks: all classes that a workflow can submit, collected from their modules.

`as_task` converts an activity or a workflow class with arguments. The methods of `Workflow` create
timers, signals, markers and other tasks.
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
    """Return a task for an activity or workflow class with arguments; a task is returned unchanged.

    :param what: an `Activity`, a workflow class, or a task.
    :param args: positional arguments, which may contain futures.
    :param kwargs: keyword arguments, which may contain futures.
    :raises InvalidTypeError: `what` cannot be submitted, or it is a task and has arguments; the
        error is a `TypeError`.
    """
    if isinstance(what, Activity):
        return ActivityTask(what, *args, **kwargs)
    if isinstance(what, type) and hasattr(what, "as_child"):
        task: Submittable = what.as_child(*args, **kwargs)
        return task
    if isinstance(what, Submittable):
        if args or kwargs:
            raise InvalidTypeError("submit", what, "is a task: must be submitted without arguments")
        return what
    raise InvalidTypeError(
        "submit", what, "must be an activity (see activity.with_attributes), workflow class or task"
    )
