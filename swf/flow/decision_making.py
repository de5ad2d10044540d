"""The decision maker: from what is known of a run to decisions. It knows no service and no clock.

In this order: an execution that is asked to cancel winds down; one that has failed undoes what it
did, if it says how; one that has had too many events lets what is under way come to an end and
continues as new; any other begins what can begin, and completes when all is done.
"""

from __future__ import annotations

import inspect
import logging
import traceback
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from swf import payload
from swf.constants import DATA_LIMIT, REASON_LIMIT
from swf.exceptions import ValidationError
from swf.flow import compensation, continuation
from swf.flow.activity_state import ActivityInstanceNotReadyException
from swf.flow.custom_decider import ScheduleContext, schedule
from swf.flow.definition import Definition
from swf.flow.flow_state import FlowState
from swf.flow.scheduler import Scheduler
from swf.flow.step_state import ActivityFailedError
from swf.models.decision import (
    Decision,
    cancel_workflow_execution,
    complete_workflow_execution,
    continue_as_new_workflow_execution,
    fail_workflow_execution,
    request_cancel_activity_task,
    request_cancel_external_workflow_execution,
)

logger = logging.getLogger(__name__)

OnError = Callable[[Exception], None]


def decide(
    definition: Definition, run: FlowState, progress: Scheduler | None, on_error: OnError
) -> list[Decision]:
    """Return the decisions for a run.

    :param progress: how far the steps are; None if the flow has its own decider.
    :param on_error: is called with what makes the execution fail.
    """
    if run.history.execution.cancel_requested:
        decisions = cancel_open_work(run)
        return [cancel_workflow_execution()] if decisions is None else decisions
    if definition.decider is not None:
        return decide_with_custom_decider(definition, run, on_error, definition.decider)
    assert progress is not None  # noqa: S101 - a flow without a decider of its own has one
    return decide_from_steps(definition, run, progress, on_error)


def decide_from_steps(
    definition: Definition, run: FlowState, progress: Scheduler, on_error: OnError
) -> list[Decision]:
    """Return the decisions that follow from what the steps require."""
    try:
        taken = progress.receive()
        error = progress.failure()
        if error is not None:
            raise error
        if not progress.is_complete and is_over_budget(definition, run, progress):
            return [*taken, *_continue(definition, run, progress)]
        decisions = [*taken, *progress.expand(), *progress.decisions()]
        if progress.is_complete:
            return [*decisions, complete(run)]
        if not decisions and progress.is_idle:
            raise _stalled(progress)
    except Exception as error:  # noqa: BLE001 - generators are code of the user's
        begun = compensation.begun_steps(definition, progress)
        return fail(run, error, begun, on_error)
    return decisions


def decide_with_custom_decider(
    definition: Definition, run: FlowState, on_error: OnError, decider: Callable[..., Any]
) -> list[Decision]:
    """Return the decisions of a custom decider."""
    if len(run.history) >= definition.event_budget:
        try:
            decisions = _turn(run, on_error, decider, draining=True)
            if decisions and decisions[-1].type == "ContinueAsNewWorkflowExecution":
                _warn(run, definition.event_budget)
            return decisions
        except ValidationError as error:
            logger.error("%d events, and it cannot continue as new: %s", len(run.history), error)
            run.inbox.rollback()
    return _turn(run, on_error, decider)


def _turn(
    run: FlowState, on_error: OnError, decider: Callable[..., Any], draining: bool = False
) -> list[Decision]:
    """Return the decisions of one turn of a custom decider.

    :param draining: whether it begins nothing new, and continues as new when nothing is under way.
    :raises ValidationError: what it would hand on does not fit.
    """
    context = ScheduleContext(draining=draining)
    decisions: list[Decision] = []
    scheduler = partial(schedule, decisions, context, run, run.known)
    try:
        decider(**decider_arguments(decider, scheduler, run.context.workflow_input))
    except ActivityInstanceNotReadyException:
        context.mark_uncompleted()
    except Exception as error:  # noqa: BLE001 - the decider is code of the user's
        return fail(run, error, context.begun, on_error)
    if context.completed:
        return [*decisions, complete(run)]
    if draining and _is_quiet(run, decisions):
        return [*decisions, _as_new(run, continuation.pack(run.carry()))]
    return decisions


def decider_arguments(
    decider: Callable[..., Any], scheduler: Any, workflow_input: Any
) -> dict[str, Any]:
    """Return what a custom decider is called with: `schedule`, and `context` if it takes that."""
    given = {"schedule": scheduler}
    parameters = inspect.signature(decider).parameters.values()
    if any(p.name == "context" or p.kind is p.VAR_KEYWORD for p in parameters):
        given["context"] = workflow_input
    return given


