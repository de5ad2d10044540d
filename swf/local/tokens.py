"""Task tokens and page tokens: opaque to callers, readable and unforgeable for the service.

A token says what it stands for and is signed with the key of its world, so nothing has to be
remembered for it: it outlives a restart, and nobody can make one up.
"""

import base64
import binascii
import hmac
import json
from hashlib import sha256
from typing import Any, NamedTuple

from swf.local.faults import invalid
from swf.local.limits import PAGE_TOKEN_LIFE

HEAD = b"\0\0\0"
"""Three zero bytes are what makes every token of the service begin with AAAA."""
SIGNATURE = 16
WORKFLOW_ID_BYTES = 512
"""A workflow id of 256 characters may have 1,024 bytes; a token may have 1,024 characters."""


class TaskToken(NamedTuple):
    """One attempt at a task: which run, which scheduled event, which started event."""

    run_id: str
    scheduled_event_id: int
    started_event_id: int
    workflow_id: str


def seal(key: bytes, kind: str, payload: bytes) -> str:
    """Return `payload` signed and encoded as a token of one kind."""
    signature = hmac.digest(key, kind.encode() + payload, "sha256")[:SIGNATURE]
    return base64.b64encode(HEAD + signature + payload).decode()


def unseal(key: bytes, kind: str, token: str) -> bytes:
    """Return the payload of a token; raise `Invalid token` if it is not one of this kind."""
    try:
        raw = base64.b64decode(token.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise invalid("Invalid token") from None
    start = len(HEAD) + SIGNATURE
    signature, payload = raw[len(HEAD) : start], raw[start:]
    expected = hmac.digest(key, kind.encode() + payload, "sha256")[:SIGNATURE]
    if raw[: len(HEAD)] != HEAD or not hmac.compare_digest(signature, expected):
        raise invalid("Invalid token")
    return payload


def task_token(key: bytes, kind: str, task: TaskToken) -> str:
    """Return the token of a task; `kind` is "activity" or "decision"."""
    name = task.workflow_id.encode("utf-8", "surrogatepass")[:WORKFLOW_ID_BYTES]
    numbers = f"{task.run_id} {task.scheduled_event_id} {task.started_event_id} "
    return seal(key, kind, numbers.encode() + name)


def read_task_token(key: bytes, kind: str, token: str) -> TaskToken:
    """Return what a task token stands for."""
    run_id, scheduled, started, name = unseal(key, kind, token).split(b" ", 3)
    workflow_id = name.decode("utf-8", "replace")
    return TaskToken(run_id.decode(), int(scheduled), int(started), workflow_id)


UNBOUND = ("nextPageToken", "maximumPageSize", "identity")
"""Members that choose no result: they may change from page to page."""


def _digest(operation: str, params: dict[str, Any]) -> str:
    bound = {name: value for name, value in params.items() if name not in UNBOUND}
    text = json.dumps([operation, bound], sort_keys=True)
    return sha256(text.encode()).hexdigest()[:32]


def page_token(key: bytes, operation: str, params: dict[str, Any], cursor: Any, now: float) -> str:
    """Return the token for the page that begins at `cursor`, bound to the other arguments.

    The cursor is a JSON-able value of the caller's own.
    """
    payload = [_digest(operation, params), now + PAGE_TOKEN_LIFE, cursor]
    text = json.dumps(payload, ensure_ascii=False)
    return seal(key, "page", text.encode("utf-8", "surrogatepass"))


def read_page_token(key: bytes, operation: str, params: dict[str, Any], now: float) -> Any:
    """Return the cursor of the page that `params` asks for, None for the first page.

    Raises a validation fault if the token is of another request, or older than 24 hours.
    """
    token = params.get("nextPageToken")
    if not token:
        return None
    digest, expires, cursor = json.loads(
        unseal(key, "page", token).decode("utf-8", "surrogatepass")
    )
    if digest != _digest(operation, params):
        raise invalid("Invalid token")
    if now > expires:
        raise invalid("Specified token has exceeded its maximum lifetime")
    return cursor
