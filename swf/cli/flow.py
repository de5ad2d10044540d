"""`swf flow`: check, draw, run and start flows of `swf.flow`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from swf.cli.batch import DRY_RUN, IGNORED_YES
from swf.cli.code import load
from swf.cli.errors import FAILED
from swf.cli.options import CommandGroup, common_options
from swf.cli.payloads import input_options, pop_input
from swf.cli.session import Session
from swf.constants import CLOSE_STATUS_COMPLETED, DEFAULT_CONCURRENCY
from swf.payload import decode

CODE = click.argument("code", metavar="MODULE[:FLOW]")


@click.group(cls=CommandGroup)
def flow() -> None:
    """Check, draw, run and start flows.

    \b
    Examples:
      swf flow check delivery
      swf flow run delivery --input '{"city": "Oslo"}'
    """


@flow.command()
@CODE
@input_options
@common_options
def check(session: Session, code: str, **options: Any) -> int:
    """Check a flow for mistakes.

    The exit code is 1 if there are any. `--input` also checks that the steps get the values that
    they read.

    \b
    Examples:
      swf flow check delivery
      swf flow check delivery --input '{"city": "Oslo"}'
    """
    problems = load(code).flow.check(_parse_context(options))
    return session.problems(problems, ("step", "kind", "message"))


@flow.command()
@CODE
@click.option(
    "--as",
    "form",
    type=click.Choice(("mermaid", "svg")),
    default="mermaid",
    show_default=True,
    help="Format of the drawing.",
)
@common_options
def graph(session: Session, code: str, form: str) -> None:  # noqa: ARG001 - for the common options
    """Draw the steps of a flow.

    \b
    Examples:
      swf flow graph delivery
      swf flow graph delivery --as svg > delivery.svg
    """
    click.echo(load(code).flow.graph(form))


@flow.command()
@CODE
@input_options
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    default=DEFAULT_CONCURRENCY,
    show_default=True,
    help="Number of concurrent tasks per task list.",
)
@click.option("--skip-time", is_flag=True, help="Skip waiting times: the clock jumps.")
@click.option("--html", type=click.Path(path_type=Path), help="Write a timeline to this file.")
@click.option("--quiet", "-q", is_flag=True, help="Show no progress.")
@common_options
def run(
    session: Session,
    code: str,
    workers: int,
    skip_time: bool,
    html: Path | None,
    quiet: bool,
    **options: Any,
) -> int:
    """Run a flow on an embedded service.

    The exit code is 0 if the execution completed.

    \b
    Examples:
      swf flow run delivery --input '{"city": "Oslo"}'
      swf flow run delivery --input '{"city": "Oslo"}' --skip-time --quiet --html timeline.html
    """
    from swf.local import SkippingClock

    outcome = load(code).flow.run_local(
        _parse_context(options),
        concurrency=workers,
        progress=False if quiet else sys.stderr,
        clock=SkippingClock() if skip_time else None,
    )
    summary = {"close_status": outcome.close_status, "reason": outcome.reason}
    session.record({**summary, "result": outcome.result, "events": len(outcome.history)})
    if html is not None:
        from swf.report import timeline

        page = timeline.html(session.decode_history(outcome.history))
        html.write_text(page, encoding="utf-8")
        session.notify(f"timeline: {html}")
    return 0 if outcome.close_status == CLOSE_STATUS_COMPLETED else FAILED


@flow.command()
@CODE
@input_options
@click.option(
    "--workflow-id", "--id", help="Workflow id, unique among open executions; random by default."
)
@click.option("--tag", "tags", multiple=True, help="A tag; repeatable, up to five.")
@click.option("--register/--no-register", default=True, help="Register missing types first.")
@DRY_RUN
@IGNORED_YES
@common_options
def start(
    session: Session,
    code: str,
    workflow_id: str | None,
    tags: tuple[str, ...],
    register: bool,
    dry_run: bool,
    **options: Any,
) -> None:
    """Start an execution of a flow.

    Deciders and workers run elsewhere; see `swf decider start` and `swf worker start`.

    \b
    Examples:
      swf flow start delivery --id delivery-1 --input '{"city": "Oslo"}'
      swf flow start delivery --dry-run
    """
    loaded = load(code).flow
    session.connect()
    if dry_run:
        session.notify(f"would start {workflow_id or 'an execution'} of {loaded.definition.name}")
        return
    if register:
        loaded.register()
    execution = loaded.start(_parse_context(options), workflow_id, tag_list=list(tags) or None)
    session.record(execution, ("workflow_id", "run_id"))


def _parse_context(options: dict[str, Any]) -> dict[str, Any] | None:
    context = decode(pop_input(options))
    if context is not None and not isinstance(context, dict):
        raise click.UsageError("--input: a flow takes a JSON object", click.get_current_context())
    return context
