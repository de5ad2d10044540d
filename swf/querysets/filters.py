"""Query planning: which filters the service evaluates and which the client evaluates.

Planning is a pure function of a `QuerySpec` and `now`; it returns a `QueryPlan`. A new filter of
the service is a row of `SERVICE_FILTERS` and a choice in `_service_filter`. The names of filters
are declared in the schemas of `workflow.py`, `types.py` and `domain.py`, the operators such as
`__gte` in `lookups.py`.

Rules for executions:

- Open and closed executions are two operations. A condition that an open execution cannot satisfy
  (a close status, a close date) selects the closed ones only; otherwise both are listed and merged.
- A call takes one of four filters. The plan sends the one that probably leaves the fewest rows: a
  workflow id (at most one open execution); a tag; a close status other than COMPLETED, since most
  executions complete; a type; then COMPLETED.
- A call requires a time window by start or by close, in whole seconds. Without dates the window is
  everything that the service retains, since a default window would hide executions. Close dates
  determine the window if present, and a start date narrows it, since an execution closes after it
  starts.

Source: API Reference, ListOpenWorkflowExecutions, ListClosedWorkflowExecutions.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from math import ceil
from types import SimpleNamespace
from typing import Any

from attrs import evolve

from swf.constants import (
    CLOSE_STATUS_COMPLETED,
    PAGE_SIZE_LIMIT,
    REGISTERED,
    REGISTRATION_STATUSES,
    STATUS_CLOSED,
    STATUS_OPEN,
)
from swf.exceptions import InvalidKeywordArgumentError, ValidationError
from swf.payload import Codec
from swf.querysets.conditions import EPOCH, Condition, Predicate, Test, format_value, whole_second
from swf.querysets.query_plan import TIME_FILTERS, ListCall, QueryPlan, QuerySpec, format_tests
from swf.querysets.recorded_row import OUTCOME
from swf.querysets.schema import Schema

Tests = Sequence[Test]

CLOSE_BOUNDS = tuple(f"close_timestamp__{bound}" for bound in ("gte", "gt", "lte", "lt"))

#: Attributes that distinguish open executions from closed ones; an open one has no outcome.
CLOSING = frozenset({"status", "close_status", "close_timestamp", *OUTCOME})

#: The filter and its member that express a condition.
SERVICE_FILTERS = {
    "workflow_id": ("executionFilter", "workflowId"),
    "tag_list__contains": ("tagFilter", "tag"),
    "close_status": ("closeStatusFilter", "status"),
    "workflow_type__name": ("typeFilter", "name"),
    "workflow_type__version": ("typeFilter", "version"),
}


def plan_registered(
    query: QuerySpec, schema: Schema, api_name: str, scope: Mapping[str, Any], now: datetime
) -> QueryPlan:
    """Return the plan for domains or types, which are listed by one status per call.

    Without a condition on the status, registered ones are listed. The service filters types by
    name.

    :param query: the query.
    :param schema: the lookups of the rows.
    :param api_name: the API's name of the rows, e.g. `"WorkflowType"`.
    :param scope: parameters that every call sends: the domain of a type.
    :param now: aware datetime that relative moments count from.

    Source: API Reference, ListDomains, ListWorkflowTypes, ListActivityTypes.
    """
    query = query.resolve(now)
    status_tests, rest = _split(query.tests, {"status"})
    statuses = [
        status for status in REGISTRATION_STATUSES if _satisfies(status_tests, status=status)
    ]
    _check_status(query, statuses, status_tests)
    name = query.conditions_on("name")[:1] if scope else []
    filters = {condition.key: condition.value for condition in name}
    calls = [
        ListCall(
            f"List{api_name}s",
            "domainInfos" if api_name == "Domain" else "typeInfos",
            {**scope, "registrationStatus": status, **filters},
        )
        for status in (statuses if status_tests else [REGISTERED])
    ]
    return _plan(query, schema, calls, [*status_tests, *name], _without(rest, name), "name")


def plan_executions(
    query: QuerySpec, schema: Schema, scope: Mapping[str, Any], now: datetime
) -> QueryPlan:
    """Return the plan for executions; the module docstring explains the rules.

    :param query: the query.
    :param schema: the lookups of the rows.
    :param scope: parameters that every call sends: the domain.
    :param now: aware datetime that relative moments count from.
    :raises ValidationError: if conditions contradict each other.
    """
    query = query.resolve(now)
    statuses, status_tests = _statuses(query)
    natural, window, satisfied = _window(query)
    chosen = _service_filter(query)
    calls = [
        ListCall(
            f"List{status.title()}WorkflowExecutions",
            "executionInfos",
            {**scope, **window, **_wire_filter(chosen)},
        )
        for status in statuses
    ]
    server_side = [*status_tests, *satisfied, *chosen]
    plan = _plan(
        query, schema, calls, server_side, _without(query.tests, server_side), f"-{natural}"
    )
    if plan.client_side or plan.describe or plan.historical or plan.distinct:
        return plan
    return evolve(plan, counts=tuple(call.counting() for call in plan.calls))


def delegate(plan: QueryPlan, codec: Codec) -> QueryPlan:
    """Return the plan for an archive, which evaluates all conditions but functions itself.

    :param plan: the plan for the service.
    :param codec: the codec of payloads in conditions.
    """
    tests = (*plan.client_side, *plan.described, *plan.historical)
    functions = tuple(test for test in tests if isinstance(test, Predicate))
    conditions = tuple(test for test in tests if not isinstance(test, Predicate))
    params: dict[str, Any] = {"conditions": conditions, "codec": codec} if conditions else {}
    if not (functions or plan.order or plan.distinct) and plan.stop:
        params["maximumPageSize"] = _page_size(plan.stop)
    calls = tuple(
        evolve(call, params={**call.params, **params})
        for call in plan.calls
        if call.operation == "ListClosedWorkflowExecutions"
    )
    needed = {plan.schema.events[name] for name in plan.selected if name in plan.schema.events}
    is_counted = not functions and not plan.distinct
    return evolve(
        plan,
        calls=calls,
        server_side=(*plan.server_side, *conditions),
        client_side=functions,
        described=(),
        describe=False,
        historical=(),
        events=tuple(sorted(needed)),
        counts=tuple(call.counting() for call in calls) if is_counted else (),
    )


def _statuses(query: QuerySpec) -> tuple[list[str], Tests]:
    """Return the statuses to list, and the conditions that this choice satisfies."""
    status_tests, _ = _split(query.tests, {"status"})
    closing, _ = _split(query.tests, CLOSING)
    possible = [
        *([STATUS_OPEN] if _satisfies(closing, status=STATUS_OPEN) else []),
        *([STATUS_CLOSED] if _satisfies(status_tests, status=STATUS_CLOSED) else []),
    ]
    _check_status(query, possible, closing)
    return possible, status_tests


def _check_status(query: QuerySpec, possible: Collection[str], tests: Tests) -> None:
    for condition in query.conditions_on("status"):
        if condition.value not in possible:
            against = format_tests(_without(tests, [condition]))
            # Also a ValidationError; python-simple-workflow raises a keyword error here.
            raise InvalidKeywordArgumentError(
                condition.lookup, condition.value, f"contradicts {against}"
            )


def _satisfies(tests: Tests, *, status: str) -> bool:
    """Return whether a row with this status and no close attributes satisfies the conditions."""
    row = SimpleNamespace(status=status)
    return all(test(row) for test in tests)


def _window(query: QuerySpec) -> tuple[str, dict[str, dict[str, datetime]], Tests]:
    """Return the attribute, the time filter to send, and the conditions that it satisfies."""
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
    # The window is inclusive and in whole seconds: other bounds are evaluated on the client.
    inside = [*(bound for bound in lower if bound.value <= oldest), *upper]
    satisfied = [bound for bound in inside if bound.operator in ("gte", "lte")]
    return attribute, {TIME_FILTERS[attribute]: window}, satisfied


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
    """Return the conditions of the one filter to send, one for each of its members."""
    not_completed = [
        c for c in query.conditions_on("close_status") if c.value != CLOSE_STATUS_COMPLETED
    ]
    choices = (
        query.conditions_on("workflow_id"),
        query.conditions_on("tag_list__contains"),
        not_completed,
        query.conditions_on("workflow_type__name"),
        query.conditions_on("close_status"),
    )
    chosen = next((group[:1] for group in choices if group), [])
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
    remaining: Tests,
    natural: str,
) -> QueryPlan:
    """Return the plan for calls and the conditions that the service cannot evaluate."""
    order, reverse = _order(query, natural)
    names = [name.removeprefix("-") for name in (*order, *(query.fields or ()))]
    selected = frozenset[str]().union(*map(schema.roots, names))
    predicates = [test for test in remaining if isinstance(test, Predicate)]
    historical = [test for test in remaining if test.roots & schema.events.keys()]
    others = _without(remaining, [*predicates, *historical])
    client_side, described = _split(others, schema.listed)
    roots = selected.union(*(test.roots for test in (*described, *historical)))
    not_in_list_response = roots - schema.listed - schema.events.keys()
    events = {schema.events[name] for name in roots if name in schema.events}
    describe = query.full or bool(not_in_list_response)
    # A predicate gets the row in its final form.
    (described if describe else client_side).extend(predicates)
    paging: dict[str, Any] = {"reverseOrder": True} if reverse else {}
    size = query.page_size or (
        None
        if client_side or described or historical or order or query.distinct
        else _page_size(query.stop)
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
        schema=schema,
        fields=query.fields,
        convert=query.convert,
        distinct=query.distinct,
        not_in_list_response=not_in_list_response,
        selected=selected,
        historical=tuple(historical),
        events=tuple(sorted(events)),
    )


def _order(query: QuerySpec, natural: str) -> tuple[tuple[str, ...], bool]:
    """Return the client's sort attributes, and whether to reverse the service's order."""
    order = tuple(_opposite(name) for name in query.order) if query.backwards else query.order
    if not order:
        return (), query.backwards
    if order in ((natural,), (_opposite(natural),)):
        return (), order != (natural,)
    return order, False


def _opposite(name: str) -> str:
    return name[1:] if name.startswith("-") else f"-{name}"


def _page_size(stop: int | None) -> int | None:
    """Return the smallest page size that fetches `stop` rows in the fewest calls."""
    if not stop:
        return None
    return ceil(stop / ceil(stop / PAGE_SIZE_LIMIT))


def _split(tests: Iterable[Test], attributes: Collection[str]) -> tuple[list[Test], list[Test]]:
    """Return the conditions that look at these attributes only, and the others."""
    inside: list[Test] = []
    outside: list[Test] = []
    for test in tests:
        is_inside = not isinstance(test, Predicate) and test.roots <= frozenset(attributes)
        (inside if is_inside else outside).append(test)
    return inside, outside


def _without(tests: Iterable[Test], some: Tests) -> list[Test]:
    return [test for test in tests if not any(test is other for other in some)]
