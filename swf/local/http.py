"""Serve a local service over HTTP, with aiohttp in a separate thread.

A long poll is a coroutine that waits for a future, so thousands of polls need no threads. The event
loop runs the engine itself, because its steps are short. A client that disconnects while it polls
cancels its handler, and a task is delivered only to a client that is still connected.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import math
import os
import select
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Iterable
from functools import cache, partial
from http import HTTPStatus
from typing import Any, Protocol, TypeVar, cast
from weakref import WeakSet

from aiohttp import web

from swf.local import protocol
from swf.local.control import PREFIX
from swf.local.control_http import ControlEndpoint
from swf.local.core import ServiceCore
from swf.local.faults import Fault
from swf.local.host_header import HostHeaderValidator
from swf.local.protocol import ApiCall, ApiResponse
from swf.local.waiting import LongPollTimeout

BACKLOG = 4096
"""Connections that may wait to be accepted: the pollers of a fleet connect at the same time."""

EXHAUSTED = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)

ACCEPT_BATCH = 16
"""Connections that asyncio accepts at once; without descriptors it fails as often in a row."""

MAX_PORT = 65_535

MAX_ADDRESS = 1024 * 1024
"""Bytes of the address of a request, which has the selection of an action of the console in it."""

GRACE = 1.0
"""Seconds until open requests are dropped when the server stops."""

STOP_TIMEOUT = 4.0
"""Seconds that a stopping server takes at most to answer waiting polls."""

Result = TypeVar("Result")

logger = logging.getLogger(__name__)


class WebConsole(Protocol):
    """The web console below `/ui`."""

    def close(self) -> None:
        """End the live updates of open pages."""

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Return the response to a request.

        :param request: a request to a path below `/ui`.
        """


