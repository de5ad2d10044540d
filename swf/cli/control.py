"""Commands that change executions: `swf execution` signal, cancel, terminate, restart, rerun."""

from __future__ import annotations

from typing import Any

import click

from swf.cli.batch import CONFIRM, DRY_RUN, IGNORED_YES, RPS, run_batch
from swf.cli.code import load
from swf.cli.options import Command, common_options
from swf.cli.payloads import input_options, pop_input
from swf.cli.selection import (
    RUN_ID,
    complete_id,
    execution_arguments,
    filter_options,
    select_executions,
)
from swf.cli.session import Session
from swf.constants import CHILD_POLICIES

WORKFLOW_ID = click.argument("workflow_id", required=False, shell_complete=complete_id)


@click.command(cls=Command)
@WORKFLOW_ID
@RUN_ID
@click.option("--name", "--signal-name", "-n", "name", required=True, help="Name of the signal.")
@input_options
@filter_options
@CONFIRM
@DRY_RUN
@RPS
@common_options
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
    """Signal executions.

    Names one execution, or selects open ones by filters.

    \b
    Examples:
      swf execution signal order-42 --name paid --input '{"amount": 12}'
      swf execution signal --tag june --name paid --dry-run
    """
    payload = session.encode_payload(pop_input(options))
    executions = select_executions(session, workflow_id, run_id, options)
    return run_batch(
        session, "signal", executions, lambda execution: execution.signal(name, payload),
        is_single=workflow_id is not None, yes=yes or workflow_id is not None,
        dry_run=dry_run, per_second=rps,
    )  # fmt: skip


@click.command(cls=Command)
@WORKFLOW_ID
@RUN_ID
@filter_options
@CONFIRM
@DRY_RUN
@RPS
@common_options
def cancel(
    session: Session,
    workflow_id: str | None,
    run_id: str | None,
    yes: bool,
    dry_run: bool,
    rps: float | None,
    **options: Any,
) -> int:
    """Request cancellation of executions.

    The decider of an execution decides how it reacts to the request.

    \b
    Examples:
      swf execution cancel order-42 --yes
      swf execution cancel --type ship --since 1d --yes --rps 5
    """
    executions = select_executions(session, workflow_id, run_id, options)
    return run_batch(
        session, "cancel", executions, lambda execution: execution.request_cancel(),
        is_single=workflow_id is not None, yes=yes, dry_run=dry_run, per_second=rps,
    )  # fmt: skip


@click.command(cls=Command)
@WORKFLOW_ID
@RUN_ID
@click.option("--reason", help="The reason, up to 256 characters.")
@click.option("--details", help="Details, JSON or any text.")
@click.option(
    "--child-policy", type=click.Choice(CHILD_POLICIES), help="Policy for open child executions."
)
@filter_options
@CONFIRM
@DRY_RUN
@RPS
@common_options
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
    """Terminate executions immediately.

    The service closes the executions without a decision. To let deciders react, use `cancel`.

    \b
    Examples:
      swf execution terminate order-42 --yes --reason "duplicate order"
      swf execution terminate --tag june --dry-run
    """
    payload = session.encode_payload(details)
    executions = select_executions(session, workflow_id, run_id, options)
    return run_batch(
        session, "terminate", executions,
        lambda execution: execution.terminate(child_policy, payload, reason),
        is_single=workflow_id is not None, yes=yes, dry_run=dry_run, per_second=rps,
    )  # fmt: skip


@click.command(cls=Command)
@WORKFLOW_ID
@RUN_ID
@filter_options
@CONFIRM
@DRY_RUN
@RPS
@common_options
def restart(
    session: Session,
    workflow_id: str | None,
    run_id: str | None,
    yes: bool,
    dry_run: bool,
    rps: float | None,
    **options: Any,
) -> int:
    """Restart executions from the beginning.

    A new run starts with the input and settings of the old one. A named execution that is open is
    terminated first. Filters select closed executions unless `--status` says otherwise.

    \b
    Examples:
      swf execution restart order-41
      swf execution restart --close-status FAILED --since 1d --dry-run
    """
    executions = select_executions(session, workflow_id, run_id, options, status="CLOSED")
    if workflow_id is None:
        return run_batch(
            session, "restart", executions, _restart,
            is_single=False, yes=yes, dry_run=dry_run, per_second=rps,
        )  # fmt: skip
    execution = executions[0]
    if dry_run:
        termination = "terminate it and " if execution.status == "OPEN" else ""
        session.notify(f"would {termination}start {workflow_id!r} again")
        return 0
    if execution.status == "OPEN":
        session.confirm(f"Terminate {workflow_id!r}, which is open, and start it again?", yes)
    session.record(_restart(execution), ("workflow_id", "run_id"))
    return 0


def _restart(execution: Any) -> Any:
    """Start a new run with the settings of an execution, which is terminated if it is open."""
    execution = execution.upstream()
    payload = execution.history().execution.text("input")
    if execution.status == "OPEN":
        execution.terminate(reason="restarted")
    return execution.workflow_type.start_execution(
        execution.workflow_id,
        task_list=execution.task_list,
        child_policy=execution.child_policy,
        execution_timeout=execution.execution_timeout,
        input=payload,
        tag_list=execution.tag_list,
        decision_tasks_timeout=execution.decision_tasks_timeout,
        task_priority=execution.task_priority,
        lambda_role=execution.lambda_role,
    )


@click.command(cls=Command)
@execution_arguments
@click.option(
    "--code", required=True, metavar="MODULE[:NAME]", help="The flow or the workflow class."
)
@click.option("--from", "from_", metavar="STEP", help="Repeat this step and all later steps.")
@click.option(
    "--force-activities",
    metavar="REGEX",
    help="Repeat activities whose name or id matches; for a workflow class.",
)
@click.option("--new-id", metavar="ID", help="Workflow id of the new execution.")
@DRY_RUN
@IGNORED_YES
@common_options
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
    """Rerun a closed execution from its results.

    The new execution reuses the results of completed activities and repeats the rest.

    \b
    Examples:
      swf execution rerun order-41 --code orders:Order
      swf execution rerun order-40 --code orders:Order --force-activities pack --new-id order-43
    """
    loaded, context = load(code), click.get_current_context()
    execution = session.execution(workflow_id, run_id)
    if loaded.is_workflow:
        from swf.dataflow.rerun import rerun as rerun_workflow

        if dry_run:
            raise click.UsageError("--dry-run: not supported for a workflow class", context)
        new_execution = rerun_workflow(
            loaded.value,
            execution,
            from_=from_,
            force_activities=force_activities,
            workflow_id=new_id,
            **session.codec_argument(),
        )
        session.record(new_execution, ("workflow_id", "run_id"))
        return
    if force_activities:
        raise click.UsageError("--force-activities: only for a workflow class", context)
    plan = loaded.flow.rerun(execution, from_, dry_run=dry_run, workflow_id=new_id)
    session.notify(str(plan))
    if plan.execution is not None:
        session.record(plan.execution, ("workflow_id", "run_id"))


COMMANDS = (signal, cancel, terminate, restart, rerun)
