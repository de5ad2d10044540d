"""`swf check` and `swf replay`: gates for histories and for the code that decides."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
from attrs import evolve, frozen

from swf.actors import Decider
from swf.cli.code import Code, load
from swf.cli.errors import FAILED
from swf.cli.options import common
from swf.cli.session import Session
from swf.exceptions import HistoryError, NonDeterminismError
from swf.models import Domain, WorkflowExecution
from swf.models.history import History
from swf.models.history.invariants import check as violations
from swf.testing.replay import replay as compare


@click.command()
@click.argument("what", metavar="FILE|WORKFLOW_ID")
@click.argument("run_id", required=False)
@common
def check(session: Session, what: str, run_id: str | None) -> int:
    """Look for what no history can contain; exit with 1 if there is any.

    A file holds a history as `swf execution history --raw` or any tool of AWS writes it.
    """
    found = violations(_history(session, what, run_id).raw)
    session.findings(found, ("rule", "events", "message"))
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
@common
def replay(session: Session, files: tuple[str, ...], code: str) -> int:
    """Replay recorded histories against code; exit with 1 if a decision differs.

    Nothing is sent. A file holds a history as `swf execution history --raw` writes it.
    """
    thing = load(code)
    found = [
        Difference(file, difference)
        for file in files
        if (difference := _difference(thing, Recorded.read(Path(file)))) is not None
    ]
    if session.get("redact"):
        found = [evolve(one, difference=one.difference.partition("\n")[0]) for one in found]
    session.findings(found, ("file", "difference"))
    session.say(f"{len(files) - len(found)} of {len(files)} histories replay as recorded")
    return FAILED if found else 0


@frozen
class Difference:
    """What differs from a recorded history first, and the file that holds that."""

    file: str
    difference: str

    def __str__(self) -> str:
        return f"{self.file}: {self.difference}"


@frozen
class Recorded:
    """A history in a file, and what that says of its execution, if anything."""

    history: History
    domain: str
    workflow_id: str
    run_id: str

    @classmethod
    def read(cls, path: Path) -> Recorded:
        """Return what a file holds."""
        text, history = _read(path)
        told = json.loads(text)
        told = told if isinstance(told, dict) else {}
        execution = told.get("workflowExecution") or {}
        return cls(
            history,
            told.get("domain") or "replay",
            execution.get("workflowId") or "replay",
            execution.get("runId") or "run",
        )


def _difference(code: Code, recorded: Recorded) -> str | None:
    """Return the first difference between a history and what code decides, if there is one."""
    history = recorded.history
    if code.is_workflow:
        from swf.dataflow.decider import replay as run

        try:
            run(
                code.value,
                history,
                domain=recorded.domain,
                workflow_id=recorded.workflow_id,
                run_id=recorded.run_id,
            )
        except NonDeterminismError as error:
            return str(error)
        return None
    domain = Domain(recorded.domain)
    execution = WorkflowExecution(domain, recorded.workflow_id, recorded.run_id)
    found = compare(history, _decider(code, domain), execution=execution)
    return None if found is None else str(found)


def _decider(code: Code, domain: Domain) -> Any:
    if code.is_flow:
        return code.flow.decider(register=False).actor
    decider = code.value
    if isinstance(decider, type) and issubclass(decider, Decider):
        return decider(domain, "replay")
    if isinstance(decider, type) or not callable(decider):
        raise click.UsageError(
            f"{code.name} decides nothing: it is no flow, workflow, Decider or function; "
            f"{code.offer}",
            click.get_current_context(),
        )
    return decider


def _history(session: Session, what: str, run_id: str | None) -> History:
    path = Path(what)
    if path.is_file() or path.suffix == ".json":
        return _read(path)[1]
    return session.execution(what, run_id).history()


def _read(path: Path) -> tuple[bytes, History]:
    """Return what a file holds, and the history that this is."""
    text = path.read_bytes()
    try:
        return text, History.from_json(text)
    except HistoryError as error:
        raise HistoryError(f"{path}: {error}") from error
