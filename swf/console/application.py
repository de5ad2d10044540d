"""`Console`: answers HTTP requests with pages.

A request passes the checks of `security`, finds its view in `ROUTES`, and is answered in a thread,
since the service is called synchronously. The console is a plain request handler, so that the
local service can mount it below `/ui` on its own port.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Final, cast
from urllib.parse import parse_qs, quote, unquote

from aiohttp import BodyPartReader, web

from swf import connection
from swf.console import live, rendering, security
from swf.console.histories import DAMAGE
from swf.console.page import BadRequest, MethodNotAllowed, NotFound, Page, Query, Redirect
from swf.console.pages import ROUTES
from swf.console.problems import loggable, problem
from swf.console.site import Options, Site, View
from swf.console.stream import OpenStreams

__all__ = ["Console", "Options"]

logger = logging.getLogger(__name__)

#: Cookie that carries a sentence to the next page.
NOTICE: Final = "swf_notice"
#: Maximum characters of that sentence; browsers drop cookies of more than 4,096 bytes.
NOTICE_LENGTH: Final = 300
#: Maximum number of calls for a page, and for a form with an action on many executions.
CALLS: Final = {"GET": 400, "POST": 8000}
#: Maximum bytes of a form, including an uploaded history.
FORM_LIMIT = 64 * 1024 * 1024
_TYPES: Final = {
    "css": "text/css",
    "js": "text/javascript",
    "txt": "text/plain",
    "svg": "image/svg+xml",
}
_PARAMETER = re.compile(r"\{(\w+)\}")


class Console:
    """The web console of one account and region.

    :param options: See `Options`.
    :param streams: The streams of open pages; separate ones by default.
    """

    def __init__(self, options: Options, streams: OpenStreams | None = None) -> None:
        self.options = options
        self.site = Site(options, streams or OpenStreams())
        self._routes = [(method, _pattern(path), view) for method, path, view in ROUTES]

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer a request whose path begins with the console's prefix."""
        try:
            security.check_host(request.headers.getall("Host", []), self.options.host_names)
            response = await self._respond(request)
        except Exception as error:  # noqa: BLE001 - any failure becomes a page
            response = self._failure(request, error)
        if not response.prepared:
            response.headers.update({**security.HEADERS, **response.headers})
        return response

    def close(self) -> None:
        """End the live updates of open pages."""
        self.site.streams.close()

    async def _respond(self, request: web.BaseRequest) -> web.StreamResponse:
        path = request.path_qs.partition("?")[0].removeprefix(self.options.prefix) or "/"
        if path.startswith("/static/"):
            return _static(request.method, path.removeprefix("/static/"))
        token = request.query.get("token")
        if token is not None and self.options.token is not None:
            security.check_token(self.options.token, token)
            return self._remember(path)
        security.check_token(self.options.token, request.cookies.get(security.TOKEN_COOKIE))
        stream = live.match(path)
        if stream is not None:
            return await live.serve(self.site, request, stream)
        view, parameters = self._find(request.method, path.removesuffix(".json"))
        session = _session(request)
        form: Mapping[str, list[str]] = {}
        if request.method == "POST":
            security.check_origin(request.headers)
            form = await _form(request)
            security.check_form(session, "".join(form.get("form_token", [])[-1:]))
        arguments = parse_qs(request.query_string, keep_blank_values=True)
        query = Query(parameters, {k: v[-1] for k, v in arguments.items()}, arguments, form)
        answer, spent = await asyncio.to_thread(self._view, request.method, view, query)
        if isinstance(answer, Redirect):
            return self._redirect(answer, ".json" if path.endswith(".json") else "")
        if _wants_json(request):
            return web.Response(
                text=rendering.as_json(answer),
                content_type="application/json",
                status=answer.status,
            )
        return self._html(request, answer, session, spent)

    def _find(self, method: str, path: str) -> tuple[View, dict[str, str]]:
        matches = [
            (allowed, view, match)
            for allowed, pattern, view in self._routes
            if (match := pattern.fullmatch(path))
        ]
        for allowed, view, match in matches:
            if allowed == ("GET" if method == "HEAD" else method):
                return view, {name: unquote(text) for name, text in match.groupdict().items()}
        if matches:
            raise MethodNotAllowed(method, tuple(allowed for allowed, _, _ in matches))
        raise NotFound(f"There is no page {unquote(path)!r}.")

    def _view(self, method: str, view: View, query: Query) -> tuple[Page | Redirect, int]:
        with (
            connection.using(self.options.connection),
            connection.budget(CALLS["POST" if method == "POST" else "GET"]) as budget,
        ):
            try:
                if method != "POST":
                    return view(self.site, query), budget.spent
                # Every view of a form leads to another page.
                act = cast("Callable[[], Redirect]", partial(view, self.site, query))
                return self.site.forms.carry_out(query, act), budget.spent
            except DAMAGE as error:
                if "file" not in query.path:
                    raise
                raise BadRequest(f"file: the history is damaged: {type(error).__name__}") from error

    def _html(self, request: web.BaseRequest, page: Page, session: str, spent: int) -> web.Response:
        context = {
            "form_token": security.form_token(session),
            "notice": unquote(request.cookies.get(NOTICE, "")),
            "spent": spent,
            "here": request.path_qs,
        }
        response = web.Response(
            text=rendering.render(page, self.options, context),
            content_type="text/html",
            status=page.status,
        )
        self._cookie(response, security.SESSION_COOKIE, session)
        if NOTICE in request.cookies:
            response.del_cookie(NOTICE, path=self.options.prefix or "/")
        return response

    def _failure(self, request: web.BaseRequest, error: Exception) -> web.Response:
        page = problem(error, is_redacted=self.options.is_redacted)
        headers = {}
        if isinstance(error, MethodNotAllowed):
            headers["Allow"] = ", ".join(error.methods)
        if page.status >= 500 and not page.data["is_expected"]:
            exc_info = loggable(error, is_redacted=self.options.is_redacted)
            path = request.path_qs.partition("?")[0]  # quoted, so that it is one line
            logger.error("A page of the console failed: %s", path, exc_info=exc_info)
        if _wants_json(request):
            body = json.dumps({"error": page.data["message"], "remedy": page.data["remedy"]})
            response = web.Response(text=body, content_type="application/json", status=page.status)
        else:
            response = self._html(request, page, _session(request), 0)
        response.headers.update(headers)
        return response

    def _redirect(self, answer: Redirect, suffix: str) -> web.Response:
        location = f"{self.options.prefix}{answer.address}{suffix}"
        response = web.Response(status=303, headers={"Location": location})
        if answer.notice:
            notice = answer.notice[:NOTICE_LENGTH]
            self._cookie(response, NOTICE, quote(notice, errors="replace"))
        return response

    def _remember(self, path: str) -> web.Response:
        location = f"{self.options.prefix}{path}"
        response = web.Response(status=303, headers={"Location": location})
        self._cookie(response, security.TOKEN_COOKIE, self.options.token or "")
        return response

    def _cookie(self, response: web.StreamResponse, name: str, value: str) -> None:
        response.set_cookie(
            name, value, httponly=True, samesite="Strict", path=self.options.prefix or "/"
        )


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(_PARAMETER.sub(r"(?P<\1>[^/]+)", path))


