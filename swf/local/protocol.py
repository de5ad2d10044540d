"""Decode HTTP requests and encode responses and faults, in the AWS JSON 1.0 protocol.

Both transports use these functions, so their responses are the same. The module finds the tenant in
the signature of a request; the engine interprets the members of the body.
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
"""Maximum size of a body in bytes; the limit of SWF includes the headers."""

DEFAULT_TENANT = TenantKey("local", "us-east-1")
"""The tenant of unsigned requests, and of clients without other credentials."""

DEFAULT_ACCOUNT = "123456789012"
"""The account id of that access key: the example in AWS's documentation."""

MAX_TENANT_NAME = 128
"""Maximum length of an access key and of a region; longer ones are truncated."""


class ApiCall(NamedTuple):
    """A decoded request."""

    tenant: TenantKey
    operation: str
    params: Any
    """The decoded JSON body; the engine validates it."""


class ApiResponse(NamedTuple):
    """A response: HTTP status, body, and the code of the fault if it is one."""

    status: int
    body: bytes
    code: str | None = None


def read(headers: Mapping[str, Any], body: bytes) -> ApiCall:
    """Return the call that a request contains.

    :param headers: the headers of the request, with case-insensitive lookup.
    :param body: the JSON body.
    :raises Fault: if the target or the body cannot be read.
    """
    operation = _operation(_text(headers.get("X-Amz-Target")))
    return ApiCall(_tenant(_text(headers.get("Authorization"))), operation, read_params(body))


def succeed(response: dict[str, Any] | None) -> ApiResponse:
    """Return a successful response.

    :param response: the members of the body; None makes an empty body.
    """
    return ApiResponse(200, b"" if response is None else _json(response))


def refuse(fault: Fault) -> ApiResponse:
    """Return the response for a fault.

    :param fault: its status, type and message make the response.
    """
    body = {"__type": fault.type}
    if fault.message is not None:
        body["message"] = fault.message
    return ApiResponse(fault.status, _json(body), fault.code)


def response_headers(request_headers: Mapping[str, Any], response: ApiResponse) -> dict[str, str]:
    """Return the headers of a response; legacy clients receive their own content type.

    :param request_headers: the headers of the request.
    """
    content_type = _text(request_headers.get("Content-Type"))
    is_legacy = content_type.partition(";")[0].strip().lower() == LEGACY_CONTENT_TYPE
    return {
        "x-amzn-RequestId": str(uuid.uuid4()),
        "Content-Type": LEGACY_CONTENT_TYPE if is_legacy else CONTENT_TYPE,
        "Content-Length": str(len(response.body)),
    }


def too_large() -> Fault:
    """Return the fault for a body that exceeds 1 MiB."""
    return Fault("RequestEntityTooLargeException", "Request exceeds 1048576 bytes", 413)


def account(access_key: str) -> str:
    """Return the account id of an access key: 12 digits, derived from the key.

    :param access_key: the access key of the signature, with any characters.
    """
    if access_key == DEFAULT_TENANT.access_key:
        return DEFAULT_ACCOUNT
    digest = sha256(access_key.encode("utf-8", "replace")).digest()
    return f"{int.from_bytes(digest[:8], 'big') % 10**12:012}"


def _operation(target: str) -> str:
    """Return the operation of a target: `SimpleWorkflowService.OPERATION`, with any prefix."""
    service, _, operation = target.rpartition(".")
    if service.rpartition(".")[2] != SERVICE:
        raise Fault("UnknownOperationException", status=404)
    return operation


def _tenant(authorization: str) -> TenantKey:
    """Return the tenant in the scope of a signature: `Credential=KEY/date/region/swf/...`."""
    _, _, rest = authorization.partition("Credential=")
    key, _, scope = rest.partition(",")[0].partition("/")
    region = scope.split("/")[1] if "/" in scope else ""
    return TenantKey(
        _printable(key)[:MAX_TENANT_NAME] or DEFAULT_TENANT.access_key,
        _printable(region)[:MAX_TENANT_NAME] or DEFAULT_TENANT.region,
    )


def _printable(text: str) -> str:
    """Return text that can be encoded: bytes of a header that are not UTF-8 are escaped."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


def read_params(body: bytes) -> Any:
    """Return the value of a body; raises Fault if it is no JSON.

    :param body: the bytes of the body; they must be UTF-8.
    """
    try:
        return _DECODER.decode(body.decode())
    except (ValueError, RecursionError):
        raise Fault("SerializationException", "The request is not valid JSON") from None


def refuse_constant(name: str) -> NoReturn:
    """Refuse NaN and infinities, which Python's parser accepts.

    :raises ValueError: always.
    """
    raise ValueError(f"not JSON: {name}")


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("latin-1")
    return value if isinstance(value, str) else ""


def _json(value: Any) -> bytes:
    # The service sorts the members of every object. ASCII escapes preserve lone surrogates.
    return _ENCODER.encode(value).encode()


# Created once: json.dumps and json.loads create one for each call with options.
_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"))
_DECODER = json.JSONDecoder(parse_constant=refuse_constant)
