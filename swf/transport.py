"""Calls that do not go through botocore, such as those to an embedded service in this process.

A transport takes the JSON of a request and returns status and JSON of the answer, as HTTP carries
them. Signing, framing and botocore's parser are left out; validation is the service's own. A lost
answer, a throttled call and an internal error are repeated as botocore's standard mode does.
"""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Mapping
from datetime import datetime
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

from swf.exceptions import (
    EndpointError,
    EndpointUnreachableError,
    InvalidTypeError,
    ResponseError,
    fault,
)

#: Codes of answers that are worth another attempt.
TRANSIENT: Final = ("ThrottlingException", "InternalFailure", "ServiceUnavailable")
#: Seconds before the second attempt; each further pause is twice as long.
FIRST_PAUSE: Final = 0.05
#: Path of the control API of a local service that ends polls.
END_POLLS: Final = "/_swf/polls/end"


class Transport(Protocol):
    """Carries requests to a service."""

    def __call__(self, operation: str, body: bytes) -> tuple[int, bytes]:
        """Return status and body of the answer to a request.

        :param operation: The API's name.
        :param body: JSON of the request.
        :raises ConnectionError: The connection broke before the answer arrived.
        """

    def end_polls(self, identities: Collection[str]) -> None:
        """End waiting polls with an empty response.

        :param identities: The `identity` of the polls.
        """


def end_polls_over_http(url: str, identities: Collection[str]) -> bool:
    """End waiting polls at a local service that is served over HTTP.

    :param url: The URL of the service.
    :param identities: The `identity` of the polls.
    :returns: False if no control API answers there.
    """
    address = urlsplit(url)
    connection = HTTPConnection(address.hostname or "", address.port or 80, timeout=1)
    body = json.dumps({"identities": list(identities)})
    try:
        connection.request("POST", END_POLLS, body, {"Content-Type": "application/json"})
        return connection.getresponse().status == HTTPStatus.OK
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def send(
    transport: Transport, operation: str, params: Mapping[str, Any], retries: int
) -> dict[str, Any]:
    """Call an operation and return its answer.

    :param params: The API's members; datetimes are sent as epoch seconds.
    :param retries: Attempts after the first one.
    :raises ResponseError: The subclass for the fault that the service answered.
    :raises EndpointUnreachableError: No attempt was answered.
    :raises InvalidTypeError: A parameter cannot be written as JSON.
    """
    try:
        body = _ENCODER.encode(params).encode()
    except (TypeError, ValueError) as error:
        raise InvalidTypeError(operation, ..., str(error)) from error
    for attempt in range(retries):
        try:
            return _attempt(transport, operation, body)
        except (EndpointError, ResponseError) as failure:
            if isinstance(failure, ResponseError) and failure.error_code not in TRANSIENT:
                raise
        time.sleep(FIRST_PAUSE * 2**attempt)
    return _attempt(transport, operation, body)


def _attempt(transport: Transport, operation: str, body: bytes) -> dict[str, Any]:
    try:
        status, answer = transport(operation, body)
    except ConnectionError as error:
        raise EndpointUnreachableError(f"{operation}: {error}") from error
    try:
        members = _DECODER.decode(answer.decode()) if answer else {}
    except (ValueError, RecursionError) as error:
        message = f"{operation}: not a response of the service: {error}"
        raise EndpointError(message, status=status) from error
    if not isinstance(members, dict):
        message = f"{operation}: not a response of the service: {type(members).__name__}"
        raise EndpointError(message, status=status)
    if status == HTTPStatus.OK:
        return members
    error_members = {"Code": members.get("__type", ""), "Message": members.get("message", "")}
    raise fault(error_members, operation, "")


def _seconds(value: Any) -> float:
    if isinstance(value, datetime):
        return value.timestamp()
    raise TypeError(f"cannot be sent: {type(value).__name__}")


_ENCODER: Final = json.JSONEncoder(default=_seconds)
_DECODER: Final = json.JSONDecoder()
