"""The pipeline between list responses and the caller: merge, filter, sort, slice.

All functions take and return iterators and read only as far as needed, so that no page is fetched
before a row of it is used.
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
from swf.querysets.conditions import Row, json_type, to_json
from swf.querysets.query_plan import QueryPlan


def merge(
    streams: list[Iterator[Row]], plan: QueryPlan, identity: Callable[[Row], object]
) -> Iterator[Row]:
    """Yield the rows of several ordered streams in order, without duplicates.

    An execution that closes between two list calls appears in both lists at the same position; it
    is yielded once.

    :param streams: iterators of rows, each in the plan's natural order.
    :param plan: the plan that defines the order.
    :param identity: returns the key that identifies a row.
    """
    sort_key = attrgetter(plan.natural)
    current: Any = None
    identities: set[object] = set()
    for row in heapq.merge(*streams, key=sort_key, reverse=plan.descending):
        if sort_key(row) != current:
            current, identities = sort_key(row), set()
        if identity(row) not in identities:
            identities.add(identity(row))
            yield row


def finish(
    rows: Iterator[Row],
    plan: QueryPlan,
    describe: Callable[[Iterator[Row]], Iterator[Row]],
    with_events: Callable[[Row], Row],
) -> Iterator[Any]:
    """Yield the final rows: filtered, described, ordered, sliced and converted to the selected
    fields.

    :param rows: the rows as listed.
    :param plan: the plan of the query.
    :param describe: replaces listed rows by described ones.
    :param with_events: replaces a row by one that also has the fields of the history.
    """
    for test in plan.client_side:
        rows = filter(test, rows)
    if plan.describe:
        rows = describe(rows)
    for test in plan.described:
        rows = filter(test, rows)
    if plan.events:
        rows = map(with_events, rows)
        for test in plan.historical:
            rows = filter(test, rows)
    if plan.order:
        rows = _ordered(rows, plan)
    if plan.events and not plan.fields:
        rows = map(attrgetter("row"), rows)
    values = map(partial(_values, plan, plan.fields), rows) if plan.fields else rows
    if plan.distinct:
        values = _distinct(values)
    if plan.start or plan.stop is not None:
        values = islice(values, plan.start, plan.stop)
    return map(plan.convert, values) if plan.convert else values


def _distinct(rows: Iterator[Any]) -> Iterator[Any]:
    keys = set()
    for row in rows:
        key = repr(row)
        if key not in keys:
            keys.add(key)
            yield row


def _ordered(rows: Iterable[Row], plan: QueryPlan) -> Iterator[Row]:
    ordered = list(rows)
    for name in reversed(plan.order):
        descending = name.startswith("-")
        read = partial(plan.schema.value, name=name.removeprefix("-"))
        if plan.schema.event_path(name.removeprefix("-")):
            key: Callable[[Row], Any] = partial(_payload_sort_key, read, descending)
        else:
            durations = any(isinstance(read(row), int) for row in ordered)
            key = partial(_sort_key, read, durations, descending)
        ordered.sort(key=key, reverse=descending)
    yield from ordered


def _sort_key(
    read: Callable[[Row], Any], durations: bool, descending: bool, row: Row
) -> tuple[bool, Any]:
    value = read(row)
    # NONE is the longest duration; missing values come last in both directions.
    rank = inf if durations and value == NONE else value
    return ((value is None) is not descending, rank)


def _payload_sort_key(
    read: Callable[[Row], Any], descending: bool, row: Row
) -> tuple[bool, str, Any]:
    """Return a key that orders values of any JSON type: numbers, then texts, then others."""
    value = read(row)
    kind = {"number": "0", "str": "1"}.get(json_type(value), "2")
    return ((value is None) is not descending, kind, to_json(value) if kind == "2" else value)


def _values(plan: QueryPlan, names: tuple[str, ...], row: Row) -> dict[str, Any]:
    return {name: plan.schema.value(row, name) for name in names}
