"""The objects passed to user code: the current task and its operations.

`DecisionTaskContext` is passed to `Decider.decide`, `ActivityTaskContext` to
`ActivityWorker.perform`. Both hold the polled task (`task`) and add the information of the actor:
the complete history, or whether the activity is still awaited.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from attrs import define, evolve, field, setters

from swf.exceptions import ActivityCanceled, ActivityTaskLost
from swf.models import ActivityTask, ActivityType, DecisionTask, WorkflowExecution, WorkflowType
from swf.models.event import Event
from swf.models.history import History
from swf.payload import safe_copy


@define(eq=False)
class DecisionTaskContext:
    """A decision task with the complete history.

    :param task: the decision task as polled.
    :param history: all events up to the start of this task.
    :param state: any value that the decider wants to find at the next decision of this execution.
        It is cached with the history; None initially and whenever the history was fetched again.
    :param size: estimated size of the history in bytes.
    :param execution_context: the recorded execution context; assign a value to record a new one.
    :param next_task_delay: seconds for which the service holds back the next decision task of the
        execution; None for no delay. The task is routed to a task list without pollers and returns
        when it has waited there for that long.
    """

    task: DecisionTask = field(on_setattr=setters.frozen)
    history: History = field(on_setattr=setters.frozen)
    state: Any = None
    size: int = 0
    execution_context: Any = None
    next_task_delay: int | None = None
    _for_hooks: DecisionTaskContext | None = field(default=None, init=False)

    @property
    def for_hooks(self) -> DecisionTaskContext:
        """The task as hooks see it: without the state, which belongs to the decider."""
        if self._for_hooks is None:
            context = safe_copy(self.execution_context)
            self._for_hooks = evolve(self, state=None, execution_context=context)
        return self._for_hooks

    @property
    def token(self) -> str:
        """The task token."""
        return self.task.task_token

    @property
    def execution(self) -> WorkflowExecution:
        """The execution to decide."""
        assert self.task.workflow_execution is not None  # noqa: S101 - always in a poll response
        return self.task.workflow_execution

    @property
    def workflow_type(self) -> WorkflowType:
        """The type of the execution."""
        assert self.task.workflow_type is not None  # noqa: S101 - always in a poll response
        return self.task.workflow_type

    @property
    def started_event_id(self) -> int:
        """The id of this task's DecisionTaskStarted event, the last of the history."""
        return self.task.started_event_id or 0

    @property
    def previous_started_event_id(self) -> int:
        """The id of the previous DecisionTaskStarted event; 0 for the first task."""
        return self.task.previous_started_event_id or 0

    @property
    def input(self) -> Any:
        """The decoded input of the execution."""
        return self.history.execution.input

    @property
    def new_events(self) -> list[Event]:
        """The events since the start of the last decision task that was completed.

        A decision task that timed out has decided nothing: its events are new again, although the
        service reports it as the previous one.
        """
        decided = self.history.last_decided_event_id(before=self.started_event_id)
        return self.history.new_events(decided, self.started_event_id)

    def __repr__(self) -> str:
        where = f"{self.execution.workflow_id!r} {self.execution.run_id!r}"
        return f"<Decision task {self.started_event_id} of {where}>"


@define(eq=False)
class ActivityTaskContext:
    """An activity task in progress.

    :param task: the activity task as polled.
    :param heartbeat_timeout: heartbeat timeout in seconds; None for no limit.
    :param deadline: time of the start-to-close timeout on `clock`; None if there is none.
    :param clock: returns monotonic seconds.
    :param stopping: set when the worker is stopping; long tasks may end early.
    """

    task: ActivityTask = field(on_setattr=setters.frozen)
    heartbeat_timeout: float | None
    deadline: float | None
    clock: Callable[[], float]
    stopping: threading.Event
    _beat: Callable[[ActivityTaskContext, Any], None]
    _raise_on_cancel: bool = True
    cancel_requested: bool = field(default=False, init=False)
    lost: bool = field(default=False, init=False)
    elsewhere: bool = field(default=False, init=False)

    @property
    def token(self) -> str:
        """The task token; it allows answering the task from anywhere."""
        return self.task.task_token

    @property
    def input(self) -> Any:
        """A copy of the decoded input of the activity: keep it in a variable to change it."""
        return self.task.input

    @property
    def activity_id(self) -> str:
        """The activity id that the decider chose."""
        return self.task.activity_id or ""

    @property
    def activity_type(self) -> ActivityType:
        """The name and version of the activity."""
        assert self.task.activity_type is not None  # noqa: S101 - always in a poll response
        return self.task.activity_type

    @property
    def execution(self) -> WorkflowExecution:
        """The execution that scheduled the activity."""
        assert self.task.workflow_execution is not None  # noqa: S101 - always in a poll response
        return self.task.workflow_execution

    @property
    def time_left(self) -> float | None:
        """Seconds until the start-to-close timeout, at least 0; None if there is none.

        The timeout is that of the registered type (or of the registration at the worker), since a
        poll does not return the timeouts of the decision.
        """
        return None if self.deadline is None else max(0.0, self.deadline - self.clock())

    def heartbeat(self, details: Any = None) -> bool:
        """Report progress and return whether cancellation was requested.

        Call it as often as you like: details that follow too soon are sent with the next heartbeat.
        The worker sends heartbeats even if this method is never called.

        :param details: progress to record, at most 2,048 characters when encoded.
        :raises ActivityCanceled: if cancellation was requested, unless the worker was created with
            `raise_on_cancel=False`. Let it propagate, or catch it to clean up.
        :raises ActivityTaskLost: if the task timed out or its execution closed.

        Source: API Reference, RecordActivityTaskHeartbeat.
        """
        self._beat(self, details)
        if self.lost:
            raise ActivityTaskLost(
                f"activity {self.activity_id!r}: timed out, or its execution closed"
            )
        if self.cancel_requested and self._raise_on_cancel:
            raise ActivityCanceled
        return self.cancel_requested

    def complete_elsewhere(self) -> None:
        """Leave the response to another process that holds the token.

        The worker ignores the result or exception of the function and sends no more heartbeats.
        """
        self.elsewhere = True

    def __repr__(self) -> str:
        kind = self.activity_type
        return f"<Activity task {self.activity_id!r} ({kind.name} {kind.version})>"
