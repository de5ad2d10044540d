"""Where keys come from, for those who give them in code.

Usually nothing is needed here: `~/.swf`, the environment and boto's own provider chain are read
when a connection is made (`swf.settings`).
"""

from __future__ import annotations

from swf import settings
from swf.exceptions import InvalidTypeError


def set_aws_credentials(key_id: str, secret: str, session_token: str | None = None) -> None:
    """Use this key pair for every connection made from here on.

    :param key_id: the access key id.
    :param secret: the secret access key; it is never shown or logged.
    :param session_token: for temporary credentials.
    :raises InvalidTypeError: when a half of the pair is None: the keys of some other source would
        be used in silence.
    """
    if key_id is None or secret is None:
        raise InvalidTypeError("key_id and secret", ..., "must both be strings")
    settings.set(
        aws_access_key_id=key_id, aws_secret_access_key=secret, aws_session_token=session_token
    )