class HttpServer:
    """A server in a background thread, from its construction until `stop`.

    :param poll_timeout: how long an empty poll waits.
    :param address: the address to listen on.
    :param port: the port; 0 takes a free one.
    :param allowed_hosts: host names that clients may use, in addition to `address` and localhost.
    :param control: answers requests to the control API; None: there is none.
    :param load_console: returns the web console for the URL of this server, or raises ImportError;
        None: there is none.
    :raises OSError: if the address or port is not available.
    :raises ValueError: if `port` is not between 0 and 65535.
    """

    def __init__(
        self,
        core: ServiceCore,
        poll_timeout: LongPollTimeout,
        address: str,
        port: int,
        allowed_hosts: Iterable[str] = (),
        control: ControlEndpoint | None = None,
        load_console: Callable[[str], WebConsole] | None = None,
    ) -> None:
        if not 0 <= port <= MAX_PORT:
            raise ValueError(f"port={port}: must be 0 to {MAX_PORT}")
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self._socket = socket.create_server((address, port), family=family, backlog=BACKLOG)
        host = f"[{address}]" if ":" in address else address
        self.url = f"http://{host}:{self._socket.getsockname()[1]}"
        self._core = core
        self._control = control
        self._load_console = None if load_console is None else cache(load_console)
        self._console: WebConsole | None = None
        """The console, once a page was requested."""
        self._poll_timeout = poll_timeout
        self._validator = HostHeaderValidator({address, *allowed_hosts})
        self._loop = asyncio.new_event_loop()
        self._loop.set_exception_handler(_AcceptErrorLog())
        self._stopping = asyncio.Event()
        self._calls = 0
        """Calls without a response."""
        self._tick_timer: asyncio.TimerHandle | None = None
        self._thread = threading.Thread(target=self._run, name="swf.local.http", daemon=True)
        self._thread.start()
        _servers.add(self)

    def stop(self) -> None:
        """Send empty responses to waiting polls, close the connections and end the thread."""
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()

    def abandon(self) -> None:
        """Close the copy of the socket in a forked process, which cannot serve it."""
        self._socket.close()

    # -- The loop --------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._serve())
            self._loop.run_until_complete(_cancel_rest())
        finally:
            self._loop.close()

    async def _serve(self) -> None:
        runner = web.ServerRunner(_ConnectionFactory(self._handle), shutdown_timeout=GRACE)
        await runner.setup()
        site = web.SockSite(runner, self._socket, backlog=ACCEPT_BATCH)
        await site.start()
        self._socket.listen(BACKLOG)
        self._core.add_waiter(self._notify)
        await self._stopping.wait()
        await site.stop()
        self._core.remove_waiter(self._notify)
        self._core.release()
        if self._control is not None:
            self._control.end_streams()
        await self._finish_calls()
        if self._console is not None:
            self._console.close()
        await runner.cleanup()

    async def _finish_calls(self) -> None:
        """Wait until the released polls are answered."""
        end = self._loop.time() + STOP_TIMEOUT
        while self._calls and self._loop.time() < end:
            await asyncio.sleep(0.01)

    def _notify(self) -> None:
        self._loop.call_soon_threadsafe(self._schedule_tick)

    def _schedule_tick(self) -> None:
        """Call the core's `tick` at its next wakeup."""
        if self._tick_timer is not None:
            self._tick_timer.cancel()
        seconds = self._core.seconds_to_wakeup()
        self._tick_timer = (
            None if seconds is None else self._loop.call_later(seconds, self._on_tick_timer)
        )

    def _on_tick_timer(self) -> None:
        self._core.tick()
        self._schedule_tick()

    # -- A request -------------------------------------------------------------------------------

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        response = await self._respond(request)
        connection = _connection(request)
        connection.is_idle = True
        if connection.is_half_closed or self._stopping.is_set():
            response.force_close()
        return response

    async def _respond(self, request: web.BaseRequest) -> web.StreamResponse:
        refusal = self._validator.refusal(request.headers)
        if refusal is not None:
            return _response(request, protocol.refuse(refusal))
        if request.path == "/metrics":
            return _metrics(self._core)
        if self._control is not None and request.path.startswith(PREFIX):
            return await self._control.respond(request)
        if self._load_console is not None and f"{request.path}/".startswith("/ui/"):
            return await self._respond_console(self._load_console, request)
        started, operation = time.perf_counter(), ""
        self._calls += 1
        try:
            call = await _read(request)
            operation = call.operation
            response = await self._call(call, request)
        except Fault as fault:
            response = protocol.refuse(fault)
        finally:
            self._calls -= 1
        self._core.metrics.observe(operation, response.code, time.perf_counter() - started)
        return _response(request, response)

    async def _respond_console(
        self, load: Callable[[str], WebConsole], request: web.BaseRequest
    ) -> web.StreamResponse:
        """Return a page of the web console, which is loaded on first use."""
        try:
            self._console = await self._loop.run_in_executor(None, load, self.url)
        except ImportError as error:
            text = f"{error.name} is not installed: pip install '.[console]' in a clone of swf\n"
            return web.Response(status=HTTPStatus.NOT_IMPLEMENTED, text=text)
        return await self._console.handle(request)

    async def _call(self, call: ApiCall, request: web.BaseRequest) -> ApiResponse:
        inject = partial(self._core.inject, call)
        fault = await self._in_thread(inject) if self._core.may_block else inject()
        if fault.latency:
            await asyncio.sleep(fault.latency)
        if fault.lost_request:
            return _abort(request)
        response = fault.response or await self._wait(call, request)
        return _abort(request) if fault.lost_response else response

    async def _wait(self, call: ApiCall, request: web.BaseRequest) -> ApiResponse:
        """Apply a call; a poll waits, and is canceled if its client disconnects."""
        timeout = 0.0 if self._stopping.is_set() else self._poll_timeout.for_network()
        done: asyncio.Future[None] = self._loop.create_future()

        def notify() -> None:
            if threading.get_ident() == self._thread.ident:
                _set_done(done)
            else:
                self._loop.call_soon_threadsafe(_set_done, done)

        is_alive = partial(_is_connected, request.transport)
        submit = partial(self._core.submit, call, timeout, notify, is_alive)
        pending = await self._in_thread(submit) if self._core.may_block else submit()
        if pending.response is None:
            connection = _connection(request)
            connection.polls = True
            try:
                await asyncio.wait([done], timeout=timeout)
            finally:
                connection.polls = False
                self._core.cancel(pending)
        assert pending.response is not None  # noqa: S101 (a poll ends with a response)
        return pending.response

    async def _in_thread(self, work: Callable[[], Result]) -> Result:
        """Run `work`, which may call a user's function, in a thread."""
        return await self._loop.run_in_executor(None, work)


def _metrics(core: ServiceCore) -> web.Response:
    return web.Response(
        body=core.metrics.text(core.gauges()).encode(),
        headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"},
    )


