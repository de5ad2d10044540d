"""`swf apply`: reconcile a domain with a manifest.

A manifest is TOML: `[domain]`, `[[workflow_type]]`, `[[activity_type]]`. Its keys are the fields of
the models (`swf.models`); `swf.planning` compares the models with the service::

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
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from swf.cli.batch import CONFIRM, DRY_RUN
from swf.cli.errors import FAILED
from swf.cli.options import StrictCommand, common_options
from swf.cli.session import Session
from swf.text import suggest

if TYPE_CHECKING:
    from swf.planning import Plan

TABLES = ("domain", "workflow_type", "activity_type")


@click.command(cls=StrictCommand)
@click.argument("manifest", type=click.Path(path_type=Path))
@click.option("--prune", is_flag=True, help="Deprecate types that are not in the manifest.")
@click.option("--check", is_flag=True, help="Change nothing; exit with 1 if the plan has steps.")
@CONFIRM
@DRY_RUN
@common_options
def apply(
    session: Session, manifest: Path, prune: bool, check: bool, yes: bool, dry_run: bool
) -> int:
    """Apply a manifest to a domain.

    Shows the plan first. MANIFEST is a TOML file; - is standard input. Types are registered with
    the given settings only. Settings of a registered type cannot change: the plan lists such
    differences, and the exit code is 1 even with --dry-run.

    \b
    Examples:
      swf apply manifest.toml --dry-run
      swf apply manifest.toml --yes
      swf apply manifest.toml --check
    """
    from swf.planning import plan as make_plan

    session.connect()
    models = read_manifest(session, manifest)
    try:
        plan = make_plan(models, prune=prune)
    except ValueError as error:  # the manifest contradicts itself
        raise click.UsageError(f"{manifest}: {error}", click.get_current_context()) from error
    _show_plan(session, plan)
    exit_code = FAILED if plan.impossible else 0
    if check:
        return FAILED if plan else exit_code
    if plan and not dry_run:
        domain = getattr(models[0], "domain", models[0])
        session.confirm("Apply this plan?", yes, domain.name)
        session.notify(f"{len(plan.apply())} steps done")
    return exit_code


def _show_plan(session: Session, plan: Plan) -> None:
    if session.format == "table":
        session.echo(str(plan))
        return
    steps = [{"action": step.action, "step": str(step)} for step in plan.steps]
    differences = [{"action": "impossible", "step": str(item)} for item in plan.impossible]
    session.rows([*steps, *differences], ("action", "step"))


def read_manifest(session: Session, path: Path) -> list[Any]:
    """Return the models that a manifest declares.

    :param path: the file; `-` is standard input.
    :raises click.UsageError: the file is not TOML, or has an unknown table or key.
    """
    from swf.models import ActivityType, Domain, WorkflowType

    manifest = _read_toml(path)
    for table in manifest:
        _check_name(path, table, TABLES, "table")
    domains = _tables(path, manifest, "domain")
    if len(domains) > 1:
        raise click.UsageError(f"{path}: a manifest has one [domain]")
    domain = _model(path, "domain", Domain, domains[0], {}) if domains else session.domain()
    if session.get("domain") not in (None, domain.name):
        raise click.UsageError(f"{path}: [domain] is {domain.name!r}, and --domain is another")
    types = [
        _model(path, table, kind, fields, {"domain": domain})
        for table, kind in (("workflow_type", WorkflowType), ("activity_type", ActivityType))
        for fields in _tables(path, manifest, table)
    ]
    return [*([domain] if domains else []), *types]


def _read_toml(path: Path) -> dict[str, Any]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        with click.open_file(path, "rb") as file:
            content: dict[str, Any] = tomllib.load(file)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise click.UsageError(f"{path}: {error}") from error
    return content


def _tables(path: Path, manifest: dict[str, Any], name: str) -> list[dict[str, Any]]:
    value = manifest.get(name, [])
    tables = value if isinstance(value, list) else [value]
    if not all(isinstance(table, dict) for table in tables):
        raise click.UsageError(f"{path}: {name} must be a table: [[{name}]]")
    return tables


def _model(
    path: Path, table: str, kind: Any, fields: dict[str, Any], defaults: dict[str, Any]
) -> Any:
    names = [f.name for f in kind._public if not f.metadata["assigned"] and f.name != "domain"]
    # Only the settings in the manifest are registered; the defaults of the models do not apply.
    unset = dict.fromkeys(names) if table != "domain" else {}
    names += ["status"]
    for key in fields:
        _check_name(path, key, names, f"key of [{table}]")
    missing = [key for key in ("name", "version") if key in names and key not in fields]
    if missing:
        raise click.UsageError(f"{path}: [{table}] lacks {missing[0]!r}")
    try:
        return kind(**{**unset, **defaults, **fields})
    except ValueError as error:
        raise click.UsageError(f"{path}: [{table}] {fields['name']}: {error}") from error


def _check_name(path: Path, name: str, choices: Any, subject: str) -> None:
    if name not in choices:
        hint = suggest(name, choices) or f"there are {', '.join(choices)}"
        raise click.UsageError(f"{path}: unknown {subject}: {name!r}; {hint}")
