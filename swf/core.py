"""`ConnectedSWFObject`, the documented base class of python-simple-workflow.

Models, querysets and actors do not need it: they use the current connection.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from swf import constants
from swf.connection import Connection, connect, current

if TYPE_CHECKING:
    from mypy_boto3_swf import SWFClient


class ConnectedSWFObject:
    """An object with a connection to the service.

    Positional arguments are accepted for classes that combine this one with others.

    :param region: name of the region; None uses that of the settings.
    :param connection: the connection, which overrides `region`; None uses the current one.
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
        """The connection that calls use."""
        return self._connection or current()

    @property
    def region(self) -> str:
        """The region that calls go to."""
        return self.boto3_client.meta.region_name

    @property
    def boto3_client(self) -> SWFClient:
        """The boto3 client of the connection."""
        return self.connection.client
