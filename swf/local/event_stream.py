"""The stream of everything that happens in a service: the records of its states, numbered.

Each write is one entry. The stream keeps the newest entries, so that a listener that lost its
connection can resume after the last number that it received.
"""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping

from swf.local.state import Record
from swf.local.store import Entry, TenantKey

CAPACITY = 32 * 1024 * 1024
"""Approximate bytes of the entries that a listener can resume from."""

RECORD = 1024
"""Approximate bytes of a record without its long texts."""


class EventStream:
    """The newest entries, and the listeners that are notified of further ones."""

    def __init__(self) -> None:
        self._entries: deque[tuple[int, Entry]] = deque()
        self._size = 0
        self._last = 0
        self._listeners: set[Callable[[], None]] = set()
        self._lock = threading.Lock()

    @property
    def last(self) -> int:
        """The number of the newest entry, 0 before the first one."""
        return self._last

    def publish(self, entries: Iterable[Entry]) -> None:
        """Append entries and notify the listeners.

        :param entries: the records of one transaction; entries without records are left out.
        """
        with self._lock:
            for entry in entries:
                if entry.records:
                    self._last += 1
                    self._entries.append((self._last, entry))
                    self._size += _size(entry)
            while self._size > CAPACITY:
                self._size -= _size(self._entries.popleft()[1])
            listeners = tuple(self._listeners)
            self._listeners.clear()
        for notify in listeners:
            notify()

    def after(self, number: int) -> list[tuple[int, Entry]]:
        """Return the entries after a number.

        :param number: the number of the last entry that the listener has.
        """
        with self._lock:
            newest = self._entries[-1][0] if self._entries else 0
            count = min(newest - number, len(self._entries))
            return [self._entries[index - count] for index in range(max(0, count))]

    def listen(self, notify: Callable[[], None]) -> Callable[[], None]:
        """Call `notify` once, after the next write, unless the returned function is called before.

        :param notify: called in the thread that writes; it must not block.
        """
        with self._lock:
            self._listeners.add(notify)
        return lambda: self._listeners.discard(notify)


def _size(entry: Entry) -> int:
    """Return the approximate size of an entry in bytes."""
    size = RECORD * len(entry.records)
    for record in entry.records:
        if record[0] in ("event", "run"):
            *_, attributes = record[-1].values()
            for value in attributes.values():
                if type(value) is str:
                    size += len(value)
    return size


def messages(
    entries: Iterable[tuple[int, Entry]], filters: Mapping[str, str]
) -> Iterator[tuple[int, str]]:
    """Yield number and server-sent message of the entries that match.

    :param filters: values of `access_key`, `region`, `kind`, `run_id` and `event_type` that the
        records must have.
    """
    for number, entry in entries:
        for record in entry.records:
            fields = _fields(entry.tenant, record)
            if all(fields.get(name) == value for name, value in filters.items()):
                data = json.dumps({**fields, "record": list(record[1:])}, separators=(",", ":"))
                yield number, f"id: {number}\nevent: {record[0]}\ndata: {data}\n\n"


def _fields(key: TenantKey, record: Record) -> dict[str, str]:
    fields = {**key._asdict(), "kind": record[0]}
    if record[0] == "event":
        fields |= {"run_id": record[1], "event_type": record[2]["eventType"]}
    elif record[0] == "run":
        fields |= {"workflow_id": record[2], "run_id": record[3]}
        fields["event_type"] = record[5]["eventType"]
    return fields
