"""`swf export`: write a domain and its registered types as a manifest for `swf apply`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from swf.cli.options import StrictCommand, common_options, complete_domain
from swf.cli.session import Session
from swf.text import dump_json


@click.command(cls=StrictCommand)
@click.argument("name", required=False, metavar="DOMAIN", shell_complete=complete_domain)
@common_options
def export(session: Session, name: str | None) -> None:
    """Write a domain as a manifest.

    The manifest has the domain and its registered types; `swf apply` registers them elsewhere.
    Describes each type: one call per type.

    \b
    Examples:
      swf export orders > manifest.toml
      swf export orders | swf apply - --check
    """
    domain = session.domain(name).evolve(tags={}).upstream()
    tables = [_table("[domain]", domain)]
    for heading, types in (
        ("[[workflow_type]]", domain.workflow_types),
        ("[[activity_type]]", domain.activity_types),
    ):
        tables += [_table(heading, model) for model in types.described()]
    click.echo("\n\n".join(tables))


def _table(heading: str, model: Any) -> str:
    return "\n".join([heading, *_lines(model)])


def _lines(model: Any) -> Iterator[str]:
    for field in model._public:
        value = getattr(model, field.name)
        if field.name in ("domain", "status") or field.metadata["assigned"]:
            continue
        if value not in (None, "", {}):
            yield f"{field.name} = {_toml(value)}"


def _toml(value: Any) -> str:
    """Return a TOML value: JSON numbers, and strings without surrogate pairs, are valid TOML."""
    if isinstance(value, dict):
        pairs = ", ".join(f"{dump_json(key)} = {_toml(item)}" for key, item in value.items())
        return f"{{{pairs}}}"
    return dump_json(value)
