"""Which filter goes to the service, and which is applied here.

`QuerySpec` holds the conditions of a queryset. `QueryPlan` holds the calls that answer it, their
parameters and the remaining work on the rows. Planning is a pure function of a query and `now`.
The text of a plan is the output of `explain()`.

The rules for executions. Source: API Reference, ListOpenWorkflowExecutions and
ListClosedWorkflowExecutions.

- Open and closed executions are two operations. What cannot be true of an open execution (a close
  status, a close date) leaves the closed ones only; otherwise both are listed and merged.
- A call takes one filter of four. The one sent is the one that is likely to leave the fewest rows:
  a workflow id (one open execution at most); a tag, which is put on executions so that some can be
  found; a close status other than COMPLETED, since failures are what one looks for and most
  executions do not fail; a type, whose executions are many; then COMPLETED.
- A call must name a time window, by start or by close, in whole seconds. Without dates it is
  everything that the service keeps: a window of our choosing would hide executions from somebody
  who asked for all. Close dates, where given, make the window, and a start date narrows it, since
  nothing closes before it starts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from math import ceil
from types import SimpleNamespace
from typing import Any

from attrs import evolve, frozen

from swf.constants import (
    CLOSE_STATUS_COMPLETED,
    PAGE_SIZE_LIMIT,
    REGISTERED,
    REGISTRATION_STATUSES,
    STATUS_CLOSED,
    STATUS_OPEN,
)
from swf.exceptions import InvalidKeywordArgumentError, ValidationError
from swf.querysets.lookups import (
    EPOCH,
    Condition,
    Predicate,
    Schema,
    Test,
    format_value,
    whole_second,
)

Tests = Sequence[Test]

CLOSE_BOUNDS = tuple(f"close_timestamp__{bound}" for bound in ("gte", "gt", "lte", "lt"))
TIME_FILTERS = {"start_timestamp": "startTimeFilter", "close_timestamp": "closeTimeFilter"}

#: The filter, and its member, that can express a condition.
SERVICE_FILTERS = {
    "workflow_id": ("executionFilter", "workflowId"),
    "tag_list__contains": ("tagFilter", "tag"),
    "close_status": ("closeStatusFilter", "status"),
    "workflow_type__name": ("typeFilter", "name"),
    "workflow_type__version": ("typeFilter", "version"),
}


@frozen
class QuerySpec:
    """What a queryset was asked for.

    :param tests: what is asked of each row; all of it counts.
    :param order: attributes to sort by, `-` for descending; empty for the service's order.
    :param backwards: whether the order is reversed.
    :param start: the first row that is wanted, counted from 0.
    :param stop: the first row that is not wanted any more; None when all are wanted.
    :param full: whether each row is described.
    :param fields: what `values` wants of a row, which is a dictionary then.
    :param page_size: rows a call; None leaves it to the plan.
    """

    tests: tuple[Test, ...] = ()
    order: tuple[str, ...] = ()
    backwards: bool = False
    start: int = 0
    stop: int | None = None
    full: bool = False
    fields: tuple[str, ...] | None = None
    page_size: int | None = None

    @property
    def is_sliced(self) -> bool:
        """Whether only some of the rows are wanted."""
        return bool(self.start) or self.stop is not None

    def resolve(self, now: datetime) -> QuerySpec:
        """Return the query with relative moments fixed."""
        return evolve(self, tests=tuple(test.resolve(now) for test in self.tests))

    def conditions_on(self, *keys: str) -> list[Condition]:
        """Return the conditions on these matters."""
        return [
            test
            for test in self.tests
            if isinstance(test, Condition) and test.key in keys and test.value is not None
        ]


@frozen
class ListCall:
    """A list operation, what it sends, and the member of its answers that holds the rows."""

    operation: str
    member: str
    params: Mapping[str, Any]

    def __str__(self) -> str:
        params = ", ".join(f"{name}={format_value(value)}" for name, value in self.params.items())
        return f"{self.operation}({params})"

    def counting(self) -> ListCall:
        """Return the call that counts the rows instead of listing them."""
        paging = ("maximumPageSize", "reverseOrder")
        params = {name: value for name, value in self.params.items() if name not in paging}
        return ListCall(self.operation.replace("List", "Count"), "count", params)


@frozen(repr=False)
class QueryPlan:
    """How a query is answered; shows itself.

    :param calls: list operations, whose rows are merged.
    :param server_side: the tests that the service applies.
    :param client_side: the tests applied to a row as listed.
    :param described: the tests applied to a row once it is described.
    :param describe: whether each row is described, one call more a row.
    :param natural: the attribute by which the service orders.
    :param descending: whether the greatest comes first.
    :param order: what to sort by here, which takes all pages; empty for the service's order.
    :param fields: what `values` wants of a row.
    :param not_in_list_response: the attributes that are the reason to describe.
    :param counts: the calls that answer `count()`; empty when only listing can.
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
    fields: tuple[str, ...] | None = None
    not_in_list_response: frozenset[str] = frozenset()
    counts: tuple[ListCall, ...] = ()

    def __str__(self) -> str:
        return "\n".join(f"{name:9}{text}" for name, text in self._lines())

    __repr__ = __str__

    def _lines(self) -> Iterable[tuple[str, str]]:
        for call in self.calls:
            yield "call", str(call)
        if not self.calls:
            yield "call", "none, since no row can match"
        yield from self._shown_window()
        yield "server", _joined(self.server_side)
        yield "client", _joined(self.client_side)
        if self.describe:
            yield "describe", f"each row that is left; then {_joined(self.described)}"
        yield "order", self._shown_order()
        if self.start or self.stop is not None:
            yield "slice", f"[{self.start}:{'' if self.stop is None else self.stop}]"
        yield "cost", self._shown_cost()
        yield "count()", ", ".join(call.operation for call in self.counts) or "by listing"

    def _shown_window(self) -> Iterable[tuple[str, str]]:
        for member in TIME_FILTERS.values():
            window = self.calls[0].params.get(member) if self.calls else None
            if window == {"oldestDate": EPOCH}:
                yield "window", "all that the service keeps: no dates were given that narrow it"
            elif window:
                until = format_value(window["latestDate"]) if "latestDate" in window else "now"
                yield "window", f"{member}: {format_value(window['oldestDate'])} to {until}"

    def _shown_order(self) -> str:
        if self.order:
            return f"{', '.join(self.order)}: sorted here, once every page is read"
        merged = ", merged page by page" if len(self.calls) > 1 else ""
        return f"{'-' if self.descending else ''}{self.natural}: the service's{merged}"

    def _shown_cost(self) -> str:
        size = max((call.params.get("maximumPageSize", 0) for call in self.calls), default=0)
        cost = f"a call for each page of at most {size or PAGE_SIZE_LIMIT} rows"
        if size and self.stop and not (self.client_side or self.describe):
            cost = f"at most {len(self.calls) * ceil(self.stop / size)} calls for pages of {size}"
        return f"{cost}, and one for each row described" if self.describe else cost


