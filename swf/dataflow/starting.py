"""Start an execution of a workflow class: its type is registered, its class methods are asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from swf import codecs, payload
from swf.constants import DATA_LIMIT
from swf.dataflow.declaration import Declaration, accept_workflow
from swf.dataflow.registration import Registrar
from swf.models import Domain, WorkflowExecution
from swf.payload import Codec


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
    accept_workflow("workflow", workflow)
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
