"""The decision maker: a function from the state of an execution to decisions, without I/O.

In this order: cancel the open work of an execution whose cancellation was requested; compensate for
a failed one; continue as new if the event budget is exceeded, after the active work has finished;
otherwise start the ready instances, and complete the execution when all steps are finished.

A failed step, and data that no decision can hold, fail the execution. Any other error is a bug in
user code: it fails the decision task, so the execution stays open until the bug is fixed.
"""

from __future__ import annotations

import inspect
import logging
import traceback
from collections.abc import Callable, Iterable
from copy import deepcopy
from typing import Any

from swf import payload
from swf.actors.functions import require_result
from swf.constants import DATA_LIMIT, REASON_LIMIT
from swf.engine.continuation import continue_as_new
from swf.engine.throttling import CommandKind, is_quota_cause
from swf.exceptions import ValidationError
from swf.flow import compensation, continuation
from swf.flow.activity_state import ActivityInstanceNotReadyException, ActivityState
from swf.flow.compensation import StartedInstance
from swf.flow.custom_decider import ScheduleContext, schedule
from swf.flow.definition import Definition
from swf.flow.flow_state import FlowState
from swf.flow.id_check import verify_ids
from swf.flow.scheduler import Scheduler
from swf.flow.step_state import ActivityFailedError
from swf.flow.unwritable import UnwritableDataError
from swf.models.decision import (
    Decision,
    cancel_workflow_execution,
    complete_workflow_execution,
    fail_workflow_execution,
    request_cancel_activity_task,
    request_cancel_external_workflow_execution,
)

logger = logging.getLogger(__name__)

OnError = Callable[[Exception], None]


def decide(
    definition: Definition, flow_state: FlowState, scheduler: Scheduler | None, on_error: OnError
) -> list[Decision]:
    """Return the decisions for an execution.

    :param scheduler: the states of the steps; None if the flow has a custom decider.
    :param on_error: called with the error that fails the execution.
    """
    decisions = _decide(definition, flow_state, scheduler, on_error)
    if decisions and decisions[-1].is_closing:
        _log_unclaimed_signals(flow_state, decisions[-1])
    return decisions


def _decide(
    definition: Definition, flow_state: FlowState, scheduler: Scheduler | None, on_error: OnError
) -> list[Decision]:
    if flow_state.history.execution.cancel_requested:
        decisions = cancel_open_work(flow_state)
        return _close(flow_state, cancel_workflow_execution()) if decisions is None else decisions
    if flow_state.input_error is not None:
        if not flow_state.is_undecided:
            raise flow_state.input_error  # another decider could decode it
        return fail(flow_state, flow_state.input_error, [], on_error)
    if definition.decider is not None:
        return decide_with_custom_decider(definition, flow_state, on_error, definition.decider)
    assert scheduler is not None  # noqa: S101 - a flow without a custom decider has one
    return decide_from_steps(definition, flow_state, scheduler, on_error)


def decide_from_steps(
    definition: Definition, flow_state: FlowState, scheduler: Scheduler, on_error: OnError
) -> list[Decision]:
    """Return the decisions that follow from the requirements of the steps.

    :param on_error: called with the error that fails the execution.
    """
    try:
        claims = scheduler.receive()
        error = scheduler.failure()
        if error is not None:
            raise error
        if not scheduler.is_complete and is_over_budget(definition, flow_state, scheduler):
            return [*claims, *_drain(definition, flow_state, scheduler)]
        decisions = [*claims, *scheduler.expand(), *scheduler.decisions()]
        if scheduler.is_complete:
            return [*decisions, *complete(flow_state)]
        if not decisions and scheduler.is_idle and not flow_state.limits.is_holding:
            raise _unsatisfiable(scheduler)
    except (ActivityFailedError, UnwritableDataError) as error:
        started = compensation.started_instances(definition, scheduler)
        return fail(flow_state, error, started, on_error)
    return decisions


def decide_with_custom_decider(
    definition: Definition,
    flow_state: FlowState,
    on_error: OnError,
    decider: Callable[..., Any],
) -> list[Decision]:
    """Return the decisions of a custom decider.

    :param on_error: called with the error that fails the execution.
    :param decider: the user's function; see `decider_arguments`.
    """
    error: Exception | None = None
    if _budget_is_used_up(definition, flow_state):
        try:
            decisions = _call_decider(definition, flow_state, on_error, decider, draining=True)
            if decisions and decisions[-1].type == "ContinueAsNewWorkflowExecution":
                _log_over_budget(flow_state, definition.event_budget)
            return decisions
        except ValidationError as size_error:
            events = len(flow_state.history)
            logger.error("Cannot continue as new after %d events: %s", events, size_error)
            flow_state.rollback()
            if flow_state.limits.room <= 0:
                error = _cannot_continue(size_error)
    return _call_decider(definition, flow_state, on_error, decider, error=error)