def plan_registered(
    query: QuerySpec, schema: Schema, noun: str, scope: Mapping[str, Any], now: datetime
) -> QueryPlan:
    """Return the plan for domains or types, which are listed by one status at a time.

    Without a word on the status, the registered ones are meant. The service filters types by name.

    :param noun: what the API calls them, e.g. `"WorkflowType"`.
    :param scope: members that every call sends: the domain of a type.
    """
    query = query.resolve(now)
    about, rest = _split(query.tests, {"status"})
    statuses = [status for status in REGISTRATION_STATUSES if _fit(about, status=status)]
    _check_status(query, statuses, about)
    name = query.conditions_on("name")[:1] if scope else []
    filters = {condition.key: condition.value for condition in name}
    calls = [
        ListCall(
            f"List{noun}s",
            "domainInfos" if noun == "Domain" else "typeInfos",
            {**scope, "registrationStatus": status, **filters},
        )
        for status in (statuses if about else [REGISTERED])
    ]
    return _plan(query, schema, calls, [*about, *name], _without(rest, name), "name")


def plan_executions(
    query: QuerySpec, schema: Schema, scope: Mapping[str, Any], now: datetime
) -> QueryPlan:
    """Return the plan for executions; the rules are at the head of this file.

    :raises ValidationError: for conditions that contradict each other.
    """
    query = query.resolve(now)
    statuses, about = _statuses(query)
    natural, window, settled = _window(query)
    chosen = _service_filter(query)
    calls = [
        ListCall(
            f"List{status.title()}WorkflowExecutions",
            "executionInfos",
            {**scope, **window, **_wire_filter(chosen)},
        )
        for status in statuses
    ]
    server_side = [*about, *settled, *chosen]
    plan = _plan(
        query, schema, calls, server_side, _without(query.tests, server_side), f"-{natural}"
    )
    if plan.client_side or plan.describe:
        return plan
    return evolve(plan, counts=tuple(call.counting() for call in plan.calls))


