"""ResultCache: fetches the rows of a query page by page and caches them.

Rows are cached in the order in which they arrive. The plan (`swf.querysets.query_plan`) holds the
calls, `swf.querysets.rows` processes the rows, and `swf.querysets.base` holds the public methods.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime, timezone
from functools import partial
from itertools import chain, islice
from math import inf
from typing import Any, ClassVar, Generic, TypeVar

from attrs import evolve

from swf.connection import Connection, current
from swf.models.base import Model, translate_errors
from swf.models.display import ROWS
from swf.models.domain import Domain
from swf.querysets.query_plan import ListCall, QueryPlan, QuerySpec
from swf.querysets.rows import finish, merge
from swf.querysets.schema import Schema

M = TypeVar("M", bound=Model)


class ResultCache(Generic[M]):
    """The rows of a query, fetched as far as needed."""

    #: The model of a row and its lookups.
    schema: ClassVar[Schema]
    #: The attributes that identify a row.
    key: ClassVar[tuple[str, ...]]

    # Typed Any like the `connection=` of models; None leaves the choice to the model.
    _connection: Any
    _query: QuerySpec

    @property
    def connection(self) -> Connection:
        """The connection that calls use."""
        own: Connection | None = self._connection
        return own or current()

    # Implemented by subclasses

    def _planned(self, query: QuerySpec, scope: Mapping[str, Any], now: datetime) -> QueryPlan:
        """Return the plan for a query.

        :param scope: parameters that every call sends, e.g. the domain.
        :param now: the moment that relative dates count from.
        """
        raise NotImplementedError

    def _scope(self) -> dict[str, Any]:
        """Return the parameters that every call sends."""
        return {}

    def _reader(self) -> Callable[[Mapping[str, Any]], M]:
        """Return the function that converts an element of a list response to a row."""
        raise NotImplementedError

    def _make(self, *fields: Any, **options: Any) -> M:
        """Return a new model with the arguments of its constructor."""
        raise NotImplementedError

    def _full(self, row: M, plan: QueryPlan) -> M:  # noqa: ARG002 - used by subclasses
        """Return the row with the attributes of a describe call."""
        return row.upstream()

    def _with_events(self, row: M) -> Any:
        """Return a row that also has the fields of the history, if there is a history."""
        return row

    # Fetching and caching

    def _plan(self, query: QuerySpec) -> QueryPlan:
        return self._planned(query, self._scope(), now())

    def _forget(self) -> None:
        self._rows: list[M] = []
        self._complete = False
        self._source: Iterator[M] | None = None
        self._cached_preview: tuple[list[M], str] | None = None

    def _all(self) -> list[M]:
        if not self._complete:
            self._pull(None)
        return self._rows

    def _walk(self) -> Iterator[M]:
        index = 0
        while self._reach(index + 1):
            yield self._rows[index]
            index += 1

    def _reach(self, count: int) -> bool:
        if len(self._rows) < count and not self._complete:
            self._pull(count - len(self._rows))
        return len(self._rows) >= count

    def _pull(self, count: int | None) -> None:
        before = len(self._rows)
        try:
            if self._source is None:
                self._source = self._fetch(self._query)
            self._rows.extend(islice(self._source, count))
        except BaseException:
            self._forget()
            raise
        self._complete = count is None or len(self._rows) - before < count

    def _fetch(self, query: QuerySpec) -> Iterator[M]:
        plan = self._plan(query)
        if plan.stop is not None and plan.start >= plan.stop:
            return iter(())
        streams = [self._stream(call) for call in plan.calls]
        rows = streams[0] if len(streams) == 1 else merge(streams, plan, self._identity)
        return finish(rows, plan, partial(self._describe, plan), self._with_events)

    def _stream(self, call: ListCall) -> Iterator[M]:
        read = self._reader()
        pages = self._pages(call)
        return chain.from_iterable([read(data) for data in page[call.member]] for page in pages)

    def _pages(self, call: ListCall) -> Iterator[dict[str, Any]]:
        with translate_errors(Domain.DoesNotExist, Domain.AlreadyExists):
            yield from self.connection.pages(call.operation, **call.params)

    def _call(self, call: ListCall) -> dict[str, Any]:
        with translate_errors(Domain.DoesNotExist, Domain.AlreadyExists):
            return self.connection.call(call.operation, **call.params)

    def _describe(self, plan: QueryPlan, rows: Iterator[M]) -> Iterator[M]:
        for row in rows:
            with suppress(self.schema.model.DoesNotExist):  # deleted since it was listed
                yield self._full(row, plan)

    def _preview(self) -> tuple[list[M], str]:
        """Return the rows that one page of each list holds, and why rows are missing."""
        if self._rows or self._complete:
            return self._rows, "" if self._complete else "cut: the remaining rows are not fetched"
        if self._cached_preview is None:
            self._cached_preview = self._fetch_preview()
        return self._cached_preview

    def _fetch_preview(self) -> tuple[list[M], str]:
        start, stop = self._query.start, self._query.stop
        enough = start + ROWS + 1
        plan = self._plan(evolve(self._query, stop=enough if stop is None else min(stop, enough)))
        if plan.describe or plan.events:
            return [], "cut: not fetched, since each row costs a call"
        if not plan.calls or plan.start >= (plan.stop or 0):
            return [], ""
        pages = [(call, self._call(call)) for call in plan.calls]
        read = self._reader()
        streams: list[Iterator[M]] = [map(read, page[call.member]) for call, page in pages]
        listed = streams[0] if len(streams) == 1 else merge(streams, plan, self._identity)
        rows = list(finish(listed, evolve(plan, stop=stop), iter, self._with_events))
        ended = all(_is_last(page, call) for call, page in pages)
        filled = stop is not None and not plan.order and len(rows) == stop - start
        if not (ended or (filled and len(pages) == 1)):
            operations = " and ".join(call.operation for call in plan.calls)
            return rows, f"cut: one page of {operations}"
        self._rows, self._complete = rows, True
        return rows, ""

    def _identity(self, row: M) -> tuple[Any, ...]:
        return tuple(getattr(row, name) for name in self.key)


def _is_last(page: Mapping[str, Any], call: ListCall) -> bool:
    # A full page may be followed by another one, even without a token.
    """Return whether a page is the last one."""
    full = len(page[call.member]) >= call.params.get("maximumPageSize", inf)
    return "nextPageToken" not in page and not full


def now() -> datetime:
    """Return the current time, the base of relative dates."""
    return datetime.now(timezone.utc)
