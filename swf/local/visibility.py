"""Indexes of executions by filter and time, for the list and count operations.

An index is a sorted list of (time, run id), so a page takes time in proportion to its size, and a
count takes two binary searches. Open executions are indexed by start time, closed ones by start
time and by close time.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator
from typing import Any

from swf.local.entities import Execution

Filter = tuple[str, ...]
"""("all",), ("workflow", id), ("type", name[, version]), ("tag", tag) or ("status", status)."""

Key = tuple[float, str]

LAST = "\U0010ffff"
"""Sorts after every run id."""


class ExecutionIndex:
    """Sorted keys by filter."""

    __slots__ = ("_keys",)

    def __init__(self) -> None:
        self._keys: dict[Filter, list[Key]] = {}

    def add(self, filters: list[Filter], key: Key) -> None:
        """Add a key to each of its filters.

        :param filters: the filters that match the execution.
        :param key: its time and run id.
        """
        for each in filters:
            keys = self._keys.setdefault(each, [])
            if keys and key < keys[-1]:
                insort(keys, key)
            else:
                keys.append(key)

    def remove(self, filters: list[Filter], key: Key) -> None:
        """Remove a key from each of its filters.

        :param filters: the filters with which it was added.
        :param key: its time and run id.
        """
        for each in filters:
            keys = self._keys[each]
            del keys[bisect_left(keys, key)]
            if not keys:
                del self._keys[each]

    def count(self, key_filter: Filter, oldest: float, latest: float) -> int:
        """Return the number of keys between two times, inclusive.

        :param key_filter: the filter that the executions match.
        :param oldest: seconds since the epoch.
        :param latest: seconds since the epoch.
        """
        first, end = self._bounds(key_filter, oldest, latest)
        return max(end - first, 0)

    def page(
        self,
        key_filter: Filter,
        between: tuple[float, float],
        size: int,
        ascending: bool,
        beyond: Key | None,
    ) -> tuple[list[Key], bool]:
        """Return a page of keys, and whether more follow.

        :param between: the time range, inclusive.
        :param size: maximum number of keys.
        :param beyond: the last key of the previous page; None for the first page.
        """
        keys = self._keys.get(key_filter, [])
        first, end = self._bounds(key_filter, *between)
        if beyond is not None and ascending:
            first = max(first, bisect_right(keys, beyond))
        elif beyond is not None:
            end = min(end, bisect_left(keys, beyond))
        if end <= first:
            return [], False
        if ascending:
            return keys[first : min(first + size, end)], first + size < end
        return keys[max(end - size, first) : end][::-1], end - size > first

    def _bounds(self, key_filter: Filter, oldest: float, latest: float) -> tuple[int, int]:
        keys = self._keys.get(key_filter, [])
        return bisect_left(keys, (oldest, "")), bisect_right(keys, (latest, LAST))


class Visibility:
    """The indexes of one domain."""

    __slots__ = ("by_close", "by_start", "open")

    def __init__(self) -> None:
        self.open = ExecutionIndex()
        self.by_start = ExecutionIndex()
        self.by_close = ExecutionIndex()

    def opened(self, execution: Execution) -> None:
        """Add a started execution."""
        filters = list(_filters_of(execution))
        self.open.add(filters, (execution.start_timestamp, execution.run_id))

    def closed(self, execution: Execution, timestamp: float, status: str) -> None:
        """Move an execution to the indexes of closed ones.

        :param timestamp: its close time.
        :param status: its close status.
        """
        filters = list(_filters_of(execution))
        self.open.remove(filters, (execution.start_timestamp, execution.run_id))
        self.add_closed(execution, timestamp, status)

    def add_closed(self, execution: Execution, timestamp: float, status: str) -> None:
        """Add an execution to the indexes of closed ones.

        :param timestamp: its close time.
        :param status: its close status.
        """
        filters = [*_filters_of(execution), ("status", status)]
        self.by_start.add(filters, (execution.start_timestamp, execution.run_id))
        self.by_close.add(filters, (timestamp, execution.run_id))

    def purged(self, execution: Execution, timestamp: float, status: str) -> None:
        """Remove a closed execution.

        :param timestamp: its close time.
        :param status: its close status.
        """
        filters = [*_filters_of(execution), ("status", status)]
        self.by_start.remove(filters, (execution.start_timestamp, execution.run_id))
        self.by_close.remove(filters, (timestamp, execution.run_id))


def _filters_of(execution: Execution) -> Iterator[Filter]:
    """Yield the filters that match an execution."""
    workflow_type: dict[str, Any] = execution.settings["workflowType"]
    yield ("all",)
    yield ("workflow", execution.workflow_id)
    yield ("type", workflow_type["name"])
    yield ("type", workflow_type["name"], workflow_type["version"])
    for tag in {tag for tag in execution.settings.get("tagList", ()) if tag is not None}:
        yield ("tag", tag)
