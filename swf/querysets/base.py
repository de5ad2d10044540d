"""QuerySet: a lazy collection over the list, count and describe operations.

Each method that filters or orders returns a changed copy of the queryset. The service is called
only when the rows are iterated, counted or indexed; pages are fetched one at a time and cached, so
a second iteration costs no calls. `swf.querysets.filters` decides which conditions the service
evaluates and which are evaluated on the client.

A queryset is not thread-safe; give each thread its own copy.
"""

from __future__ import annotations

import copy
import operator
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from itertools import product
from typing import TYPE_CHECKING, Any, ClassVar, overload

from attrs import evolve

from swf.connection import Connection
from swf.exceptions import (
    DoesNotExistError,
    InvalidTypeError,
    MultipleObjectsReturned,
    ValidationError,
)
from swf.models.display import ROWS, Displayed, DisplayTable, listing
from swf.models.fields import PAGE_SIZE
from swf.querysets.aggregates import Aggregate
from swf.querysets.conditions import Exclusion, Predicate
from swf.querysets.lookups import conditions
from swf.querysets.query_plan import QueryPlan, QuerySpec
from swf.querysets.result_cache import M, ResultCache, now
from swf.querysets.where import tests

if TYPE_CHECKING:
    from typing_extensions import Self


class Count(int):
    """A number of rows. `truncated` is True if the service stopped counting and more rows exist.

    Source: API Reference, WorkflowExecutionCount.
    """

    truncated: bool

    def __new__(cls, value: int, truncated: bool = False) -> Self:
        """Return the number.

        :param value: the count.
        :param truncated: True if `value` is a lower bound.
        """
        self = super().__new__(cls, value)
        self.truncated = truncated
        return self

    def __repr__(self) -> str:
        return f"Count({int(self)}, truncated=True)" if self.truncated else str(int(self))


