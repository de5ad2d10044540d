"""Search of the texts of archived histories: payloads, reasons, signals and markers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from attrs import frozen

from swf.archive.documents import texts
from swf.archive.index import Index, location
from swf.archive.segments import Segments
from swf.models.fields import MOMENT
from swf.payload import PLAIN_JSON, Codec
from swf.querysets.conditions import to_json
from swf.querysets.patterns import Pattern
from swf.querysets.recorded_row import decode_field

#: Characters around the first match of an excerpt.
_MARGIN: Final = 40

#: Members of events that a codec has written.
_CODED: Final = ("input", "result", "details", "control")


@frozen
class Match:
    """A text of a history that matches.

    :param domain: the name of the domain.
    :param workflow_id: the workflow id.
    :param run_id: the run id.
    :param event_id: the id of the event.
    :param event: the type of the event.
    :param field: the attribute of the event.
    :param timestamp: the time of the event.
    :param text: the whole text, decoded by the codec if there is one.
    :param excerpt: the part of the text around the match, on one line.
    """

    domain: str
    workflow_id: str
    run_id: str
    event_id: int
    event: str
    field: str
    timestamp: datetime
    text: str
    excerpt: str


@frozen
class Search:
    """A search of an archive.

    :param pattern: a text, or a pattern.
    :param ignore_case: whether upper and lower case of a text are equal.
    :param codec: decodes payloads. Only plain JSON can use the index: decoded texts are not stored.
    """

    pattern: str | Pattern
    ignore_case: bool = False
    codec: Codec = PLAIN_JSON

    def run(self, segments: Segments, rows: Iterable[Any]) -> Iterator[Match]:
        """Yield the matches in the histories of rows of the index."""
        for row in rows:
            yield from self._matches(segments.read(location(row)))

    def candidates(self, index: Index) -> Iterator[Any]:
        """Yield the rows of the index that may match, those that closed last first."""
        condition, parameters = index.candidates(self._literals())
        return index.stream(
            f"SELECT * FROM executions WHERE segment IS NOT NULL AND {condition} "  # noqa: S608
            "ORDER BY closed DESC",
            *parameters,
            size=50,
        )

    def _literals(self) -> tuple[str, ...]:
        """Return texts that the stored texts of a match contain."""
        if self.codec is not PLAIN_JSON:
            return ()
        return self.pattern.literals if isinstance(self.pattern, Pattern) else (self.pattern,)

    def _matches(self, document: Mapping[str, Any]) -> Iterator[Match]:
        reference = document["executionInfo"]["execution"]
        find = self._finder()
        for event, member, raw in texts(document):
            text = self._decode(member, raw)
            position = find(text)
            if position is not None:
                yield Match(
                    document["domain"],
                    reference["workflowId"],
                    reference["runId"],
                    event["eventId"],
                    event["eventType"],
                    member,
                    MOMENT.read(event["eventTimestamp"]),
                    text,
                    _excerpt(text, position),
                )

    def _decode(self, member: str, raw: str) -> str:
        if self.codec is PLAIN_JSON or member not in _CODED:
            return raw
        value = decode_field("input", raw, self.codec)
        return value if isinstance(value, str) else to_json(value)

    def _finder(self) -> Callable[[str], int | None]:
        """Return a function that finds the position of a match, or that of a literal of it."""
        pattern = self.pattern
        if isinstance(pattern, Pattern):
            literal = max(pattern.literals, key=len, default="")
            return lambda text: (
                max(0, text.lower().find(literal.lower())) if pattern.search(text) else None
            )
        needle = pattern.lower() if self.ignore_case else pattern

        def find(text: str) -> int | None:
            position = (text.lower() if self.ignore_case else text).find(needle)
            return None if position < 0 else position

        return find


def _excerpt(text: str, position: int) -> str:
    begin, end = max(0, position - _MARGIN), position + 2 * _MARGIN
    part = " ".join(text[begin:end].split())
    return f"{'...' if begin else ''}{part}{'...' if end < len(text) else ''}"
