"""Connect a local service to `swf.connection`.

This is the only module of `swf.local` that imports the rest of `swf`: the service and its clients
share no other code, so they cannot share a mistake.
"""

from __future__ import annotations

from typing import Any

from swf import connection as _connection
from swf.connection import Connection
from swf.transport import Transport


def connect(client: Any, transport: Transport | None) -> Connection:
    """Return a connection.

    :param client: boto3 client of the service.
    :param transport: Carries the calls in place of the client; None sends them by the client.
    """
    return Connection(client=client, transport=transport)


def make_default(connection: Connection) -> None:
    """Make a connection the default of `swf`."""
    _connection.set_default(connection)


def forget_default(connection: Connection) -> None:
    """Restore the connection of the settings, if `connection` is still the default."""
    if _connection.default() is connection:
        _connection.set_default(None)
