"""`swf task-list`: the backlog of task lists."""

from __future__ import annotations

import click

from swf.cli.options import CommandGroup, common_options
from swf.cli.session import Session

FIELDS = ("task_list", "decision_tasks", "activity_tasks", "truncated")


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
    rows = (
        dict(zip(FIELDS, (name, *domain.count_pending_tasks(name)), strict=True)) for name in names
    )
    session.rows(rows, FIELDS)
