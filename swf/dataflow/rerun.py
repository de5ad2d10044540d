"""Rerun: a new execution that keeps the results that an earlier one had.

    rerun(Pipeline, failed)                           # what did not complete is done again
    rerun(Pipeline, failed, from_="resize-3")         # ... and all that was asked for since
    rerun(Pipeline, failed, force_activities="report.*")

The new execution is started with the same input, and a note of where the results are. Its decider
reads them from the earlier history: what has the same place in the code and was completed there is
done at once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias

from swf import codecs, payload
from swf.constants import DATA_LIMIT
from swf.exceptions import ValidationError
from swf.models import WorkflowExecution, WorkflowType
from swf.models.history import History
from swf.models.history.entity import Entity
from swf.payload import Codec

if TYPE_CHECKING:
    from swf.dataflow.workflow import Workflow


#: Payloads by activity id or, for a child, by `child_key`.
Results: TypeAlias = Mapping[str, str | None]


def rerun(
    workflow: type[Workflow],
    execution: WorkflowExecution,
    *,
    from_: str | None = None,
    force_activities: str | None = None,
    workflow_id: str | None = None,
    task_list: str | None = None,
    codec: Codec = codecs.JSON,
) -> WorkflowExecution:
    """Start an execution anew that keeps the results of an earlier one, and return it.

    :param execution: the earlier one, with its run id.
    :param from_: the id of the first activity or child that is to be done again.
    :param force_activities: a regular expression for names of activities to be done again.
    :param workflow_id: of the new one; the same when not given.
    :param task_list: of the new one; the same when not given.
    :raises ValidationError: there was nothing of the id `from_`.
    """
    history = execution.history()
    completed(history, from_, force_activities)
    given = payload.decode(history.execution.text("input"), codec)
    called = given if isinstance(given, dict) and "args" in given else {"args": [given]}
    note = {
        "workflow_id": execution.workflow_id,
        "run_id": execution.run_id,
        "from": from_,
        "force": force_activities,
    }
    value = {**called, "meta": {"rerun": note}}
    kind = WorkflowType(
        execution.domain, workflow.name, workflow.version, connection=execution.connection
    )
    return kind.start_execution(
        workflow_id or execution.workflow_id,
        task_list=task_list or history.execution.task_list,
        input=payload.encode(value, "input", DATA_LIMIT, codec),
        tag_list=history.execution.tag_list or None,
    )


def results_for(execution: WorkflowExecution, history: History, codec: Codec) -> Results:
    """Return the results that an execution was started to keep; mostly there are none.

    :param execution: any of the domain.
    """
    given = payload.decode(history.execution.text("input"), codec)
    meta = given.get("meta") if isinstance(given, dict) else None
    note = meta.get("rerun") if isinstance(meta, dict) else None
    if not isinstance(note, dict):
        return {}
    earlier = execution.evolve(workflow_id=note["workflow_id"], run_id=note["run_id"])
    its_history = earlier.history()
    before = results_for(earlier, its_history, codec)
    results = completed(its_history, note["from"], note["force"])
    return {**before, **results} if note["from"] is note["force"] is None else results


def completed(history: History, from_: str | None, force: str | None) -> dict[str, str | None]:
    """Return the results of what completed in a history.

    :raises ValidationError: there was nothing of the id `from_`.
    """
    until = _beginning(history, from_)
    forced = re.compile(force) if force else None
    results: dict[str, str | None] = {}
    for activity in history.activities.values():
        is_forced = forced is not None and forced.fullmatch(activity.name or "")
        if _is_kept(activity, until) and not is_forced:
            results[str(activity.id)] = activity.text("result")
    for child in history.children.values():
        if _is_kept(child, until):
            results[child_key(child.text("control") or "")] = child.text("result")
    return results


def child_key(place: str) -> str:
    """Return the key of the result of a child at a place in the code."""
    return f"child {place}"


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
