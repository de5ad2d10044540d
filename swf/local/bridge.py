"""Connect a local service to `swf.connection`.

This is the only module of `swf.local` that imports the rest of `swf`: the service and its clients
share no other code, so they cannot share a mistake.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from swf import connection as _connection
from swf.connection import Connection
from swf.transport import Transport

if TYPE_CHECKING:
    from mypy_boto3_swf import SWFClient

    from swf.console.local import LocalConsole
    from swf.local.control_client import ControlClient


class EmbeddedConnection(Connection):
    """A connection to a service in this process.

    :param transport: Carries the calls.
    :param endpoint_url: The endpoint in messages; nothing is sent there.
    :param create_client: Returns a boto3 client of the service, for operations that `swf` does not
        offer. It is called on first use, because botocore takes long to import.
    """

    def __init__(
        self, transport: Transport, endpoint_url: str, create_client: Callable[[], SWFClient]
    ) -> None:
        super().__init__(transport=transport)
        self._endpoint_url = endpoint_url
        self._create_client = create_client

    def __repr__(self) -> str:
        return f"<EmbeddedConnection: {self._endpoint_url}>"

    @property
    def endpoint_url(self) -> str:
        """The URL in messages."""
        return self._endpoint_url

    def _build_client(self, retries: int) -> SWFClient:  # noqa: ARG002 - nothing is repeated
        return self._create_client()


def make_default(connection: Connection) -> None:
    """Make a connection the default of `swf`."""
    _connection.set_default(connection)


def forget_default(connection: Connection) -> None:
    """Restore the connection of the settings, if `connection` is still the default."""
    if _connection.default() is connection:
        _connection.set_default(None)


def load_console(
    accounts: Callable[[], list[dict[str, Any]]],
    connect: Callable[[str, str], Connection],
    host_names: Iterable[str],
    control: ControlClient | None,
    newest_event: Callable[[str, str, str, str, str], tuple[int, bool] | None],
    pollers: Callable[[str, str, str], dict[str, list[str]]],
) -> LocalConsole:
    """Return the web console of a service.

    :param accounts: returns the accounts and regions of the service.
    :param connect: returns a connection for an access key and a region.
    :param host_names: host names that visitors may use.
    :param control: client of the control API, if there is one.
    :param newest_event: returns the number of events of an execution and whether it is open, given
        access key, region, domain, workflow id and run id; None if it does not exist.
    :param pollers: returns the identities of the waiting polls of each task list, given access key,
        region and domain.
    :raises ImportError: if the extra `console` is not installed.
    """
    from swf.console.local import LocalConsole

    return LocalConsole(accounts, connect, host_names, control, newest_event, pollers)
