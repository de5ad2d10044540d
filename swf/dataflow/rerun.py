"""Rerun: a new execution that keeps the results that an earlier one had.

    rerun(Pipeline, failed)                           # what did not complete is done again
    rerun(Pipeline, failed, from_="resize-3")         # ... and all that was asked for since
    rerun(Pipeline, failed, force_activities="report")

The new execution is started with the same input, and a note of where the results are; what its
decider does with that is in `results.py`.
"""

from __future__ import annotations

import re
from typing import Final

from swf import codecs, payload
from swf.constants import DATA_LIMIT
from swf.dataflow.arguments import decode_call
from swf.dataflow.declaration import Declaration, accept_workflow
from swf.dataflow.results import completed
from swf.models import WorkflowExecution, WorkflowType
from swf.payload import Codec

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
    accept_workflow("workflow", workflow)
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
