"""Clients that reach a local service without a socket.

A client is an ordinary botocore client whose requests are answered by `before-send`, the last of
botocore's events before the network: so validation, signing, serialisation, parsing, retries and
the user's own handlers run as they do against AWS. A long poll blocks the calling thread.
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
from swf.local.waiting import PollTimeout

if TYPE_CHECKING:
    from botocore.client import BaseClient

ENDPOINT = "http://swf.local"
"""What errors and logs show as the place of the service; nothing is ever sent there."""

_creating = threading.Lock()


def create_client(core: ServiceCore, timeout: PollTimeout, **options: Any) -> BaseClient:
    """Return a botocore client of a service in this process.

    `options` are those of `Session.create_client`. Without them the client has a key and a region
    of its own, and neither environment nor files of the user are looked at.
    """
    defaults = {
        "region_name": protocol.DEFAULT_TENANT.region,
        "aws_access_key_id": protocol.DEFAULT_TENANT.access_key,
        "aws_secret_access_key": "local",
        "endpoint_url": ENDPOINT,
    }
    with _creating:  # a session may be used by one thread at a time
        client: BaseClient = _session().create_client("swf", **{**defaults, **options})
    answer: Callable[..., Any] = InProcessTransport(core, timeout)
    client.meta.events.register("before-send.swf", answer)
    return client


@cache
def _session() -> Session:
    """Return the session of all clients: what it has read of botocore's data is read once."""
    return Session(
        session_vars={
            "profile": (None, None, None, None),
            "config_file": (None, None, os.devnull, None),
            "credentials_file": (None, None, os.devnull, None),
        }
    )


class InProcessTransport:
    """Answers the requests of a client; a handler of botocore's `before-send`."""

    def __init__(self, core: ServiceCore, timeout: PollTimeout) -> None:
        self._core = core
        self._poll_timeout = timeout

    def __call__(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        """Answer a request; raises ConnectionClosedError where a rule breaks the connection."""
        started = time.perf_counter()
        operation, headers = "", dict(request.headers.items())
        try:
            call = protocol.read(headers, _bytes(request.body))
            operation = call.operation
            answer = self._answer(call, request.url)
        except Fault as fault:
            answer = protocol.refuse(fault)
        self._core.metrics.observe(operation, answer.code, time.perf_counter() - started)
        response_headers = protocol.response_headers(headers, answer)
        return AWSResponse(
            request.url, answer.status, HTTPHeaders.from_dict(response_headers), _Body(answer.body)
        )

    def _answer(self, call: ApiCall, url: str) -> ApiResponse:
        injected_fault = self._core.inject(call)
        if injected_fault.latency:
            time.sleep(injected_fault.latency)
        if injected_fault.lost_request:
            raise ConnectionClosedError(endpoint_url=url)
        answer = injected_fault.instead or self._core.wait(
            call, self._poll_timeout.for_this_thread()
        )
        if injected_fault.lost_response:
            raise ConnectionClosedError(endpoint_url=url)
        return answer


def _bytes(body: Any) -> bytes:
    """Return the body of a prepared request, which may be text."""
    return body.encode() if isinstance(body, str) else bytes(body or b"")


class _Body(BytesIO):
    """A body in the form in which botocore reads one from urllib3."""

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self.getvalue()
