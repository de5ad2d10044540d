"""`swf check` and `swf replay`: gates for histories and for the code that decides."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from swf.cli.code import Code, load
from swf.cli.errors import FAILED
from swf.cli.options import common
from swf.cli.session import Session


@click.command()
@click.argument("what", metavar="FILE|WORKFLOW_ID")
@click.argument("run_id", required=False)
@common
def check(session: Session, what: str, run_id: str | None) -> int:
    """Look for what no history can contain; exit with 1 if there is any.

    A file holds a history as `swf execution history --raw` or any tool of AWS writes it.
    """
    from swf.models.history.invariants import check as violations

    found = violations(_history(session, what, run_id).raw)
    for violation in found:
        click.echo(str(violation))
    session.say(f"{len(found)} problems" if found else "no problems")
    return FAILED if found else 0


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "--code",
    required=True,
    metavar="MODULE[:THING]",
    help="A flow, a workflow class, a Decider, or a function like its `decide`.",
)
@click.option("--run-id", help="Of the recorded run, for code that asks for it.")
@common
def replay(session: Session, files: tuple[str, ...], code: str, run_id: str | None) -> int:
    """Replay recorded histories against code; exit with 1 at the first decision that differs.

    Nothing is sent. A file holds a history as `swf execution history --raw` writes it.
    """
    thing = load(code)
    differing = 0
    for file in files:
        difference = _difference(thing, _history(session, file, None), run_id)
        if difference is not None:
            differing += 1
            click.echo(f"{file}: {difference}")
    session.say(f"{len(files) - differing} of {len(files)} histories replay as recorded")
    return FAILED if differing else 0


def _difference(code: Code, history: Any, run_id: str | None) -> object | None:
    """Return the first difference between a history and what code decides, if there is one."""
    from swf.exceptions import NonDeterminismError
    from swf.testing.replay import replay as of

    if code.is_workflow:
        from swf.dataflow.decider import replay as run

        try:
            run(code.value, history, run_id=run_id or "")
        except NonDeterminismError as error:
            return error
        return None
    if code.is_flow:
        return of(history, code.flow.decider(register=False).actor)
    decider = code.value
    if isinstance(decider, type):
        from swf.models import Domain

        decider = decider(Domain("replay"), "replay")
    if not callable(getattr(decider, "decide", decider)):
        raise click.UsageError(f"{code.name} decides nothing: it is no flow, workflow or Decider")
    return of(history, decider)


def _history(session: Session, what: str, run_id: str | None) -> Any:
    from swf.models.history import History

    path = Path(what)
    if path.is_file():
        return History.from_json(path.read_bytes())
    if path.suffix == ".json":
        raise FileNotFoundError(f"no file {what}")
    return session.execution(what, run_id).history()
