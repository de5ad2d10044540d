"""`swf task`: the activity tasks of an execution."""

from __future__ import annotations

import click

from swf.cli.errors import NOT_FOUND
from swf.cli.options import CommandGroup, common_options
from swf.cli.selection import WORKFLOW_ID
from swf.cli.session import Session

FIELDS = (
    "id", "name", "version", "state", "opened_at", "started_at", "closed_at", "task_list",
    "identity", "input", "result", "reason", "details", "cause", "timeout_type",
)  # fmt: skip


@click.group(cls=CommandGroup)
def task() -> None:
    """Inspect the activity tasks of an execution.

    \b
    Example:
      swf task info order-42 orders.pack-1
    """


@task.command()
@WORKFLOW_ID
@click.argument("activity_id", metavar="ACTIVITY_ID")
@click.option("--run-id", help="Run id; the newest run by default.")
@common_options
def info(session: Session, workflow_id: str, activity_id: str, run_id: str | None) -> int:
    """Show an activity with input and result.

    Shows all attempts in order. `swf execution tasks` lists the activity ids.

    \b
    Examples:
      swf task info order-42 orders.pack-1
      swf task info order-42 orders.pack-1 --output json
    """
    activities = session.history(session.execution(workflow_id, run_id)).activities
    if activity_id not in activities:
        session.notify(
            f"swf: no activity {activity_id!r}; there are {', '.join(list(activities)[:10])}"
        )
        return NOT_FOUND
    attempts = activities[activity_id].attempts
    rows = [{name: getattr(attempt, name, None) for name in FIELDS} for attempt in attempts]
    if len(rows) == 1:
        session.record(rows[0])
    else:
        session.rows(rows, FIELDS)
    return 0
