"""The embedded service of a command."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from swf.local import LocalSWF


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
