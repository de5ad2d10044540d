"""`ArchiveConnection`: serves an archive like a service, so that models and querysets work on it.

The operations that list, count and describe answer from the index, histories from the segments.
Everything in an archive is closed. Starts of executions go to the service, if there is one; other
changes are refused.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, ClassVar, Final

from swf.archive.index import Index, clean, load, location, microseconds
from swf.archive.segments import ArchiveError, Segments
from swf.archive.selection import Clause, evaluate, select
from swf.connection import Connection
from swf.constants import PAGE_SIZE_LIMIT
from swf.exceptions import DoesNotExistError
from swf.models import Domain
from swf.payload import PLAIN_JSON

#: Operations that start executions, which the service carries out.
_OF_SERVICE: Final = ("StartWorkflowExecution", "RegisterWorkflowType", "RegisterActivityType")

#: Time filters of list operations and their columns.
_WINDOWS: Final = {"startTimeFilter": "started", "closeTimeFilter": "closed"}
_TYPE_COLUMNS: Final = {"name": "name", "version": "version"}


class ArchiveConnection(Connection):
    """A connection to an archive.

    :param index: the index of the archive.
    :param segments: its histories.
    :param upstream: the connection for starts of executions; None refuses them.
    """

    is_archive: ClassVar[bool] = True

    def __init__(self, index: Index, segments: Segments, upstream: Connection | None) -> None:
        super().__init__(upstream.settings if upstream is not None else None)
        self.index = index
        self._service = upstream
        self._segments = segments
        self._operations: dict[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
            "ListDomains": self._list_domains,
            "DescribeDomain": self._describe_domain,
            "ListTagsForResource": lambda _: {"tags": []},
            "ListWorkflowTypes": self._list_workflow_types,
            "ListActivityTypes": lambda _: {"typeInfos": []},
            "ListOpenWorkflowExecutions": lambda _: {"executionInfos": []},
            "CountOpenWorkflowExecutions": lambda _: {"count": 0, "truncated": False},
            "ListClosedWorkflowExecutions": self._list_executions,
            "CountClosedWorkflowExecutions": self._count_executions,
            "DescribeWorkflowExecution": self._describe_execution,
            "GetWorkflowExecutionHistory": self._get_history,
            "CountPendingActivityTasks": lambda _: {"count": 0, "truncated": False},
            "CountPendingDecisionTasks": lambda _: {"count": 0, "truncated": False},
        }

    def call(self, operation: str, /, **params: Any) -> dict[str, Any]:
        """Answer an operation that reads, and pass starts to the service.

        :param operation: the API's name, e.g. `"DescribeDomain"`.
        :param params: request members of the API. The operations on closed executions also take
            `conditions` of a queryset and the `codec` for them.
        :raises DoesNotExistError: the archive has no such domain or execution.
        :raises ArchiveError: the operation changes something, or the archive is damaged.
        """
        if operation in _OF_SERVICE and self._service is not None:
            return self._service.call(operation, **params)
        if operation not in self._operations:
            raise ArchiveError(f"{operation}: an archive is read-only")
        request = {name: value for name, value in params.items() if value is not None}
        return self._operations[operation](request)

    @property
    def upstream(self) -> Connection:
        """The connection to the service; this one, which refuses starts, without a service."""
        return self._service or self

    def domain_names(self) -> list[str]:
        """Return the names of the archived domains."""
        return [row["name"] for row in self.index.rows("SELECT name FROM domains ORDER BY name")]

    # Domains and types

    def _list_domains(self, request: Mapping[str, Any]) -> dict[str, Any]:
        rows = self.index.rows("SELECT * FROM domains ORDER BY name")
        infos = [_description(row)["domainInfo"] for row in rows]
        status = request.get("registrationStatus")
        return {"domainInfos": [info for info in infos if info["status"] == status]}

    def _describe_domain(self, request: Mapping[str, Any]) -> dict[str, Any]:
        rows = self.index.rows("SELECT * FROM domains WHERE name = ?", request["name"])
        if not rows:
            raise _unknown("domain", request["name"], "DescribeDomain")
        return _description(rows[0])

    def _domain_id(self, request: Mapping[str, Any], operation: str) -> int:
        number = self.index.domain_id(request["domain"])
        if number is None:
            raise _unknown("domain", request["domain"], operation)
        return number

    def _list_workflow_types(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Return the types of the archived executions; their dates are those of the first start."""
        rows = self.index.rows(
            "SELECT name, version, min(started) AS started FROM executions "
            "WHERE domain = ? AND segment IS NOT NULL GROUP BY name, version ORDER BY name",
            self._domain_id(request, "ListWorkflowTypes"),
        )
        status = request["registrationStatus"]
        infos = [
            {
                "workflowType": {"name": row["name"], "version": row["version"]},
                "status": status,
                "creationDate": row["started"] / 1_000_000,
            }
            for row in rows
            if status == "REGISTERED" and request.get("name", row["name"]) == row["name"]
        ]
        return {"typeInfos": infos}

    # Executions

    def _list_executions(self, request: Mapping[str, Any]) -> dict[str, Any]:
        size = request.get("maximumPageSize", PAGE_SIZE_LIMIT)
        column, sign, direction = _order(request)
        clauses, tests = self._clauses(request)
        if token := request.get("nextPageToken"):
            last = [int(part) for part in token.split(":")]
            clauses.append((f"({column}, id) {sign} (?, ?)", last))
        rows = self._rows(
            request, clauses, tests, f"ORDER BY {column} {direction}, id {direction}", size + 1
        )
        page: dict[str, Any] = {"executionInfos": [load(row["info"]) for row in rows[:size]]}
        if len(rows) > size:
            page["nextPageToken"] = f"{rows[size - 1][column]}:{rows[size - 1]['id']}"
        return page

    def _count_executions(self, request: Mapping[str, Any]) -> dict[str, Any]:
        clauses, tests = self._clauses(request)
        if tests:
            return {"count": len(self._rows(request, clauses, tests)), "truncated": False}
        [[count]] = self.index.rows(*_statement("SELECT count(*)", clauses))
        return {"count": count, "truncated": False}

    def _rows(
        self,
        request: Mapping[str, Any],
        clauses: Sequence[Clause],
        tests: Sequence[Any],
        order: str = "",
        limit: int | None = None,
    ) -> list[sqlite3.Row]:
        statement, *parameters = _statement("SELECT *", clauses)
        domain = Domain(request["domain"], connection=self)
        codec = request.get("codec", PLAIN_JSON)
        bound = f" LIMIT {limit}" if limit is not None and not tests else ""
        rows = self.index.stream(f"{statement} {order}{bound}", *parameters)
        return list(islice(evaluate(rows, list(tests), domain, codec), limit))

    def _clauses(self, request: Mapping[str, Any]) -> tuple[list[Clause], list[Any]]:
        """Return the conditions of SQL for a request, and conditions that SQL does not decide."""
        number = self._domain_id(request, "ListClosedWorkflowExecutions")
        clauses: list[Clause] = [("domain = ? AND segment IS NOT NULL", [number])]
        for member, column in _WINDOWS.items():
            for bound, sign in (("oldestDate", ">="), ("latestDate", "<=")):
                if bound in request.get(member, ()):
                    clauses.append((f"{column} {sign} ?", [microseconds(request[member][bound])]))
        for member, value in request.get("typeFilter", {}).items():
            clauses.append((f"{_TYPE_COLUMNS[member]} = ?", [clean(value)]))
        for member, condition in (
            ("executionFilter", "workflow_id = ?"),
            ("closeStatusFilter", "close_status = ?"),
            ("tagFilter", "id IN (SELECT execution FROM tags WHERE tag = ?)"),
        ):
            clauses += [(condition, [clean(value)]) for value in request.get(member, {}).values()]
        more, tests = select(request.get("conditions", ()), request.get("codec", PLAIN_JSON))
        return [*clauses, *more], tests

    def _describe_execution(self, request: Mapping[str, Any]) -> dict[str, Any]:
        return load(self._execution(request)["info"])

    def _execution(self, request: Mapping[str, Any]) -> sqlite3.Row:
        ids = request["execution"]
        rows = self.index.rows(
            "SELECT * FROM executions WHERE domain = ? AND workflow_id = ? AND run_id = ? "
            "AND segment IS NOT NULL",
            self._domain_id(request, "DescribeWorkflowExecution"),
            clean(ids["workflowId"]),
            clean(ids["runId"]),
        )
        if not rows:
            name = f"workflowId={ids['workflowId']}, runId={ids['runId']}"
            raise _unknown("execution", name, "DescribeWorkflowExecution")
        return rows[0]

    def _get_history(self, request: Mapping[str, Any]) -> dict[str, Any]:
        events = self._segments.read(location(self._execution(request)))["events"]
        events = events[::-1] if request.get("reverseOrder") else events
        size = request.get("maximumPageSize", PAGE_SIZE_LIMIT)
        begin = int(request.get("nextPageToken", 0))
        page = {"events": events[begin : begin + size]}
        if begin + size < len(events):
            page["nextPageToken"] = str(begin + size)
        return page


def _order(request: Mapping[str, Any]) -> tuple[str, str, str]:
    """Return the column of the order, the sign for rows after a row, and the direction."""
    column = "closed" if "closeTimeFilter" in request else "started"
    return (column, ">", "ASC") if request.get("reverseOrder") else (column, "<", "DESC")


def _statement(selected: str, clauses: Sequence[Clause]) -> Iterator[Any]:
    """Yield a statement, then its parameters."""
    yield f"{selected} FROM executions WHERE {' AND '.join(f'({text})' for text, _ in clauses)}"
    for _, parameters in clauses:
        yield from parameters


def _description(row: sqlite3.Row) -> dict[str, Any]:
    """Return the response of DescribeDomain, without a description that was never stored."""
    if row["description"] is None:
        info = {"name": row["name"], "status": "REGISTERED"}
        return {
            "domainInfo": info,
            "configuration": {"workflowExecutionRetentionPeriodInDays": "NONE"},
        }
    return load(row["description"])


def _unknown(kind: str, name: str, operation: str) -> DoesNotExistError:
    message = f"Unknown {kind} in the archive: {name}"
    return DoesNotExistError(message, "UnknownResourceFault", operation)
