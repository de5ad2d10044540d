"""`swf activity rerun`: run a past activity again in this process."""

from __future__ import annotations

from typing import Any

import click

from swf.cli.code import load
from swf.cli.errors import NOT_FOUND
from swf.cli.options import CommandGroup, common_options
from swf.cli.payloads import input_options, pop_input
from swf.cli.selection import WORKFLOW_ID
from swf.cli.session import Session
from swf.payload import decode


@click.group(cls=CommandGroup)
def activity() -> None:
    """Rerun past activities in this process.

    \b
    Example:
      swf activity rerun order-42 orders.pack-1 --code orders
    """


@activity.command()
@WORKFLOW_ID
@click.argument("activity_id", required=False)
@click.option("--run-id", help="Run id; the newest run by default.")
@click.option(
    "--scheduled-id", type=int, metavar="EVENT_ID", help="Id of the ActivityTaskScheduled event."
)
@click.option("--code", required=True, metavar="MODULE[:NAME]", help="The code of the activity.")
@input_options
@common_options
def rerun(
    session: Session,
    workflow_id: str,
    activity_id: str | None,
    run_id: str | None,
    scheduled_id: int | None,
    code: str,
    **options: Any,
) -> int:
    """Rerun a past activity in this process.

    Uses the input of the last attempt, or `--input`. Nothing is sent to SWF.

    \b
    Examples:
      swf activity rerun order-42 orders.pack-1 --code orders
      swf activity rerun order-42 --scheduled-id 5 --code orders --input '[{"sku": "B2"}]'
    """
    override = decode(pop_input(options))
    if (activity_id is None) is (scheduled_id is None):
        raise click.UsageError(
            "which activity? Give its id or --scheduled-id", click.get_current_context()
        )
    activities = session.execution(workflow_id, run_id).history().activities
    attempts = [attempt for record in activities.values() for attempt in record.attempts]
    matches = [a for a in attempts if activity_id == a.id or scheduled_id == a.opened_event_id]
    if not matches:
        alternatives = ", ".join(f"{a.id} ({a.opened_event_id})" for a in attempts[:10]) or "none"
        session.notify(
            f"swf: no activity {activity_id or scheduled_id!r}; there are {alternatives}"
        )
        return NOT_FOUND
    session.record({"result": _run_attempt(session, load(code), matches[-1], override)})
    return 0


def _run_attempt(session: Session, code: Any, attempt: Any, override: Any) -> Any:
    """Run the code of an attempt.

    :param override: the input; None for the recorded input, decoded as its workers decode it.
    """
    if code.is_flow and not code.is_workflow:
        flow = code.flow.definition
        context = decode(attempt.text("input"), flow.codec) if override is None else override
        return flow.step(attempt.name).execute_activity(_offline_execution(attempt.id, context))
    from swf import codecs
    from swf.cli.workflow import parse_arguments
    from swf.dataflow import registry
    from swf.dataflow.arguments import decode_call

    for function in registry:
        if (function.name, function.version) == (attempt.name, attempt.version):
            if override is None:
                payload = decode(attempt.text("input"), session.codec or codecs.TYPED_JSON)
                args, kwargs = decode_call(payload)
            else:
                args, kwargs = parse_arguments(override)
            return function(*args, **kwargs)
    raise click.UsageError(f"{code.name} has no activity {attempt.name!r} {attempt.version!r}")


def _offline_execution(activity_id: str, context: Any) -> Any:
    """Return an activity task of a flow whose heartbeats are not sent."""
    from swf.flow.activity_execution import ActivityExecution

    class OfflineExecution(ActivityExecution):
        def heartbeat(self, details: Any = None) -> bool:  # noqa: ARG002 - discarded
            return False

    return OfflineExecution(None, activity_id, None, context)