def _call_decider(
    definition: Definition,
    flow_state: FlowState,
    on_error: OnError,
    decider: Callable[..., Any],
    draining: bool = False,
    error: Exception | None = None,
) -> list[Decision]:
    """Return the decisions of one call of a custom decider.

    :param draining: whether to start nothing new, and continue as new when no work is active.
    :param error: fails the execution after the call, which finds the instances to compensate for.
    :raises ValidationError: the continuation does not fit in an input.
    """
    context = ScheduleContext(draining=draining)
    decisions = flow_state.record_derived_state()

    def schedule_step(*args: Any, **kwargs: Any) -> ActivityState:
        return schedule(decisions, context, flow_state, {}, *args, **kwargs)

    try:
        workflow_input = deepcopy(flow_state.context.workflow_input)
        arguments = decider_arguments(decider, schedule_step, workflow_input)
        require_result("decider", decider(**arguments))
    except ActivityInstanceNotReadyException:
        context.mark_uncompleted()
    except ActivityFailedError as failure:
        error = compensation.original_failure(failure, flow_state)
    except UnwritableDataError as failure:
        error = failure
    if error is not None:
        others = compensation.unreached_instances(definition, context.started, flow_state)
        return fail(flow_state, error, [*context.started, *others], on_error)
    verify_ids(context.begun, context.instance_ids, flow_state)
    if context.completed:
        return [*decisions, *complete(flow_state)]
    if draining and not flow_state.limits.is_holding and _is_idle_after(flow_state, decisions):
        try:
            state = flow_state.continuation()
            decisions += _continue_as_new(flow_state, state, is_derivable=True)
        except UnwritableDataError as refusal:
            return fail(flow_state, refusal, context.started, on_error)
    return decisions


def decider_arguments(
    decider: Callable[..., Any], schedule: Any, workflow_input: Any
) -> dict[str, Any]:
    """Return the keyword arguments for a custom decider.

    :param schedule: passed as `schedule`.
    :param workflow_input: passed as `context` if the decider accepts it.
    """
    arguments = {"schedule": schedule}
    parameters = inspect.signature(decider).parameters.values()
    if any(p.name == "context" or p.kind is p.VAR_KEYWORD for p in parameters):
        arguments["context"] = workflow_input
    return arguments


def _close(
    flow_state: FlowState, decision: Decision, kind: CommandKind = CommandKind.CLOSE
) -> list[Decision]:
    """Return a closing decision, unless the service has just refused one of its kind."""
    return [decision] if flow_state.limits.admit(kind) else []


def complete(flow_state: FlowState) -> list[Decision]:
    """Return the decision that completes the execution with the merged results.

    Results that do not fit are logged and left out.
    """
    try:
        result = payload.encode(flow_state.results or None, "result", codec=flow_state.codec)
        return _close(flow_state, complete_workflow_execution(result))
    except ValidationError as error:
        logger.error("Completing the execution without its results: %s", error)
        return _close(flow_state, complete_workflow_execution())


def fail(
    flow_state: FlowState, error: Exception, started: Iterable[StartedInstance], on_error: OnError
) -> list[Decision]:
    """Return the decisions that compensate for started instances and then fail the execution.

    :param error: the reason of the failure.
    :param started: the instances that have begun.
    :param on_error: called with the error when the execution fails.
    """
    flow_state.limits.use_reserve()
    compensations = compensation.plan(started, flow_state)
    if compensations:
        decisions = cancel_open_work(flow_state, {instance.id for instance in compensations})
        if decisions is None:
            decisions = compensation.decisions(compensations, flow_state)
        if decisions is not None:
            return decisions
    details = failure_details(error, flow_state)
    decision = fail_workflow_execution(reason=failure_reason(error), details=details)
    decisions = _close(flow_state, decision)
    if decisions:
        on_error(error)
    return decisions


def cancel_open_work(
    flow_state: FlowState, except_ids: set[str] | frozenset[str] = frozenset()
) -> list[Decision] | None:
    """Return the decisions that request cancellation of open activities and child executions.

    :param except_ids: ids of activities that are not canceled.
    :returns: None when no such work is open.
    """
    history = flow_state.history
    activities = [a for a in history.open_activities if a.id not in except_ids]
    children = history.open_children
    if not activities and not children:
        return None
    cancels = history.external_cancels.values()
    requests = {cancel.workflow_id for cancel in cancels if not is_quota_cause(cancel.cause)}
    return [
        *(request_cancel_activity_task(str(a.id)) for a in activities if not a.cancel_requested),
        *(
            request_cancel_external_workflow_execution(str(c.id), run_id=c.run_id)
            for c in children
            if c.id not in requests and c.run_id and flow_state.limits.admit(CommandKind.CANCEL)
        ),
    ]


def failure_reason(error: Exception) -> str:
    """Return the reason of an execution that fails because of an error."""
    return payload.cut(str(error) or type(error).__name__, REASON_LIMIT)


def failure_details(error: Exception, flow_state: FlowState) -> str:
    """Return the details of a failure: those of the failed activity, or the traceback."""
    if isinstance(error, ActivityFailedError):
        activity = flow_state.history.activities.get(error.activity_id)
        details = activity.text("details") if activity else None
        return payload.cut(details or str(error), DATA_LIMIT)
    details = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    return payload.cut(details, DATA_LIMIT)


