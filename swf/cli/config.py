"""`swf config`: the effective settings and their sources."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from swf import __version__
from swf.cli.options import CommandGroup, common_options
from swf.cli.session import Session
from swf.text import mask_password

if TYPE_CHECKING:
    from swf.settings import Settings

PACKAGES = ("attrs", "boto3", "botocore", "click", "rich", "greenlet", "aiohttp")


@click.group(cls=CommandGroup, invoke_without_command=True)
@click.pass_obj
def config(session: Session) -> None:
    """Show the effective settings.

    Without a command, the same as `swf config show`.

    \b
    Example:
      swf config
    """
    if click.get_current_context().invoked_subcommand is None:
        _show(session)


@config.command()
@common_options
def show(session: Session) -> None:
    """Show each setting and its source.

    Secrets are hidden.

    \b
    Examples:
      swf config show
      swf config show --output json
    """
    _show(session)


@config.command()
@common_options
def versions(session: Session) -> None:
    """Show the versions of Python and packages.

    \b
    Example:
      swf config versions
    """
    from importlib.metadata import PackageNotFoundError, version
    from platform import platform, python_version

    pairs = [("swf", __version__), ("python", python_version()), ("platform", platform())]
    for name in PACKAGES:
        with suppress(PackageNotFoundError):
            pairs.append((name, version(name)))
    rows = [{"name": name, "version": number} for name, number in pairs]
    session.rows(rows, ("name", "version"))


@config.command()
@common_options
def path(session: Session) -> None:  # noqa: ARG001 - for the common options
    """Print the path of the settings file.

    \b
    Example:
      swf config path
    """
    click.echo(Path.home() / ".swf")


def _show(session: Session) -> None:
    from swf import settings

    effective = settings.resolve(**session.settings, domain=session.domain_name)
    values = {key: getattr(effective, key) for key in settings.KEYS}
    sources = _sources(session)
    if session.database is None:
        values["local"] = None
    else:
        overrides = (local for _, each in sources[:2] if (local := each.get("local")))
        values |= {"local": next(overrides, values["local"]), "endpoint_url": None}
    rows = []
    defaults = {} if session.database else _defaults(effective)
    for key, value in values.items():
        if value is None and key in defaults:
            value, source = defaults[key]
            text = "(set)" if key in settings.CREDENTIALS else value
            rows.append({"setting": key, "value": text, "source": source})
            continue
        matches = [name for name, source in sources if key in source and source[key] == value]
        source = matches[0] if matches and value is not None else ""
        is_hidden = key in settings.CREDENTIALS and value is not None
        rows.append(
            {
                "setting": key,
                "value": "(set)" if is_hidden else _public(value),
                "source": source or ("" if value is None else "default"),
            }
        )
    session.rows(rows, ("setting", "value", "source"))


def _defaults(effective: Settings) -> dict[str, tuple[str, str]]:
    """Return the values in place of missing settings; none if the settings are invalid."""
    from swf.client import find_defaults
    from swf.exceptions import SWFError

    with suppress(SWFError):
        return find_defaults(effective)
    return {}


def _public(value: Any) -> Any:
    return mask_password(value) if isinstance(value, str) else value


def _sources(session: Session) -> list[tuple[str, dict[str, Any]]]:
    """Return the sources of settings and their values, strongest first."""
    from swf import settings

    options, context = dict(session.options), session.context
    if options.keys() & {"local", "local_database"}:
        options["local"] = session.database
    context_values = {} if context is None else vars(context)
    return [
        ("option", options),
        (f"context {context.name}" if context else "", context_values),
        ("~/.swf", settings.from_home()),
        ("environment", settings.from_env()),
    ]
