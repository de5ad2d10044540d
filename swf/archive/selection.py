"""Conditions on archived executions: those that SQLite evaluates, and rows for the others.

A condition becomes SQL if SQL has the same meaning. For the others, SQL may exclude rows that
cannot match, and the condition itself is evaluated on an `IndexRow`.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable
from datetime import datetime, timedelta
from math import inf
from typing import Any, Final

from swf.archive.index import load
from swf.models import Domain, WorkflowExecution
from swf.payload import PLAIN_JSON, Codec
from swf.querysets.conditions import (
    EPOCH,
    Compound,
    Condition,
    Conjunction,
    Disjunction,
    Exclusion,
    PayloadComparison,
    Test,
    TextMatch,
    json_type,
)
from swf.querysets.recorded_row import EVENTS, decode_field

#: A condition of SQL and its parameters.
Clause = tuple[str, list[Any]]

#: Attribute paths and columns.
_COLUMNS: Final = {
    ("workflow_id",): "workflow_id",
    ("run_id",): "run_id",
    ("workflow_type", "name"): "name",
    ("workflow_type", "version"): "version",
    ("close_status",): "close_status",
    ("status",): "'CLOSED'",
    ("state",): "close_status",
    ("start_timestamp",): "started",
    ("close_timestamp",): "closed",
    ("duration",): "(closed - started)",
}
#: Names of fields whose text the index has, and their columns.
_NAMES: Final = {
    "id": "workflow_id", "workflow_id": "workflow_id", "run_id": "run_id", "type": "name",
    "version": "version", "tag": "tag", "tag_list": "tag",
}  # fmt: skip
#: Keys of payloads that a path of SQLite finds like Python; a number may also be an index.
_KEY: Final = re.compile(r"(?!\d+$)[\w-]+")
#: A text that is within one string, if JSON has it: without quotes, separators and escapes.
_STRING_PART: Final = re.compile(r"""[^"\\,:\[\]{}\x00-\x1f]+""")
#: Attributes that the index has.
_ATTRIBUTES: Final = ("workflow_id", "run_id", "close_status")
_COMPARISONS: Final = {"exact": "=", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


class IndexRow:
    """An archived execution as its row in the index; attributes are computed when they are read.

    :param row: the row.
    :param domain: the domain of the execution.
    :param codec: the codec of the payloads.
    """

    def __init__(self, row: sqlite3.Row, domain: Domain, codec: Codec) -> None:
        self._row = row
        self._domain = domain
        self._codec = codec
        self._model: WorkflowExecution | None = None

    def __getattr__(self, name: str) -> Any:
        if name in EVENTS:
            value = self._row[name]
            text = None if value is None else value.decode(errors="surrogatepass")
            return decode_field(name, text, self._codec)
        if name in _ATTRIBUTES and "?" not in (text := self._row[name]):
            return text  # the index replaces some characters by ?
        if self._model is None:
            info = load(self._row["info"])
            self._model = WorkflowExecution.from_wire(info, domain=self._domain)
        return getattr(self._model, name)


def select(tests: Iterable[Test], codec: Codec) -> tuple[list[Clause], list[Test]]:
    """Return the conditions of SQL for tests, and the tests that SQL does not decide.

    :param codec: the codec of the payloads.
    """
    clauses: list[Clause] = []
    rest: list[Test] = []
    for test in tests:
        clause = _clause(test)
        if clause is not None:
            clauses.append(clause)
            continue
        rest.append(test)
        clauses += _prefilter(test) if codec is PLAIN_JSON else []
    return clauses, rest


def _clause(test: Test) -> Clause | None:
    """Return the SQL with the meaning of a test; None if there is none."""
    if isinstance(test, Condition):
        return _condition(test)
    if isinstance(test, TextMatch) and isinstance(test.pattern, str):
        return _name_contains(test.name, test.pattern)
    if not isinstance(test, Compound):
        return None
    parts = [_clause(part) for part in test.conditions]
    clauses = [part for part in parts if part is not None]
    if not clauses or len(clauses) < len(parts):
        return None
    operator = " OR " if isinstance(test, Disjunction) else " AND "
    text = operator.join(f"({clause})" for clause, _ in clauses)
    parameters = [parameter for _, each in clauses for parameter in each]
    return (f"NOT ({text})" if isinstance(test, Exclusion) else text), parameters


def _name_contains(name: str, text: str) -> Clause | None:
    """Return the condition that an id or a tag contains a text; None for other fields."""
    if name not in _NAMES or not _is_clean(text):
        return None
    if name in ("tag", "tag_list"):
        return "id IN (SELECT execution FROM tags WHERE instr(tag, ?))", [text]
    return f"instr({_NAMES[name]}, ?)", [text]


def _condition(test: Condition) -> Clause | None:
    if test.key == "tag_list__contains" and _is_clean(test.value):
        return "id IN (SELECT execution FROM tags WHERE tag = ?)", [test.value]
    column = _COLUMNS.get(test.path)
    if column is None:
        return None
    if test.operator == "isnull":
        return ("0" if test.value else "1"), []  # closed executions have all of these
    if test.operator == "in":
        values = [_parameter(value) for value in test.value]
        if not values or None in values:
            return None
        return f"{column} IN ({', '.join('?' * len(values))})", values
    comparison, value = _COMPARISONS.get(test.operator), _parameter(test.value)
    if comparison is None or value is None:
        return None
    return f"{column} {comparison} ?", [value]


def _parameter(value: Any) -> Any:
    """Return a value of a condition as SQLite stores it; None for others."""
    if isinstance(value, datetime):
        return (value - EPOCH) // timedelta(microseconds=1)
    if isinstance(value, timedelta):
        return value // timedelta(microseconds=1)
    return value if _is_clean(value) else None


def _is_clean(value: Any) -> bool:
    """Return whether the index has a text unchanged."""
    return isinstance(value, str) and "?" not in value and value.isprintable()


def _prefilter(test: Test) -> list[Clause]:
    """Return conditions of SQL that hold for all rows that satisfy a test on plain JSON."""
    if isinstance(test, Conjunction):
        return [clause for part in test.conditions for clause in _prefilter(part)]
    if isinstance(test, PayloadComparison):
        return _payload_prefilter(test)
    if not isinstance(test, TextMatch):
        return []
    pattern = test.pattern
    if isinstance(pattern, str):
        return _payload_contains(test.roots, pattern)
    if pattern.ignore_case:
        return []
    clauses = [_name_contains(test.name, text) for text in pattern.literals]
    payloads = [_payload_contains(test.roots, text) for text in pattern.literals]
    return [*filter(None, clauses), *(clause for each in payloads for clause in each)]


def _payload_contains(roots: frozenset[str], text: str) -> list[Clause]:
    """Return a condition for payloads that contain a text when they are written as JSON.

    JSON may write numbers, blanks and separators in several ways, but not a text inside a string.
    """
    is_inside = _STRING_PART.fullmatch(text) and any(
        each.isalpha() and each not in "eE" for each in text
    )
    return [_instr(root, text) for root in roots] if is_inside and roots <= EVENTS.keys() else []


def _instr(root: str, text: str) -> Clause:
    # JSON may have escapes in place of characters.
    data = text.encode(errors="surrogatepass")
    return f"(instr({root}, ?) OR instr({root}, ?))", [data, b"\\"]


def _payload_prefilter(test: PayloadComparison) -> list[Clause]:
    root, *keys = test.path
    values = test.alternatives
    if test.operator == "exact" and len(values) == 1:
        text = values[0]
        return [_instr(str(root), text)] if text and '"' not in text else []
    numbers = [each for each in values if json_type(each) == "number"]
    if not numbers or not all(isinstance(key, str) and _KEY.fullmatch(key) for key in keys):
        return []
    return [_number_clause(str(root), [str(key) for key in keys], test.operator, numbers[0])]


def _number_clause(root: str, keys: list[str], operator: str, number: float) -> Clause:
    """Return a condition for payloads with a text or a suitable number at a path.

    Payloads with escapes, or with a key that occurs twice, are left to the test itself.
    """
    text = f"CAST({root} AS TEXT)"
    path = "".join(["$", *(f'."{key}"' for key in keys)])
    slack = abs(number) * 1e-9 + 1e-9
    low = -inf if operator in ("lt", "lte") else number - slack
    high = inf if operator in ("gt", "gte") else number + slack
    repeated = [f"length({text}) - length(replace({text}, ?, '')) > ?" for _ in keys]
    parameters: list[Any] = [b"\\"]
    for key in keys:
        parameters += [f'"{key}"', len(key) + 2]
    alternatives = " OR ".join([f"instr({root}, ?)", *repeated])
    return (
        f"({alternatives} OR CASE WHEN json_valid({text}) THEN "
        f"json_type({text}, ?) = 'text' OR (json_type({text}, ?) IN ('integer', 'real') "
        f"AND CAST(json_extract({text}, ?) AS REAL) BETWEEN ? AND ?) ELSE {root} IS NOT NULL END)",
        [*parameters, path, path, path, low, high],
    )


def evaluate(
    rows: Iterable[sqlite3.Row], tests: list[Test], domain: Domain, codec: Codec
) -> Iterable[sqlite3.Row]:
    """Yield the rows that satisfy all tests.

    :param domain: the domain of the rows.
    :param codec: the codec of the payloads.
    """
    if not tests:
        return rows

    def satisfies(row: sqlite3.Row) -> bool:
        index_row = IndexRow(row, domain, codec)
        return all(test(index_row) for test in tests)

    return filter(satisfies, rows)
