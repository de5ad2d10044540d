"""The wire: what an HTTP request asks for, and how an answer or a refusal is written.

Both transports use it, so neither can answer differently. It knows the JSON 1.0 protocol and where
a signed request names its world; what the members of a request mean is the engine's business.
Source: API Reference, "Making HTTP Requests to Amazon SWF".
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, NamedTuple, NoReturn

from swf.local.faults import Fault
from swf.local.store import TenantKey

SERVICE = "SimpleWorkflowService"
CONTENT_TYPE = "application/x-amz-json-1.0"
LEGACY_CONTENT_TYPE = "application/json"

MAX_BODY_BYTES = 1024 * 1024
"""Bytes. The service's limit is for the whole request; headers are not counted here."""

DEFAULT_TENANT = TenantKey("local", "us-east-1")
"""The world of a request that is not signed, and of clients that say nothing else."""

DEFAULT_ACCOUNT = "123456789012"
"""The account of that access key, as AWS's documentation writes it."""

MAX_TENANT_NAME = 128
"""Characters that an access key or a region may have, so that a world's name stays a name."""


class ApiCall(NamedTuple):
    """What a request asks for."""

    tenant: TenantKey
    operation: str
    params: Any
    """The decoded body, whatever it is: the engine says what it should have been."""


class ApiResponse(NamedTuple):
    """What goes back: an HTTP status, a body, and the fault's code if it is one."""

    status: int
    body: bytes
    code: str | None = None


def read(headers: Mapping[str, Any], body: bytes) -> ApiCall:
    """Return what a request asks for; raises Fault for one that cannot be read.

    Headers are found by the names used here, so the mapping had better ignore case.
    """
    operation = _operation(_text(headers.get("X-Amz-Target")))
    return ApiCall(_tenant(_text(headers.get("Authorization"))), operation, _params(body))


def succeed(response: dict[str, Any] | None) -> ApiResponse:
    """Return the answer with a response; None is answered by an empty body."""
    return ApiResponse(200, b"" if response is None else _json(response))


def refuse(fault: Fault) -> ApiResponse:
    """Return the answer that tells of a fault."""
    body = {"__type": fault.type}
    if fault.message is not None:
        body["message"] = fault.message
    return ApiResponse(fault.status, _json(body), fault.code)


def response_headers(request_headers: Mapping[str, Any], answer: ApiResponse) -> dict[str, str]:
    """Return the headers of an answer; clients of the old form are answered in the old form."""
    asked = _text(request_headers.get("Content-Type"))
    is_legacy = asked.partition(";")[0].strip().lower() == LEGACY_CONTENT_TYPE
    return {
        "x-amzn-RequestId": str(uuid.uuid4()),
        "Content-Type": LEGACY_CONTENT_TYPE if is_legacy else CONTENT_TYPE,
        "Content-Length": str(len(answer.body)),
    }


def too_large() -> Fault:
    """Return the fault for a body of more than 1 MB."""
    return Fault("RequestEntityTooLargeException", "Request exceeds 1048576 bytes", 413)


def account(access_key: str) -> str:
    """Return the account to which an access key belongs: twelve digits, always the same."""
    if access_key == DEFAULT_TENANT.access_key:
        return DEFAULT_ACCOUNT
    digest = sha256(access_key.encode("utf-8", "replace")).digest()
    return f"{int.from_bytes(digest[:8], 'big') % 10**12:012}"


def _operation(target: str) -> str:
    """Return the operation of a target: its last part, after the service's name in any package."""
    service, _, operation = target.rpartition(".")
    if service.rpartition(".")[2] != SERVICE:
        raise Fault("UnknownOperationException", status=404)
    return operation


def _tenant(authorization: str) -> TenantKey:
    """Return the world that a signature's scope names: `Credential=KEY/date/region/swf/...`."""
    _, _, rest = authorization.partition("Credential=")
    key, _, scope = rest.partition(",")[0].partition("/")
    region = scope.split("/")[1] if "/" in scope else ""
    return TenantKey(
        key[:MAX_TENANT_NAME] or DEFAULT_TENANT.access_key,
        region[:MAX_TENANT_NAME] or DEFAULT_TENANT.region,
    )


def _params(body: bytes) -> Any:
    try:
        return json.loads(body.decode(), parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise Fault("SerializationException", "The request is not valid JSON") from None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("latin-1")
    return value if isinstance(value, str) else ""


def _json(value: Any) -> bytes:
    # The service sorts the members of every object. Escapes keep what is no text in UTF-8.
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
