"""Rerun: a new execution that keeps the results that an earlier one had.

    rerun(Pipeline, failed)                           # what did not complete is done again
    rerun(Pipeline, failed, from_="resize-3")         # ... and all that was asked for since
    rerun(Pipeline, failed, force_activities="report")

The new execution is started with the same input, and a note of where the results are; what its
decider does with that is in `results.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from swf import codecs, payload
from swf.constants import DATA_LIMIT
from swf.dataflow.arguments import decode_call
from swf.dataflow.declaration import Declaration, validate_workflow_class
from swf.exceptions import ValidationError
from swf.models import WorkflowExecution, WorkflowType
from swf.models.history import History
from swf.models.history.entity import Entity
from swf.payload import Codec

#: Payloads by activity id or, for a child, by `child_key`.
Results: TypeAlias = Mapping[str, str | None]

#: Finds a history by workflow id and run id.
Find: TypeAlias = Callable[[str, str], History]


def results_for(find: Find, history: History, codec: Codec) -> Results:
    """Return the results that an execution was started to keep; mostly there are none.

    :param find: finds the history of an earlier execution.
    """
    note = _kept_by(history, codec)
    if note is None:
        return {}
    # It may have been open, and gone on since.
    earlier = find(note["workflow_id"], note["run_id"])[: note.get("events")]
    before = results_for(find, earlier, codec)
    results = completed(earlier, note["from"], note["force"])
    return {**before, **results} if note["from"] is note["force"] is None else results


def _kept_by(history: History, codec: Codec) -> dict[str, Any] | None:
    """Return the note that an execution was started with of where the results are that it keeps."""
    given = payload.decode(history.execution.text("input"), codec)
    meta = given.get("meta") if isinstance(given, dict) else None
    note = meta.get("rerun") if isinstance(meta, dict) else None
    return note if isinstance(note, dict) else None


def completed(history: History, from_: str | None, force: str | None) -> dict[str, str | None]:
    """Return the results of what completed in a history.

    :param force: a regular expression, searched for in names and ids of activities that are to be
        done again.
    :raises ValidationError: there was nothing of the id `from_`, or `force` cannot be read.
    """
    until = _beginning(history, from_)
    forced = _searched(force)
    results: dict[str, str | None] = {}
    for activity in history.activities.values():
        names = (activity.name or "", str(activity.id))
        is_forced = forced is not None and any(map(forced.search, names))
        if _is_kept(activity, until) and not is_forced:
            results[str(activity.id)] = activity.text("result")
    for child in history.children.values():
        if _is_kept(child, until):
            results[child_key(child.text("control") or "")] = child.text("result")
    return results


def child_key(place: str) -> str:
    """Return the key of the result of a child at a place in the code."""
    return f"child {place}"


def _searched(force: str | None) -> re.Pattern[str] | None:
    """Return what is searched for in the names and ids of activities."""
    try:
        return re.compile(force) if force else None
    except re.error as error:
        raise ValidationError(
            "force_activities", force, f"is no regular expression: {error}"
        ) from error


def _is_kept(entity: Entity, until: float) -> bool:
    return entity.state == "completed" and (entity.attempts[0].opened_event_id or 0) < until


def _beginning(history: History, from_: str | None) -> float:
    """Return the event that first told of something."""
    if from_ is None:
        return float("inf")
    for entities in (history.activities, history.children):
        if from_ in entities:
            first = entities[from_].attempts[0]
            return first.opened_event_id or first.closed_event_id or 0
    raise ValidationError("from_", from_, "is no activity or child of this execution")


#: How the name of a task list begins that `standalone` makes for one run; a UUID follows.
STANDALONE_PREFIX: Final = "standalone-"


def rerun(
    workflow: type[Declaration],
    execution: WorkflowExecution,
    *,
    from_: str | None = None,
    force_activities: str | None = None,
    workflow_id: str | None = None,
    task_list: str | None = None,
    codec: Codec = codecs.TYPED_JSON,
) -> WorkflowExecution:
    """Start an execution anew that keeps the results of an earlier one, and return it.

    :param execution: the earlier one, with its run id.
    :param from_: the id of the first activity or child that is to be done again.
    :param force_activities: a regular expression; activities in whose name or id it is found are
        done again.
    :param workflow_id: of the new one; the same when not given.
    :param task_list: of the new one; when not given the same, or that of the workflow if it was
        one that `standalone` made for a single run.
    :raises ValidationError: there was nothing of the id `from_`, or `force_activities` is no
        regular expression.
    """
    validate_workflow_class("workflow", workflow)
    history = execution.history()
    completed(history, from_, force_activities)
    args, kwargs = decode_call(payload.decode(history.execution.text("input"), codec))
    note = {
        "workflow_id": execution.workflow_id,
        "run_id": execution.run_id,
        "from": from_,
        "force": force_activities,
        "events": len(history),
    }
    value = {"args": args, "kwargs": kwargs, "meta": {"rerun": note}}
    before = history.execution.task_list
    if before is not None and re.fullmatch(f"{STANDALONE_PREFIX}[0-9a-f]{{32}}", before):
        before = None
    kind = WorkflowType(
        execution.domain, workflow.name, workflow.version, connection=execution.connection
    )
    return kind.start_execution(
        workflow_id or execution.workflow_id,
        task_list=task_list or before or workflow.get_task_list(*args, **kwargs),
        input=payload.encode(value, "input", DATA_LIMIT, codec),
        tag_list=history.execution.tag_list or None,
    )
