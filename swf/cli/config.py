"""`swf config`: which settings are in force, and where each comes from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from swf.cli.options import common
from swf.cli.session import Session


@click.group(invoke_without_command=True)
@common
def config(session: Session) -> None:
    """Settings: what is in force, and where it comes from."""
    if click.get_current_context().invoked_subcommand is None:
        _show(session)


@config.command()
@common
def show(session: Session) -> None:
    """Show each setting and where it comes from; secrets are not shown."""
    _show(session)


@config.command()
def path() -> None:
    """Print the path of the settings file."""
    click.echo(Path.home() / ".swf")


def _show(session: Session) -> None:
    from swf import settings

    options = {**session.settings, "domain": session.get("domain")}
    sources: list[tuple[str, dict[str, Any]]] = [
        ("option", {key: value for key, value in options.items() if value}),
        ("~/.swf", settings.from_home()),
        ("environment", settings.from_env()),
    ]
    found = settings.resolve(**sources[0][1])
    rows = []
    for key in settings.KEYS:
        value = getattr(found, key)
        places = [name for name, given in sources if key in given and given[key] == value]
        source = places[0] if places else ("" if value is None else "default")
        hidden = key in settings.CREDENTIALS and value is not None
        rows.append({"setting": key, "value": "(set)" if hidden else value, "source": source})
    session.rows(rows, ("setting", "value", "source"))
