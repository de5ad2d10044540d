"""What is done with rows between the service and the caller: merged, tested, ordered, cut.

Everything here takes iterators and gives iterators, and reads no further than it is asked to, so
that no page is fetched before somebody wants a row of it.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import islice
from math import inf
from operator import attrgetter
from typing import Any

from swf.constants import NONE
from swf.querysets.filters import QueryPlan
from swf.querysets.lookups import Row, follow


def merge(
    streams: list[Iterator[Row]], plan: QueryPlan, identity: Callable[[Row], object]
) -> Iterator[Row]:
    """Yield the rows of ordered streams in order.

    What went from one list to the other between two calls, an execution that closed, comes once: it
    has the same place in both.
    """
    place = attrgetter(plan.natural)
    current: Any = None
    seen: set[object] = set()
    for row in heapq.merge(*streams, key=place, reverse=plan.descending):
        if place(row) != current:
            current, seen = place(row), set()
        if identity(row) not in seen:
            seen.add(identity(row))
            yield row


def finish(
    rows: Iterator[Row], plan: QueryPlan, describe: Callable[[Iterator[Row]], Iterator[Row]]
) -> Iterator[Any]:
    """Yield what the caller asked for, of rows as they are listed.

    :param describe: gives the rows in full.
    """
    for test in plan.client_side:
        rows = filter(test, rows)
    if plan.describe:
        rows = describe(rows)
    for test in plan.described:
        rows = filter(test, rows)
    if plan.order:
        rows = _ordered(rows, plan.order)
    if plan.start or plan.stop is not None:
        rows = islice(rows, plan.start, plan.stop)
    return map(partial(_values, plan.fields), rows) if plan.fields else rows


def _ordered(rows: Iterable[Row], names: tuple[str, ...]) -> Iterator[Row]:
    ordered = list(rows)
    for name in reversed(names):
        descending = name.startswith("-")
        path = tuple(name.removeprefix("-").split("__"))
        durations = any(isinstance(follow(row, path), int) for row in ordered)
        place = partial(_place, path, durations, descending)
        ordered.sort(key=place, reverse=descending)
    yield from ordered


def _place(path: tuple[str, ...], durations: bool, descending: bool, row: Row) -> tuple[bool, Any]:
    value = follow(row, path)
    # A duration without limit is the longest; what is not set comes last, in either direction.
    place = inf if durations and value == NONE else value
    return ((value is None) is not descending, place)


def _values(names: tuple[str, ...], row: Row) -> dict[str, Any]:
    return {name: follow(row, tuple(name.split("__"))) for name in names}
