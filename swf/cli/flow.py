"""`swf flow`: check, draw, run and start flows of `swf.flow`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from swf.cli.batch import DRY_RUN, UNASKED
from swf.cli.code import load
from swf.cli.errors import FAILED
from swf.cli.options import Group, common
from swf.cli.payloads import payload, take
from swf.cli.session import Session
from swf.constants import CLOSE_STATUS_COMPLETED
from swf.payload import decode

CODE = click.argument("code", metavar="MODULE[:FLOW]")


@click.group(cls=Group)
def flow() -> None:
    """Flows: check, draw, run here, start."""


@flow.command()
@CODE
@payload
@common
def check(session: Session, code: str, **options: Any) -> int:
    """Say what is wrong with a flow before it runs; exit with 1 if anything is.

    With --input, what the steps read is looked for too.
    """
    found = load(code).flow.check(_context(options))
    return session.problems(found, ("step", "kind", "message"))


@flow.command()
@CODE
@click.option(
    "--as",
    "form",
    type=click.Choice(("mermaid", "svg")),
    default="mermaid",
    show_default=True,
    help="What to draw it as.",
)
@common
def graph(session: Session, code: str, form: str) -> None:  # noqa: ARG001 - for its options
    """Draw the steps of a flow and what they require."""
    click.echo(load(code).flow.graph(form))


@flow.command()
@CODE
@payload
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    default=4,
    show_default=True,
    help="Tasks at a time for each activity.",
)
@click.option("--skip-time", is_flag=True, help="Wait for no timer: the clock jumps.")
@click.option("--html", type=click.Path(path_type=Path), help="Write a timeline to this file.")
@click.option("--quiet", "-q", is_flag=True, help="Show no progress.")
@common
def run(
    session: Session,
    code: str,
    workers: int,
    skip_time: bool,
    html: Path | None,
    quiet: bool,
    **options: Any,
) -> int:
    """Run a flow on a service of its own in this process; exit with 0 if it completed."""
    from swf.local import SkippingClock

    found = load(code).flow
    outcome = found.run_local(
        _context(options),
        concurrency=workers,
        progress=False if quiet else sys.stderr,
        clock=SkippingClock() if skip_time else None,
    )
    told = {"close_status": outcome.close_status, "reason": outcome.reason}
    session.record({**told, "result": outcome.result, "events": len(outcome.history)})
    if html is not None:
        from swf.report import timeline

        html.write_text(timeline.html(session.shown(outcome.history)), encoding="utf-8")
        session.say(f"timeline: {html}")
    return 0 if outcome.close_status == CLOSE_STATUS_COMPLETED else FAILED


@flow.command()
@CODE
@payload
@click.option("--workflow-id", "--id", help="Unique among open executions; made up by default.")
@click.option("--tag", "tags", multiple=True, help="A tag; up to five.")
@click.option("--register/--no-register", default=True, help="Whether to register what is not.")
@DRY_RUN
@UNASKED
@common
def start(
    session: Session,
    code: str,
    workflow_id: str | None,
    tags: tuple[str, ...],
    register: bool,
    dry_run: bool,
    **options: Any,
) -> None:
    """Start an execution of a flow; its deciders and workers run elsewhere."""
    found = load(code).flow
    session.connect()
    if dry_run:
        session.say(f"would start {workflow_id or 'an execution'} of {found.definition.name}")
        return
    if register:
        found.register()
    started = found.start(_context(options), workflow_id, tag_list=list(tags) or None)
    session.record(started, ("workflow_id", "run_id"))


def _context(options: dict[str, Any]) -> dict[str, Any] | None:
    given = decode(take(options))
    if given is not None and not isinstance(given, dict):
        raise click.UsageError("--input: a flow takes a JSON object", click.get_current_context())
    return given
