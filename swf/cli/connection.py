"""The connection of a command: it reports slow calls; and the embedded service."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import click

from swf.connection import Connection
from swf.exceptions import FAULTS, RateLimitExceededError

if TYPE_CHECKING:
    from swf.local import LocalSWF
    from swf.settings import Settings


#: Seconds without a response after which a call is reported.
SLOW_CALL = 4.0


class WatchedConnection(Connection):
    """A connection that reports slow calls on standard error, except long polls.

    :param settings: the settings of the command.
    """

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        #: Threads whose last attempt was throttled.
        self._throttled: set[int] = set()

    def call(self, operation: str, /, **params: Any) -> dict[str, Any]:
        """Call an operation of the service; see `Connection.call`.

        :param operation: the API's name, e.g. `"DescribeDomain"`.
        :param params: request members of the API.
        """
        if operation.startswith("PollFor"):
            return super().call(operation, **params)
        thread = threading.get_ident()
        self._throttled.discard(thread)
        endpoint = self.endpoint_url  # builds the client, which is no part of the call
        timer = threading.Timer(SLOW_CALL, self._report, (operation, endpoint, thread))
        timer.daemon = True
        timer.start()
        try:
            return super().call(operation, **params)
        finally:
            timer.cancel()

    def _attempt(self, operation: str, request: dict[str, Any], is_single: bool) -> dict[str, Any]:
        client = self._single_attempt_client if is_single else self.client
        client.meta.events.register(
            "response-received.swf", self._record_throttling, unique_id="swf-throttling"
        )
        return super()._attempt(operation, request, is_single)

    def _record_throttling(self, parsed_response: dict[str, Any] | None, **_: Any) -> None:
        """Handle botocore's event for the response, or the lack of one, of each attempt."""
        code = (parsed_response or {}).get("Error", {}).get("Code")
        thread = threading.get_ident()
        if FAULTS.get(code) is RateLimitExceededError:
            self._throttled.add(thread)
        else:
            self._throttled.discard(thread)

    def _report(self, operation: str, endpoint: str, thread: int) -> None:
        problem = "throttles the call" if thread in self._throttled else "does not respond"
        click.echo(
            f"swf: {operation} takes more than {SLOW_CALL:.0f} s: {endpoint} {problem}; "
            "Ctrl-C stops",
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
