"""`swf activity rerun`: an activity of the past, run again in this process."""

from __future__ import annotations

from typing import Any

import click

from swf.cli.code import load
from swf.cli.errors import NOT_FOUND
from swf.cli.options import Group, common
from swf.cli.payloads import payload, take
from swf.cli.session import Session
from swf.payload import decode


@click.group(cls=Group)
def activity() -> None:
    """Run an activity of the past again, here."""


@activity.command()
@click.argument("workflow_id")
@click.argument("activity_id")
@click.option("--run-id", help="Of this run; else the newest.")
@click.option("--code", required=True, metavar="MODULE[:THING]", help="Where the activity is.")
@payload
@common
def rerun(
    session: Session,
    workflow_id: str,
    activity_id: str,
    run_id: str | None,
    code: str,
    **options: Any,
) -> int:
    """Run an activity again with the input that it had, or another; SWF is told nothing."""
    given = decode(take(options))
    found = session.execution(workflow_id, run_id).history().activities
    if activity_id not in found:
        session.say(f"swf: no activity {activity_id!r}; there are {', '.join(list(found)[:10])}")
        return NOT_FOUND
    past = found[activity_id]
    session.record({"result": _perform(load(code), past, past.input if given is None else given)})
    return 0


def _perform(code: Any, past: Any, given: Any) -> Any:
    if code.is_flow and not code.is_workflow:
        from swf.flow.activity import ActivityExecution

        step = code.flow.definition.step(past.name)
        return step.execute_activity(ActivityExecution(None, past.id, None, given))
    from swf.cli.workflow import arguments
    from swf.dataflow import registry

    for each in registry:
        if (each.name, each.version) == (past.name, past.version):
            args, kwargs = arguments(given)
            return each(*args, **kwargs)
    raise click.UsageError(f"{code.name} declares no activity {past.name!r} {past.version!r}")
