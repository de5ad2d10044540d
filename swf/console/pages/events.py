"""The events of an execution: rows in chunks, three views, search, and the payloads of one event.

A view lists the events, groups them by the entity that they belong to, or shows them as the service
returns them, with their payloads.
"""

from __future__ import annotations

import json
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from swf import payload
from swf.console.page import BadRequest, Page, Query
from swf.console.pages.execution import CHUNK, tab_page
from swf.models.history.base import wire_events
from swf.report.events import summary as describe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from swf.console.site import Site
    from swf.models.event import Event
    from swf.models.history import History
    from swf.payload import Codec

#: The views by their argument in the address.
VIEWS: Final = {"": "List", "entities": "By entity", "raw": "Raw"}
#: The columns of a view after the id.
COLUMNS: Final = {
    "": ("Time", "Event", "About", "Payload"),
    "entities": ("Entity", "State", "Time", "Events"),
    "raw": ("Event",),
}
#: Events of an entity that a row shows.
CHANGES: Final = 20
#: Payload members of events.
PAYLOADS: Final = ("input", "result", "details", "reason", "control", "executionContext")
#: Encodes events for searches and for the raw view.
_ENCODER: Final = json.JSONEncoder(default=str, ensure_ascii=False)


def events(site: Site, query: Query) -> Page:
    """List the events; rows follow in chunks when they are scrolled into view."""
    subject = site.subject(query)
    rows = _rows(subject.history, query)
    data = {
        **rows,
        "search": query.text("q") or "",
        "only_failed": query.flag("failed"),
        "total": len(subject.history),
        "views": VIEWS,
        "columns": COLUMNS[rows["view"]],
    }
    return tab_page(site, "events", subject, data, _verb(data["view"]))


def event_rows(site: Site, query: Query) -> Page:
    """Return one chunk of events as rows of a table."""
    subject = site.subject(query)
    data = _rows(subject.history, query)
    return tab_page(site, "event_rows", subject, data, _verb(data["view"]))


def payloads(site: Site, query: Query) -> Page:
    """Show the payloads of one event, which are hidden until the user chooses an event."""
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
    """Return a chunk of rows that match the search, from a given event on."""
    view = query.text("view") or ""
    if view not in VIEWS:
        raise BadRequest(f"view={view}: must be one of {', '.join(filter(None, VIEWS))}")
    first = query.number("from", 1, lowest=1, highest=10_000_000)
    matches = _filter((query.text("q") or "").lower(), query.flag("failed"))
    groups: Iterable[list[Event]]
    if view == "entities":
        groups = (
            group
            for group in history.by_entity
            if group[0].id >= first and any(matches(event.raw) for event in group)
        )
    else:
        groups = (
            [history[index]]
            for index, event in enumerate(wire_events(history))
            if event["eventId"] >= first and matches(event)
        )
    chunk = list(islice(groups, CHUNK + 1))
    row = {"": _event, "entities": _entity, "raw": _raw}[view]
    return {
        "events": [row(group) for group in chunk[:CHUNK]],
        "next": chunk[CHUNK][0].id if len(chunk) > CHUNK else None,
        "view": view,
        "arguments": {
            k: v for k, v in query.arguments.items() if k in ("q", "failed", "view") and v
        },
    }


def _filter(search: str, only_failed: bool) -> Callable[[Mapping[str, Any]], bool]:
    """Return a function that returns whether an event of the wire matches the search."""

    def matches(event: Mapping[str, Any]) -> bool:
        return not (only_failed and not _is_failure(event["eventType"])) and (
            not search or search in _ENCODER.encode(event).lower()
        )

    return matches


def _verb(view: str) -> str:
    return "execution history --raw" if view == "raw" else "execution history"


def _is_failure(name: str) -> bool:
    return name.endswith(("Failed", "TimedOut", "Terminated"))


def _event(group: list[Event]) -> dict[str, Any]:
    event = group[0]
    return {
        "id": event.id,
        "time": event.timestamp.isoformat(),
        "name": event.name,
        "summary": describe(event),
        "is_failure": _is_failure(event.name),
        "has_payload": any(name in event.attributes for name in PAYLOADS),
    }


def _entity(group: list[Event]) -> dict[str, Any]:
    """Return a row for an entity: its first event, its state and the events that changed it."""
    last = group[-1]
    return {
        **_event(group),
        "kind": group[0].type,
        "state": last.state,
        "ended": last.timestamp.isoformat() if len(group) > 1 else None,
        "is_failure": any(_is_failure(event.name) for event in group),
        "changes": [{"id": event.id, "name": event.name} for event in group[:CHANGES]],
        "total_changes": len(group),
    }


def _raw(group: list[Event]) -> dict[str, Any]:
    return {**_event(group), "raw": json.loads(_ENCODER.encode(group[0].raw))}


def _decode(text: str, codec: Codec | None) -> str:
    """Return a payload as the codec reads it; text that the codec cannot read stays as it is."""
    if codec is None:
        return _indent(text)
    try:
        return json.dumps(payload.decode(text, codec), indent=2, default=repr)
    except Exception as error:  # noqa: BLE001 - a codec and its store may raise anything
        return f"{text}\n({type(error).__name__}: {payload.safe_str(error)})"


def _indent(text: str) -> str:
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text
