"""Commands that change executions: `swf execution` signal, cancel, terminate, restart, rerun."""

from __future__ import annotations

from typing import Any

import click

from swf.cli.batch import batch_options, run_batch
from swf.cli.bulk import select_executions, selection_options
from swf.cli.code import UserCode, load
from swf.cli.options import StrictCommand, common_options
from swf.cli.payloads import input_options, pop_input
from swf.cli.selection import RUN_ID, SINCE_WITHOUT_FROM, complete_id
from swf.cli.session import Session
from swf.constants import CHILD_POLICIES, STATUS_CLOSED, STATUS_OPEN

WORKFLOW_ID = click.argument("workflow_id", required=False, shell_complete=complete_id)


@click.command(cls=StrictCommand)
@WORKFLOW_ID
@RUN_ID
@click.option("--name", "--signal-name", "-n", "name", required=True, help="Name of the signal.")
@input_options
@selection_options
@batch_options
@common_options
def signal(
    session: Session,
    workflow_id: str | None,
    run_id: str | None,
    name: str,
    **options: Any,
) -> int:
    """Signal executions.

    Signals the named execution, or the open executions that match filters.

    \b
    Examples:
      swf execution signal order-42 --name paid --input '{"amount": 12}'
      swf execution signal --tag june --name paid --dry-run
    """
    payload = session.encode_payload(pop_input(options))
    selection = select_executions(session, workflow_id, run_id, options)
    return run_batch(
        session,
        "signal",
        selection,
        lambda execution: execution.signal(name, payload),
        options,
        ask=not selection.is_single,
        is_concurrent=True,
    )


@click.command(cls=StrictCommand)
@WORKFLOW_ID
@RUN_ID
@selection_options
@batch_options
@common_options
def cancel(
    session: Session,
    workflow_id: str | None,
    run_id: str | None,
    **options: Any,
) -> int:
    """Request cancellation of executions.

    The decider of an execution decides how it reacts to the request.

    \b
    Examples:
      swf execution cancel order-42 --yes
      swf execution cancel --type ship --since 1d --yes --rps 5
    """
    selection = select_executions(session, workflow_id, run_id, options)
    return run_batch(
        session,
        "cancel",
        selection,
        lambda execution: execution.request_cancel(),
        options,
        is_concurrent=True,
    )


@click.command(cls=StrictCommand)
@WORKFLOW_ID
@RUN_ID
@click.option("--reason", help="The reason, up to 256 characters.")
@click.option("--details", help="Details, JSON or any text.")
@click.option(
    "--child-policy", type=click.Choice(CHILD_POLICIES), help="Policy for open child executions."
)
@selection_options
@batch_options
@common_options
def terminate(
    session: Session,
    workflow_id: str | None,
    run_id: str | None,
    reason: str | None,
    details: str | None,
    child_policy: str | None,
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
    selection = select_executions(session, workflow_id, run_id, options)
    return run_batch(
        session,
        "terminate",
        selection,
        lambda execution: execution.terminate(child_policy, payload, reason),
        options,
        is_concurrent=True,
    )


@click.command(cls=StrictCommand)
@WORKFLOW_ID
@RUN_ID
@selection_options
@batch_options
@common_options
def restart(
    session: Session,
    workflow_id: str | None,
    run_id: str | None,
    **options: Any,
) -> int:
    """Restart executions from the beginning.

    A new run starts with the input and settings of the old one. A named execution that is open is
    terminated first. Filters select closed executions unless `--status` says otherwise; they skip
    a run if a newer run of its workflow id exists, and completed runs without `--close-status`, so
    that a second restart repeats nothing.

    \b
    Examples:
      swf execution restart order-41
      swf execution restart --close-status FAILED --since 1d --dry-run
    """
    selection = select_executions(session, workflow_id, run_id, options, STATUS_CLOSED)
    if not selection.is_single:
        return run_batch(session, "restart", selection, lambda each: each.restart(), options)
    execution = selection.executions[0]
    if options["dry_run"]:
        termination = "terminate it and " if execution.status == STATUS_OPEN else ""
        session.notify(f"would {termination}start {workflow_id!r} again")
        return 0
    if execution.status == STATUS_OPEN:
        question = f"Terminate {workflow_id!r}, which is open, and start it again?"
        session.confirm(question, options["yes"])
    session.record(execution.restart(), ("workflow_id", "run_id"))
    return 0


def _selection_options_without_from(function: Any) -> Any:
    return selection_options(function, SINCE_WITHOUT_FROM)


@click.command(cls=StrictCommand)
@WORKFLOW_ID
@RUN_ID
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
@_selection_options_without_from
@batch_options
@common_options
def rerun(
    session: Session,
    workflow_id: str | None,
    run_id: str | None,
    code: str,
    from_: str | None,
    force_activities: str | None,
    new_id: str | None,
    **options: Any,
) -> int:
    """Rerun closed executions from their results.

    The new execution reuses the results of completed activities and repeats the rest. Filters skip
    a run if a newer run of its workflow id exists, and completed runs without `--close-status`.

    \b
    Examples:
      swf execution rerun order-41 --code orders:Order
      swf execution rerun order-40 --code orders:Order --force-activities pack --new-id order-43
      swf execution rerun --code orders:Order --close-status FAILED --since 1d --dry-run
    """
    loaded, context = load(code), click.get_current_context()
    if force_activities and not loaded.is_workflow:
        raise click.UsageError("--force-activities: only for a workflow class", context)
    if new_id and not workflow_id:
        raise click.UsageError("--new-id: only for a named execution", context)
    selection = select_executions(session, workflow_id, run_id, options, STATUS_CLOSED)

    def start_again(execution: Any) -> Any:
        if loaded.is_workflow:
            plan = _plan_workflow(session, loaded, execution, from_, force_activities, new_id)
            session.notify(str(plan))
            return None if options["dry_run"] else plan.start()
        plan = loaded.flow.rerun(execution, from_, dry_run=options["dry_run"], workflow_id=new_id)
        session.notify(str(plan))
        return plan.execution

    if not selection.is_single:
        return run_batch(session, "rerun", selection, start_again, options, validates_each=True)
    execution = start_again(selection.executions[0])
    if execution is not None:
        session.record(execution, ("workflow_id", "run_id"))
    return 0


def _plan_workflow(
    session: Session,
    code: UserCode,
    execution: Any,
    from_: str | None,
    force_activities: str | None,
    new_id: str | None,
) -> Any:
    from swf.dataflow.rerun import plan_rerun

    return plan_rerun(
        code.value,
        execution,
        from_=from_,
        force_activities=force_activities,
        workflow_id=new_id,
        **session.codec_argument(),
    )


COMMANDS = (signal, cancel, terminate, restart, rerun)
