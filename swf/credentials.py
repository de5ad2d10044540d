"""Credentials in code.

Usually not needed: `swf.settings` reads `~/.swf`, the environment and boto3's provider chain.
"""

from __future__ import annotations

from swf import settings
from swf.exceptions import InvalidTypeError


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