def _wants_json(request: web.BaseRequest) -> bool:
    accepted = request.headers.get("Accept", "")
    return request.path.endswith(".json") or "application/json" in accepted


def _session(request: web.BaseRequest) -> str:
    return request.cookies.get(security.SESSION_COOKIE) or security.new_session()


def _static(method: str, name: str) -> web.Response:
    body = rendering.static(name)
    if method not in ("GET", "HEAD"):
        raise MethodNotAllowed(method, ("GET",))
    if body is None:
        raise NotFound(f"There is no file {name!r}.")
    kind = _TYPES.get(name.rpartition(".")[2], "application/octet-stream")
    return web.Response(
        body=body, content_type=kind, charset="utf-8", headers={"Cache-Control": "max-age=3600"}
    )


async def _form(request: web.BaseRequest) -> Mapping[str, list[str]]:
    """Return the fields of a form; an uploaded file counts as a field that holds its text."""
    if request.content_type == "multipart/form-data":
        try:
            return await _multipart(request)
        except ValueError as error:
            raise BadRequest(f"The form is malformed: {error}") from error
    body = await _read(request.content.readany, FORM_LIMIT)
    return parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True)


async def _multipart(request: web.BaseRequest) -> Mapping[str, list[str]]:
    fields: dict[str, list[str]] = {}
    limit = FORM_LIMIT
    reader = await request.multipart()
    while (part := await reader.next()) is not None:
        if not isinstance(part, BodyPartReader):
            continue
        content = await _read(part.read_chunk, limit)
        limit -= len(content)
        fields.setdefault(str(part.name), []).append(content.decode("utf-8", "replace"))
    return fields


async def _read(read: Callable[[], Awaitable[bytes]], limit: int) -> bytes:
    """Return all chunks.

    :param read: returns the next chunk, empty at the end.
    :raises BadRequest: there are more bytes than `limit`.
    """
    body = bytearray()
    while chunk := await read():
        body += chunk
        if len(body) > limit:
            raise BadRequest(f"The form is larger than {FORM_LIMIT:,} bytes.")
    return bytes(body)
