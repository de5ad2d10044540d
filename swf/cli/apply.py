"""`swf apply`: make SWF as a manifest says.

A manifest is TOML: `[domain]`, `[[workflow_type]]`, `[[activity_type]]`, with the models' names::

    [domain]
    name = "orders"
    retention_period = 7

    [[workflow_type]]
    name = "ship"
    version = "1.0"
    task_list = "shipping"
    execution_timeout = 3600
"""

from __future__ import annotations

import sys
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from swf.cli.batch import CONFIRM, DRY_RUN
from swf.cli.errors import FAILED
from swf.cli.options import common
from swf.cli.session import Session

if TYPE_CHECKING:
    from swf.planning import Plan

TABLES = ("domain", "workflow_type", "activity_type")


@click.command()
@click.argument("manifest", type=click.Path(path_type=Path))
@click.option("--prune", is_flag=True, help="Deprecate the types that the manifest lacks.")
@click.option("--check", is_flag=True, help="Do nothing; exit with 1 if anything is to be done.")
@CONFIRM
@DRY_RUN
@common
def apply(
    session: Session, manifest: Path, prune: bool, check: bool, yes: bool, dry_run: bool
) -> int:
    """Make SWF as a manifest (TOML; - is standard input) says; the plan is shown first.

    Settings of a type that is registered cannot change: what differs there is told, and the exit
    code is 1, with --dry-run, too.
    """
    from swf.planning import plan

    session.connect()
    models = declared(session, manifest)
    try:
        found = plan(models, prune=prune)
    except ValueError as error:  # what is declared contradicts itself
        raise click.UsageError(f"{manifest}: {error}", click.get_current_context()) from error
    _show(session, found)
    left = FAILED if found.impossible else 0
    if check:
        return FAILED if found else left
    if found and not dry_run:
        session.confirm("Apply this plan?", yes)
        session.say(f"{len(found.apply())} steps done")
    return left


def _show(session: Session, found: Plan) -> None:
    if session.form == "table":
        click.echo(str(found))
        return
    steps = [{"action": step.action, "step": str(step)} for step in found.steps]
    others = [{"action": "impossible", "step": str(each)} for each in found.impossible]
    session.rows([*steps, *others], ("action", "step"))


def declared(session: Session, path: Path) -> list[Any]:
    """Return the models that a manifest declares.

    :raises click.UsageError: the file is no TOML, or a table or key has no meaning.
    """
    from swf.models import ActivityType, Domain, WorkflowType

    said = _read(path)
    for table in said:
        _known(path, table, TABLES, "table")
    domains = _tables(path, said, "domain")
    if len(domains) > 1:
        raise click.UsageError(f"{path}: one [domain] to a manifest")
    home = _model(path, "domain", Domain, domains[0], {}) if domains else session.domain()
    if session.get("domain") not in (None, home.name):
        raise click.UsageError(f"{path}: [domain] is {home.name!r}, and --domain is another")
    types = [
        _model(path, table, kind, each, {"domain": home})
        for table, kind in (("workflow_type", WorkflowType), ("activity_type", ActivityType))
        for each in _tables(path, said, table)
    ]
    return [*([home] if domains else []), *types]


def _read(path: Path) -> dict[str, Any]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        with click.open_file(path, "rb") as file:
            found: dict[str, Any] = tomllib.load(file)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise click.UsageError(f"{path}: {error}") from error
    return found


def _tables(path: Path, said: dict[str, Any], name: str) -> list[dict[str, Any]]:
    found = said.get(name, [])
    tables = found if isinstance(found, list) else [found]
    if not all(isinstance(table, dict) for table in tables):
        raise click.UsageError(f"{path}: {name} must be a table: [[{name}]]")
    return tables


def _model(path: Path, table: str, kind: Any, said: dict[str, Any], others: dict[str, Any]) -> Any:
    fields = [f.name for f in kind._public if not f.metadata["assigned"] and f.name != "domain"]
    fields += ["status"]
    for key in said:
        _known(path, key, fields, f"key of [{table}]")
    missing = [key for key in ("name", "version") if key in fields and key not in said]
    if missing:
        raise click.UsageError(f"{path}: [{table}] lacks {missing[0]!r}")
    try:
        return kind(**others, **said)
    except ValueError as error:
        raise click.UsageError(f"{path}: [{table}] {said['name']}: {error}") from error


def _known(path: Path, name: str, known: Any, what: str) -> None:
    if name not in known:
        near = get_close_matches(name, known, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(known)}"
        raise click.UsageError(f"{path}: {name!r} is no {what}; {hint}")
