"""`swf execution` signal, cancel, terminate, restart, rerun: one execution, or all of a filter."""

from __future__ import annotations

from typing import Any

import click

from swf.cli.batch import CONFIRM, DRY_RUN, RPS, UNASKED, each
from swf.cli.code import load
from swf.cli.options import common
from swf.cli.payloads import payload, take
from swf.cli.selection import RUN_ID, complete_id, filters, one, selected
from swf.cli.session import Session
from swf.constants import CHILD_POLICIES

WORKFLOW_ID = click.argument("workflow_id", required=False, shell_complete=complete_id)


@click.command()
@WORKFLOW_ID
@RUN_ID
@click.option("--name", "--signal-name", "-n", "name", required=True, help="The signal's name.")
@payload
@filters
@CONFIRM
@DRY_RUN
@RPS
@common
def signal(
    session: Session,
    workflow_id: str | None,
    run_id: str | None,
    name: str,
    yes: bool,
    dry_run: bool,
    rps: float | None,
    **options: Any,
) -> int:
    """Send a signal to an execution, or to all open ones of a filter."""
    given = session.written(take(options))
    found = selected(session, workflow_id, run_id, options)
    return each(
        session, "signal", found, lambda one: one.signal(name, given),
        named=workflow_id is not None, yes=yes or workflow_id is not None,
        dry_run=dry_run, per_second=rps,
    )  # fmt: skip


@click.command()
@WORKFLOW_ID
@RUN_ID
@filters
@CONFIRM
@DRY_RUN
@RPS
@common
def cancel(
    session: Session,
    workflow_id: str | None,
    run_id: str | None,
    yes: bool,
    dry_run: bool,
    rps: float | None,
    **options: Any,
) -> int:
    """Ask an execution, or all open ones of a filter, to cancel: their deciders choose how."""
    found = selected(session, workflow_id, run_id, options)
    return each(
        session, "cancel", found, lambda one: one.request_cancel(),
        named=workflow_id is not None, yes=yes, dry_run=dry_run, per_second=rps,
    )  # fmt: skip


@click.command()
@WORKFLOW_ID
@RUN_ID
@click.option("--reason", help="Why, up to 256 characters.")
@click.option("--details", help="More about it, JSON or any text.")
@click.option(
    "--child-policy", type=click.Choice(CHILD_POLICIES), help="What becomes of their children."
)
@filters
@CONFIRM
@DRY_RUN
@RPS
@common
def terminate(
    session: Session,
    workflow_id: str | None,
    run_id: str | None,
    reason: str | None,
    details: str | None,
    child_policy: str | None,
    yes: bool,
    dry_run: bool,
    rps: float | None,
    **options: Any,
) -> int:
    """Close an execution, or all open ones of a filter, at once: their deciders are not asked."""
    written = session.written(details)
    found = selected(session, workflow_id, run_id, options)
    return each(
        session, "terminate", found, lambda one: one.terminate(child_policy, written, reason),
        named=workflow_id is not None, yes=yes, dry_run=dry_run, per_second=rps,
    )  # fmt: skip


@click.command()
@WORKFLOW_ID
@RUN_ID
@filters
@CONFIRM
@DRY_RUN
@RPS
@common
def restart(
    session: Session,
    workflow_id: str | None,
    run_id: str | None,
    yes: bool,
    dry_run: bool,
    rps: float | None,
    **options: Any,
) -> int:
    """Start an execution again as it was started; one that is open is terminated first.

    Of a filter, the closed ones, unless it says otherwise.
    """
    found = selected(session, workflow_id, run_id, options, status="CLOSED")
    if workflow_id is None:
        return each(
            session, "restart", found, _again,
            named=False, yes=yes, dry_run=dry_run, per_second=rps,
        )  # fmt: skip
    before = found[0]
    if dry_run:
        ends = "terminate it and " if before.status == "OPEN" else ""
        session.say(f"would {ends}start {workflow_id!r} again")
        return 0
    if before.status == "OPEN":
        session.confirm(f"Terminate {workflow_id!r}, which is open, and start it again?", yes)
    session.record(_again(before), ("workflow_id", "run_id"))
    return 0


def _again(before: Any) -> Any:
    """Start an execution as another was started, which is terminated if it is open."""
    before = before.upstream()
    given = before.history().execution.text("input")
    if before.status == "OPEN":
        before.terminate(reason="restarted")
    return before.workflow_type.start_execution(
        before.workflow_id,
        task_list=before.task_list,
        child_policy=before.child_policy,
        execution_timeout=before.execution_timeout,
        input=given,
        tag_list=before.tag_list,
        decision_tasks_timeout=before.decision_tasks_timeout,
        task_priority=before.task_priority,
        lambda_role=before.lambda_role,
    )


@click.command()
@one
@click.option(
    "--code", required=True, metavar="MODULE[:THING]", help="The flow or the workflow class."
)
@click.option("--from", "from_", metavar="STEP", help="Do everything from this step on again.")
@click.option(
    "--force-activities",
    metavar="REGEX",
    help="Do activities again in whose name or id this is found; for a workflow class.",
)
@click.option("--new-id", metavar="ID", help="The new execution's workflow id.")
@DRY_RUN
@UNASKED
@common
def rerun(
    session: Session,
    workflow_id: str,
    run_id: str | None,
    code: str,
    from_: str | None,
    force_activities: str | None,
    new_id: str | None,
    dry_run: bool,
) -> None:
    """Run a closed execution again, and keep what it had completed."""
    thing, context = load(code), click.get_current_context()
    before = session.execution(workflow_id, run_id)
    if thing.is_workflow:
        from swf.dataflow.rerun import rerun as again

        if dry_run:
            raise click.UsageError("--dry-run: only a flow can say what it would do", context)
        started = again(
            thing.value,
            before,
            from_=from_,
            force_activities=force_activities,
            workflow_id=new_id,
            **session.coded(),
        )
        session.record(started, ("workflow_id", "run_id"))
        return
    if force_activities:
        raise click.UsageError("--force-activities: only for a workflow class", context)
    plan = thing.flow.rerun(before, from_, dry_run=dry_run, workflow_id=new_id)
    session.say(str(plan))
    if plan.execution is not None:
        session.record(plan.execution, ("workflow_id", "run_id"))


COMMANDS = (signal, cancel, terminate, restart, rerun)