class QuerySet(Displayed, ResultCache[M]):
    """Rows of one model, fetched on demand.

    :param connection: the connection to use (keyword only); None uses the current one.
    """

    def __init__(self, *, connection: Connection | None = None) -> None:
        if connection is not None:
            Connection.check(connection)
        self._connection = connection
        self._query = QuerySpec()
        self._forget()

    # Python protocols

    def __iter__(self) -> Iterator[M]:
        """Yield the rows, cached ones first.

        The first row costs one page. Its rows are cached, and the next page is fetched when a row
        beyond them is needed; a second iteration continues where an interrupted one stopped. If a
        call fails, the error is raised and the cache is cleared, so that a partial list is never
        mistaken for a full one.
        """
        return iter(self._rows) if self._complete else self._walk()

    def __len__(self) -> int:
        """Return the number of rows after fetching all of them; `count` may cost less."""
        return len(self._all())

    def __bool__(self) -> bool:
        """Return whether there are rows; fetches and caches the first page."""
        return self._reach(1)

    def __contains__(self, row: object) -> bool:
        """Return whether a row with the same identity is in the queryset."""
        if self._query.fields or not isinstance(row, self.schema.model):
            return any(other == row for other in self)
        identity = self._identity(row)
        return any(self._identity(other) == identity for other in self)

    def __eq__(self, other: object) -> bool:
        """Compare the fetched rows with a list or another queryset."""
        if isinstance(other, QuerySet):
            return self._all() == other._all()
        return self._all() == other if isinstance(other, list) else NotImplemented

    __hash__ = None  # type: ignore[assignment] # compares equal to lists, which are unhashable

    @overload
    def __getitem__(self, key: int) -> M: ...

    @overload
    def __getitem__(self, key: slice) -> Self: ...

    def __getitem__(self, key: int | slice) -> M | Self:
        """Return one row, or a queryset that fetches only the pages of the slice.

        The service lists forwards, so negative indexes fetch all rows first.
        """
        if isinstance(key, slice):
            return self._slice(key)
        index = operator.index(key)
        if index < 0:
            return self._all()[index]
        if index >= len(self._rows) and not self._complete:
            rows = list(self[index : index + 1].iterator())
        else:
            rows = self._rows[index : index + 1]
        if not rows:
            raise IndexError(f"row index out of range: {index}")
        return rows[0]

    def __repr__(self) -> str:
        """Show the rows of at most one page of each list, and where the output is cut."""
        rows, rest = self._visible_rows()
        return f"[{', '.join([*map(repr, rows), *([f'... ({rest})'] if rest else [])])}]"

    def _display(self) -> DisplayTable:
        """Return a table of the same rows with the attributes of the list response."""
        rows, rest = self._visible_rows()
        table: list[Any] = list(rows)
        if not self._query.fields:
            table = [self._displayed_row(row) for row in rows]
        note = f"... and perhaps more ({rest.removeprefix('cut: ')})"
        more = f"... and {rest}" if rest.endswith(" more") else note if rest else ""
        whole = () if self._query.fields else self.whole_columns
        return listing("" if rows or rest else "no rows", table, more, whole)

    #: The first columns of a table of rows, which are cut only after all others are hidden.
    whole_columns: ClassVar[tuple[str, ...]] = ()

    def _displayed_row(self, row: Any) -> dict[str, Any]:
        """Return the values of a row in a table by column."""
        return {name: getattr(row, name) for name in self.schema.listed_names}

    def _visible_rows(self) -> tuple[list[M], str]:
        """Return the rows to display, and a note about those left out."""
        rows, rest = self._preview()
        if not rest and len(rows) > ROWS:
            rest = f"{len(rows) - ROWS} more"
        return rows[:ROWS], rest

    # Methods that call the service

    def iterator(self, page_size: int | None = None) -> Iterator[M]:
        """Yield the rows without caching them.

        :param page_size: rows per call, 1 to 1000; None lets the plan choose.
        :raises ValidationError: if `page_size` is out of range.
        """
        size = PAGE_SIZE.validate_optional("page_size", page_size)
        return self._fetch(evolve(self._query, page_size=size))

    def count(self) -> Count:
        """Return the number of rows.

        Uses the Count operations of executions if the service can evaluate every condition;
        otherwise lists the rows and counts them. The order is ignored, and a slice is respected.

        :returns: an integer; its `truncated` attribute is True if the service reported a lower
            bound.
        """
        if self._complete:
            return Count(len(self._rows))
        query = evolve(self._query, order=(), backwards=False)
        if not query.distinct:
            query = evolve(query, fields=None, convert=None)
        counts = self._plan(query).counts
        if not counts:
            return Count(sum(1 for _ in self._fetch(query)))
        answers = [self._call(call) for call in counts]
        total = sum(answer["count"] for answer in answers)
        if query.stop is not None and total >= query.stop:
            return Count(max(0, query.stop - query.start))
        return Count(max(0, total - query.start), any(a.get("truncated") for a in answers))

    def exists(self) -> bool:
        """Return whether there is at least one row; fetches at most one."""
        if self._rows or self._complete:
            return bool(self._rows)
        return any(True for _ in self._with(order=(), fields=None, convert=None)[:1].iterator())

    def first(self) -> M | None:
        """Return the first row, or None if there are none; fetches at most one."""
        return next(iter(self._rows[:1] or self[:1].iterator()), None)

    def last(self) -> M | None:
        """Return the last row, or None if there are none.

        Fetches one row in reverse order; a sliced queryset is fetched completely.
        """
        if self._complete or self._query.is_sliced:
            return next(reversed(self._all()), None)
        return self.reverse().first()

    def in_bulk(self, keys: Iterable[Any] | None = None) -> dict[Any, M]:
        """Return a dictionary of rows by key; keys that do not exist or do not match are left out.

        :param keys: identifiers of rows, each a string or a tuple as for `get`. Each costs the
            calls of `get` and returns a described row. None returns all rows of the queryset, as
            listed.
        :raises InvalidTypeError: if `keys` is a string, or a key is neither a string nor a tuple.
        """
        if isinstance(keys, str):
            raise InvalidTypeError("keys", keys, "must be a collection of keys")
        if keys is None:
            rows = self._with(fields=None, convert=None) if self._query.fields else self
            identities = ((self._identity(row), row) for row in rows)
            return {key[0] if len(key) == 1 else key: row for key, row in identities}
        result = {}
        for key, identity in [(key, self._identified(key)) for key in keys]:
            with suppress(DoesNotExistError):
                result[key] = self._find(identity, {})
        return result

    def aggregate(self, **aggregates: Aggregate) -> dict[str, Any]:
        """Return values computed over all rows, such as `longest=Maximum("duration")`.

        Fetches all rows; each attribute that the list response lacks costs one call per row.

        :param aggregates: `Minimum`, `Maximum`, `Sum` or `Average` by the name of the result.
        :returns: the results by name; None for an aggregate without values.
        :raises InvalidKeywordArgumentError: if an attribute does not exist.
        """
        rows = list(self.values(*{each.name for each in aggregates.values()}))
        return _compute(aggregates, rows)

    def group_by(self, *names: str, **aggregates: Aggregate) -> list[dict[str, Any]]:
        """Return one dictionary per group of rows with equal attributes, the largest group first.

        Fetches all rows; each attribute that the list response lacks costs one call per row.

        :param names: attributes that form the groups, at least one. `tag` counts a row in the group
            of each of its tags, `tag_list` in that of the whole list.
        :param aggregates: values to compute for each group, as for `aggregate`.
        :returns: dictionaries with the attributes, `count`, and the aggregates.
        :raises InvalidKeywordArgumentError: if an attribute does not exist.
        :raises ValidationError: without names.
        """
        if not names:
            raise ValidationError("names", names, "must contain at least one attribute")
        groups: dict[str, tuple[tuple[Any, ...], list[dict[str, Any]]]] = {}
        for row in self.values(*names, *{each.name for each in aggregates.values()}):
            for key in product(*(_group_values(name, row[name]) for name in names)):
                groups.setdefault(repr(key), (key, []))[1].append(row)
        return [
            dict(zip(names, key, strict=True)) | {"count": len(rows)} | _compute(aggregates, rows)
            for key, rows in sorted(groups.values(), key=lambda group: -len(group[1]))
        ]

    # Methods that return a new queryset

    def filter(self, **lookups: Any) -> Self:
        """Return a queryset of the rows that match all lookups.

        A lookup is the name of an attribute for equality, or the name followed by `__in`,
        `__contains`, `__startswith`, `__endswith`, `__gt`, `__gte`, `__lt`, `__lte` or `__isnull`.
        An attribute that the list response lacks costs one describe call for each row that the
        other lookups leave.

        :param lookups: attribute lookups; all must match.
        :raises InvalidKeywordArgumentError: if a name does not exist; the message lists the valid
            ones.
        :raises ValidationError: if a value is invalid for its attribute, or two lookups contradict.
        """
        return self._narrow(conditions(self.schema, lookups))

    def exclude(self, **lookups: Any) -> Self:
        """Return a queryset without the rows that match all of these lookups.

        :param lookups: attribute lookups, as for `filter`.
        :raises InvalidKeywordArgumentError: if a name does not exist.
        :raises ValidationError: if a value is invalid for its attribute.
        """
        excluded = conditions(self.schema, lookups)
        return self._narrow([Exclusion(excluded)] if excluded else [])

    def where(self, condition: str | Callable[[M], object]) -> Self:
        """Return a queryset of the rows that satisfy an expression or a function.

            executions.where('tag=eu and duration>1h and input.customer="c3"')

        The parts of an expression that the service can evaluate are sent as filters; `explain`
        shows them. `swf.querysets.expressions` has the grammar.

        :param condition: an expression, or a function of a row as listed; call `described` first
            to pass described rows to a function.
        :raises ExpressionError: if the expression is invalid; the error has the position.
        :raises InvalidTypeError: if `condition` is neither a string nor callable.
        :raises ValidationError: if the condition contradicts another one.
        """
        if isinstance(condition, str):
            return self._narrow(tests(self.schema, condition))
        if not callable(condition):
            raise InvalidTypeError("condition", condition, "must be an expression or a function")
        return self._narrow([Predicate(condition)])

    def described(self) -> Self:
        """Return a queryset of described rows; each costs one more call."""
        return self._with(full=True)

    def order_by(self, *names: str) -> Self:
        """Return a queryset ordered by attributes; rows without a value come last.

        Only the service's own order and its reverse are free; any other order fetches all pages
        first.

        :param names: attribute names, `-name` for descending order; none restores the service's
            order.
        :raises InvalidKeywordArgumentError: if a name does not exist.
        :raises ValidationError: if the queryset is already sliced.
        """
        order = tuple(part for name in names for part in self.schema.orders(name))
        return self._unsliced("order_by")._with(order=order, backwards=False)

    def reverse(self) -> Self:
        """Return a queryset of the same rows in reverse order.

        :raises ValidationError: if the queryset is already sliced.
        """
        return self._unsliced("reverse")._with(backwards=not self._query.backwards)

    def values(self, *names: str) -> QuerySet[Any]:
        """Return a queryset of dictionaries instead of models.

        :param names: attributes to include; none includes those of the list response.
        :raises InvalidKeywordArgumentError: if a name does not exist.
        """
        for name in names:
            self.schema.path(name)
        return self._with(fields=names or self.schema.listed_names)

    def values_list(self, *names: str, flat: bool = False) -> QuerySet[Any]:
        """Return a queryset of tuples instead of models.

        :param names: attributes to include; none includes those of the list response.
        :param flat: True returns the value of a single attribute instead of tuples.
        :raises InvalidKeywordArgumentError: if a name does not exist.
        :raises ValidationError: if `flat` is used with another number of names than one.
        """
        if flat and len(names) != 1:
            raise ValidationError("names", names, "must be one name with flat=True")
        return self.values(*names)._with(convert=_only_value if flat else _as_tuple)

    def distinct(self) -> Self:
        """Return a queryset that yields equal rows once; useful after `values` and `values_list`.

        :raises ValidationError: if the queryset is already sliced.
        """
        return self._unsliced("distinct")._with(distinct=True)

    def using(self, connection: Connection) -> Self:
        """Return a queryset of the same rows over another connection.

        :param connection: the connection to use.
        :raises InvalidTypeError: if `connection` is not a `Connection`.
        """
        Connection.check(connection)
        clone = self._with()
        clone._connection = connection
        return clone

    def explain(self) -> QueryPlan:
        """Return the query plan: calls, conditions of each side, order and cost.

        Makes no calls.
        """
        return self._plan(self._query)

    # Helpers

    def _find(self, identity: Mapping[str, Any], lookups: Mapping[str, Any]) -> M:
        """Return one described row.

        A complete identity is described at once; otherwise matching rows are listed first.

        :raises DoesNotExistError: the model's subclass, if no row matches.
        :raises MultipleObjectsReturned: if several rows match.
        """
        identity_fields = {name: value for name, value in identity.items() if value is not None}
        candidates = (
            self._unsliced("get").filter(**lookups)._with(order=(), fields=None, convert=None)
        )
        if all(name in identity_fields for name in self.key):
            return candidates._checked(self._make(**identity_fields).upstream())
        candidates = candidates.filter(**identity_fields)
        rows = list(candidates[:2].iterator())
        if len(rows) > 1:
            raise MultipleObjectsReturned(f"more than one row matches {candidates._description()}")
        return candidates._checked(rows[0].upstream() if rows else None)

    def _checked(self, row: M | None) -> M:
        """Return the row if it satisfies the conditions of this queryset."""
        conditions = self._query.resolve(now()).tests
        full_row = self._with_events(row) if row is not None else None
        if row is None or not all(test(full_row) for test in conditions):
            raise self.schema.model.DoesNotExist(f"no row matches {self._description()}")
        return row

    def _description(self) -> str:
        return ", ".join(map(str, self._query.tests)) or "the queryset"

    def _narrow(self, tests: Iterable[Any]) -> Self:
        clone = self._unsliced("filter")._with(tests=(*self._query.tests, *tests))
        # Planning raises contradictions at the line that adds them.
        clone._planned(clone._query, {}, now())
        return clone

    def _with(self, **changes: Any) -> Self:
        clone = copy.copy(self)
        clone._query = evolve(self._query, **changes)
        clone._forget()
        return clone

    def _unsliced(self, method: str) -> Self:
        if self._query.is_sliced:
            raise ValidationError(method, ..., "must come before slicing")
        return self

    def _slice(self, key: slice) -> Self:
        if key.step not in (None, 1):
            raise ValidationError("step", key.step, "must be 1 or None")
        if (key.start or 0) < 0 or (key.stop or 0) < 0:
            key = slice(*key.indices(len(self)))
        start, stop = key.start or 0, key.stop
        if stop is not None:
            stop += self._query.start
        if self._query.stop is not None:
            stop = self._query.stop if stop is None else min(stop, self._query.stop)
        clone = self._with(start=self._query.start + start, stop=stop)
        if self._complete:
            clone._rows, clone._complete = self._rows[key], True
        return clone

    def _identified(self, key: Any) -> dict[str, str]:
        parts = (key,) if isinstance(key, str) else key
        if not isinstance(parts, tuple) or not 0 < len(parts) <= len(self.key):
            rule = f"each must be a string or a tuple: {', '.join(self.key)}"
            raise InvalidTypeError("keys", key, rule)
        return dict(zip(self.key, parts, strict=False))


def _as_tuple(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(row.values())


def _only_value(row: Mapping[str, Any]) -> Any:
    return next(iter(row.values()))


def _group_values(name: str, value: Any) -> list[Any]:
    """Return the groups of a value: that of each tag for `tag`, otherwise its own."""
    return value if name == "tag" and value and isinstance(value, list) else [value]


def _compute(aggregates: Mapping[str, Aggregate], rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        result: each.compute(row[each.name] for row in rows) for result, each in aggregates.items()
    }
