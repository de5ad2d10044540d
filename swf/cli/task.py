"""`swf task`: inspect the activity tasks of an execution, and respond to them by token."""

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
    """Inspect activity tasks and respond to them.

    \b
    Example:
      swf task info order-42 orders.pack-1
    """


def complete_activity(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """Complete the id of an activity of the execution on the command line.

    :param incomplete: the beginning of the id.
    """
    from swf.cli.completers import activity_ids  # only while a shell completes

    return activity_ids(ctx, ctx.params.get("workflow_id"), incomplete)


@task.command()
@WORKFLOW_ID
@click.argument("activity_id", metavar="ACTIVITY_ID", shell_complete=complete_activity)
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


TOKEN = click.argument("token")
DETAILS = click.option("--details", metavar="JSON", help="Details: JSON, or any text.")


@task.command()
@TOKEN
@click.option("--result", metavar="JSON", help="The result: JSON, or any text.")
@common_options
def complete(session: Session, token: str, result: str | None) -> None:
    """Complete an activity task by its token.

    \b
    Example:
      swf task complete "$TOKEN" --result '"packed by hand"'
    """
    payload = session.encode_payload(result)
    session.connect().call("RespondActivityTaskCompleted", taskToken=token, result=payload)
    session.notify("completed")


@task.command()
@TOKEN
@click.option("--reason", help="The reason, up to 256 characters.")
@DETAILS
@common_options
def fail(session: Session, token: str, reason: str | None, details: str | None) -> None:
    """Fail an activity task by its token.

    \b
    Example:
      swf task fail "$TOKEN" --reason "out of stock"
    """
    payload = session.encode_payload(details)
    session.connect().call(
        "RespondActivityTaskFailed", taskToken=token, reason=reason, details=payload
    )
    session.notify("failed")


@task.command()
@TOKEN
@DETAILS
@common_options
def cancel(session: Session, token: str, details: str | None) -> None:
    """Report an activity task as canceled.

    \b
    Example:
      swf task cancel "$TOKEN"
    """
    payload = session.encode_payload(details)
    session.connect().call("RespondActivityTaskCanceled", taskToken=token, details=payload)
    session.notify("canceled")


@task.command()
@TOKEN
@DETAILS
@common_options
def heartbeat(session: Session, token: str, details: str | None) -> None:
    """Send a heartbeat for an activity task.

    Shows whether the cancellation of the task was requested.

    \b
    Example:
      swf task heartbeat "$TOKEN" --details '"half of it"'
    """
    payload = session.encode_payload(details)
    response = session.connect().call(
        "RecordActivityTaskHeartbeat", taskToken=token, details=payload
    )
    session.record({"cancel_requested": response["cancelRequested"]})
