"""Names of python-simple-workflow and simpleflow whose modules would hold nothing else.

The documented import paths re-export from here and contain no code:

- `swf.core` and `swf.credentials`, paths of python-simple-workflow;
- `swf.dataflow.constants`, the path of `simpleflow.constants`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from swf import constants, settings
from swf.connection import Connection, connect, current
from swf.constants import DAY, HOUR, MINUTE
from swf.exceptions import InvalidTypeError

if TYPE_CHECKING:
    from mypy_boto3_swf import SWFClient

__all__ = ["DAY", "HOUR", "MINUTE", "ConnectedSWFObject", "set_aws_credentials"]

#: The modules that re-export from here, with their names.
REEXPORTS = {
    "swf.core": ("ConnectedSWFObject",),
    "swf.credentials": ("set_aws_credentials",),
    "swf.dataflow.constants": ("DAY", "HOUR", "MINUTE"),
}


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


def set_aws_credentials(key_id: str, secret: str, session_token: str | None = None) -> None:
    """Use a key pair for all connections that are created later.

    :param key_id: the access key id.
    :param secret: the secret access key; never shown or logged.
    :param session_token: the token of temporary credentials.
    :raises InvalidTypeError: if one half of the pair is None, since another source would silently
        supply both.
    """
    if key_id is None or secret is None:
        raise InvalidTypeError("key_id and secret", ..., "must both be strings")
    settings.set(
        aws_access_key_id=key_id, aws_secret_access_key=secret, aws_session_token=session_token
    )
