"""Start an execution of a flow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from swf import payload
from swf.exceptions import InvalidTypeError
from swf.flow.definition import Definition
from swf.flow.domain_resolution import resolve_domain
from swf.flow.registration import workflow_type
from swf.models import WorkflowExecution


def start_execution(
    definition: Definition,
    context: Mapping[str, Any] | None = None,
    workflow_id: str | None = None,
    **options: Any,
) -> WorkflowExecution:
    """Start an execution (StartWorkflowExecution) and return it.

    :param context: the input, a dictionary that the flow's codec can encode.
    :param workflow_id: None: a random id.
    :param options: options of `WorkflowType.start_execution`.
    :raises TypeError: the context is not a dictionary.
    """
    if not (context is None or isinstance(context, Mapping)):
        raise InvalidTypeError("context", context, "must be a dictionary")
    codec = definition.codec
    text = payload.encode(None if context is None else dict(context), "input", codec=codec)
    return start_with_input(definition, text, workflow_id, **options)


def start_with_input(
    definition: Definition, text: str | None, workflow_id: str | None = None, **options: Any
) -> WorkflowExecution:
    """Start an execution (StartWorkflowExecution) with an encoded input, and return it.

    :param workflow_id: None: a random id.
    :param options: options of `WorkflowType.start_execution`.
    """
    client = getattr(definition.flow, "client", None)
    flow_type = workflow_type(definition, resolve_domain(definition.domain, client))
    defaults = {
        "task_list": flow_type.task_list,
        "child_policy": flow_type.child_policy,
        "execution_timeout": flow_type.execution_timeout,
        "decision_tasks_timeout": flow_type.decision_tasks_timeout,
    }
    return flow_type.start_execution(workflow_id, input=text, **{**defaults, **options})
