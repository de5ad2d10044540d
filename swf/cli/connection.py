"""The connection of a command: it reports slow calls; and the embedded service."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import click

from swf.connection import Connection

if TYPE_CHECKING:
    from swf.local import LocalSWF


#: Seconds without a response after which a call is reported.
SLOW_CALL = 4.0


class WatchedConnection(Connection):
    """A connection that reports calls without a response on standard error; not long polls."""

    def call(self, operation: str, /, **params: Any) -> dict[str, Any]:
        """Call an operation of the service; see `Connection.call`.

        :param operation: the API's name, e.g. `"DescribeDomain"`.
        :param params: request members of the API.
        """
        if operation.startswith("PollFor"):
            return super().call(operation, **params)
        timer = threading.Timer(SLOW_CALL, self._report, (operation,))
        timer.daemon = True
        timer.start()
        try:
            return super().call(operation, **params)
        finally:
            timer.cancel()

    def _report(self, operation: str) -> None:
        endpoint = self.client.meta.endpoint_url
        click.echo(
            f"swf: {operation} takes more than {SLOW_CALL:.0f} s: {endpoint} does not respond, or "
            "it throttles the calls; Ctrl-C stops",
            err=True,
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
