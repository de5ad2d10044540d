"""`swf activity rerun`: an activity of the past, run again in this process."""

from __future__ import annotations

from typing import Any

import click

from swf.cli.code import load
from swf.cli.errors import NOT_FOUND
from swf.cli.options import Group, common
from swf.cli.payloads import payload, take
from swf.cli.selection import WORKFLOW_ID
from swf.cli.session import Session
from swf.payload import decode


@click.group(cls=Group)
def activity() -> None:
    """Run an activity of the past again, here."""


@activity.command()
@WORKFLOW_ID
@click.argument("activity_id", required=False)
@click.option("--run-id", help="Of this run; else the newest.")
@click.option(
    "--scheduled-id", type=int, metavar="EVENT_ID", help="The attempt that this event scheduled."
)
@click.option("--code", required=True, metavar="MODULE[:THING]", help="Where the activity is.")
@payload
@common
def rerun(
    session: Session,
    workflow_id: str,
    activity_id: str | None,
    run_id: str | None,
    scheduled_id: int | None,
    code: str,
    **options: Any,
) -> int:
    """Run an activity again with the input that it had, or another; SWF is told nothing."""
    given = decode(take(options))
    if (activity_id is None) is (scheduled_id is None):
        raise click.UsageError(
            "which activity? Give its id or --scheduled-id", click.get_current_context()
        )
    found = session.execution(workflow_id, run_id).history().activities
    attempts = [attempt for each in found.values() for attempt in each.attempts]
    meant = [a for a in attempts if activity_id == a.id or scheduled_id == a.opened_event_id]
    if not meant:
        there = ", ".join(f"{a.id} ({a.opened_event_id})" for a in attempts[:10]) or "none"
        session.say(f"swf: no activity {activity_id or scheduled_id!r}; there are {there}")
        return NOT_FOUND
    session.record({"result": _perform(session, load(code), meant[-1], given)})
    return 0


def _perform(session: Session, code: Any, past: Any, given: Any) -> Any:
    """Run an activity again; its input is read as its workers read it, unless one is given."""
    if code.is_flow and not code.is_workflow:
        flow = code.flow.definition
        context = decode(past.text("input"), flow.codec) if given is None else given
        return flow.step(past.name).execute_activity(_unheard(past.id, context))
    from swf import codecs
    from swf.cli.workflow import arguments
    from swf.dataflow import registry
    from swf.dataflow.arguments import decode_call

    for each in registry:
        if (each.name, each.version) == (past.name, past.version):
            if given is None:
                args, kwargs = decode_call(
                    decode(past.text("input"), session.codec or codecs.TYPED_JSON)
                )
            else:
                args, kwargs = arguments(given)
            return each(*args, **kwargs)
    raise click.UsageError(f"{code.name} declares no activity {past.name!r} {past.version!r}")


def _unheard(activity_id: str, given: Any) -> Any:
    """Return an activity task of a flow that no service hears of."""
    from swf.flow.activity_execution import ActivityExecution

    class Unheard(ActivityExecution):
        def heartbeat(self, details: Any = None) -> bool:  # noqa: ARG002 - it goes nowhere
            return False

    return Unheard(None, activity_id, None, given)
