"""Groups of executions: open ones by their first wait, closed ones by their outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from swf.models import WorkflowExecution
    from swf.models.history import History


def wait_group(history: History) -> str:
    """Return the name of the first thing that an open execution waits for.

    Ids and times are not part of it, so that executions with the same wait have the same name.
    """
    for task in history.open_decision_tasks:
        state = "running decider" if task.started_at else "decider"
        return f"{state} on {task.task_list}"
    for activity in history.activities.open:
        if activity.started_at is None:
            return f"worker on {activity.task_list} for {activity.name} {activity.version}"
        return f"running activity {activity.name} {activity.version}"
    for child in history.open_children:
        return f"child {child.name} {child.version}"
    if list(history.timers.open):
        return "timer"
    return "signal"


def outcome_group(execution: WorkflowExecution, reason: str | None) -> str:
    """Return type, close status and reason of a closed execution.

    :param reason: the reason in its last event; None or an empty text without one.
    """
    kind = execution.workflow_type
    parts = (kind.name, kind.version, execution.close_status) if kind else (execution.close_status,)
    text = " ".join(map(str, parts))
    return f"{text}: {reason}" if reason else text
