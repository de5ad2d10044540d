"""A local service over HTTP: JSON 1.0 on aiohttp, in a thread of its own.

A long poll is a coroutine that waits for a future, so thousands of them need no thread each. What
the engine does is short and is done on the loop. A client that goes away while it polls cancels its
handler, and a task is handed only to a connection whose other end is still there.
"""

from __future__ import annotations

import asyncio
import json
import select
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from http import HTTPStatus
from typing import TypeVar, cast

from aiohttp import web

from swf.local import protocol
from swf.local.core import ServiceCore
from swf.local.faults import Fault
from swf.local.host_header import HostHeaderValidator
from swf.local.protocol import ApiCall, ApiResponse
from swf.local.waiting import PollTimeout

BACKLOG = 4096
"""Connections that may wait to be accepted: all pollers of a fleet come at once."""

GRACE = 1.0
"""Seconds that requests have to end when the server stops."""

Result = TypeVar("Result")


class HttpServer:
    """A server that runs from its making until `stop`.

    :param address: the address to listen at; `port` 0 takes a free port.
    :param allowed_hosts: names by which clients may call it, beside the address and local names.

    Raises OSError if the address cannot be had.
    """

    def __init__(
        self,
        core: ServiceCore,
        timeout: PollTimeout,
        address: str,
        port: int,
        allowed_hosts: Iterable[str] = (),
    ) -> None:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self._socket = socket.create_server((address, port), family=family, backlog=BACKLOG)
        shown = f"[{address}]" if ":" in address else address
        self.url = f"http://{shown}:{self._socket.getsockname()[1]}"
        self._core = core
        self._poll_timeout = timeout
        self._guard = HostHeaderValidator({address, *allowed_hosts})
        self._loop = asyncio.new_event_loop()
        self._stopping = asyncio.Event()
        self._tick_timer: asyncio.TimerHandle | None = None
        self._thread = threading.Thread(target=self._run, name="swf.local.http", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Answer waiting polls, close the connections, end the thread."""
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()

    # -- The loop --------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._serve())
        finally:
            self._loop.close()

    async def _serve(self) -> None:
        runner = web.ServerRunner(_ConnectionFactory(self._handle), shutdown_timeout=GRACE)
        await runner.setup()
        await web.SockSite(runner, self._socket, backlog=BACKLOG).start()
        self._core.add_waiter(self._notify)
        await self._stopping.wait()
        self._core.remove_waiter(self._notify)
        self._core.release()
        await runner.cleanup()

    def _notify(self) -> None:
        self._loop.call_soon_threadsafe(self._schedule_tick)

    def _schedule_tick(self) -> None:
        """Have the host tick when its alarm is due."""
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

    async def _handle(self, request: web.BaseRequest) -> web.Response:
        response = await self._respond(request)
        connection = _connection(request)
        connection.is_answered = True
        if connection.has_ended:
            response.force_close()
        return response

    async def _respond(self, request: web.BaseRequest) -> web.Response:
        refusal = self._guard.refusal(request.headers)
        if refusal is not None:
            return _response(request, protocol.refuse(refusal))
        page = PAGES.get((request.method, request.path))
        if page is not None:
            return page(self._core)
        started, operation = time.perf_counter(), ""
        try:
            call = await _read(request)
            operation = call.operation
            answer = await self._answer(call, request)
        except Fault as fault:
            answer = protocol.refuse(fault)
        self._core.metrics.observe(operation, answer.code, time.perf_counter() - started)
        return _response(request, answer)

    async def _answer(self, call: ApiCall, request: web.BaseRequest) -> ApiResponse:
        injected_fault = await self._do(partial(self._core.inject, call))
        if injected_fault.latency:
            await asyncio.sleep(injected_fault.latency)
        if injected_fault.lost_request:
            return _break(request)
        answer = injected_fault.instead or await self._wait(call, request)
        return _break(request) if injected_fault.lost_response else answer

    async def _wait(self, call: ApiCall, request: web.BaseRequest) -> ApiResponse:
        """Carry a call out; a poll waits, and is withdrawn if its client goes away."""
        timeout = self._poll_timeout.for_network()
        is_done: asyncio.Future[None] = self._loop.create_future()

        def notify() -> None:
            self._loop.call_soon_threadsafe(_set_done, is_done)

        is_alive = partial(_is_connected, request.transport)
        pending = await self._do(partial(self._core.submit, call, timeout, notify, is_alive))
        if pending.answer is None:
            connection = _connection(request)
            connection.polls = True
            try:
                await asyncio.wait([is_done], timeout=timeout)
            finally:
                connection.polls = False
                self._core.cancel(pending)
        assert pending.answer is not None  # noqa: S101 (whoever ends a poll answers it)
        return pending.answer

    async def _do(self, work: Callable[[], Result]) -> Result:
        """Do what takes microseconds here and now, but in a thread what calls a user's function."""
        if self._core.may_block:
            return await self._loop.run_in_executor(None, work)
        return work()


def _health(_: ServiceCore) -> web.Response:
    return web.Response(text=json.dumps({"status": "ok"}), content_type="application/json")


def _metrics(core: ServiceCore) -> web.Response:
    return web.Response(
        body=core.metrics.text(core.gauges()).encode(),
        headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"},
    )


def _reset(core: ServiceCore) -> web.Response:
    core.reset()
    return web.Response(text="{}", content_type="application/json")


PAGES: dict[tuple[str, str], Callable[[ServiceCore], web.Response]] = {
    ("GET", "/health"): _health,
    ("GET", "/metrics"): _metrics,
    ("POST", "/reset"): _reset,
}


async def _read(request: web.BaseRequest) -> ApiCall:
    """Return what a request asks for; reads all of it, so that the connection can go on."""
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


def _response(request: web.BaseRequest, answer: ApiResponse) -> web.Response:
    return web.Response(
        status=answer.status,
        body=answer.body,
        headers=protocol.response_headers(request.headers, answer),
    )


def _break(request: web.BaseRequest) -> ApiResponse:
    """Break the connection; the answer that is returned reaches nobody."""
    if request.transport is not None:
        request.transport.abort()
    return ApiResponse(HTTPStatus.OK, b"", "ConnectionBroken")


def _set_done(is_done: asyncio.Future[None]) -> None:
    if not is_done.done():
        is_done.set_result(None)


def _is_connected(transport: asyncio.Transport | None) -> bool:
    """Say whether the other end is still there, also if the loop has not heard of it yet."""
    if transport is None or transport.is_closing():
        return False
    if not hasattr(select, "POLLRDHUP"):  # only Linux tells of an end that has gone
        return True
    poller = select.poll()
    poller.register(transport.get_extra_info("socket").fileno(), select.POLLRDHUP)
    return not poller.poll(0)


class _Connection(web.RequestHandler):
    """A connection that answers what is no HTTP with an error of the service's form."""

    polls = False
    """Whether the client waits for a task."""
    is_answered = True
    """Whether nothing came in since the last answer."""
    has_ended = False
    """Whether the client will send nothing more."""

    def data_received(self, data: bytes) -> None:
        self.is_answered = False
        super().data_received(data)

    def eof_received(self) -> bool:  # type: ignore[override] # asyncio asks for this answer
        """Say whether to stay open: a client that ended its side may still read its answer.

        One that polls has gone, and one that broke off in its request cannot be answered.
        """
        self.has_ended = True
        if self.is_answered or self.polls:
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
            self.logger.error("A request failed", exc_info=exc)
            fault = Fault("InternalFailure", status=status)
        else:
            # The parser's own message may repeat a header, and one of them holds a signature.
            fault = Fault("SerializationException", "The request is not valid HTTP", status)
        response = _response(request, protocol.refuse(fault))
        response.force_close()
        return response


def _connection(request: web.BaseRequest) -> _Connection:
    return cast("_Connection", request.protocol)


class _ConnectionFactory(web.Server):
    """Makes a connection for each client; a handler is cancelled when its client goes."""

    def __init__(self, handler: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]) -> None:
        super().__init__(handler, handler_cancellation=True)

    def __call__(self) -> web.RequestHandler:
        # Bodies are never unpacked: old clients name the encoding amz-1.0, which is none.
        return _Connection(
            self,
            loop=self._loop,
            access_log=None,  # type: ignore[arg-type] # none is kept, as aiohttp documents it
            auto_decompress=False,
        )