def _statuses(query: QuerySpec) -> tuple[list[str], Tests]:
    """Return the statuses to list, and the tests that this choice settles."""
    about, _ = _split(query.tests, {"status"})
    closing, _ = _split(query.tests, {"status", "close_status", "close_timestamp"})
    possible = [
        *([STATUS_OPEN] if _fit(closing, status=STATUS_OPEN) else []),
        *([STATUS_CLOSED] if _fit(about, status=STATUS_CLOSED) else []),
    ]
    _check_status(query, possible, closing)
    return possible, about


def _check_status(query: QuerySpec, possible: Collection[str], tests: Tests) -> None:
    for condition in query.conditions_on("status"):
        if condition.value not in possible:
            against = _joined(_without(tests, [condition]))
            # A validation error too; the ancestors call it an argument that this status has not.
            raise InvalidKeywordArgumentError(
                condition.lookup, condition.value, f"contradicts {against}"
            )


def _fit(tests: Tests, *, status: str) -> bool:
    """Return whether something of this status, with nothing said on its close, passes."""
    row = SimpleNamespace(status=status)
    return all(test(row) for test in tests)


def _window(query: QuerySpec) -> tuple[str, dict[str, dict[str, datetime]], Tests]:
    """Return the attribute it is about, the time filter to send, and the tests that it settles."""
    attribute = "close_timestamp" if query.conditions_on(*CLOSE_BOUNDS) else "start_timestamp"
    lower, upper = _lower(query, attribute), _upper(query, attribute)
    narrowing = [*_lower(query, "start_timestamp"), *_lower(query, "close_timestamp")]
    _check_window(_lower(query, "start_timestamp"), _upper(query, "start_timestamp"))
    _check_window(narrowing, _upper(query, "close_timestamp"))

    oldest = max([EPOCH, *(bound.value for bound in narrowing)]).replace(microsecond=0)
    window = {"oldestDate": oldest}
    if upper:
        window["latestDate"] = latest = whole_second(min(b.value for b in upper), up=True)
        upper = [bound for bound in upper if bound.value >= latest]
    # The window includes its ends: what does not, or is finer than seconds, must be seen to here.
    inside = [*(bound for bound in lower if bound.value <= oldest), *upper]
    settled = [bound for bound in inside if bound.operator in ("gte", "lte")]
    return attribute, {TIME_FILTERS[attribute]: window}, settled


def _lower(query: QuerySpec, attribute: str) -> list[Condition]:
    return query.conditions_on(f"{attribute}__gte", f"{attribute}__gt")


def _upper(query: QuerySpec, attribute: str) -> list[Condition]:
    return query.conditions_on(f"{attribute}__lte", f"{attribute}__lt")


