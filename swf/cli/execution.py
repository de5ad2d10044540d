"""`swf execution`: find executions, start them, wait for them; the rest is in two more files.

`steering` signals and ends them, `looking` looks into their histories.
"""

from __future__ import annotations

from typing import Any

import click

from swf.cli import looking, steering
from swf.cli.batch import DRY_RUN, UNASKED
from swf.cli.errors import FAILED
from swf.cli.options import Group, common
from swf.cli.payloads import payload, take
from swf.cli.selection import complete_type, complete_version, filters, lookups, one
from swf.cli.session import Session
from swf.constants import (
    CHILD_POLICIES,
    CLOSE_STATUS_COMPLETED,
    CLOSE_STATUS_CONTINUED_AS_NEW,
)

LISTED = (
    "workflow_id",
    "run_id",
    "workflow_type",
    "status",
    "close_status",
    "start_timestamp",
    "close_timestamp",
    "tag_list",
)

OF_HISTORY = ("input", "result", "reason", "details", "duration")


@click.group(cls=Group)
def execution() -> None:
    """Executions: find, start, signal, end, look into."""


for _command in (*steering.COMMANDS, *looking.COMMANDS):
    execution.add_command(_command)


@execution.command("list")
@filters
@click.option("--all", "everything", is_flag=True, help="Closed ones too, where nothing says so.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="So many at most.")
@click.option("--explain", is_flag=True, help="Say what would be called, and call nothing.")
@common
def list_(
    session: Session, everything: bool, limit: int | None, explain: bool, **options: Any
) -> None:
    """List executions, the one that started last first; open ones if nothing is said."""
    wanted = lookups(options)
    about = {"status", "close_status", "close_oldest_date", "close_latest_date"}
    if not everything and not about & set(wanted):
        wanted["status"] = "OPEN"
    found = session.domain().executions.filter(**wanted)
    if explain:
        click.echo(found.explain())
        return
    rows: Any = found[:limit] if limit else found
    if set(OF_HISTORY) & set(session.fields):
        rows = (_in_full(session, one.upstream()) for one in rows)
    session.rows(rows, LISTED)


@execution.command()
@filters
@common
def count(session: Session, **options: Any) -> None:
    """Count executions, open and closed, by the service's own count where that can answer."""
    number = session.domain().executions.filter(**lookups(options)).count()
    session.record({"count": int(number), "truncated": number.truncated})


@execution.command()
@one
@common
def show(session: Session, workflow_id: str, run_id: str | None) -> None:
    """Show an execution with its input and, when it is closed, what came of it."""
    session.record(_in_full(session, session.execution(workflow_id, run_id)))


def _in_full(session: Session, execution: Any) -> dict[str, Any]:
    """Return an execution as the service describes it, with what only its history tells."""
    run = session.history(execution).execution
    described = {name: getattr(execution, name) for name in execution.to_dict()}
    return {**described, **{name: getattr(run, name) for name in OF_HISTORY}}


@execution.command()
@click.argument("type_name", metavar="TYPE", shell_complete=complete_type)
@click.argument("version", shell_complete=complete_version)
@click.option("--workflow-id", "--id", help="Unique among open executions; made up by default.")
@payload
@click.option("--tag", "tags", multiple=True, help="A tag; up to five.")
@click.option("--task-list", help="Where its deciders find their tasks.")
@click.option(
    "--child-policy", type=click.Choice(CHILD_POLICIES), help="What becomes of its children."
)
@click.option("--execution-timeout", metavar="SECONDS", help="Seconds that it may take.")
@click.option(
    "--decision-tasks-timeout", metavar="SECONDS", help="Seconds that a decision may take, or NONE."
)
@click.option("--task-priority", type=int, help="Which decision tasks go first; higher is sooner.")
@click.option("--lambda-role", metavar="ARN", help="The IAM role for Lambda functions.")
@DRY_RUN
@UNASKED
@common
def start(
    session: Session,
    type_name: str,
    version: str,
    workflow_id: str | None,
    tags: tuple[str, ...],
    dry_run: bool,
    **options: Any,
) -> None:
    """Start an execution of a workflow type; what is not given, its registered defaults give."""
    from swf.models import WorkflowType

    given = session.written(take(options))
    kind = WorkflowType(session.domain(), type_name, version)
    if dry_run:
        kind.upstream()  # or it says that there is none
        session.say(f"would start {workflow_id or 'an execution'} of {type_name} {version}")
        return
    started = kind.start_execution(workflow_id, input=given, tag_list=list(tags) or None, **options)
    session.record(started, ("workflow_id", "run_id"))


@execution.command()
@one
@click.option(
    "--timeout",
    type=click.FloatRange(min=0),
    metavar="SECONDS",
    help="Wait no longer than that for a run; then exit with 1.",
)
@click.option("--follow", is_flag=True, help="Wait for what continues it as new, too.")
@common
def wait(
    session: Session, workflow_id: str, run_id: str | None, timeout: float | None, follow: bool
) -> int:
    """Wait until an execution is closed; exit with 0 if it completed, with 1 if not."""
    with session.busy(f"waiting for {workflow_id}"):
        closed = session.execution(workflow_id, run_id).wait(timeout)
        while follow and closed.close_status == CLOSE_STATUS_CONTINUED_AS_NEW:
            closed = session.execution(workflow_id).wait(timeout)
    session.record(closed, ("workflow_id", "run_id", "close_status", "close_timestamp"))
    return 0 if closed.close_status == CLOSE_STATUS_COMPLETED else FAILED
