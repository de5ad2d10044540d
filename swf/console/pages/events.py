"""The events of an execution: rows in chunks, search, and the payloads of one event."""

from __future__ import annotations

import json
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from swf import payload
from swf.console.page import Page, Query
from swf.console.pages.execution import CHUNK, tab_page
from swf.exceptions import SWFError
from swf.report.events import summary as describe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from swf.console.site import Site
    from swf.models.event import Event
    from swf.models.history import History
    from swf.payload import Codec

#: Payload members of events.
PAYLOADS: Final = ("input", "result", "details", "reason", "control", "executionContext")


def events(site: Site, query: Query) -> Page:
    """List the events; rows follow in chunks when they are scrolled into view."""
    subject = site.subject(query)
    data = {
        **_rows(subject.history, query),
        "search": query.text("q") or "",
        "only_failed": query.flag("failed"),
        "total": len(subject.history),
    }
    return tab_page(site, "events", subject, data, "execution history")


def event_rows(site: Site, query: Query) -> Page:
    """Return one chunk of events as rows of a table."""
    subject = site.subject(query)
    data = _rows(subject.history, query)
    return tab_page(site, "event_rows", subject, data, "execution history")


def payloads(site: Site, query: Query) -> Page:
    """Show the payloads of one event, or offer to: they stay hidden until they are asked for."""
    subject = site.subject(query)
    number = query.number("event", 0, lowest=0, highest=10_000_000)
    texts = {}
    if number and number <= len(subject.history):
        codec = None if site.options.is_redacted else site.options.codec
        attributes = subject.history.event(number).attributes
        texts = {
            name: _decode(str(attributes[name]), codec)
            for name in PAYLOADS
            if attributes.get(name) is not None
        }
    data = {"event": number, "payloads": texts, "total": len(subject.history)}
    return tab_page(site, "payloads", subject, data, "execution history")


def _rows(history: History, query: Query) -> dict[str, Any]:
    """Return a chunk of events that match the search, from a given event on."""
    first = query.number("from", 1, lowest=1, highest=10_000_000)
    selected = _select(history, first, (query.text("q") or "").lower(), query.flag("failed"))
    chunk = list(islice(selected, CHUNK + 1))
    return {
        "events": [_event(event) for event in chunk[:CHUNK]],
        "next": chunk[CHUNK].id if len(chunk) > CHUNK else None,
        "arguments": {k: v for k, v in query.arguments.items() if k in ("q", "failed") and v},
    }


def _select(history: History, first: int, search: str, only_failed: bool) -> Iterator[Event]:
    for number in range(first, len(history) + 1):
        event = history.event(number)
        if only_failed and not _is_failure(event.name):
            continue
        if search and search not in _searchable_text(event):
            continue
        yield event


def _searchable_text(event: Event) -> str:
    return f"{event.name} {json.dumps(event.raw, default=str, ensure_ascii=False)}".lower()


def _is_failure(name: str) -> bool:
    return name.endswith(("Failed", "TimedOut", "Terminated"))


def _event(event: Event) -> dict[str, Any]:
    return {
        "id": event.id,
        "time": event.timestamp.isoformat(),
        "name": event.name,
        "summary": describe(event),
        "is_failure": _is_failure(event.name),
        "has_payload": any(name in event.attributes for name in PAYLOADS),
    }


def _decode(text: str, codec: Codec | None) -> str:
    """Return a payload as the codec reads it; text that the codec cannot read stays as it is."""
    if codec is None:
        return _indent(text)
    try:
        return json.dumps(payload.decode(text, codec), indent=2, default=repr)
    except (SWFError, ValueError, TypeError, RecursionError) as error:
        return f"{text}\n({error})"


def _indent(text: str) -> str:
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text
