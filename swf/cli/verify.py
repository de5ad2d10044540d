"""`swf check` and `swf replay`: gates for histories and for the code that decides."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from swf.cli.batch import progress
from swf.cli.code import load
from swf.cli.errors import FAILED
from swf.cli.options import common
from swf.cli.selection import complete_id
from swf.cli.session import Session


@click.command()
@click.argument("what", metavar="FILE|WORKFLOW_ID", shell_complete=complete_id)
@click.argument("run_id", required=False)
@common
def check(session: Session, what: str, run_id: str | None) -> int:
    """Look for what no history can contain; exit with 1 if there is any.

    A file holds a history as `swf execution history --raw` or any tool of AWS writes it; - is
    standard input.
    """
    from swf.models.history.invariants import check as violations

    found = violations(_history(session, what, run_id).raw)
    return session.problems(found, ("rule", "events", "message"))


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(), metavar="FILE...")
@click.option(
    "--code",
    required=True,
    metavar="MODULE[:THING]",
    help="A flow, a workflow class, a Decider, or a function like its `decide`.",
)
@common
def replay(session: Session, files: tuple[str, ...], code: str) -> int:
    """Replay recorded histories against code; exit with 1 if a decision differs.

    Nothing is sent. A file holds a history as `swf execution history --raw` or any tool of AWS
    writes it; for code of yours that asks for the id of its execution, take the former. - is
    standard input.
    """
    from swf.cli.recorded import Difference, Recorded, difference

    thing = load(code)
    found = [
        Difference(file, told.partition("\n")[0] if session.get("redact") else told)
        for file in progress(files, "replay")
        if (told := difference(thing, Recorded.read(Path(file), thing), **session.coded()))
        is not None
    ]
    session.findings(found, ("file", "difference"))
    session.say(f"{len(files) - len(found)} of {len(files)} histories replay as recorded")
    return FAILED if found else 0


def _history(session: Session, what: str, run_id: str | None) -> Any:
    from swf.cli.recorded import read

    path = Path(what)
    if what == "-" or path.is_file() or path.suffix == ".json":
        return read(path)[1]
    return session.execution(what, run_id).history()
