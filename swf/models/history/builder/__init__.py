"""Builds a plausible history event by event, for tests and documentation.

>>> history = builder.started().timer_started("t1").timer_fired("t1")
>>> history.timers["t1"].state
'fired'

There is a method for each of the 54 event types. Ids, links, times and decision tasks are written
as the service writes them: a decision starts and completes the scheduled decision task, consecutive
decisions share it, and other events schedule the next one. A task that ends before its start is
started first. An impossible event raises and is not written.

`History` is python-simple-workflow's builder, for existing test suites; see `scripted.py`.
"""

from __future__ import annotations

from typing import Any

from swf.models.history.builder.activities import ActivityEvents
from swf.models.history.builder.children import ChildEvents
from swf.models.history.builder.execution import ExecutionEvents
from swf.models.history.builder.external_executions import ExternalExecutionEvents
from swf.models.history.builder.lambda_functions import LambdaEvents
from swf.models.history.builder.timers import TimerEvents
from swf.models.history.scripted import ScriptedHistory

History = ScriptedHistory


def started(name: str = "example", version: str = "1.0", **attributes: Any) -> HistoryBuilder:
    """Return the history of an execution that has just started; see `HistoryBuilder.started`.

    :param name: the name of the workflow type.
    :param version: the version of the workflow type.
    :param attributes: further attributes of the event, by their names in snake case.
    """
    return HistoryBuilder().started(name, version, **attributes)


class HistoryBuilder(
    ExecutionEvents,
    ActivityEvents,
    TimerEvents,
    ChildEvents,
    ExternalExecutionEvents,
    LambdaEvents,
):
    """A history that grows: every method adds an event and returns the history.

    Payloads (`input`, `result`, `details`, `control`) are any JSON values. Methods with
    `attributes` accept the other attributes of the event by their names in snake case
    (`activity_scheduled("a", task_priority=3)`); see `swf.models.event.table`.

    Methods that end a task, child or function start it first if it is not started. Methods for
    decisions raise `HistoryError` when no decision task is open, and so do methods for an entity
    that is not open.
    """

    __slots__ = ()
