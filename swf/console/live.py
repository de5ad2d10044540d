"""Live updates: a stream of server-sent events that says when an open execution has new events.

A page names the number of events that it shows (`?events=`), and each message has the number as its
id, which browsers send again when they reconnect. So a page learns of events that came before its
stream, or while it was disconnected. The stream ends when the execution closes.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

from aiohttp import web

from swf.console.page import Query
from swf.exceptions import SWFError

if TYPE_CHECKING:
    from swf.console.site import Site

_ADDRESS = re.compile(r"/domains/([^/]+)/executions/([^/]+)/([^/]+)/stream")


def match(path: str) -> tuple[str, ...] | None:
    """Return domain, workflow id and run id of a stream's address; None for another address."""
    parts = _ADDRESS.fullmatch(path)
    return tuple(unquote(part) for part in parts.groups()) if parts else None


async def serve(site: Site, request: web.BaseRequest, names: tuple[str, ...]) -> web.StreamResponse:
    """Stream `news` messages, each with the number of events, until the execution closes."""
    response = web.StreamResponse(
        headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
    )
    newest = _shown_events(request)
    await response.prepare(request)
    await site.streams.run(_stream(site, response, names, newest))
    return response


def _shown_events(request: web.BaseRequest) -> int:
    """Return the number of events that the page of a request shows; 0 without a number.

    :raises BadRequest: the number is malformed.
    """
    text = request.headers.get("Last-Event-ID") or request.query.get("events", "")
    return Query({}, {"events": text}).number("events", 0, lowest=0, highest=10_000_000)


async def _stream(
    site: Site, response: web.StreamResponse, names: tuple[str, ...], count: int
) -> None:
    is_open = True
    while is_open:
        try:
            count, is_open = await site.tails.changed(names, count)
        except SWFError as error:
            await _send(response, "problem", {"message": site.describe_error(error)})
            return
        data: dict[str, object] = {"events": count}
        await _send(response, "news" if is_open else "closed", data, count)


async def _send(
    response: web.StreamResponse, event: str, data: dict[str, object], message_id: int | None = None
) -> None:
    lines = [f"event: {event}", f"data: {json.dumps(data)}"]
    if message_id is not None:
        lines.append(f"id: {message_id}")
    await response.write("\n".join([*lines, "", ""]).encode())
