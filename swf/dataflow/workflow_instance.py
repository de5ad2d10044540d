"""`WorkflowInstance`: runs a workflow's code for one execution, one decision task at a time.

`advance` receives the folded history and returns decisions. It processes the new decision tasks in
the order in which they were started. In each of these turns it delivers the events, runs the code
until it waits, and queues the commands of the code. The next turn begins by finding these commands
in the history (`replay.py`). A cached instance processes one turn; a new one processes all of them
and reaches the same state.

An execution closes when its code has returned and every submitted task is done. Open timers, waits
for signals, and started children with the policy `ABANDON` do not keep it open.
"""

from __future__ import annotations

import copy
import logging
from collections.abc import Callable
from functools import partial
from typing import Any

from swf.actors.log import replaying
from swf.dataflow import late_events, replay
from swf.dataflow.arguments import decode_call, resolve
from swf.dataflow.close import (
    CloseCommand,
    ContinueAsNewCommand,
    ContinueAsNewTask,
    cancellation,
    completion,
    failure,
    unread_signals,
)
from swf.dataflow.command_queue import RecordedDecisions
from swf.dataflow.commands import Attributes
from swf.dataflow.exceptions import PayloadError, WorkflowCanceled, WorkflowFailing
from swf.dataflow.failure import TaskFailureContext, apply_decision
from swf.dataflow.fibers import code_position
from swf.dataflow.ids import Scope
from swf.dataflow.late_events import Turn
from swf.dataflow.rerun import Results
from swf.dataflow.retry_resolution import NO_FACTS, ReplayFacts
from swf.dataflow.retryable_command import RetryableCommand
from swf.dataflow.runtime import DeciderOptions, Identity, WorkflowRuntime
from swf.dataflow.signal_tasks import propagate
from swf.dataflow.simpleflow_compat import ENGINE_TIMERS, is_simpleflow_execution
from swf.dataflow.workflow import Workflow
from swf.engine.decoding import UndecodableError, decode
from swf.engine.throttling import CommandKind, Pause
from swf.exceptions import InvalidTypeError
from swf.models.decision import Decision
from swf.models.history import History, wire_events
from swf.payload import safe_str

logger = logging.getLogger(__name__)


