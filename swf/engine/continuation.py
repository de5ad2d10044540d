"""Executions that continue as new: the decision, and the last run of a chain."""

from __future__ import annotations

from typing import TypeVar

from swf.models import WorkflowExecution
from swf.models.decision import Decision, continue_as_new_workflow_execution
from swf.models.history import History, HistoryExecution

E = TypeVar("E", bound=WorkflowExecution)


def continue_as_new(
    execution: HistoryExecution, text: str | None, version: str | None = None
) -> Decision:
    """Return the decision to continue an execution as new, with the same settings.

    SWF: ContinueAsNewWorkflowExecution.

    :param execution: the settings of the execution.
    :param text: the encoded input of the next run.
    :param version: the version of the workflow type; None: that of the execution.
    """
    if version is None and execution.workflow_type is not None:
        version = execution.workflow_type.version
    timeout = execution.execution_timeout
    return continue_as_new_workflow_execution(
        child_policy=execution.child_policy,
        execution_start_to_close_timeout=timeout if isinstance(timeout, int) else None,
        input=text,
        lambda_role=execution.lambda_role,
        tag_list=execution.tag_list or None,
        task_list=execution.task_list,
        task_priority=execution.task_priority,
        task_start_to_close_timeout=execution.decision_tasks_timeout,
        workflow_type_version=version,
    )


def next_run(execution: E, history: History) -> E | None:
    """Return the run as which an execution continued; None if it did not.

    :param history: The history of the execution.
    """
    run_id = history.execution.new_execution_run_id
    return None if run_id is None else execution.evolve(run_id=run_id)


def last_run(execution: WorkflowExecution) -> tuple[WorkflowExecution, History]:
    """Return the last run of an execution that continued as new, and its history."""
    history = execution.history()
    while (new_run := next_run(execution, history)) is not None:
        execution, history = new_run, new_run.history()
    return execution, history
