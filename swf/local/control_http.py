"""The control API on the HTTP server of a service: requests, and the stream of events."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from http import HTTPStatus
from itertools import takewhile
from typing import Any

from aiohttp import web

from swf.local.control import PREFIX, ControlApi, ControlRequest, natural
from swf.local.control_rules import ControlError
from swf.local.core import ServiceCore
from swf.local.event_stream import messages

MAX_BODY_BYTES = 256 * 1024 * 1024
"""The largest request: an uploaded snapshot."""

FILTERS = ("access_key", "region", "kind", "run_id", "event_type")
"""Parameters of the stream of events."""

PACE = 0.5
"""Seconds between two writes to a stream: many listeners cost little while many events happen."""

KEEP_ALIVE = 15.0
"""Seconds after which a silent stream sends a comment, so that proxies keep it open."""


class ControlEndpoint:
    """Answers the requests below `PREFIX`.

    :param token: the bearer token that requests must present; None for a loopback address.
    """

    def __init__(self, core: ServiceCore, token: str | None = None) -> None:
        self._core = core
        self._api = ControlApi(core, token)
        self._last_messages: tuple[Any, bytes] = None, b""
        self._streams: set[asyncio.Task[Any] | None] = set()

    async def respond(self, request: web.BaseRequest) -> web.StreamResponse:
        """Return the response to a request."""
        call = ControlRequest(
            request.method,
            request.path.removeprefix(PREFIX),
            b"",
            request.content_type,
            request.headers.get("Authorization", "").removeprefix("Bearer "),
        )
        try:
            self._api.check(call)
            if call.method != "GET":
                call = call._replace(body=await _body(request))
            elif call.path == "events":
                return await self._stream(request)
        except ControlError as error:
            return _response(error.status, {"error": str(error)})
        return _response(*self._api.respond(call))

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
        task = asyncio.current_task()
        self._streams.add(task)

        def notify() -> None:
            loop.call_soon_threadsafe(news.set)

        try:
            while True:
                news.clear()
                stop = events.listen(notify)
                start, number = number, events.last
                if data := self._render(start, number, filters):
                    await response.write(data)
                    await asyncio.sleep(PACE)
                    continue
                try:
                    await asyncio.wait_for(news.wait(), KEEP_ALIVE)
                except asyncio.TimeoutError:
                    await response.write(b": waiting\n\n")
        except ConnectionResetError:
            return response
        finally:
            self._streams.discard(task)
            stop()

    def end_streams(self) -> None:
        """End all streams, because the server stops."""
        for task in self._streams:
            if task is not None:
                task.cancel()

    def _render(self, start: int, end: int, filters: Mapping[str, str]) -> bytes:
        """Return the messages of the entries after `start` up to `end`.

        The listeners of a busy service ask for the same messages, so the last ones are kept.
        """
        key = start, end, filters
        if self._last_messages[0] != key:
            entries = takewhile(lambda entry: entry[0] <= end, self._core.events.after(start))
            text = "".join(message for _, message in messages(entries, filters))
            self._last_messages = key, text.encode()
        return self._last_messages[1]


def _response(status: int, members: dict[str, Any]) -> web.Response:
    return web.Response(status=status, text=json.dumps(members), content_type="application/json")


async def _body(request: web.BaseRequest) -> bytes:
    """Return the body of a request.

    :raises ControlError: if it is too long, or the client stopped before its end.
    """
    chunks, size = [], 0
    try:
        async for chunk in request.content.iter_any():
            size += len(chunk)
            if size > MAX_BODY_BYTES:
                rule = f"must be at most {MAX_BODY_BYTES} bytes"
                raise ControlError(f"body: {rule}", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            chunks.append(chunk)
    except web.RequestPayloadError:
        raise ControlError("body: is not complete") from None
    return b"".join(chunks)
