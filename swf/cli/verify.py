"""`swf check` and `swf replay`: verify histories, and the code that decides."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from swf.cli.batch import track_progress
from swf.cli.bulk import LIMIT
from swf.cli.code import load
from swf.cli.errors import FAILED, NOT_FOUND
from swf.cli.options import StrictCommand, common_options
from swf.cli.selection import complete_id, filter_executions, filter_options, pop_lookups
from swf.cli.session import Session


@click.command(cls=StrictCommand)
@click.argument("source", metavar="FILE|WORKFLOW_ID", shell_complete=complete_id)
@click.argument("run_id", required=False)
@common_options
def check(session: Session, source: str, run_id: str | None) -> int:
    """Check a history for contradictions.

    Reports events that the service cannot have written; the exit code is then 1. A file holds the
    output of `swf execution history --raw` or of any AWS tool; - is standard input.

    \b
    Examples:
      swf check order-42
      swf check history.json
      swf execution history order-42 --raw | swf check -
    """
    from swf.models.history.invariants import check as find_violations

    violations = find_violations(_read_history(session, source, run_id).raw)
    return session.problems(violations, ("rule", "events", "message"))


@click.command(cls=StrictCommand)
@click.argument("sources", nargs=-1, metavar="[FILE|WORKFLOW_ID]...", shell_complete=complete_id)
@click.option(
    "--code",
    required=True,
    metavar="MODULE[:NAME]",
    help="A flow, a workflow class, a Decider, or a function like its `decide`.",
)
@filter_options
@LIMIT
@common_options
def replay(
    session: Session, sources: tuple[str, ...], code: str, limit: int | None, **options: Any
) -> int:
    """Replay histories against code.

    Takes files, workflow ids, or filters. Reports the first decision of each history that the code
    would not repeat; the exit code is then 1. No decision is sent to SWF. A file holds the output
    of `swf execution history --raw` or of any AWS tool; code that reads the ids of its execution
    needs the output of `--raw`. - is standard input.

    \b
    Examples:
      swf replay history.json --code orders:Order
      swf replay order-41 --code orders:Order --archive ~/swf-archive
      swf replay --code orders:Order --type order --closed-since 7d
      swf execution history order-42 --raw | swf replay - --code orders:Order
    """
    from swf.cli.history_files import HistoryFile, ReplayDifference, find_difference

    loaded, lookups = load(code), pop_lookups(options)
    if bool(sources) == bool(lookups):
        rule = "which histories? Give files and workflow ids, or filters"
        raise click.UsageError(rule, click.get_current_context())
    names: Sequence[Any] = sources
    if lookups:
        names = list(filter_executions(session.executions(), lookups)[:limit])
        if not names:
            session.notify("swf: no execution matches the filters")
            return NOT_FOUND
    differences = []
    for source in track_progress(names, "replay"):
        if not isinstance(source, str):
            history, source = HistoryFile.fetch(source), source.workflow_id
        elif _is_file(source):
            history = HistoryFile.read(Path(source), loaded)
        else:
            history = HistoryFile.fetch(session.execution(source))
        text = find_difference(loaded, history, **session.codec_argument())
        if text is not None:
            is_redacted = session.get("redact")
            text = text.partition("\n")[0] if is_redacted else text
            differences.append(ReplayDifference(source, text))
    session.findings(differences, ("file", "difference"))
    matches = len(names) - len(differences)
    session.notify(f"{matches} of {len(names)} histories replay as recorded")
    return FAILED if differences else 0


def _read_history(session: Session, source: str, run_id: str | None) -> Any:
    from swf.cli.history_files import read_history

    if _is_file(source):
        return read_history(Path(source))[1]
    return session.execution(source, run_id).history()


def _is_file(source: str) -> bool:
    path = Path(source)
    return source == "-" or path.is_file() or path.suffix == ".json"
