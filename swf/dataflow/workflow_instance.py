"""`WorkflowInstance`: one execution as its code makes it, from one decision to the next.

`advance` is given the folded history and returns decisions. It takes what is new in turns, one for
each decision task, in the order in which those were started: the events of a turn are fed, the code
runs on until it waits, and what it asks for is `pending`. The next turn begins by finding all that
in the history (`replay.py`). A run that is kept takes one turn; one that is made anew takes all of
them, and ends up the same.

An execution closes when its code has returned and everything that was submitted is done: nothing
that was asked for is dropped. Timers and waits for signals that nobody waits for any more do not
hold it back, nor do children with the policy `ABANDON` once they are started.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from swf import payload
from swf.actors.log import replaying
from swf.dataflow import replay
from swf.dataflow.activity import Activity
from swf.dataflow.arguments import decode_call, resolve
from swf.dataflow.cancellation import CancellationScope
from swf.dataflow.close import (
    CloseCommand,
    ContinueAsNewTask,
    cancellation,
    completion,
    failure,
)
from swf.dataflow.command_queue import CommandQueue, RecordedDecisions
from swf.dataflow.commands import Attributes, Command
from swf.dataflow.declaration import Declaration
from swf.dataflow.exceptions import (
    TaskError,
    TaskException,
    WorkflowCanceled,
    WorkflowFailing,
)
from swf.dataflow.failure import TaskFailureContext, settle
from swf.dataflow.fibers import EventLoop, Fiber
from swf.dataflow.futures import Future
from swf.dataflow.ids import Scope
from swf.dataflow.rerun import Results
from swf.dataflow.retry_resolution import NO_FACTS, RetryFacts, RetryResolver
from swf.dataflow.retryable_command import RetryableCommand
from swf.dataflow.runtime import Identity, Marker, Options
from swf.dataflow.signal_inbox import Signals
from swf.dataflow.signal_tasks import propagate
from swf.dataflow.simpleflow_compat import WAKE_UP_TIMERS, is_simpleflow_execution
from swf.dataflow.submittable import Submittable
from swf.dataflow.timer import Timers
from swf.dataflow.workflow import Workflow
from swf.exceptions import InvalidTypeError
from swf.models.decision import Decision
from swf.models.history import DecisionBatch, History

#: Activity tasks that an execution may have open at a time. Source: "Amazon SWF quotas".
OPEN_ACTIVITIES = 1000

#: What tasks come to: raised in the code, it fails the execution. Anything else is a bug of it.
TASK_ERRORS = (TaskError, TaskException)

logger = logging.getLogger(__name__)


class WorkflowInstance:
    """An execution in the making.

    :param workflow: the class whose `run` is its code.
    :param results: what an earlier execution came to, and what this one need not do again.
    :param known: what is known of failures beside the history; see `retries.py`.
    """

    def __init__(
        self,
        workflow: type[Workflow],
        identity: Identity,
        options: Options,
        results: Results | None = None,
        known: RetryFacts = NO_FACTS,
    ) -> None:
        self.identity = identity
        self.options = options
        self.codec = options.codec
        self.results = results or {}
        self.record = History()
        self._seen: History | None = None
        self.loop = EventLoop(self.start_timer)
        self.scope = Scope()
        self.callback_scope: Scope | None = None
        self._callbacks = Scope("callback.")
        self.random = random.Random(identity.run_id)  # noqa: S311 - it must be repeatable
        may_open = workflow.max_open_activity_count or OPEN_ACTIVITIES
        self.queue = CommandQueue(self.loop, self.codec, may_open, self._is_ending)
        self.open: dict[int, Any] = self.queue.open
        self.retries = RetryResolver(self.queue, known)
        self.unsettled: dict[Future, None] = {}
        self._timers = Timers()
        self.timers = self._timers.running
        self.by_content: dict[str, Future] = {}
        #: What was submitted, and whether its types are registered is not known yet.
        self.new_activities: set[Activity] = set()
        self.new_children: set[type[Declaration]] = set()
        self.markers: list[Marker] = []
        self.signals = Signals()
        self.continuation: Callable[[], Any] | None = None
        self.closing: CloseCommand | None = None
        self.started_event_id = 0
        self.completed_event_id = 0
        self.is_replaying = True
        self._carries_on = workflow.on_continue_as_new is not Workflow.on_continue_as_new
        self._has_warned = False
        self.cancellation_scopes: list[CancellationScope] = []
        self.shields = 0
        self.is_cancel_deferred = False
        self._is_canceled = False
        self._has_returned = False
        self._loud: list[Future] = []
        self._main: Fiber | None = None
        self.workflow = workflow(self)

    def __repr__(self) -> str:
        return f"<Run of {self.workflow.name} {self.identity.workflow_id!r}>"

    # From a history to decisions.

    def advance(self, history: History) -> list[Decision]:
        """Take what is new in a history, and return all that is to be decided now.

        :raises NonDeterminismError: the code does not ask for what the history says it did.
        """
        self.record = history
        batches = history.decision_batches(after=self.started_event_id)
        self.queue.is_from_simpleflow = is_simpleflow_execution(history)
        for number, batch in enumerate(batches):
            self._turn(batch, RecordedDecisions(batches, number))
        self._seen = None  # from here on, it is the record
        self._warn()
        return [request.decision() for request in self.queue.pending]

    @property
    def is_ahead(self) -> bool:
        """Whether what is asked for now cannot have been decided yet."""
        return self.queue.is_ahead

    @property
    def is_over_budget(self) -> bool:
        """Whether the history is so long that it is time to continue as new."""
        return self.started_event_id >= self.workflow.event_budget

    def _is_ending(self) -> bool:
        """Whether the execution is about to continue as new by itself."""
        return self._carries_on and self.is_over_budget

    def _warn(self) -> None:
        """Say once that the history comes to its end, unless the workflow sees to it."""
        if not self.is_over_budget or self._carries_on or self._has_warned or self.closing:
            return
        self._has_warned = True
        logger.warning(
            "%s: %d events of 25,000 that the service allows: continue as new soon",
            self.identity.workflow_id,
            self.started_event_id,
        )

    def close(self) -> None:
        """End the code, which stays where it waits otherwise."""
        self._main = None
        self.loop.close()
        for future in [*self.unsettled, *self.timers.values()]:
            future.clear_callbacks()

    def verify(self, history: History) -> None:
        """Replay a history to its end, whether it is closed or not, and decide nothing.

        :raises NonDeterminismError: the code does not ask for what the history says it did.
        """
        self.advance(history)
        rest = [event.raw for event in history.new_events(self.started_event_id)]
        self.queue.begin_turn(RecordedDecisions())
        self._feed(rest)
        if any(raw["eventType"] == "DecisionTaskCompleted" for raw in rest):
            self.queue.check_nothing_is_left(rest, self.completed_event_id)

    def _turn(self, batch: DecisionBatch, recorded: RecordedDecisions) -> None:
        self.queue.begin_turn(recorded)
        self.is_replaying = not recorded.is_live
        self.started_event_id = batch.started_event_id
        self.callback_scope = self._callbacks
        with replaying(self.is_replaying):
            self._feed(batch.raw_events)
            self.queue.check_nothing_is_left(batch.raw_events, self.completed_event_id)
            self.loop.settle()
            while self.retries.settle():
                self.loop.settle()
            self._carry_on()
        self.callback_scope = None

    def _feed(self, raws: list[Any]) -> None:
        """Take in events.

        All that was decided is found before anything is told: what happened while it was decided
        stands before it, and a hook that hears of that may cancel what was decided.
        """
        news: list[Callable[[], None]] = []
        for raw in raws:
            if raw["eventType"] in replay.IGNORED_EVENTS:
                continue
            attributes = replay.attributes_of(raw)
            if not replay.is_decided(raw, attributes):
                news.append(partial(self._take, raw, attributes))
            elif attributes.get("timerId") not in WAKE_UP_TIMERS:
                refused = self.queue.confirm(raw, attributes, self._waits_at)
                if refused is not None:
                    news.append(partial(self.queue.refuse, refused, attributes))
        for tell in news:
            tell()

    def _take(self, raw: Any, attributes: Attributes) -> None:
        kind: str = raw["eventType"]
        if kind in replay.OUTCOME_EVENTS:
            link, method = replay.OUTCOME_EVENTS[kind]
            self.queue.tell(attributes.get(link), method, attributes)
        elif kind in _OTHERS:
            _OTHERS[kind](self, raw, attributes)

    def _carry_on(self) -> None:
        """Continue as new by itself, if it is time and nothing is under way."""
        if self._main is None or self.closing or not self._is_ending():
            return
        if not self.queue.is_quiet:
            return
        task = self.workflow.on_continue_as_new()
        if not isinstance(task, ContinueAsNewTask):
            raise InvalidTypeError(
                "on_continue_as_new", task, "must return self.continue_as_new(...)"
            )
        self.queue.held.clear()
        self.closing = task.close(self)
        self.closing.is_automatic = True
        self.ask(self.closing)

    def _waits_at(self) -> tuple[str, int] | None:
        """Return the line at which the code waits; None if it has returned."""
        frame = self._main.gr_frame if self._main is not None else None
        here = __file__.rsplit("/", 1)[0]
        while frame is not None and frame.f_code.co_filename.startswith(here):
            frame = frame.f_back
        return None if frame is None else (frame.f_code.co_filename, frame.f_lineno)

    # What happened.

    def _begin(self, raw: Any, attributes: Attributes) -> None:  # noqa: ARG002
        args, kwargs = decode_call(self.decode(attributes.get("input")))
        self._main = self.loop.spawn(lambda: self._live(args, kwargs), self.scope)

    def _receive(self, raw: Any, attributes: Attributes) -> None:  # noqa: ARG002
        name, text = attributes["signalName"], attributes.get("input")
        try:
            value = self.decode(text)
        except (TypeError, ValueError) as error:
            # Whoever may signal an execution must not be able to stop it by that.
            value = text
            if not self.is_replaying:
                unread = "%s: the input of signal %r stays text, since it cannot be read: %s"
                logger.warning(unread, self.identity.workflow_id, name, type(error).__name__)
        self.signals.receive(name, value)
        if isinstance(value, dict) and value.get("__propagate"):
            sender = attributes.get("externalWorkflowExecution", {})
            propagate(self, name, value, sender.get("workflowId"))

    def _cancel(self, raw: Any, attributes: Attributes) -> None:  # noqa: ARG002
        if not self._is_canceled and self.workflow.should_cancel(self.history):
            self._is_canceled = True
            self.loop.soon(self._heed_cancel)

    def _heed_cancel(self) -> None:
        """Ask all that is open to stop, and tell the code where it waits."""
        if self.closing is not None or self._main is None:
            return
        if self.shields:
            self.is_cancel_deferred = True
            return
        # First, so that it is not what the code asks for to clean up that is asked to stop.
        self.cancel_all()
        if not self._has_returned:
            # At once: a result that came after the request must not let the code pass by it.
            self._main.interrupt(WorkflowCanceled())

    def cancel_all(self) -> None:
        """Ask all that is open to stop."""
        for future in [*self.unsettled, *self.timers.values()]:
            future.cancel()

    def _complete_decision(self, raw: Any, attributes: Attributes) -> None:  # noqa: ARG002
        self.completed_event_id = raw["eventId"]

    # The code.

    def _live(self, args: Any, kwargs: Any) -> None:
        """Run the code of the workflow from its beginning to the end of the execution."""
        try:
            result = self.workflow.run(*args, **kwargs)
            self._finish()
            closing = self._continued() or completion(self, resolve(result))
        except WorkflowFailing as failing:
            self._finish(raises=False)
            closing = failure(self, failing.reason, failing.details)
        except WorkflowCanceled:
            self._finish(raises=False)
            closing = cancellation(self)
        except Exception as error:
            if not isinstance(error, (*TASK_ERRORS, *self.workflow.fails_on)):
                raise
            self._finish(raises=False)
            closing = failure(self, f"{type(error).__name__}: {error}", str(error))
        self.closing = closing
        self.ask(closing)

    def _continued(self) -> CloseCommand | None:
        return None if self.continuation is None else self.continuation()

    def _finish(self, *, raises: bool = True) -> None:
        """Wait for all that was submitted; a failure that nobody asked about is one of the run."""
        self._has_returned = True
        for timer in list(self.timers.values()):
            timer.cancel()
        while self.unsettled and self._main is not None:
            self._main.wait()
        for future in self._loud if raises else ():
            if not future.is_observed:
                _ = future.result

    # For requests, tasks, futures and the workflow: see `host.py`.

    def ask(self, request: Command) -> None:
        """Decide something, or hold it until it may be."""
        self.queue.ask(request)

    def withdraw(self, request: Command) -> bool:
        """Take back what was not sent; return whether it was."""
        return self.queue.withdraw(request)

    def is_asked_again(self, request: RetryableCommand) -> bool:
        """Return whether simpleflow asked once more for a task that had been refused."""
        return self.queue.is_from_simpleflow and self.queue.recorded_delay(request, "") == 0

    def recorded_delay(self, request: RetryableCommand, retry_id: str) -> int | None:
        """Return after how many seconds the history has a task tried again; None if it has not."""
        return self.queue.recorded_delay(request, retry_id)

    def resolve_retry_delay(
        self, retry_id: str, request: RetryableCommand, error: Exception, delay: int | None
    ) -> int | None:
        """Return after how many seconds a task is tried again, of which the history tells nothing.

        :param delay: what its policy says.
        """
        return self.retries.delay(retry_id, request, error, delay)

    def start(self, task: Submittable, scope: Scope) -> Future:
        """Ask for what a task stands for."""
        self.loop.check()
        future = task.start(self, scope)
        for scope_of_cancellation in self.cancellation_scopes:
            scope_of_cancellation.futures.append(future)
        return future

    def future(self, task: Any, task_id: str, *, raises_on_failure: bool) -> Future:
        """Return the future of something that holds back the end of the execution."""
        future = Future(self.loop, task, task_id, raises_on_failure=raises_on_failure)
        self.track(future)
        return future

    def track(self, future: Future) -> None:
        """Have a future hold back the end of the execution."""
        self.unsettled[future] = None
        future.add_done_callback(self._settled)

    def interrupt(self, error: BaseException) -> None:
        """Raise an error where the code waits."""
        if self._main is not None and not self._has_returned:
            self.loop.soon(self._main.interrupt, error)

    def _settled(self, future: Future) -> None:
        self.release(future)
        if future.failed and future.raises_on_failure and not future.is_observed:
            self._loud.append(future)

    def release(self, future: Future) -> None:
        """Have a future hold back the end no longer."""
        self.unsettled.pop(future, None)
        if self._has_returned and not self.unsettled and self._main is not None:
            self.loop.soon(self._main.resume)

    def done(self, result: Any) -> Future:
        """Return a future that is done."""
        future = Future(self.loop)
        future.set_finished(result)
        return future

    def start_timer(
        self, timer_id: str, seconds: float | str, control: Any = None, *, policy: bool = False
    ) -> Future:
        """Start a timer, and return its future."""
        return self._timers.start(self, timer_id, seconds, control, policy=policy)

    def timer_state(self, timer_id: str) -> str | None:
        """Return `started`, `fired` or `canceled`; None if there was no timer of this id."""
        return self._timers.state(timer_id)

    def keep(self, future: Future, key: str) -> bool:
        """Have a future come to what the earlier execution came to; return whether it did."""
        if key not in self.results:
            return False
        future.set_finished(self.decode(self.results[key]))
        return True

    def on_task_failure(
        self, request: RetryableCommand, error: Any, attributes: Attributes
    ) -> bool:
        """Ask the workflow about a task that failed; return whether it decided anything."""
        if type(self.workflow).on_task_failure is Workflow.on_task_failure:
            return False
        context = TaskFailureContext(request, error, attributes)
        answer = self.workflow.on_task_failure(context)
        return settle(answer if answer is not None else context, request)

    @property
    def history(self) -> History:
        """What happened up to the beginning of this decision, the same in every replay."""
        if not self.is_replaying:
            return self.record
        if self._seen is None:
            self._seen = History()
        self._seen.extend(self.record[len(self._seen) : self.started_event_id].raw)
        return self._seen

    @property
    def now(self) -> datetime:
        """When this decision began."""
        return self.record.event(self.started_event_id).timestamp

    def decode(self, text: str | None) -> Any:
        """Return the value of a payload."""
        return payload.decode(text, self.codec)


_OTHERS: dict[str, Callable[[WorkflowInstance, Any, Attributes], None]] = {
    "WorkflowExecutionStarted": WorkflowInstance._begin,
    "WorkflowExecutionSignaled": WorkflowInstance._receive,
    "WorkflowExecutionCancelRequested": WorkflowInstance._cancel,
    "DecisionTaskCompleted": WorkflowInstance._complete_decision,
}
