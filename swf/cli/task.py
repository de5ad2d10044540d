"""`swf task`: one activity of an execution."""

from __future__ import annotations

import click

from swf.cli.errors import NOT_FOUND
from swf.cli.options import Group, common
from swf.cli.selection import WORKFLOW_ID
from swf.cli.session import Session

FIELDS = (
    "id", "name", "version", "state", "opened_at", "started_at", "closed_at", "task_list",
    "identity", "input", "result", "reason", "details", "cause", "timeout_type",
)  # fmt: skip


@click.group(cls=Group)
def task() -> None:
    """The activities of an execution, one by one."""


@task.command()
@WORKFLOW_ID
@click.argument("activity_id", metavar="ACTIVITY_ID")
@click.option("--run-id", help="Of this run; else the newest.")
@common
def info(session: Session, workflow_id: str, activity_id: str, run_id: str | None) -> int:
    """Show an activity with its input and what came of it, all attempts in order."""
    found = session.history(session.execution(workflow_id, run_id)).activities
    if activity_id not in found:
        session.say(f"swf: no activity {activity_id!r}; there are {', '.join(list(found)[:10])}")
        return NOT_FOUND
    attempts = found[activity_id].attempts
    rows = [{name: getattr(attempt, name, None) for name in FIELDS} for attempt in attempts]
    if len(rows) == 1:
        session.record(rows[0])
    else:
        session.rows(rows, FIELDS)
    return 0
