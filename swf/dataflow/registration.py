"""Register the types that decisions name, once each, before they are needed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from swf import codecs, payload
from swf.connection import Connection
from swf.constants import DATA_LIMIT
from swf.dataflow.activity import Activity
from swf.dataflow.declaration import Declaration, validate_workflow_class
from swf.exceptions import AlreadyExistsError
from swf.models import ActivityType, Domain, WorkflowExecution, WorkflowType
from swf.payload import Codec


class Registrar:
    """Registers types with the service, and remembers which.

    :param connection: gives the way to the service when it is needed.
    """

    def __init__(self, domain: Domain, connection: Callable[[], Connection]) -> None:
        self._domain = domain
        self._connection = connection
        self._known: set[tuple[str, str, str]] = set()
        self._lock = threading.Lock()

    def activity(self, activity: Activity) -> None:
        """Register an activity type with its declared timeouts as defaults.

        Not its priority: each task says its own, and one that is to have none could not undo it.
        """
        kind = ActivityType(
            self._domain,
            activity.name,
            activity.version,
            task_list=activity.task_list,
            task_heartbeat_timeout=activity.heartbeat_timeout,
            task_schedule_to_close_timeout=activity.schedule_to_close_timeout,
            task_schedule_to_start_timeout=activity.schedule_to_start_timeout,
            task_start_to_close_timeout=activity.start_to_close_timeout,
            connection=self._connection(),
        )
        self._save(kind)

    def workflow(self, workflow: type[Declaration]) -> WorkflowType:
        """Register a workflow type, and return it."""
        kind = WorkflowType(
            self._domain,
            workflow.name,
            workflow.version,
            task_list=workflow.task_list,
            child_policy=workflow.child_policy,
            execution_timeout=workflow.execution_timeout,
            decision_tasks_timeout=workflow.decision_tasks_timeout,
            task_priority=workflow.declared_priority(),
            lambda_role=workflow.lambda_role,
            connection=self._connection(),
        )
        self._save(kind)
        return kind

    def _save(self, kind: ActivityType | WorkflowType) -> None:
        """Register a type and return when it is: others may be about to name it, too."""
        key = (kind.api_name, kind.name, kind.version)
        with self._lock:
            if key not in self._known:
                with suppress(AlreadyExistsError):  # by another process, or in a former life
                    kind.save()
                self._known.add(key)


def start(
    workflow: type[Declaration],
    args: Sequence[Any] = (),
    kwargs: Mapping[str, Any] | None = None,
    *,
    domain: Domain,
    workflow_id: str | None = None,
    task_list: str | None = None,
    tag_list: list[str] | None = None,
    codec: Codec = codecs.TYPED_JSON,
    registrar: Registrar | None = None,
    **options: Any,
) -> WorkflowExecution:
    """Start an execution and return it.

    :param args: Positional arguments of `run`.
    :param kwargs: Keyword arguments of `run`.
    :param workflow_id: `get_workflow_id` of the class says it when not given.
    :param task_list: `get_task_list` says it when not given.
    :param tag_list: `get_tag_list` says it when not given.
    :param codec: how the input is written; the deciders must use the same.
    :param registrar: what registers the type; it remembers what it has registered.
    :param options: as of `WorkflowType.start_execution`.
    """
    validate_workflow_class("workflow", workflow)
    named = dict(kwargs or {})
    given = {"args": list(args), "kwargs": named}
    kind = (registrar or Registrar(domain, lambda: domain.connection)).workflow(workflow)
    return kind.start_execution(
        workflow_id or workflow.get_workflow_id(*args, **named),
        task_list=task_list or workflow.get_task_list(*args, **named),
        input=payload.encode(given, "input", DATA_LIMIT, codec),
        tag_list=tag_list or _tags(workflow, args, named),
        **options,
    )


def _tags(
    workflow: type[Declaration], args: Sequence[Any], kwargs: Mapping[str, Any]
) -> list[str] | None:
    """Return the tags to start with: an execution that inherits them has no parent here."""
    tags = workflow.get_tag_list(*args, **kwargs)
    return None if tags is workflow.INHERIT_TAG_LIST else tags
