"""Rerun: a new execution that reuses the results of an earlier one.

    rerun(Pipeline, failed)                           # repeats tasks that did not complete
    rerun(Pipeline, failed, from_="resize-3")         # ... and all tasks submitted since
    rerun(Pipeline, failed, force_activities="report")

The new execution has the same arguments, and its input refers to the earlier execution. Its decider
reads the results from the earlier history (`results_for`): a task with the same id or place that
completed there is finished immediately.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from swf import codecs, payload
from swf.constants import DATA_LIMIT
from swf.dataflow.arguments import decode_call
from swf.dataflow.declaration import Declaration, validate_workflow_class
from swf.dataflow.handle import WorkflowHandle
from swf.exceptions import ValidationError
from swf.models import WorkflowExecution, WorkflowType
from swf.models.history import History
from swf.models.history.entity import Entity
from swf.payload import Codec

#: Encoded results by activity id or, for a child workflow, by `child_key`.
Results: TypeAlias = Mapping[str, str | None]

#: Returns the history of an execution, given its workflow id and run id.
FindHistory: TypeAlias = Callable[[str, str], History]

#: The prefix of the task lists that `standalone` generates; a UUID follows.
STANDALONE_PREFIX: Final = "standalone-"


def results_for(find_history: FindHistory, history: History, codec: Codec) -> Results:
    """Return the results that an execution reuses; usually none.

    :param find_history: Returns the history of an earlier execution.
    :param history: The history of the new execution.
    """
    reference = _reference(history, codec)
    if reference is None:
        return {}
    # The earlier execution may have been open at the rerun, and longer now.
    earlier = find_history(reference["workflow_id"], reference["run_id"])
    earlier = earlier[: reference.get("events")]
    inherited = results_for(find_history, earlier, codec)
    from_, force = reference["from"], reference["force"]
    results = completed_results(earlier, from_, force)
    return {**inherited, **results} if from_ is force is None else results


def _reference(history: History, codec: Codec) -> dict[str, Any] | None:
    """Return the reference to an earlier execution in the input of an execution."""
    value = payload.decode(history.execution.text("input"), codec)
    meta = value.get("meta") if isinstance(value, dict) else None
    reference = meta.get("rerun") if isinstance(meta, dict) else None
    return reference if isinstance(reference, dict) else None


def completed_results(
    history: History, from_: str | None, force: str | None
) -> dict[str, str | None]:
    """Return the results of the tasks that completed in a history.

    :param from_: The id of the first activity or child workflow to leave out.
    :param force: A regular expression; activities with a match in their name or id are left out.
    :raises ValidationError: The history has no id `from_`, or `force` is not a regular expression.
    """
    end = _first_event_id(history, from_)
    pattern = _compile(force)
    results: dict[str, str | None] = {}
    for activity in history.activities.values():
        names = (activity.name or "", str(activity.id))
        is_forced = pattern is not None and any(map(pattern.search, names))
        if _completed_before(activity, end) and not is_forced:
            results[str(activity.id)] = activity.text("result")
    for child in history.children.values():
        if _completed_before(child, end):
            results[child_key(child.text("control") or "")] = child.text("result")
    return results


def child_key(place: str) -> str:
    """Return the key in `Results` of a child workflow.

    :param place: The id of the child in the structure of its parent; the `control` of its events.
    """
    return f"child {place}"


def _compile(force: str | None) -> re.Pattern[str] | None:
    try:
        return re.compile(force) if force else None
    except re.error as error:
        raise ValidationError(
            "force_activities", force, f"must be a regular expression: {error}"
        ) from error


def _completed_before(entity: Entity, event_id: float) -> bool:
    """Return whether a task completed whose first attempt was opened before an event."""
    return entity.state == "completed" and (entity.attempts[0].opened_event_id or 0) < event_id


def _first_event_id(history: History, from_: str | None) -> float:
    """Return the first event of a task; infinity for no task."""
    if from_ is None:
        return float("inf")
    for entities in (history.activities, history.children):
        if from_ in entities:
            first = entities[from_].attempts[0]
            return first.opened_event_id or first.closed_event_id or 0
    raise ValidationError("from_", from_, "must be the id of an activity or child of the execution")


def rerun(
    workflow: type[Declaration],
    execution: WorkflowExecution,
    *,
    from_: str | None = None,
    force_activities: str | None = None,
    workflow_id: str | None = None,
    task_list: str | None = None,
    codec: Codec = codecs.TYPED_JSON,
) -> WorkflowHandle[Any]:
    """Start an execution that reuses the results of an earlier one, and return it.

    :param workflow: The workflow class of the earlier execution.
    :param execution: The earlier execution, with its run id.
    :param from_: The id of the first activity or child workflow to repeat. Default: only tasks
        that did not complete.
    :param force_activities: A regular expression; activities with a match in their name or id are
        repeated.
    :param workflow_id: The workflow id of the new execution. Default: that of the earlier one.
    :param task_list: The task list of the new execution. Default: that of the earlier one, or that
        of the workflow class if `standalone` generated the earlier one.
    :param codec: The codec of both executions.
    :raises ValidationError: The history has no id `from_`, or `force_activities` is not a regular
        expression.
    """
    validate_workflow_class("workflow", workflow)
    history = execution.history()
    completed_results(history, from_, force_activities)  # validates both parameters
    args, kwargs = decode_call(payload.decode(history.execution.text("input"), codec))
    reference = {
        "workflow_id": execution.workflow_id,
        "run_id": execution.run_id,
        "from": from_,
        "force": force_activities,
        "events": len(history),
    }
    value = {"args": args, "kwargs": kwargs, "meta": {"rerun": reference}}
    earlier_list = history.execution.task_list
    if earlier_list is not None and re.fullmatch(
        f"{STANDALONE_PREFIX}[0-9a-f]{{32}}", earlier_list
    ):
        earlier_list = None
    workflow_type = WorkflowType(
        execution.domain, workflow.name, workflow.version, connection=execution.connection
    )
    new_execution = workflow_type.start_execution(
        workflow_id or execution.workflow_id,
        task_list=task_list or earlier_list or workflow.get_task_list(*args, **kwargs),
        input=payload.encode(value, "input", DATA_LIMIT, codec),
        tag_list=history.execution.tag_list or None,
    )
    return WorkflowHandle.from_execution(new_execution, codec)
