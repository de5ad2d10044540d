"""The control API on the HTTP server of a service: requests, and the stream of events."""

from __future__ import annotations

import asyncio
import json
from http import HTTPStatus

from aiohttp import web

from swf.local.control import PREFIX, ControlApi, ControlRequest, natural
from swf.local.core import ServiceCore
from swf.local.event_stream import messages

MAX_BODY_BYTES = 256 * 1024 * 1024
"""The largest request: an uploaded snapshot."""

FILTERS = ("access_key", "region", "kind", "run_id", "event_type")
"""Parameters of the stream of events."""

KEEP_ALIVE = 15.0
"""Seconds after which a silent stream sends a comment, so that proxies keep it open."""


class ControlEndpoint:
    """Answers the requests below `PREFIX`.

    :param token: the bearer token that requests must present; None for a loopback address.
    """

    def __init__(self, core: ServiceCore, token: str | None = None) -> None:
        self._core = core
        self._api = ControlApi(core, token)

    async def respond(self, request: web.BaseRequest) -> web.StreamResponse:
        """Return the response to a request."""
        call = ControlRequest(
            request.method,
            request.path.removeprefix(PREFIX),
            b"" if request.method == "GET" else await _body(request),
            request.content_type,
            request.headers.get("Authorization", "").removeprefix("Bearer "),
        )
        if call.method == "GET" and call.path == "events":
            status, _ = self._api.respond(call._replace(path="health"))
            if status == HTTPStatus.OK:
                return await self._stream(request)
        status, answer = self._api.respond(call)
        return web.Response(status=status, text=json.dumps(answer), content_type="application/json")

    async def _stream(self, request: web.BaseRequest) -> web.StreamResponse:
        """Stream the records that are written after `Last-Event-ID`, until the client leaves."""
        events, loop = self._core.events, asyncio.get_running_loop()
        filters = {name: request.query[name] for name in FILTERS if name in request.query}
        last = request.headers.get("Last-Event-ID", request.query.get("after", ""))
        number = natural(last)
        if number is None:
            number = events.last
        elif number > events.last:  # the id of an earlier process
            number = 0
        news = asyncio.Event()
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        )
        await response.prepare(request)

        def notify() -> None:
            loop.call_soon_threadsafe(news.set)

        stop = events.listen(notify)
        try:
            while True:
                news.clear()
                entries = events.after(number)
                if entries:
                    number = entries[-1][0]
                text = "".join(message for _, message in messages(entries, filters))
                if text:
                    await response.write(text.encode())
                try:
                    await asyncio.wait_for(news.wait(), KEEP_ALIVE)
                except asyncio.TimeoutError:
                    await response.write(b": waiting\n\n")
        except ConnectionResetError:
            return response
        finally:
            stop()


async def _body(request: web.BaseRequest) -> bytes:
    chunks, size = [], 0
    async for chunk in request.content.iter_any():
        size += len(chunk)
        if size > MAX_BODY_BYTES:
            raise web.HTTPRequestEntityTooLarge(MAX_BODY_BYTES, size)
        chunks.append(chunk)
    return b"".join(chunks)
