"""`QuerySpec`, the conditions of a queryset, and `QueryPlan`, the calls that answer it.

A plan holds the calls, their parameters and the remaining work on the rows. Its text is the output
of `explain()`. `swf.querysets.filters` makes plans.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from math import ceil
from typing import Any

from attrs import evolve, frozen

from swf.constants import PAGE_SIZE_LIMIT
from swf.querysets.conditions import EPOCH, Condition, Test, format_value
from swf.querysets.schema import Schema

#: Attributes with a time window, and the parameter of a list call.
TIME_FILTERS = {"start_timestamp": "startTimeFilter", "close_timestamp": "closeTimeFilter"}

#: Parameters of a call to an archive, which the plan shows as conditions.
_ARCHIVE_PARAMS = ("conditions", "codec")


@frozen
class QuerySpec:
    """The conditions and options of a queryset.

    :param tests: conditions on a row; all must hold.
    :param order: attributes to sort by, `-name` for descending; empty for the service's order.
    :param backwards: whether the order is reversed.
    :param start: index of the first row, from 0.
    :param stop: index after the last row; None for all rows.
    :param full: whether each row is described.
    :param fields: attributes selected by `values`; None returns models.
    :param page_size: rows per call; None lets the plan choose.
    :param convert: converts the dictionary of the selected attributes; None keeps it.
    :param distinct: whether equal rows are yielded once.
    """

    tests: tuple[Test, ...] = ()
    order: tuple[str, ...] = ()
    backwards: bool = False
    start: int = 0
    stop: int | None = None
    full: bool = False
    fields: tuple[str, ...] | None = None
    page_size: int | None = None
    convert: Callable[[Mapping[str, Any]], Any] | None = None
    distinct: bool = False

    @property
    def is_sliced(self) -> bool:
        """Whether the queryset is limited to a slice."""
        return bool(self.start) or self.stop is not None

    def resolve(self, now: datetime) -> QuerySpec:
        """Return the query with relative moments replaced by absolute ones.

        :param now: aware datetime that relative moments count from.
        """
        return evolve(self, tests=tuple(test.resolve(now) for test in self.tests))

    def conditions_on(self, *keys: str) -> list[Condition]:
        """Return the conditions with one of these keys and a value other than None.

        :param keys: keys of conditions, e.g. `"start_timestamp__gte"`.
        """
        return [
            test
            for test in self.tests
            if isinstance(test, Condition) and test.key in keys and test.value is not None
        ]


@frozen
class ListCall:
    """A list operation, its parameters, and the member of the response that holds the rows."""

    operation: str
    member: str
    params: Mapping[str, Any]

    def __str__(self) -> str:
        params = ", ".join(
            f"{name}={format_value(value)}"
            for name, value in self.params.items()
            if name not in _ARCHIVE_PARAMS
        )
        return f"{self.operation}({params})"

    def counting(self) -> ListCall:
        """Return the corresponding Count call."""
        paging = ("maximumPageSize", "reverseOrder")
        params = {name: value for name, value in self.params.items() if name not in paging}
        return ListCall(self.operation.replace("List", "Count"), "count", params)


@frozen(repr=False)
class QueryPlan:
    """The plan that answers a query; its text is the output of `explain()`.

    :param calls: list calls, whose rows are merged.
    :param server_side: conditions that the service evaluates.
    :param client_side: conditions evaluated on rows as listed.
    :param described: conditions evaluated on described rows.
    :param describe: whether each row is described, one call per row.
    :param natural: attribute that the service orders by.
    :param descending: whether the service's order is descending.
    :param order: attributes to sort by on the client, after all pages; empty for the service's
        order.
    :param start: index of the first row.
    :param stop: index after the last row; None for all rows.
    :param schema: the lookups of the rows.
    :param fields: attributes selected by `values`.
    :param convert: converts the dictionary of the selected attributes; None keeps it.
    :param distinct: whether equal rows are yielded once.
    :param not_in_list_response: the attributes that make describe calls necessary.
    :param selected: attributes that the order and the selected fields read.
    :param historical: conditions on fields of the history.
    :param events: events of the history that rows need, `first` or `last`: one call each per row.
    :param counts: calls that answer `count()`; empty if counting needs a listing.
    """

    calls: tuple[ListCall, ...]
    server_side: tuple[Test, ...]
    client_side: tuple[Test, ...]
    described: tuple[Test, ...]
    describe: bool
    natural: str
    descending: bool
    order: tuple[str, ...]
    start: int
    stop: int | None
    schema: Schema
    fields: tuple[str, ...] | None = None
    convert: Callable[[Mapping[str, Any]], Any] | None = None
    distinct: bool = False
    not_in_list_response: frozenset[str] = frozenset()
    selected: frozenset[str] = frozenset()
    historical: tuple[Test, ...] = ()
    events: tuple[str, ...] = ()
    counts: tuple[ListCall, ...] = ()

    def __str__(self) -> str:
        return "\n".join(f"{name:9}{text}" for name, text in self._lines())

    __repr__ = __str__

    def _lines(self) -> Iterable[tuple[str, str]]:
        for call in self.calls:
            yield "call", str(call)
        if not self.calls:
            yield "call", "none: no row can match"
        yield from self._window_lines()
        yield "server", format_tests(self.server_side)
        yield "client", format_tests(self.client_side)
        if self.describe:
            yield "describe", f"each remaining row; then {format_tests(self.described)}"
        if self.events:
            yield "history", f"{self._events_text()}; then {format_tests(self.historical)}"
        yield "order", self._order_text()
        if self.start or self.stop is not None:
            yield "slice", f"[{self.start}:{'' if self.stop is None else self.stop}]"
        yield "cost", self._cost_text()
        yield "count()", ", ".join(call.operation for call in self.counts) or "by listing"

    def _window_lines(self) -> Iterable[tuple[str, str]]:
        for member in TIME_FILTERS.values():
            window = self.calls[0].params.get(member) if self.calls else None
            if window == {"oldestDate": EPOCH}:
                yield "window", "everything the service retains; add dates to narrow it"
            elif window:
                until = format_value(window["latestDate"]) if "latestDate" in window else "now"
                yield "window", f"{member}: {format_value(window['oldestDate'])} to {until}"

    def _order_text(self) -> str:
        if self.order:
            return f"{', '.join(self.order)}: sorted by the client after all pages"
        merged = ", merged page by page" if len(self.calls) > 1 else ""
        return f"{'-' if self.descending else ''}{self.natural}: by the service{merged}"

    def _events_text(self) -> str:
        rows = {"first": "each remaining row", "last": "each remaining closed row"}
        return " and ".join(f"the {event} event of {rows[event]}" for event in self.events)

    def _cost_text(self) -> str:
        size = max((call.params.get("maximumPageSize", 0) for call in self.calls), default=0)
        cost = f"one call per page of at most {size or PAGE_SIZE_LIMIT} rows"
        if size and self.stop and not (self.client_side or self.describe or self.historical):
            calls = len(self.calls) * ceil(self.stop / size)
            cost = f"at most {calls} call{'' if calls == 1 else 's'} for pages of {size}"
        extra = [*(["one per described row"] if self.describe else [])]
        extra += [f"one for {self._events_text()}"] if self.events else []
        return ", and ".join([cost, *extra])


def format_tests(tests: Sequence[Test]) -> str:
    """Return conditions as one text for plans and messages."""
    return ", ".join(map(str, tests)) or "nothing"
