"""QuerySet: a lazy collection over the list, count and describe operations.

Each method that narrows or orders copies the queryset and changes the copy. Nothing is called until
somebody iterates, counts or takes one; then rows come a page at a time and are kept, so that a
second iteration costs nothing. What is sent and what is done here is decided in
`swf.querysets.filters`.

A queryset is for one thread, like a list that is being filled; a copy of it may be for another.
"""

from __future__ import annotations

import copy
import operator
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, overload

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
from swf.querysets.filters import QueryPlan, QuerySpec
from swf.querysets.lookups import Exclusion, Predicate, conditions
from swf.querysets.result_cache import M, ResultCache, now

if TYPE_CHECKING:
    from typing_extensions import Self


class Count(int):
    """A number of rows; `truncated` when the service stopped counting, so that there are more.

    Source: API Reference, WorkflowExecutionCount.
    """

    truncated: bool

    def __new__(cls, value: int, truncated: bool = False) -> Self:
        """Return the number; `truncated` says that it is a lower bound."""
        self = super().__new__(cls, value)
        self.truncated = truncated
        return self

    def __repr__(self) -> str:
        return f"Count({int(self)}, truncated=True)" if self.truncated else str(int(self))


class QuerySet(Displayed, ResultCache[M]):
    """Rows of one kind, fetched when they are needed.

    :param connection: which way to the service (keyword only); the connection in force when it is
        not given.
    """

    def __init__(self, *, connection: Connection | None = None) -> None:
        if connection is not None:
            Connection.check(connection)
        self._connection = connection
        self._query = QuerySpec()
        self._forget()

    # Python's protocols

    def __iter__(self) -> Iterator[M]:
        """Yield the rows, from what was kept as far as that goes.

        The first row costs the first page. Its rows are kept, and the next page is asked for when
        somebody wants a row that it holds; an iteration that was left early goes on from there. A
        fault in the middle is raised, and what was kept is forgotten: half a list must not look
        like a whole one later.
        """
        return iter(self._rows) if self._complete else self._walk()

    def __len__(self) -> int:
        """Return the number of rows, having read them all; `count` may cost less."""
        return len(self._all())

    def __bool__(self) -> bool:
        """Return whether there are rows; reads, and keeps, the first page."""
        return self._reach(1)

    def __contains__(self, row: object) -> bool:
        """Return whether a row stands for the same thing, however much each knows of it."""
        if self._query.fields or not isinstance(row, self.schema.model):
            return any(other == row for other in self)
        identity = self._identity(row)
        return any(self._identity(other) == identity for other in self)

    def __eq__(self, other: object) -> bool:
        """Compare as the list that the queryset stands for."""
        if isinstance(other, QuerySet):
            return self._all() == other._all()
        return self._all() == other if isinstance(other, list) else NotImplemented

    __hash__ = None  # type: ignore[assignment] # equal to lists, and no more hashable than they

    @overload
    def __getitem__(self, key: int) -> M: ...

    @overload
    def __getitem__(self, key: slice) -> Self: ...

    def __getitem__(self, key: int | slice) -> M | Self:
        """Return a row, or a queryset that fetches only the pages of the slice.

        The service lists forwards: what counts from the end reads all rows first.
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
            raise IndexError(f"there is no row {index}")
        return rows[0]

    def __repr__(self) -> str:
        """Show the list that this stands for, after a page of each list, and where it is cut."""
        rows, rest = self._shown()
        return f"[{', '.join([*map(repr, rows), *([f'... ({rest})'] if rest else [])])}]"

    def _display(self) -> DisplayTable:
        """Return a table of the same rows, with what a list tells of them."""
        rows, rest = self._shown()
        names = [name for name in self.schema.attributes if name in self.schema.listed]
        told: list[Any] = list(rows)
        if not self._query.fields:
            told = [{name: getattr(row, name) for name in names} for row in rows]
        said = f"... and perhaps more ({rest.removeprefix('cut: ')})"
        more = f"... and {rest}" if rest.endswith(" more") else said if rest else ""
        return listing("" if rows or rest else "no rows", told, more)

    def _shown(self) -> tuple[list[M], str]:
        """Return the rows to show, and what is to be said of others."""
        rows, rest = self._preview()
        if not rest and len(rows) > ROWS:
            rest = f"{len(rows) - ROWS} more"
        return rows[:ROWS], rest

    # What calls the service

    def iterator(self, page_size: int | None = None) -> Iterator[M]:
        """Yield the rows without keeping them.

        :param page_size: rows a call, 1 to 1000; as many as serve the purpose when not given.
        """
        size = PAGE_SIZE.validate_optional("page_size", page_size)
        return self._fetch(evolve(self._query, page_size=size))

    def count(self) -> Count:
        """Return the number of rows, by the Count operations where they can tell, else by listing.

        The Count operations know executions only, and only what the service can filter.
        """
        if self._complete:
            return Count(len(self._rows))
        query = evolve(self._query, order=(), backwards=False, fields=None)
        counts = self._plan(query).counts
        if not counts:
            return Count(sum(1 for _ in self._fetch(query)))
        answers = [self._call(call) for call in counts]
        found = sum(answer["count"] for answer in answers)
        if query.stop is not None and found >= query.stop:
            return Count(max(0, query.stop - query.start))
        return Count(max(0, found - query.start), any(a.get("truncated") for a in answers))

    def exists(self) -> bool:
        """Return whether there is a row, asking for one only."""
        if self._rows or self._complete:
            return bool(self._rows)
        return any(True for _ in self._with(order=(), fields=None)[:1].iterator())

    def first(self) -> M | None:
        """Return the first row, or None."""
        return next(iter(self._rows[:1] or self[:1].iterator()), None)

    def last(self) -> M | None:
        """Return the last row, or None; asks for it in the opposite order if that is possible."""
        if self._complete or self._query.is_sliced:
            return next(reversed(self._all()), None)
        return self.reverse().first()

    def in_bulk(self, keys: Iterable[Any] | None = None) -> dict[Any, M]:
        """Return rows by key; those that do not exist, or do not match, are left out.

        :param keys: what identifies a row, a string or a tuple as for `get`; each costs the calls
            of `get` and gives the row in full. None stands for all rows of the queryset, as listed.
        """
        if isinstance(keys, str):
            raise InvalidTypeError("keys", keys, "must be a collection of keys")
        if keys is None:
            rows = self._with(fields=None) if self._query.fields else self
            identities = ((self._identity(row), row) for row in rows)
            return {key[0] if len(key) == 1 else key: row for key, row in identities}
        found = {}
        for key, identity in [(key, self._identified(key)) for key in keys]:
            with suppress(DoesNotExistError):
                found[key] = self._find(identity, {})
        return found

    # What returns a new queryset

    def filter(self, **lookups: Any) -> Self:
        """Return the rows that match all lookups.

        A lookup is the name of an attribute, with one of `__in`, `__contains`, `__startswith`,
        `__endswith`, `__gt`, `__gte`, `__lt`, `__lte`, `__isnull` behind it, or without for
        equality. What a list does not tell costs one call more for each row that is left.

        :raises InvalidKeywordArgumentError: for a name that does not exist; lists those that do.
        :raises ValidationError: for a value that the attribute cannot have, or a contradiction.
        """
        return self._narrow(conditions(self.schema, lookups))

    def exclude(self, **lookups: Any) -> Self:
        """Return the rows that do not match all of these lookups; see `filter`."""
        found = conditions(self.schema, lookups)
        return self._narrow([Exclusion(found)] if found else [])

    def where(self, function: Callable[[M], object]) -> Self:
        """Return the rows that a callable says yes to; it is given what a list tells of a row.

        For more, ask for `described` rows.
        """
        if not callable(function):
            raise InvalidTypeError("function", function, "must be a callable that takes a row")
        return self._narrow([Predicate(function)])

    def described(self) -> Self:
        """Return the same rows in full; each costs one call more."""
        return self._with(full=True)

    def order_by(self, *names: str) -> Self:
        """Return the same rows ordered by attributes, `-name` for descending; none: as they come.

        What is not set comes last. Any order but the service's own, or its opposite, is made here
        when all pages are read.
        """
        order = tuple(part for name in names for part in self.schema.orders(name))
        return self._unsliced("order_by")._with(order=order, backwards=False)

    def reverse(self) -> Self:
        """Return the same rows in the opposite order."""
        return self._unsliced("reverse")._with(backwards=not self._query.backwards)

    def values(self, *names: str) -> QuerySet[Any]:
        """Return dictionaries of these attributes, or of all listed ones, in place of models."""
        for name in names:
            self.schema.path(name)
        listed = tuple(name for name in self.schema.attributes if name in self.schema.listed)
        return self._with(fields=names or listed)

    def using(self, connection: Connection) -> Self:
        """Return the same rows over another connection."""
        Connection.check(connection)
        clone = self._with()
        clone._connection = connection
        return clone

    def explain(self) -> QueryPlan:
        """Return the plan: what is sent, what is done here, in which order, at what cost."""
        return self._plan(self._query)

    # How rows are found

    def _find(self, identity: Mapping[str, Any], lookups: Mapping[str, Any]) -> M:
        """Return one row in full: described at once if the identity is complete, else listed first.

        :raises DoesNotExistError: the model's own, when nothing matches.
        :raises MultipleObjectsReturned: when several rows do.
        """
        known = {name: value for name, value in identity.items() if value is not None}
        asked = self._unsliced("get").filter(**lookups)._with(order=(), fields=None)
        if all(name in known for name in self.key):
            return asked._checked(self._make(**known).upstream())
        asked = asked.filter(**known)
        rows = list(asked[:2].iterator())
        if len(rows) > 1:
            raise MultipleObjectsReturned(f"more than one row matches {asked._asked()}")
        return asked._checked(rows[0].upstream() if rows else None)

    def _checked(self, row: M | None) -> M:
        """Return the row if it is one of this queryset's."""
        tests = self._query.resolve(now()).tests
        if row is None or not all(test(row) for test in tests):
            raise self.schema.model.DoesNotExist(f"no row matches {self._asked()}")
        return row

    def _asked(self) -> str:
        return ", ".join(map(str, self._query.tests)) or "the queryset"

    def _narrow(self, tests: Iterable[Any]) -> Self:
        clone = self._unsliced("filter")._with(tests=(*self._query.tests, *tests))
        # A contradiction is told where it is written, and not where it is first read.
        clone._planned(clone._query, {}, now())
        return clone

    def _with(self, **changes: Any) -> Self:
        clone = copy.copy(self)
        clone._query = evolve(self._query, **changes)
        clone._forget()
        return clone

    def _unsliced(self, method: str) -> Self:
        if self._query.is_sliced:
            raise ValidationError(
                method, ..., "must come before the slice, which counts rows as they are"
            )
        return self

    def _slice(self, key: slice) -> Self:
        if key.step not in (None, 1):
            raise ValidationError("step", key.step, "pages come one after the other: must be 1")
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
