"""`swf task-list`: the backlog of task lists."""

from __future__ import annotations

from typing import Any

import click

from swf.cli.options import CommandGroup, common_options
from swf.cli.session import Session


@click.group("task-list", cls=CommandGroup)
def task_list() -> None:
    """Count the tasks that wait on a list.

    \b
    Example:
      swf task-list count shipping
    """


@task_list.command()
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@common_options
def count(session: Session, names: tuple[str, ...]) -> None:
    """Count the pending tasks of task lists.

    SWF returns approximate numbers.

    \b
    Examples:
      swf task-list count shipping
      swf task-list count shipping packing --output csv
    """
    domain = session.domain()
    rows = ({"task_list": name, **count_pending(domain, name)} for name in names)
    session.rows(rows, ("task_list", "decision_tasks", "activity_tasks", "truncated"))


def count_pending(domain: Any, name: str) -> dict[str, Any]:
    """Count the pending tasks of a task list.

    Calls CountPendingDecisionTasks and CountPendingActivityTasks.

    :param name: the task list.
    :returns: `decision_tasks`, `activity_tasks` and `truncated`.
    """
    params = {"domain": domain.name, "taskList": {"name": name}}
    decisions = domain.connection.call("CountPendingDecisionTasks", **params)
    activities = domain.connection.call("CountPendingActivityTasks", **params)
    return {
        "decision_tasks": decisions["count"],
        "activity_tasks": activities["count"],
        "truncated": decisions.get("truncated", False) or activities.get("truncated", False),
    }
