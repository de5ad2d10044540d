"""The events of one run: dictionaries while it is open, compressed chunks once it is closed.

Events never change, so readers share them.
"""

import json
import zlib
from typing import Any

Event = dict[str, Any]

CHUNK = 256
"""Events in a chunk; a page of a closed history decompresses only the chunks that it needs."""


class EventLog:
    """The events of a history, numbered from 1."""

    __slots__ = ("_chunks", "_length", "_open")

    def __init__(self) -> None:
        self._open: list[Event] = []
        self._chunks: tuple[bytes, ...] | None = None
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def append(self, event: Event) -> None:
        """Add the next event."""
        self._open.append(event)
        self._length += 1

    def seal(self) -> None:
        """Compress the events after the last one; closed runs are seldom read."""
        self._chunks = tuple(
            zlib.compress(json.dumps(self._open[start : start + CHUNK]).encode(), 1)
            for start in range(0, self._length, CHUNK)
        )
        self._open = []

    def between(self, first: int, last: int) -> list[Event]:
        """Return the events with ids from `first` to `last`, inclusive."""
        if self._chunks is None:
            return self._open[first - 1 : last]
        needed = range((first - 1) // CHUNK, (last - 1) // CHUNK + 1) if first <= last else ()
        events = [event for chunk in needed for event in self._unpack(chunk)]
        skipped = needed[0] * CHUNK if needed else 0
        return events[first - 1 - skipped : last - skipped]

    def _unpack(self, chunk: int) -> list[Event]:
        if self._chunks is None or chunk >= len(self._chunks):
            return []
        events: list[Event] = json.loads(zlib.decompress(self._chunks[chunk]))
        return events
