"""`WorkflowRuntime`: the state of one execution that commands, tasks and workflow code use.

It holds the event loop, the command queue, timers, signals, cancellation and open futures.
`workflow_instance.py` feeds it with events.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime
from typing import Any

from attrs import evolve, frozen

from swf import codecs, payload
from swf.dataflow import fibers, simpleflow_compat
from swf.dataflow.activity import Activity
from swf.dataflow.agenda import Agenda
from swf.dataflow.base_future import Future
from swf.dataflow.cancellation import Cancellation
from swf.dataflow.command_queue import CommandQueue
from swf.dataflow.commands import Attributes
from swf.dataflow.declaration import Declaration
from swf.dataflow.exceptions import ExecutionBlocked
from swf.dataflow.fibers import EventLoop, Fiber
from swf.dataflow.future_tracker import FutureTracker
from swf.dataflow.history_view import HistoryView
from swf.dataflow.ids import Scope
from swf.dataflow.late_events import LateEventsError
from swf.dataflow.marker_log import MarkerLog
from swf.dataflow.rerun import Results
from swf.dataflow.retry_resolution import ReplayFacts, RetryResolver
from swf.dataflow.signal_inbox import SignalInbox
from swf.dataflow.timers import Timers
from swf.models.history import History
from swf.payload import Codec

#: The number of open activity tasks that the service allows. Source: "Amazon SWF quotas".
OPEN_ACTIVITIES = 1000


@frozen
class Identity:
    """The domain, workflow id and run id of an execution."""

    domain: str
    workflow_id: str
    run_id: str


@frozen
class DeciderOptions:
    """The options of a decider for all its executions.

    :ivar codec: Encodes and decodes payloads.
    :ivar activity_task_list: Overrides the task list of every activity.
    :ivar child_task_list: Overrides the task list of every child workflow.
    :ivar simpleflow_codec: The codec of executions that simpleflow started. None: `codec` if it is
        a `SimpleflowJSON`, else `SIMPLEFLOW_JSON`.
    """

    codec: Codec = codecs.TYPED_JSON
    activity_task_list: str | None = None
    child_task_list: str | None = None
    simpleflow_codec: Codec | None = None

    def for_history(self, history: History) -> DeciderOptions:
        """Return the options for an execution: simpleflow's codec if simpleflow started it."""
        if not simpleflow_compat.is_simpleflow_execution(history):
            return self
        codec = self.simpleflow_codec or simpleflow_compat.default_codec(self.codec)
        return evolve(self, codec=codec)


