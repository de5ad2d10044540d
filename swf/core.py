"""A base for programs of one's own that talk to the service, under its documented name.

Models, querysets and actors need none of this: each finds its connection by itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from swf import constants
from swf.connection import Connection, connect, current

if TYPE_CHECKING:
    from mypy_boto3_swf import SWFClient


class ConnectedSWFObject:
    """Something with a way to the service.

    :param region: which region; that of the settings when not given.
    :param connection: which way to the service; the one in force when neither is given. It comes
        before `region`.

    Positional arguments are for the classes that this one is mixed into.
    """

    REGISTERED = constants.REGISTERED
    DEPRECATED = constants.DEPRECATED

    def __init__(
        self,
        *_: Any,
        region: str | None = None,
        connection: Connection | None = None,
    ) -> None:
        self._connection = connection or (connect(region=region) if region else None)

    @property
    def connection(self) -> Connection:
        """The connection that calls take."""
        return self._connection or current()

    @property
    def region(self) -> str:
        """The region that calls go to."""
        return self.boto3_client.meta.region_name

    @property
    def boto3_client(self) -> SWFClient:
        """The connection's boto3 client."""
        return self.connection.client
