"""The events of one run: dictionaries while it is open, compressed chunks once it is closed.

Events never change, so readers share them.
"""

import json
import zlib
from collections.abc import Sequence
from typing import Any

Event = dict[str, Any]

CHUNK = 256
"""Events in a chunk; a page of a closed history decompresses only the chunks that it needs."""


class EventLog:
    """The events of a history, numbered from 1.

    :param length: the number of events in `chunks`.
    :param chunks: the compressed events of a closed run; None for an open one.
    """

    __slots__ = ("_length", "_open", "chunks")

    def __init__(self, length: int = 0, chunks: Sequence[bytes] | None = None) -> None:
        self._open: list[Event] = []
        self._length = length
        self.chunks = chunks
        """The compressed events once the run is closed, in memory or in a database."""

    def __len__(self) -> int:
        return self._length

    def append(self, event: Event) -> None:
        """Add the next event.

        :param event: the event, in wire format; it must not change afterwards.
        """
        self._open.append(event)
        self._length += 1

    def seal(self) -> None:
        """Compress the events of a closed run, which is seldom read."""
        self.chunks = tuple(
            zlib.compress(json.dumps(self._open[start : start + CHUNK]).encode(), 1)
            for start in range(0, self._length, CHUNK)
        )
        self._open = []

    def between(self, first: int, last: int) -> list[Event]:
        """Return the events with ids from `first` to `last`, inclusive.

        :param first: the event id of the first event.
        :param last: the event id of the last event; if it is less than `first`, the list is empty.
        """
        if self.chunks is None:
            return self._open[first - 1 : last]
        last = min(last, self._length)
        needed = range((first - 1) // CHUNK, (last - 1) // CHUNK + 1) if first <= last else ()
        events = [event for part in needed for event in _unpack(self.chunks[part])]
        skipped = needed[0] * CHUNK if needed else 0
        return events[first - 1 - skipped : last - skipped]


def _unpack(chunk: bytes) -> list[Event]:
    events: list[Event] = json.loads(zlib.decompress(chunk))
    return events