class WorkflowRuntime:
    """The runtime of one execution.

    :param continues_automatically: Whether the execution continues as new when it reaches
        `event_budget`.
    :param results: The results of an earlier execution that this one reuses; see `rerun.py`.
    :param facts: Conclusions from previous replays of the same history.
    :param on_task_failure: Passes a failure to the workflow's hook, and returns whether the hook
        handled it.
    """

    #: The workflow object whose `run` is the code of the execution.
    workflow: Declaration

    def __init__(
        self,
        declaration: type[Declaration],
        identity: Identity,
        options: DeciderOptions,
        *,
        continues_automatically: bool,
        results: Results,
        facts: ReplayFacts,
        on_task_failure: Callable[[Any, Exception, Attributes], bool],
    ) -> None:
        self.identity = identity
        self.options = options
        self.codec = options.codec
        self.random = random.Random(identity.run_id)  # noqa: S311 - it must be repeatable
        self.view = HistoryView()
        #: The scope of the workflow's own code.
        self.scope = Scope()
        self._simpleflow_scope = Scope("activity-")
        #: The scope of hooks that are called while events are processed; None at other times.
        self.callback_scope: Scope | None = None
        self.loop = EventLoop(self._start_timer)
        #: Starts the items of nested groups.
        self.agenda = Agenda()
        self.queue = CommandQueue(
            self.loop,
            self.codec,
            declaration.max_open_activity_count or OPEN_ACTIVITIES,
            self.is_draining,
        )
        self.retries = RetryResolver(self.queue, facts.retries)
        self.tracker = FutureTracker(self.loop)
        self.timers = Timers(self.loop, self.queue, self.codec)
        self.signals = SignalInbox(self.loop, self.codec)
        self.markers = MarkerLog(self.decode)
        self.cancellation = Cancellation(self.tracker, self.timers)
        self.on_task_failure = on_task_failure
        #: Futures of tasks that run once for equal arguments, by the id of their content.
        self.by_content: dict[str, Future] = {}
        #: Submitted types that may have to be registered.
        self.new_activities: set[Activity] = set()
        self.new_children: set[type[Declaration]] = set()
        #: The fiber that runs the workflow's code.
        self.main: Fiber | None = None
        #: Whether the workflow's code has returned or raised.
        self.has_returned = False
        #: The `DecisionTaskStarted` event of the turn in which it returned.
        self.returned_event_id = 0
        #: Creates the command that continues the execution as new, if the code asked for that.
        self.continuation: Callable[[], Any] | None = None
        #: The command that closes the execution.
        self.close_command: Any = None
        #: Whether the execution continues as new when it reaches `event_budget`.
        self.continues_automatically = continues_automatically
        self._results = results
        self._unrepeatable = facts.repetitions.unrepeatable
        #: Whether a turn may be repeated; false for the events after the last decision task.
        self.can_repeat_turns = True

    def start(self, task: Any, scope: Scope) -> Future:
        """Start a submitted task and return its future.

        :param scope: The scope that makes the ids of the task unique.
        """
        self.loop.check_open()
        future: Future = task.start(self, scope)
        self.cancellation.register(future)
        return future

    def finished_future(self) -> Future:
        """Return a new future that is finished with the result None."""
        future = Future(self.loop)
        future.set_finished(None)
        return future

    def reuse_result(self, future: Future, key: str) -> bool:
        """Finish a future with the result of an earlier execution.

        :param key: The key in `Results`.
        :returns: Whether the earlier execution has this result.
        """
        if key not in self._results:
            return False
        future.set_finished(self.decode(self._results[key]))
        return True

    def repeat_turn(self, completed_event_id: int) -> None:
        """Request that the turn in which the code returned is repeated with late events.

        :param completed_event_id: The decision task whose closing decision was refused.
        :raises LateEventsError: Unless the turn cannot be repeated.
        """
        repetition = self.returned_event_id, completed_event_id
        if self.can_repeat_turns and repetition not in self._unrepeatable:
            raise LateEventsError(repetition)

    def interrupt(self, error: BaseException) -> None:
        """Raise an error in the workflow's code, where it waits.

        :param error: The exception to raise; ignored if the code has returned.
        """
        if self.main is not None and not self.has_returned:
            self.loop.call_soon(self.main.interrupt, error)

    def close(self) -> None:
        """Unwind the workflow's code."""
        self.main = None
        self.loop.close()
        self.tracker.close()
        for timer in self.timers.running.values():
            timer.clear_callbacks()

    def decode(self, text: str | None) -> Any:
        """Return the value of a payload.

        :param text: The encoded value; None decodes to None.
        """
        return payload.decode(text, self.codec)

    @property
    def history(self) -> History:
        """The history up to the start of this decision, the same in every replay."""
        return self.view.visible

    def current_scope(self) -> Scope:
        """Return the scope of the running workflow code.

        :raises ExecutionBlocked: No workflow code is running.
        """
        fiber = fibers.current()
        if fiber is not None:
            return fiber.scope
        if self.callback_scope is None:
            raise ExecutionBlocked(f"cannot submit outside of workflow code: {self.workflow!r}")
        return self.callback_scope

    def activity_scope(self, scope: Scope) -> Scope:
        """Return the scope of activity ids; simpleflow has one for the whole execution.

        :param scope: The scope of the submitted task.
        """
        return self._simpleflow_scope if self.queue.is_from_simpleflow else scope

    @property
    def task_list(self) -> str | None:
        """The task list of the execution's decision tasks."""
        return self.view.full.execution.task_list

    @property
    def now(self) -> datetime:
        """The time at which this decision started."""
        return self.view.now

    @property
    def is_over_budget(self) -> bool:
        """Whether the history has reached the workflow's `event_budget`."""
        return self.view.started_event_id >= self.workflow.event_budget

    def is_draining(self) -> bool:
        """Return whether the execution is about to continue as new automatically."""
        return self.continues_automatically and self.is_over_budget

    def _start_timer(self, timer_id: str, seconds: float) -> Future:
        return self.timers.start(timer_id, seconds)
