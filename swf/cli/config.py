"""`swf config`: which settings are in force, and where each comes from."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from swf import __version__
from swf.cli.options import Group, common
from swf.cli.session import Session

STANDS_ON = ("attrs", "boto3", "botocore", "click", "rich", "greenlet", "aiohttp")


@click.group(cls=Group, invoke_without_command=True)
@click.pass_obj
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
@common
def versions(session: Session) -> None:
    """Show what runs here: Python, this library, and what it stands on."""
    from importlib.metadata import PackageNotFoundError, version
    from platform import platform, python_version

    rows = [("swf", __version__), ("python", python_version()), ("platform", platform())]
    for name in STANDS_ON:
        with suppress(PackageNotFoundError):
            rows.append((name, version(name)))
    found = [{"name": name, "version": number} for name, number in rows]
    session.rows(found, ("name", "version"))


@config.command()
@common
def path(session: Session) -> None:  # noqa: ARG001 - for its options
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
