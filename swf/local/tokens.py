"""Task tokens and page tokens, signed with the secret of a tenant.

A token contains its own data, so it survives a restart, and the signature prevents forgery.
"""

import base64
import binascii
import hmac
import json
from hashlib import blake2b, sha256
from typing import Any, NamedTuple

from swf.local.faults import invalid
from swf.local.limits import PAGE_TOKEN_LIFE

HEAD = b"\0\0\0"
"""Makes every token start with AAAA, as those of AWS."""
SIGNATURE = 16
WORKFLOW_ID_BYTES = 512
"""Bytes of the workflow id in a token: a token has at most 1,024 characters."""


class TaskToken(NamedTuple):
    """The content of a task token."""

    run_id: str
    scheduled_event_id: int
    started_event_id: int
    workflow_id: str


def seal(key: bytes, kind: str, payload: bytes) -> str:
    """Return a signed token.

    :param key: the secret of the tenant.
    :param kind: "activity", "decision" or "page".
    """
    return base64.b64encode(HEAD + _sign(key, kind, payload) + payload).decode()


def _sign(key: bytes, kind: str, payload: bytes) -> bytes:
    return blake2b(kind.encode() + payload, key=key, digest_size=SIGNATURE).digest()


def _unseal(key: bytes, kind: str, token: str) -> bytes:
    """Return the payload of a token.

    :raises Fault: ValidationException if the signature, key or kind does not match.
    """
    try:
        raw = base64.b64decode(token.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise invalid("Invalid token") from None
    start = len(HEAD) + SIGNATURE
    signature, payload = raw[len(HEAD) : start], raw[start:]
    expected = _sign(key, kind, payload)
    if raw[: len(HEAD)] != HEAD or not hmac.compare_digest(signature, expected):
        raise invalid("Invalid token")
    return payload


def task_token(key: bytes, kind: str, task: TaskToken) -> str:
    """Return the token of a task.

    :param key: the secret of the tenant.
    :param kind: "activity" or "decision".
    """
    name = task.workflow_id.encode("utf-8", "surrogatepass")[:WORKFLOW_ID_BYTES]
    numbers = f"{task.run_id} {task.scheduled_event_id} {task.started_event_id} "
    return seal(key, kind, numbers.encode() + name)


def read_task_token(key: bytes, kind: str, token: str) -> TaskToken:
    """Return the content of a task token.

    :param key: the secret of the tenant.
    :param kind: "activity" or "decision".
    :param token: the token of the request, with any characters.
    :raises Fault: ValidationException if the token is invalid.
    """
    run_id, scheduled, started, name = _unseal(key, kind, token).split(b" ", 3)
    workflow_id = name.decode("utf-8", "replace")
    return TaskToken(run_id.decode(), int(scheduled), int(started), workflow_id)


UNBOUND = ("nextPageToken", "maximumPageSize", "identity")
"""Parameters that may differ between the pages of one result."""


def _digest(operation: str, params: dict[str, Any]) -> str:
    bound = {name: value for name, value in params.items() if name not in UNBOUND}
    text = json.dumps([operation, bound], sort_keys=True)
    return sha256(text.encode()).hexdigest()[:32]


def page_token(
    key: bytes,
    operation: str,
    params: dict[str, Any],
    cursor: Any,
    now: float,
    life: float = PAGE_TOKEN_LIFE,
) -> str:
    """Return the token for a page of a result.

    :param params: the parameters of the request, to which the token is bound.
    :param cursor: the position of the page, a JSON value.
    :param now: seconds since the epoch.
    :param life: for how many seconds the token is valid.
    """
    payload = [_digest(operation, params), now + life, cursor]
    text = json.dumps(payload, ensure_ascii=False)
    return seal(key, "page", text.encode("utf-8", "surrogatepass"))


def read_page_token(key: bytes, operation: str, params: dict[str, Any], now: float) -> Any:
    """Return the cursor in the page token of a request, None for the first page.

    :param params: the parameters of the request.
    :param now: seconds since the epoch.
    :raises Fault: ValidationException if the token belongs to another request or has expired.
    """
    token = params.get("nextPageToken")
    if not token:
        return None
    digest, expires, cursor = json.loads(
        _unseal(key, "page", token).decode("utf-8", "surrogatepass")
    )
    if digest != _digest(operation, params):
        raise invalid("Invalid token")
    if now > expires:
        raise invalid("Specified token has exceeded its maximum lifetime")
    return cursor