def complete(run: FlowState) -> Decision:
    """Return the decision that completes the execution, with all results merged."""
    try:
        result = payload.encode(run.results or None, "result", codec=run.codec)
        return complete_workflow_execution(result)
    except ValidationError as error:
        logger.error("the results are not kept with the execution: %s", error)
        return complete_workflow_execution()


def fail(
    run: FlowState,
    error: Exception,
    begun: Iterable[compensation.StartedInstance],
    on_error: OnError,
) -> list[Decision]:
    """Return the decisions that undo what was begun and, when that is done, fail."""
    compensations = compensation.plan(begun, run)
    if compensations:
        decisions = cancel_open_work(
            run, except_ids={activity_id for _, _, activity_id in compensations}
        )
        if decisions is None:
            decisions = compensation.decisions(compensations, run)
        if decisions is not None:
            return decisions
    on_error(error)
    return [
        fail_workflow_execution(reason=failure_reason(error), details=failure_details(error, run))
    ]


def cancel_open_work(
    run: FlowState, except_ids: set[str] | frozenset[str] = frozenset()
) -> list[Decision] | None:
    """Return the requests to cancel what is open; None when nothing is open any more.

    :param but: activities that go on.
    """
    history = run.history
    activities = [a for a in history.open_activities if a.id not in except_ids]
    children = history.open_children
    if not activities and not children:
        return None
    asked = {request.workflow_id for request in history.external_cancels.values()}
    return [
        *(request_cancel_activity_task(str(a.id)) for a in activities if not a.cancel_requested),
        *(
            request_cancel_external_workflow_execution(str(c.id), run_id=c.run_id)
            for c in children
            if c.id not in asked and c.run_id
        ),
    ]


def failure_reason(error: Exception) -> str:
    """Return the reason for which an execution fails because of an error."""
    return payload.cut(str(error) or type(error).__name__, REASON_LIMIT)


def failure_details(error: Exception, run: FlowState) -> str:
    """Return what more there is to say: what the activity said, or where the error was raised."""
    if isinstance(error, ActivityFailedError):
        activity = run.history.activities.get(error.activity_id)
        told = activity.text("details") if activity else None
        return payload.cut(told or str(error), DATA_LIMIT)
    told = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    return payload.cut(told, DATA_LIMIT)


def is_over_budget(definition: Definition, run: FlowState, progress: Scheduler) -> bool:
    """Return whether the execution has to continue as new; it goes on if that is impossible."""
    if len(run.history) < definition.event_budget:
        return False
    if progress.is_busy and not progress.may_begin:
        return False  # nothing is held back, so it does not matter yet
    try:
        _as_new(run, continuation.pack(progress.carry()))
    except ValidationError as error:
        # Whether it fits is asked each time, so that it does not matter what is remembered.
        if not progress.size_error_logged:
            progress.size_error_logged = True
            logger.error("%d events, and it cannot continue as new: %s", len(run.history), error)
        return False
    return True


def _continue(definition: Definition, run: FlowState, progress: Scheduler) -> list[Decision]:
    """Return what lets the work under way come to an end and, when it has, continues as new."""
    if not progress.budget_warning_logged:
        progress.budget_warning_logged = True
        _warn(run, definition.event_budget)
    retries = progress.decisions(draining=True)
    if retries or progress.is_busy:
        return retries
    return [_as_new(run, continuation.pack(progress.carry()))]


def _as_new(run: FlowState, given: Any) -> Decision:
    execution = run.history.execution
    return continue_as_new_workflow_execution(
        child_policy=execution.child_policy,
        execution_start_to_close_timeout=_whole(execution.execution_timeout),
        input=payload.encode(given, "input", codec=run.codec),
        lambda_role=execution.lambda_role,
        tag_list=execution.tag_list or None,
        task_list=execution.task_list,
        task_priority=execution.task_priority,
        task_start_to_close_timeout=execution.decision_tasks_timeout,
        workflow_type_version=execution.workflow_type.version if execution.workflow_type else None,
    )


def _warn(run: FlowState, budget: int) -> None:
    logger.warning("%d events of a budget of %d: it continues as new", len(run.history), budget)


def _whole(seconds: int | str | None) -> int | None:
    return seconds if isinstance(seconds, int) else None


def _is_quiet(run: FlowState, decisions: Iterable[Decision]) -> bool:
    """Return whether nothing is under way that would wake the decider, after its decisions."""
    canceled = set()
    for decision in decisions:
        if decision.type == "CancelTimer":
            canceled.add(decision.attributes["timerId"])
        elif decision.type != "RecordMarker":
            return False
    history = run.history
    timers = [timer for timer in history.open_timers if timer.id not in canceled]
    return not (history.open_activities or timers or history.open_children)


def _stalled(progress: Scheduler) -> ValidationError:
    waiting = ", ".join(node.name for node in progress.nodes.values() if not node.finished)
    return ValidationError("requires", waiting, "can never be met: see Flow.check()")