class WorkflowInstance:
    """One execution of a workflow class.

    :param workflow_class: The class whose `run` is the code of the execution.
    :param identity: The domain and the ids of the execution.
    :param options: The options of the decider.
    :param results: The results of an earlier execution that this one reuses. Default: none.
    :param facts: Conclusions from previous replays of the same history.
    """

    def __init__(
        self,
        workflow_class: type[Workflow],
        identity: Identity,
        options: DeciderOptions,
        results: Results | None = None,
        facts: ReplayFacts = NO_FACTS,
    ) -> None:
        continues = workflow_class.on_continue_as_new is not Workflow.on_continue_as_new
        self.runtime = WorkflowRuntime(
            workflow_class,
            identity,
            options,
            continues_automatically=continues,
            results=results or {},
            facts=facts,
            on_task_failure=self._call_failure_hook,
        )
        self._facts = facts
        self._queue = self.runtime.queue
        self._view = self.runtime.view
        self._callback_scope = Scope("callback.")
        self._has_warned = False
        self._has_warned_about_signals = False
        self._is_cancel_requested = False
        #: Whether a signal or a cancellation request arrived after the code has returned.
        self._has_late_event = False
        #: Whether the rate of continuations delays an automatic one.
        self._waits_to_continue = False
        #: Whether the execution is canceled although the code has returned.
        self._is_canceled_late = False
        #: The decision tasks that a repeated turn replaces.
        self._replaced_tasks: frozenset[int] = frozenset()
        self.workflow = self.runtime.workflow = workflow_class(self.runtime)

    def __repr__(self) -> str:
        workflow_id = self.runtime.identity.workflow_id
        return f"<WorkflowInstance of {self.workflow.name} {workflow_id!r}>"

    def advance(self, history: History) -> list[Decision]:
        """Process the new events of a history and return all pending decisions.

        :param history: The whole history up to the open decision task.
        :raises NonDeterminismError: The commands of the code differ from the history.
        """
        self._view.full = history
        batches = history.decision_batches(after=self._view.started_event_id)
        self._queue.is_from_simpleflow = is_simpleflow_execution(history)
        turns = list(late_events.turns(batches, self._facts.repetitions))
        for number, turn in enumerate(turns):
            self._run_turn(turn, RecordedDecisions(turns, number))
        self._view.finish_replay()
        self._warn_about_length()
        self._warn_about_unread_signals()
        return [command.decision() for command in self._queue.pending]

    @property
    def pause(self) -> Pause | None:
        """The pause until throttled commands may be sent; None if no command waits for one."""
        others = [CommandKind.CONTINUE_AS_NEW] if self._waits_to_continue else []
        seconds = self._queue.pause(*others)
        if seconds is None:
            return None
        return Pause(seconds, self._queue.is_paused(CommandKind.TIMER))

    def verify(self, history: History) -> None:
        """Replay an open or closed history to its end without making decisions.

        :param history: The whole history.
        :raises NonDeterminismError: The commands of the code differ from the history.
        """
        self.advance(history)
        raws = [raw for raw in wire_events(history) if raw["eventId"] > self._view.started_event_id]
        self._queue.begin_turn(RecordedDecisions())
        self.runtime.can_repeat_turns = False
        self._deliver(raws)
        if any(raw["eventType"] == "DecisionTaskCompleted" for raw in raws):
            self._queue.check_all_recorded(raws, self._view.completed_event_id)

    def close(self) -> None:
        """Unwind the workflow's code, which otherwise stays suspended."""
        self.runtime.close()

    def refined_facts(self, error: Exception) -> ReplayFacts:
        """Return the facts for another replay.

        :param error: The error of the last replay.
        """
        return self._facts.refine(error, self.runtime.retries.refined_facts())

    def _warn_about_length(self) -> None:
        """Log a warning once if the history is long and the workflow does not continue as new."""
        runtime = self.runtime
        is_handled = runtime.continues_automatically or runtime.close_command is not None
        if not runtime.is_over_budget or is_handled or self._has_warned:
            return
        self._has_warned = True
        logger.warning(
            "History is long, continue as new soon: workflow_id=%s events=%d limit=25000",
            runtime.identity.workflow_id,
            self._view.started_event_id,
        )

    def _warn_about_unread_signals(self) -> None:
        """Log a warning once if the execution closes and no next run receives its signals."""
        command = self.runtime.close_command
        closes = command is not None and not isinstance(command, ContinueAsNewCommand)
        if not closes or self._view.is_replaying or self._has_warned_about_signals:
            return
        unread = self.runtime.signals.unread()
        if not unread:
            return
        self._has_warned_about_signals = True
        logger.warning(
            "Execution closes with unread signals: workflow_id=%s count=%d names=%s",
            self.runtime.identity.workflow_id,
            len(unread),
            ", ".join(sorted({signal.name for signal in unread})),
        )

    # Turns.

    def _run_turn(self, turn: Turn, recorded: RecordedDecisions) -> None:
        runtime, view, batch = self.runtime, self._view, turn.batch
        self._replaced_tasks = turn.replaced_tasks
        view.is_replaying = not recorded.is_live
        view.started_event_id = batch.started_event_id
        view.last_event_id = batch._raw_events[-1]["eventId"]
        self._queue.begin_turn(recorded, view.now.timestamp())
        runtime.callback_scope = self._callback_scope
        with replaying(view.is_replaying):
            self._deliver(batch._raw_events)
            self._repeat_for_late_events()
            if not turn.replaced_tasks:  # this turn sends the commands of a repeated one
                self._queue.check_all_recorded(batch._raw_events, view.completed_event_id)
            self._queue.release()
            runtime.loop.run_until_idle()
            while runtime.retries.fail_unrecorded():
                runtime.loop.run_until_idle()
            self._continue_automatically()
        runtime.callback_scope = None

    def _deliver(self, raws: list[Any]) -> None:
        """Match the decisions of some events, then deliver the other events.

        All decisions are matched first: an outcome may precede the decisions in the history, and
        a hook that receives it may cancel a command that was already sent.
        """
        deliveries: list[Callable[[], None]] = []
        for raw in raws:
            self._queue.throttle.observe(raw)
            if raw["eventType"] in replay.IGNORED_EVENTS:
                continue
            attributes = replay.attributes_of(raw)
            if self._is_replaced(raw, attributes):
                continue
            if not replay.records_decision(raw, attributes):
                deliveries.append(partial(self._deliver_event, raw, attributes))
            elif attributes.get("timerId") not in ENGINE_TIMERS:
                refused = self._queue.match_event(raw, attributes, self._current_line)
                if refused is not None:
                    deliveries.append(partial(self._queue.refuse, refused, attributes))
        for deliver in deliveries:
            deliver()

    def _is_replaced(self, raw: Any, attributes: Attributes) -> bool:
        """Return whether a repeated turn has replaced the decision that an event records.

        It replaces refused decisions. The end of the code has canceled timers; those that the code
        still uses are started again.
        """
        if attributes.get("decisionTaskCompletedEventId") not in self._replaced_tasks:
            return False
        if not replay.DECISION_EVENTS[raw["eventType"]].is_accepted:
            return True
        if raw["eventType"] != "TimerCanceled":
            return False
        return self.runtime.timers.restart_canceled(attributes, self._view)

    def _deliver_event(self, raw: Any, attributes: Attributes) -> None:
        event_type: str = raw["eventType"]
        if event_type in replay.OUTCOME_EVENTS:
            link, method = replay.OUTCOME_EVENTS[event_type]
            self._queue.dispatch(attributes.get(link), method, attributes)
        elif event_type in _HANDLERS:
            _HANDLERS[event_type](self, raw, attributes)

    def _repeat_for_late_events(self) -> None:
        """Repeat the turn in which the code returned, if a late event has arrived since.

        The decision that closes the execution may wait until the service permits it.

        :raises LateEventsError: Unless the turn cannot be repeated.
        """
        has_late_event, self._has_late_event = self._has_late_event, False
        if has_late_event:
            self.runtime.repeat_turn(self._view.completed_event_id)

    def _continue_automatically(self) -> None:
        """Continue as new if the history is long and no work is open.

        A state that does not fit raises its error where the code waits.
        """
        runtime = self.runtime
        self._waits_to_continue = False
        if runtime.main is None or runtime.close_command or not runtime.is_draining():
            return
        if not self._queue.is_idle:
            return
        self._waits_to_continue = self._queue.is_paused(CommandKind.CONTINUE_AS_NEW)
        if self._waits_to_continue:
            return
        task = self.workflow.on_continue_as_new()
        if not isinstance(task, ContinueAsNewTask):
            rule = "must return self.continue_as_new(...)"
            raise InvalidTypeError("on_continue_as_new", task, rule)
        try:
            command = task.close(runtime)
        except PayloadError as error:
            runtime.continues_automatically = False
            self._queue.release()
            runtime.main.interrupt(error)
            runtime.loop.run_until_idle()
            return
        command.is_automatic = True
        self._close_with(command)

    def _current_line(self) -> tuple[str, int] | None:
        """Return file and line at which the workflow's code waits; None if it has returned."""
        return code_position(self.runtime.main)

    def positions(self) -> list[tuple[str, int]]:
        """Return file and line at which each suspended fiber of the code waits, without order."""
        return list(filter(None, map(code_position, self.runtime.loop.fibers)))

    # Events that no command opened.

    def _on_started(self, raw: Any, attributes: Attributes) -> None:  # noqa: ARG002
        runtime = self.runtime
        try:
            value = decode(attributes.get("input"), "input", runtime.codec)
            args, kwargs = decode_call(value)
            signals = unread_signals(value)
        except UndecodableError as error:
            recorded = self._queue.recorded
            is_decided = bool(recorded.kinds) or not recorded.is_open
            if is_decided and set(recorded.kinds) != {"failure"}:
                raise  # another decider has decoded it
            self._close_with(failure(runtime, str(error)))
            return
        runtime.signals.receive_unread(signals)
        runtime.main = runtime.loop.spawn(lambda: self._run_code(args, kwargs), runtime.scope)

    def _on_signaled(self, raw: Any, attributes: Attributes) -> None:
        runtime = self.runtime
        name, text = attributes["signalName"], attributes.get("input")
        runtime.signals.receive(name, text, raw["eventId"])
        if isinstance(runtime.close_command, ContinueAsNewCommand):
            runtime.loop.call_soon(runtime.close_command.refresh)
        self._has_late_event |= runtime.has_returned and runtime.signals.is_known(name)
        try:
            value = runtime.decode(text)
        except (TypeError, ValueError) as error:
            if not self._view.is_replaying:
                logger.warning(
                    "Cannot decode the input of a signal, passing the text: "
                    "workflow_id=%s signal=%r error=%s",
                    runtime.identity.workflow_id,
                    name,
                    type(error).__name__,
                )
            return
        if isinstance(value, dict) and value.get("__propagate"):
            sender = attributes.get("externalWorkflowExecution", {})
            propagate(runtime, name, text, sender.get("workflowId"))

    def _on_cancel_requested(self, raw: Any, attributes: Attributes) -> None:  # noqa: ARG002
        if self._is_cancel_requested or not self.workflow.should_cancel(self.runtime.history):
            return
        self._is_cancel_requested = True
        self._has_late_event |= self.runtime.has_returned
        # First: the code must not return with a result of the same decision task, which would lose
        # the request.
        self.runtime.loop.call_next(self._cancel)

    def _cancel(self) -> None:
        """Cancel all open tasks, and raise `WorkflowCanceled` where the code waits."""
        runtime = self.runtime
        command = runtime.close_command
        if command is not None and self._queue.withdraw(command):
            runtime.close_command = command = None
        if command is not None or runtime.main is None:
            return
        if not runtime.main:  # the code has returned, or has not begun
            self._close_with(cancellation(runtime))
            return
        # Open tasks are cancelled before the code is interrupted, so that tasks which the code
        # submits to clean up are not.
        if not runtime.cancellation.request():
            return
        if runtime.has_returned:
            self._is_canceled_late = True
        else:
            # Immediately: the code must not proceed with a result that arrived after the request.
            runtime.main.interrupt(WorkflowCanceled())

    def _on_decision_completed(self, raw: Any, attributes: Attributes) -> None:  # noqa: ARG002
        self._view.completed_event_id = raw["eventId"]

    # The code of the workflow.

    def _run_code(self, args: Any, kwargs: Any) -> None:
        """Run the workflow's code, wait for open tasks, and close the execution."""
        runtime = self.runtime
        if runtime.close_command is not None:
            return
        command: CloseCommand
        try:
            result = self.workflow.run(*args, **kwargs)
            self._finish()
            if isinstance(result, ContinueAsNewTask):
                command = result.close(runtime)
            elif runtime.continuation is not None:
                command = runtime.continuation()
            else:
                command = completion(runtime, resolve(result))
        except WorkflowFailing as failing:
            self._finish(raises=False)
            command = failure(runtime, failing.reason, failing.details)
        except WorkflowCanceled:
            self._finish(raises=False)
            command = cancellation(runtime)
        except Exception as error:
            if not self.workflow.fails_with(error):
                raise
            self._finish(raises=False)
            text = safe_str(error)
            command = failure(runtime, f"{type(error).__name__}: {text}", text)
        self._close_with(command)

    def _close_with(self, command: CloseCommand) -> None:
        runtime = self.runtime
        if self._is_canceled_late:
            command = cancellation(runtime)
        if not command.is_automatic:
            runtime.returned_event_id = runtime.returned_event_id or self._view.started_event_id
        runtime.close_command = command
        self._queue.add(command)

    def _finish(self, *, raises: bool = True) -> None:
        """Wait until all submitted tasks are done.

        :param raises: Whether to raise the first failure that the code did not observe.
        """
        runtime = self.runtime
        runtime.has_returned = True
        runtime.returned_event_id = runtime.returned_event_id or self._view.started_event_id
        runtime.timers.cancel_all()
        runtime.tracker.drain(runtime.main)
        for future in runtime.tracker.failures if raises else ():
            if not future.is_observed:
                _ = future.result

    def _call_failure_hook(
        self, command: RetryableCommand, error: Any, attributes: Attributes
    ) -> bool:
        """Call `Workflow.on_task_failure`, and return whether it decided about the failure."""
        if type(self.workflow).on_task_failure is Workflow.on_task_failure:
            return False
        context = TaskFailureContext(command, error, copy.deepcopy(attributes))
        answer = self.workflow.on_task_failure(context)
        return apply_decision(answer if answer is not None else context, command)


_HANDLERS: dict[str, Callable[[WorkflowInstance, Any, Attributes], None]] = {
    "WorkflowExecutionStarted": WorkflowInstance._on_started,
    "WorkflowExecutionSignaled": WorkflowInstance._on_signaled,
    "WorkflowExecutionCancelRequested": WorkflowInstance._on_cancel_requested,
    "DecisionTaskCompleted": WorkflowInstance._on_decision_completed,
}
