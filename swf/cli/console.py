"""`swf console`: serve the web console for the connection of the command line."""

from __future__ import annotations

import ipaddress
import re
import secrets
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from swf.cli.apply import read_manifest
from swf.cli.code import load
from swf.cli.extras import install_hint
from swf.cli.options import StrictCommand, common_options
from swf.cli.session import Session
from swf.exceptions import ValidationError

if TYPE_CHECKING:
    from swf.connection import Connection
    from swf.console import Options

WILDCARDS = ("0.0.0.0", "::")  # noqa: S104 - compared with the option
"""Addresses that accept connections on every interface; a browser cannot open them."""


@click.command(cls=StrictCommand)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=4571,
    show_default=True,
    help="Port; 0 chooses a free one.",
)
@click.option(
    "--write/--read-only",
    "is_writable",
    default=None,
    help="Whether actions are permitted; by default only on a local service.",
)
@click.option("--open", "opens_browser", is_flag=True, help="Open the console in a browser.")
@click.option(
    "--code",
    "codes",
    multiple=True,
    metavar="MODULE[:NAME]",
    help="A flow or a workflow class, for the states of its steps; repeatable.",
)
@click.option(
    "--manifest",
    type=click.Path(path_type=Path),
    help="A manifest of `swf apply`, for the page about types.",
)
@click.option("--allow-host", multiple=True, metavar="NAME", help="A host name of this server.")
@click.option(
    "--prefix", default="", metavar="PATH", help="Path of the console behind a proxy, such as /swf."
)
@common_options
def console(
    session: Session,
    host: str,
    port: int,
    is_writable: bool | None,
    opens_browser: bool,
    codes: tuple[str, ...],
    manifest: Path | None,
    allow_host: tuple[str, ...],
    prefix: str,
) -> None:
    """Serve the web console.

    Serves until Ctrl-C. Standard output has one line, the address to open. On an address other
    than a loopback one, the address contains a token without which no page is shown.

    \b
    Examples:
      swf console --port 0
      swf console --port 0 --read-only
      swf console --port 0 --code orders:Order
    """
    try:
        import aiohttp  # noqa: F401
        import jinja2  # noqa: F401
    except ModuleNotFoundError as error:
        raise click.ClickException(install_hint(str(error.name), "console")) from error
    from attrs import evolve  # help texts need no attrs

    from swf.console import Console
    from swf.console.server import listen, run

    prefix = prefix.rstrip("/")
    if prefix and not re.fullmatch(r"(/[\w.~-]+)+", prefix, re.ASCII):
        rule = "must begin with / and have only letters, digits and . _ ~ -"
        raise click.UsageError(f"--prefix={prefix}: {rule}")
    token = None if _is_loopback(f"//{host}") else secrets.token_urlsafe(24)
    options = _options(session, is_writable, codes, manifest)
    options = evolve(options, token=token, host_names=(host, *allow_host), prefix=prefix)
    if options.manifest is not None:
        options.manifest()  # an error ends the command, not a page
    listener = listen(host, port)
    address = _address(host, listener.getsockname()[1], prefix, token)

    def announce() -> None:
        session.echo(address)
        if opens_browser:
            click.launch(address)
        session.notify(f"swf console: {options.place}; press Ctrl-C to stop")

    run(Console(options), listener, announce)


def _options(
    session: Session, is_writable: bool | None, codes: tuple[str, ...], manifest: Path | None
) -> Options:
    from swf.console import Options
    from swf.local.control_client import ControlClient

    connection = session.connect()
    endpoint = connection.client.meta.endpoint_url
    is_local = session.service is not None or _is_loopback(endpoint)
    is_local = is_local and not session.has_only_closed
    has_control = is_local and session.service is None
    context = click.get_current_context()
    return Options(
        connection,
        is_writable=is_local if is_writable is None else is_writable,
        is_local=is_local,
        place=_place(session, connection),
        codec=session.codec,
        is_redacted=bool(session.get("redact")),
        control=ControlClient(endpoint) if has_control else None,
        manifest=partial(_read_manifest, session, context, manifest) if manifest else None,
        codes=tuple(map(_load_code, codes)),
    )


def _read_manifest(session: Session, context: click.Context, path: Path) -> list[Any]:
    """Return the models that a manifest declares now.

    :raises ValidationError: it is not a manifest.
    """
    try:
        with context.scope(cleanup=False):  # of this thread
            return read_manifest(session, path)
    except click.ClickException as error:
        raise ValidationError("manifest", str(path), error.format_message()) from error


def _load_code(name: str) -> Any:
    """Import a flow or a workflow class.

    :raises click.UsageError: it is neither.
    """
    code = load(name)
    return code.value if code.is_workflow else code.flow


def _is_loopback(url: str) -> bool:
    """Return whether the host of a URL is this machine."""
    name = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")


def _address(host: str, port: int, prefix: str, token: str | None) -> str:
    name = "localhost" if host in WILDCARDS else f"[{host}]" if ":" in host else host
    return f"http://{name}:{port}{prefix}/" + ("" if token is None else f"?token={token}")


def _place(session: Session, connection: Connection) -> str:
    """Return the profile, region and endpoint of a connection."""
    meta = connection.client.meta
    endpoint = session.database or connection.endpoint_url
    profile = connection.settings.profile
    names = [*([f"profile {profile}"] if profile else []), f"region {meta.region_name}", endpoint]
    return ", ".join(names)
