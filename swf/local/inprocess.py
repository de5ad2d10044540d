"""Create botocore clients that reach a local service without a socket.

A handler of `before-send`, botocore's last event before the network, answers the requests of the
client. So validation, signing, serialization, parsing, retries and the user's own handlers run as
they do against AWS. A long poll blocks the calling thread.

botocore is imported when the first client is created: connections of `swf` do not need it.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Collection, Iterator
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING, Any

from swf.local import protocol
from swf.local.core import ServiceCore
from swf.local.faults import Fault
from swf.local.protocol import ApiCall, ApiResponse
from swf.local.store import TenantKey
from swf.local.waiting import LongPollTimeout

if TYPE_CHECKING:
    from botocore.awsrequest import AWSPreparedRequest, AWSResponse
    from botocore.client import BaseClient
    from botocore.session import Session

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
    from botocore.session import Session

    return Session(
        session_vars={
            "profile": (None, None, None, None),
            "config_file": (None, None, os.devnull, None),
            "credentials_file": (None, None, os.devnull, None),
        }
    )


class InProcessTransport:
    """A handler of botocore's `before-send` that answers the requests of a client."""

    def __init__(self, core: ServiceCore, timeout: LongPollTimeout) -> None:
        self._caller = ApiCaller(core, timeout)

    def __call__(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        """Answer a request; raises ConnectionClosedError where a rule breaks the connection."""
        from botocore.awsrequest import AWSResponse
        from botocore.compat import HTTPHeaders
        from botocore.exceptions import ConnectionClosedError

        headers = dict(request.headers.items())
        try:
            answer = self._caller.answer(lambda: protocol.read(headers, _bytes(request.body)))
        except ConnectionError:
            raise ConnectionClosedError(endpoint_url=request.url) from None
        response_headers = protocol.response_headers(headers, answer)
        return AWSResponse(
            request.url,
            answer.status,
            HTTPHeaders.from_dict(response_headers),
            _Body(answer.body),
        )


class DirectTransport:
    """Answers the JSON requests of a connection in this process, without botocore.

    :param tenant: Account and region of the connection.
    """

    def __init__(self, core: ServiceCore, timeout: LongPollTimeout, tenant: TenantKey) -> None:
        self._caller = ApiCaller(core, timeout)
        self._tenant = tenant

    def __call__(self, operation: str, body: bytes) -> tuple[int, bytes]:
        """Return status and JSON of the answer.

        Raises ConnectionError where a rule breaks the connection.
        """
        answer = self._caller.answer(
            lambda: ApiCall(self._tenant, operation, protocol.read_params(body))
        )
        return answer.status, answer.body

    def end_polls(self, identities: Collection[str]) -> None:
        """End waiting polls with an empty response.

        :param identities: the `identity` of the polls.
        """
        self._caller.core.end_polls(identities)


class ApiCaller:
    """Carries out calls of this process, with the faults that rules inject."""

    def __init__(self, core: ServiceCore, timeout: LongPollTimeout) -> None:
        self.core = core
        self._poll_timeout = timeout

    def answer(self, read: Callable[[], ApiCall]) -> ApiResponse:
        """Return the answer to a call; raises ConnectionError where a rule breaks the connection.

        `read` returns the call, or raises Fault for a request that cannot be read.
        """
        started = time.perf_counter()
        operation = ""
        try:
            call = read()
            operation = call.operation
            answer = self._carry_out(call)
        except Fault as fault:
            answer = protocol.refuse(fault)
        self.core.metrics.observe(operation, answer.code, time.perf_counter() - started)
        return answer

    def _carry_out(self, call: ApiCall) -> ApiResponse:
        fault = self.core.inject(call)
        if fault.latency:
            time.sleep(fault.latency)
        if fault.lost_request:
            raise ConnectionResetError("the request was lost")
        answer = fault.response or self.core.wait(call, self._poll_timeout.for_this_thread())
        if fault.lost_response:
            raise ConnectionResetError("the answer was lost")
        return answer


def _bytes(body: Any) -> bytes:
    """Return the body of a prepared request, which may be text."""
    return body.encode() if isinstance(body, str) else bytes(body or b"")


class _Body(BytesIO):
    """A body with the interface of urllib3 that botocore reads."""

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self.getvalue()