def _check_window(lower: Sequence[Condition], upper: Sequence[Condition]) -> None:
    for bound in upper:
        for other in lower:
            if bound.value < other.value:
                raise ValidationError(bound.lookup, format_value(bound.value), f"is before {other}")


def _service_filter(query: QuerySpec) -> list[Condition]:
    """Return the conditions that make up the one filter to send, one for each of its members."""
    telling = [c for c in query.conditions_on("close_status") if c.value != CLOSE_STATUS_COMPLETED]
    choices = (
        query.conditions_on("workflow_id"),
        query.conditions_on("tag_list__contains"),
        telling,
        query.conditions_on("workflow_type__name"),
        query.conditions_on("close_status"),
    )
    chosen = next((found[:1] for found in choices if found), [])
    if chosen and chosen[0].key == "workflow_type__name":
        chosen += query.conditions_on("workflow_type__version")[:1]
    return chosen


def _wire_filter(chosen: Sequence[Condition]) -> dict[str, dict[str, Any]]:
    if not chosen:
        return {}
    member = SERVICE_FILTERS[chosen[0].key][0]
    return {member: {SERVICE_FILTERS[each.key][1]: each.value for each in chosen}}


def _plan(
    query: QuerySpec,
    schema: Schema,
    calls: Iterable[ListCall],
    server_side: Tests,
    rest: Tests,
    natural: str,
) -> QueryPlan:
    """Return the plan for calls that leave the rest of the tests to be done."""
    order, reverse = _order(query, natural)
    wanted = frozenset(
        name.removeprefix("-").split("__")[0] for name in (*order, *(query.fields or ()))
    )
    predicates = [test for test in rest if isinstance(test, Predicate)]
    client_side, described = _split(_without(rest, predicates), schema.listed)
    not_in_list_response = wanted.union(*(test.roots for test in described)) - schema.listed
    describe = query.full or bool(not_in_list_response)
    # A callable judges the row as it will be given out.
    (described if describe else client_side).extend(predicates)
    paging: dict[str, Any] = {"reverseOrder": True} if reverse else {}
    size = query.page_size or (
        None if client_side or described or order else _page_size(query.stop)
    )
    if size:
        paging["maximumPageSize"] = size
    return QueryPlan(
        calls=tuple(evolve(call, params={**call.params, **paging}) for call in calls),
        server_side=tuple(server_side),
        client_side=tuple(client_side),
        described=tuple(described),
        describe=describe,
        natural=natural.lstrip("-"),
        descending=natural.startswith("-") != reverse,
        order=order,
        start=query.start,
        stop=query.stop,
        fields=query.fields,
        not_in_list_response=not_in_list_response,
    )


def _order(query: QuerySpec, natural: str) -> tuple[tuple[str, ...], bool]:
    """Return what to sort by here, and whether the service's own order is to be reversed."""
    order = tuple(_opposite(name) for name in query.order) if query.backwards else query.order
    if not order:
        return (), query.backwards
    if order in ((natural,), (_opposite(natural),)):
        return (), order != (natural,)
    return order, False


def _opposite(name: str) -> str:
    return name[1:] if name.startswith("-") else f"-{name}"


def _page_size(stop: int | None) -> int | None:
    """Return the smallest pages that bring so many rows in as few calls as can be."""
    if not stop:
        return None
    return ceil(stop / ceil(stop / PAGE_SIZE_LIMIT))


def _split(tests: Iterable[Test], attributes: Collection[str]) -> tuple[list[Test], list[Test]]:
    """Return the tests that look at nothing but these attributes, and the others."""
    inside: list[Test] = []
    outside: list[Test] = []
    for test in tests:
        known = not isinstance(test, Predicate) and test.roots <= frozenset(attributes)
        (inside if known else outside).append(test)
    return inside, outside


def _without(tests: Iterable[Test], some: Tests) -> list[Test]:
    return [test for test in tests if not any(test is other for other in some)]


def _joined(tests: Tests) -> str:
    return ", ".join(map(str, tests)) or "nothing"
