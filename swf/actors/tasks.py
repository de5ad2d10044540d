"""What a user's code is given: the task in hand, and what can be done about it.

`DecisionTaskContext` is handed to `Decider.decide`, `ActivityTaskContext` to
`ActivityWorker.perform`. Both know the task as it was polled (`task`) and add what only the actor
knows: the whole history of a run, or whether anybody still waits for the result.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from attrs import define, field

from swf.exceptions import ActivityCanceled, ActivityTaskLost
from swf.models import ActivityTask, ActivityType, DecisionTask, WorkflowExecution, WorkflowType
from swf.models.event import Event
from swf.models.history import History


@define(eq=False)
class DecisionTaskContext:
    """A decider's turn to decide.

    :param task: the decision task as it was polled.
    :param history: all that has happened so far, up to the start of this task.
    :param state: whatever a decider wants to find again at the next decision of this run. It is
        kept beside the history, as long as that is; None in the beginning, and after the history
        had to be read anew.
    :param size: estimated bytes of the history.
    :param execution_context: what was last kept with the execution; assign it to keep another.
    """

    task: DecisionTask
    history: History
    state: Any = None
    size: int = 0
    execution_context: Any = None

    @property
    def token(self) -> str:
        """The task token."""
        return self.task.task_token

    @property
    def execution(self) -> WorkflowExecution:
        """The execution that it is about."""
        assert self.task.workflow_execution is not None  # noqa: S101 - every poll tells it
        return self.task.workflow_execution

    @property
    def workflow_type(self) -> WorkflowType:
        """The type of the execution."""
        assert self.task.workflow_type is not None  # noqa: S101 - every poll tells it
        return self.task.workflow_type

    @property
    def started_event_id(self) -> int:
        """The event that says that this task was started; the last one of the history."""
        return self.task.started_event_id or 0

    @property
    def previous_started_event_id(self) -> int:
        """The same of the decision task before; 0 for the first."""
        return self.task.previous_started_event_id or 0

    @property
    def input(self) -> Any:
        """The input that the execution was started with."""
        return self.history.execution.input

    @property
    def new_events(self) -> list[Event]:
        """What happened since the decision before: the events after its start, up to this one's."""
        return self.history.new_events(self.previous_started_event_id, self.started_event_id)

    def __repr__(self) -> str:
        where = f"{self.execution.workflow_id!r} {self.execution.run_id!r}"
        return f"<Decision task {self.started_event_id} of {where}>"


@define(eq=False)
class ActivityTaskContext:
    """A piece of work in hand.

    :param task: the activity task as it was polled.
    :param heartbeat_timeout: seconds that may pass without a heartbeat; None: no limit.
    :param deadline: when it times out, on `clock`; None: never, as far as the worker knows.
    :param stopping: set when the worker is asked to stop; long work may end early, or say where
        it is.
    """

    task: ActivityTask
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
        """The task token: whoever holds it can answer the task, from anywhere."""
        return self.task.task_token

    @property
    def input(self) -> Any:
        """The input that the decider sent, decoded."""
        return self.task.input

    @property
    def activity_id(self) -> str:
        """The id under which the decider scheduled it."""
        return self.task.activity_id or ""

    @property
    def activity_type(self) -> ActivityType:
        """The name and version of the work."""
        assert self.task.activity_type is not None  # noqa: S101 - every poll tells it
        return self.task.activity_type

    @property
    def execution(self) -> WorkflowExecution:
        """The execution that it is a part of."""
        assert self.task.workflow_execution is not None  # noqa: S101 - every poll tells it
        return self.task.workflow_execution

    @property
    def time_left(self) -> float | None:
        """Seconds until it times out, 0 when it has; None if there is no limit.

        It goes by the registered type (or by what the callable was registered with): a poll does
        not tell what the decider said.
        """
        return None if self.deadline is None else max(0.0, self.deadline - self.clock())

    def heartbeat(self, details: Any = None) -> bool:
        """Say how far the work is, and return whether its cancellation was requested.

        Call it as often as you like: what comes too soon after the last heartbeat is sent with
        the next. It need not be called at all to keep the task: the worker does that beside it.

        :raises ActivityCanceled: when cancellation was requested, unless the worker was made with
            `raise_on_cancel=False`. Let it pass, or catch it to clean up.
        :raises ActivityTaskLost: when the task has timed out or its execution is closed.
        """
        self._beat(self, details)
        if self.lost:
            raise ActivityTaskLost(f"{self.activity_id}: nobody waits for a result any more")
        if self.cancel_requested and self._raise_on_cancel:
            raise ActivityCanceled
        return self.cancel_requested

    def complete_elsewhere(self) -> None:
        """Leave the answer to whoever holds the token; what is returned or raised is not sent.

        The worker sends no more heartbeats either.
        """
        self.elsewhere = True

    def __repr__(self) -> str:
        kind = self.activity_type
        return f"<Activity task {self.activity_id!r} ({kind.name} {kind.version})>"
