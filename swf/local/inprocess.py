"""Create botocore clients that reach a local service without a socket.

A handler of `before-send`, botocore's last event before the network, answers the requests of the
client. So validation, signing, serialization, parsing, retries and the user's own handlers run as
they do against AWS. A long poll blocks the calling thread.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING, Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ConnectionClosedError
from botocore.session import Session

from swf.local import protocol
from swf.local.core import ServiceCore
from swf.local.faults import Fault
from swf.local.protocol import ApiCall, ApiResponse
from swf.local.waiting import LongPollTimeout

if TYPE_CHECKING:
    from botocore.client import BaseClient

ENDPOINT = "http://swf.local"
"""The endpoint in errors and logs; nothing is sent there."""

_session_lock = threading.Lock()


def create_client(core: ServiceCore, poll_timeout: LongPollTimeout, **options: Any) -> BaseClient:
    """Return a botocore client of a service in this process.

    :param poll_timeout: how long an empty poll waits.
    :param options: arguments of `Session.create_client`. The defaults are the access key "local" in
        us-east-1; environment variables and AWS configuration files are not read.
    """
    defaults = {
        "region_name": protocol.DEFAULT_TENANT.region,
        "aws_access_key_id": protocol.DEFAULT_TENANT.access_key,
        "aws_secret_access_key": "local",
        "endpoint_url": ENDPOINT,
    }
    with _session_lock:  # sessions are not thread-safe
        client: BaseClient = _session().create_client("swf", **{**defaults, **options})
    transport: Callable[..., Any] = InProcessTransport(core, poll_timeout)
    client.meta.events.register("before-send.swf", transport)
    return client


@cache
def _session() -> Session:
    """Return the session of all clients, so that botocore's data is loaded once."""
    return Session(
        session_vars={
            "profile": (None, None, None, None),
            "config_file": (None, None, os.devnull, None),
            "credentials_file": (None, None, os.devnull, None),
        }
    )


class InProcessTransport:
    """A handler of botocore's `before-send` that answers the requests of a client."""

    def __init__(self, core: ServiceCore, poll_timeout: LongPollTimeout) -> None:
        self._core = core
        self._poll_timeout = poll_timeout

    def __call__(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        """Return the response to a request.

        :raises ConnectionClosedError: if a fault rule closes the connection.
        """
        started = time.perf_counter()
        operation, headers = "", dict(request.headers.items())
        try:
            call = protocol.read(headers, _bytes(request.body))
            operation = call.operation
            response = self._call(call, request.url)
        except Fault as fault:
            response = protocol.refuse(fault)
        self._core.metrics.observe(operation, response.code, time.perf_counter() - started)
        response_headers = protocol.response_headers(headers, response)
        return AWSResponse(
            request.url,
            response.status,
            HTTPHeaders.from_dict(response_headers),
            _Body(response.body),
        )

    def _call(self, call: ApiCall, url: str) -> ApiResponse:
        fault = self._core.inject(call)
        if fault.latency:
            time.sleep(fault.latency)
        if fault.lost_request:
            raise ConnectionClosedError(endpoint_url=url)
        response = fault.response or self._core.wait(call, self._poll_timeout.for_this_thread())
        if fault.lost_response:
            raise ConnectionClosedError(endpoint_url=url)
        return response


def _bytes(body: Any) -> bytes:
    """Return the body of a prepared request, which may be text."""
    return body.encode() if isinstance(body, str) else bytes(body or b"")


class _Body(BytesIO):
    """A body with the interface of urllib3 that botocore reads."""

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self.getvalue()
