"""The connection of a command: to the configured endpoint, or to an embedded service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click
from botocore.session import Session as BotocoreSession

from swf.connection import Connection, connect
from swf.settings import Settings, resolve

if TYPE_CHECKING:
    from swf.local import LocalSWF

#: Hosts of this machine. A service there accepts any credentials.
LOOPBACK = ("127.0.0.1", "localhost", "::1")


def connect_remote(options: dict[str, Any]) -> Connection:
    """Return a connection to the configured endpoint.

    :param options: `region`, `profile` and `endpoint_url`, if given; settings supply the rest.
    """
    settings = resolve(**options)
    is_local = urlsplit(settings.endpoint_url or "").hostname in LOOPBACK
    local_credentials = {"aws_access_key_id": "local", "aws_secret_access_key": "local"}
    needs_credentials = is_local and not _has_credentials(settings)
    return connect(**options, **(local_credentials if needs_credentials else {}))


def _has_credentials(settings: Settings) -> bool:
    """Return whether the settings or AWS's files hold credentials; no other source is queried."""
    return bool(
        settings.aws_access_key_id or settings.profile or BotocoreSession().available_profiles
    )


def open_embedded(path: str) -> LocalSWF:
    """Return an embedded service that stores its state in a file.

    :param path: the file.
    :raises click.ClickException: the file cannot be used, or another process holds it.
    """
    from swf.local import LocalSWF  # a whole service, which few commands need
    from swf.local.store import StoreError, StoreInUseError

    try:
        return LocalSWF(database=path, poll_timeout=1)
    except StoreInUseError as error:
        raise click.ClickException(
            f"{error}; for several commands at a time serve it: swf local --database {path}"
        ) from error
    except StoreError as error:
        raise click.ClickException(str(error)) from error
