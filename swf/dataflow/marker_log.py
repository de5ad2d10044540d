"""`MarkerLog`: the markers that one execution has recorded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple


class RecordedMarker(NamedTuple):
    """Name and decoded details of a marker."""

    name: str
    details: Any


class MarkerLog:
    """The markers of one execution, in the order in which the code recorded them.

    Each reading decodes the details again, so that code which changes a value affects no other.

    :param decode: Decodes the details.
    """

    def __init__(self, decode: Callable[[str | None], Any]) -> None:
        self._decode = decode
        self._records: list[tuple[str, str | None]] = []
        self._latest: dict[str, str | None] = {}

    def add(self, name: str, details: str | None) -> None:
        """Add a marker.

        :param details: The encoded details.
        """
        self._records.append((name, details))
        self._latest[name] = details

    def latest(self, name: str) -> RecordedMarker | None:
        """Return the latest marker of a name; None if there is none."""
        if name not in self._latest:
            return None
        return RecordedMarker(name, self._decode(self._latest[name]))

    def latest_of_each_name(self) -> Iterator[RecordedMarker]:
        """Yield the latest marker of each name, in the order of the first ones."""
        for name, details in self._latest.items():
            yield RecordedMarker(name, self._decode(details))

    def __iter__(self) -> Iterator[RecordedMarker]:
        return (RecordedMarker(name, self._decode(details)) for name, details in self._records)
