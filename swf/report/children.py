"""The open descendant that keeps an execution from continuing."""

from __future__ import annotations

from collections.abc import Callable

from swf.models import WorkflowExecution
from swf.models.history import History

#: Levels of children that are followed.
MAX_DEPTH = 20


def blocking_path(
    execution: WorkflowExecution, read_history: Callable[[WorkflowExecution], History]
) -> list[WorkflowExecution]:
    """Return an execution, its oldest open child, the oldest open child of that, and so on.

    The last execution has no open child, so that all others wait for it. Closed executions and
    those with other open work than children have no blocking child: the path ends with them.

    :param read_history: returns the history of an execution.
    """
    path = [execution]
    while len(path) < MAX_DEPTH:
        history = read_history(path[-1])
        children = [child for child in history.open_children if child.run_id]
        others = [
            *history.open_decision_tasks,
            *history.open_activities,
            *history.open_lambdas,
        ]
        if not history.execution.is_open or not children or others:
            break
        ids = children[0].workflow_id, children[0].run_id
        connection = execution.connection
        path.append(WorkflowExecution(execution.domain, *ids, connection=connection))
    return path
