"""What a command is connected to: the service that the settings name, or one in this process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click
from botocore.session import Session as Botocore

from swf.connection import Connection, connect
from swf.settings import Settings, resolve

if TYPE_CHECKING:
    from swf.local import LocalSWF

#: Hosts that take any credentials, since they are this machine's.
LOOPBACK = ("127.0.0.1", "localhost", "::1")


def remote(given: dict[str, Any]) -> Connection:
    """Return a connection for the options that were given, and the settings below them."""
    settings = resolve(**given)
    is_local = urlsplit(settings.endpoint_url or "").hostname in LOOPBACK
    anybody = {"aws_access_key_id": "local", "aws_secret_access_key": "local"}
    return connect(**given, **(anybody if is_local and not _has_credentials(settings) else {}))


def _has_credentials(settings: Settings) -> bool:
    """Return whether settings or files of AWS hold credentials; nothing is looked up elsewhere."""
    known = settings.aws_access_key_id or settings.profile or Botocore().available_profiles
    return bool(known)


def embedded(path: str) -> LocalSWF:
    """Return a service in this process that is kept in a file.

    :raises click.ClickException: the file cannot be used, or another process has it.
    """
    from swf.local import LocalSWF  # all of a service, which few commands need
    from swf.local.store import StoreError, StoreInUseError

    try:
        return LocalSWF(database=path, poll_timeout=1)
    except StoreInUseError as error:
        raise click.ClickException(
            f"{error}; for several commands at a time serve it: swf local --database {path}"
        ) from error
    except StoreError as error:
        raise click.ClickException(str(error)) from error
