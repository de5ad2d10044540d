"""Standalone: a workflow with its decider and workers in one command, on any service.

They have a task list of their own, so that nobody else takes their tasks, wherever activities and
children were declared to go. What is done here is what `run_local` does on a service of its own.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from swf import codecs
from swf.actors.core import non_negative_number, positive_int
from swf.dataflow.decider import Decider
from swf.dataflow.declaration import accept_workflow
from swf.dataflow.local import result_of
from swf.dataflow.middleware import Middleware
from swf.dataflow.rerun import STANDALONE_PREFIX, rerun
from swf.dataflow.starting import start
from swf.dataflow.worker import ActivityWorker
from swf.dataflow.workflow import Workflow
from swf.models import Domain, WorkflowExecution
from swf.payload import Codec


def standalone(
    workflow: type[Workflow],
    /,
    *args: Any,
    domain: Domain,
    workers: int = 1,
    timeout: float | None = None,
    codec: Codec = codecs.TYPED_JSON,
    repair: WorkflowExecution | None = None,
    force_activities: str | None = None,
    middleware: Iterable[Middleware] = (),
    starting: Mapping[str, Any] | None = None,
    **kwargs: Any,
) -> Any:
    """Run a workflow with a decider and workers in threads of this process; return its result.

    :param domain: where, a domain that exists.
    :param workers: how many activities at a time.
    :param timeout: seconds to wait for it; None: as long as it takes.
    :param repair: an earlier execution whose results are kept; its input is used.
    :param force_activities: a regular expression; activities in whose name or id it is found are
        done all the same.
    :param middleware: what runs around each activity, the first one outermost.
    :param starting: what else a new execution is started with, as of `start`: `workflow_id`,
        `tag_list`, `execution_timeout` and so on.
    :raises ValidationError: something of that cannot be; nothing was begun.
    :raises ExecutionError: it failed, timed out, was canceled or terminated.
    :raises WaitTimeout: it is still open after `timeout`.
    """
    accept_workflow("workflow", workflow)
    positive_int("workers", workers)
    if timeout is not None:
        non_negative_number("timeout", timeout)
    task_list = f"{STANDALONE_PREFIX}{uuid.uuid4().hex}"
    decider = Decider(
        domain,
        task_list,
        [workflow],
        codec=codec,
        activity_task_list=task_list,
        child_task_list=task_list,
    )
    worker = ActivityWorker(
        domain, task_list, codec=codec, middleware=middleware, concurrency=workers
    )
    actors = (decider, worker)
    for actor in actors:
        actor.start()
    try:
        if repair is not None:
            execution = rerun(
                workflow,
                repair,
                force_activities=force_activities,
                task_list=task_list,
                codec=codec,
            )
        else:
            execution = start(
                workflow,
                args,
                kwargs,
                domain=domain,
                task_list=task_list,
                codec=codec,
                **(starting or {}),
            )
        closed = execution.wait(timeout)
    finally:
        for actor in actors:
            # Nobody else uses their list, so that a poll in flight need not be waited for.
            actor.stop(timeout=0)
    return result_of(closed.history(), codec)
