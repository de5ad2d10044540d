"""`swf task-list`: how much waits on a task list."""

from __future__ import annotations

from typing import Any

import click

from swf.cli.options import Group, common
from swf.cli.session import Session


@click.group("task-list", cls=Group)
def task_list() -> None:
    """Task lists: how much waits there."""


@task_list.command()
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@common
def count(session: Session, names: tuple[str, ...]) -> None:
    """Count the tasks that wait for a decider or a worker, roughly, as the service does."""
    domain = session.domain()
    rows = ({"task_list": name, **backlog(domain, name)} for name in names)
    session.rows(rows, ("task_list", "decision_tasks", "activity_tasks", "truncated"))


def backlog(domain: Any, name: str) -> dict[str, Any]:
    """Return how many tasks of either kind wait; two calls."""
    given = {"domain": domain.name, "taskList": {"name": name}}
    decisions = domain.connection.call("CountPendingDecisionTasks", **given)
    activities = domain.connection.call("CountPendingActivityTasks", **given)
    return {
        "decision_tasks": decisions["count"],
        "activity_tasks": activities["count"],
        "truncated": decisions.get("truncated", False) or activities.get("truncated", False),
    }