def is_over_budget(definition: Definition, flow_state: FlowState, scheduler: Scheduler) -> bool:
    """Return whether the execution must continue as new.

    False if that is impossible, or if no new work waits to begin.

    :raises UnwritableDataError: it is impossible, and the history has no room for more work.
    """
    if not _budget_is_used_up(definition, flow_state):
        return False
    if scheduler.is_busy and not scheduler.may_begin:
        return False
    try:
        # Computed each time, so that the answer does not depend on cached state.
        _continuation_decision(flow_state, scheduler.continuation())
    except ValidationError as error:
        if not scheduler.size_error_logged:
            scheduler.size_error_logged = True
            events = len(flow_state.history)
            logger.error("Cannot continue as new after %d events: %s", events, error)
        started = compensation.started_instances(definition, scheduler)
        if flow_state.limits.room <= len(compensation.plan(started, flow_state)):
            raise _cannot_continue(error) from error
        return False
    return True


def _budget_is_used_up(definition: Definition, flow_state: FlowState) -> bool:
    """Return whether an execution must not begin new work in this history."""
    return len(flow_state.history) >= definition.event_budget or flow_state.limits.room <= 0


def _cannot_continue(error: ValidationError) -> UnwritableDataError:
    return UnwritableDataError(f"cannot continue as new: {error}")


def _drain(definition: Definition, flow_state: FlowState, scheduler: Scheduler) -> list[Decision]:
    """Return the retries of active work; when none is left, the decision to continue as new."""
    if not scheduler.budget_warning_logged:
        scheduler.budget_warning_logged = True
        _log_over_budget(flow_state, definition.event_budget)
    retries = scheduler.decisions(draining=True)
    limits = flow_state.limits
    if not retries and scheduler.is_busy and limits.room <= 0 and not limits.open_count:
        events = len(flow_state.history)
        raise UnwritableDataError(f"no room for another attempt: {events} events in the history")
    if retries or scheduler.is_busy:
        return retries
    return _continue_as_new(flow_state, scheduler.continuation())


def _continue_as_new(
    flow_state: FlowState, state: continuation.ContinuationState, *, is_derivable: bool = False
) -> list[Decision]:
    """Return the decision to continue as new, unless the account's rate of them is exhausted.

    :param is_derivable: whether the state follows from the history alone.
    :raises UnwritableDataError: the service has refused it, and time does not remove the cause.
    """
    for event in flow_state.history.refusals:
        if event.name == "ContinueAsNewWorkflowExecutionFailed" and _is_permanent(event.cause):
            raise UnwritableDataError(f"continue as new was refused: {event.cause}")
    decision = _continuation_decision(flow_state, state, is_derivable=is_derivable)
    return _close(flow_state, decision, CommandKind.CONTINUE_AS_NEW)


def _is_permanent(cause: str) -> bool:
    """Return whether a decision would be refused again, in spite of new events and a delay."""
    return cause != "UNHANDLED_DECISION" and not is_quota_cause(cause)


def _continuation_decision(
    flow_state: FlowState, state: continuation.ContinuationState, *, is_derivable: bool = False
) -> Decision:
    """Return the decision to continue as new, with the same settings.

    :raises ValidationError: the continuation state does not fit in an input.
    """
    source = (flow_state.workflow_id, flow_state.run_id)
    text = continuation.encode(state, source, flow_state.codec, is_derivable=is_derivable)
    return continue_as_new(flow_state.history.execution, text)


def _log_over_budget(flow_state: FlowState, budget: int) -> None:
    logger.warning(
        "Event budget exceeded, continuing as new: %d of %d events", len(flow_state.history), budget
    )


def _log_unclaimed_signals(flow_state: FlowState, closing: Decision) -> None:
    """Log the signals that no step has claimed, unless the next run receives them."""
    unclaimed = flow_state.signals.unclaimed_by(flow_state.signals.claimants)
    if unclaimed and closing.type != "ContinueAsNewWorkflowExecution":
        logger.warning(
            "Execution closes with unclaimed signals: workflow_id=%s count=%d names=%s",
            flow_state.workflow_id,
            len(unclaimed),
            ", ".join(sorted({name for name, _ in unclaimed})),
        )


def _is_idle_after(flow_state: FlowState, decisions: Iterable[Decision]) -> bool:
    """Return whether, after these decisions, nothing is open that leads to a decision task."""
    canceled = set()
    for decision in decisions:
        if decision.type == "CancelTimer":
            canceled.add(decision.attributes["timerId"])
        elif decision.type != "RecordMarker":
            return False
    history = flow_state.history
    timers = [timer for timer in history.open_timers if timer.id not in canceled]
    return not (history.open_activities or timers or history.open_children)


def _unsatisfiable(scheduler: Scheduler) -> ValidationError:
    waiting = ", ".join(state.name for state in scheduler.steps.values() if not state.finished)
    return ValidationError("requires", waiting, "cannot be satisfied; see Flow.check()")
