"""Hand a client of a local service to the rest of `swf`.

The one place where `swf.local` knows of it: the service and its clients share no other code, so
that they cannot share a mistake.
"""

from __future__ import annotations

from typing import Any

from swf import connection as _connection
from swf.connection import Connection


def connect(client: Any) -> Connection:
    """Return the connection that uses a client."""
    return Connection(client=client)


def make_default(connection: Connection) -> None:
    """Use a connection wherever none is named."""
    _connection.set_default(connection)


def forget_default(connection: Connection) -> None:
    """Go back to the settings' connection, if this one still is the default."""
    if _connection.default() is connection:
        _connection.set_default(None)