async def _read(request: web.BaseRequest) -> ApiCall:
    """Return the call of a request; reads the whole body, so that the connection can be reused."""
    size, chunks = 0, []
    try:
        async for chunk in request.content.iter_any():
            size += len(chunk)
            if size <= protocol.MAX_BODY_BYTES:
                chunks.append(chunk)
    except web.RequestPayloadError:
        raise Fault("SerializationException", "The request is not complete") from None
    if (request.method, request.path) != ("POST", "/"):
        raise Fault("UnknownOperationException", status=HTTPStatus.NOT_FOUND)
    if size > protocol.MAX_BODY_BYTES:
        raise protocol.too_large()
    return protocol.read(request.headers, b"".join(chunks))


def _response(request: web.BaseRequest, response: ApiResponse) -> web.Response:
    return web.Response(
        status=response.status,
        body=response.body,
        headers=protocol.response_headers(request.headers, response),
    )


def _abort(request: web.BaseRequest) -> ApiResponse:
    """Abort the connection; the returned response is never delivered."""
    if request.transport is not None:
        request.transport.abort()
    return ApiResponse(HTTPStatus.OK, b"", "ConnectionBroken")


_servers: WeakSet[HttpServer] = WeakSet()


def _abandon_servers() -> None:
    for server in list(_servers):
        server.abandon()


os.register_at_fork(after_in_child=_abandon_servers)


class _AcceptErrorLog:
    """An exception handler that logs a lack of descriptors once a second, without tracebacks."""

    def __init__(self) -> None:
        self._logged_at = -math.inf

    def __call__(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if not isinstance(error, OSError) or error.errno not in EXHAUSTED:
            loop.default_exception_handler(context)
        elif loop.time() >= self._logged_at + 1:
            self._logged_at = loop.time()
            logger.error("Cannot accept connections: %s", error.strerror)


async def _cancel_rest() -> None:
    """Cancel the handlers of clients that left while the server stopped."""
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _set_done(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


def _is_connected(transport: asyncio.Transport | None) -> bool:
    """Return whether the client is connected, even if the loop has not yet seen a disconnect."""
    if transport is None or transport.is_closing():
        return False
    if not hasattr(select, "POLLRDHUP"):  # other systems do not report a half-closed connection
        return True
    poller = select.poll()
    poller.register(transport.get_extra_info("socket").fileno(), select.POLLRDHUP)
    return not poller.poll(0)


class _Connection(web.RequestHandler):
    """A connection that answers malformed HTTP with an error in the format of the service."""

    polls = False
    """Whether a poll of this client waits."""
    is_idle = True
    """Whether nothing arrived since the last response."""
    is_half_closed = False
    """Whether the client has closed its sending side."""

    def data_received(self, data: bytes) -> None:
        self.is_idle = False
        super().data_received(data)

    def eof_received(self) -> bool:  # type: ignore[override] # asyncio uses the result
        """Return whether to stay open: a client that closed its side may still read a response.

        A client that polls has disconnected, and one that stopped inside a request gets none.
        """
        self.is_half_closed = True
        if self.is_idle or self.polls:
            return False
        asyncio.get_running_loop().call_later(GRACE, self.force_close)
        return True

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002 (see below)
    ) -> web.StreamResponse:
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            self.logger.error("A request failed within the local service", exc_info=exc)
            fault = Fault("InternalFailure", status=status)
        else:
            # The parser's message may contain a header, and the Authorization header is secret.
            fault = Fault("SerializationException", "The request is not valid HTTP", status)
        response = _response(request, protocol.refuse(fault))
        response.force_close()
        return response


def _connection(request: web.BaseRequest) -> _Connection:
    return cast("_Connection", request.protocol)


class _ConnectionFactory(web.Server):
    """Creates a connection for each client; a disconnect cancels the running handler."""

    def __init__(self, handler: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]) -> None:
        super().__init__(handler, handler_cancellation=True)

    def __call__(self) -> web.RequestHandler:
        # Bodies are not decompressed: old clients send the encoding amz-1.0, which is not one.
        return _Connection(
            self,
            loop=self._loop,
            access_log=None,  # type: ignore[arg-type] # None is documented by aiohttp
            auto_decompress=False,
            max_line_size=MAX_ADDRESS,
        )
