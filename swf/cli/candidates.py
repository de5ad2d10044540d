"""What may stand in the string that is being typed: names and ids that the service knows.

`candidates` looks at the text before the cursor. In `Domain("` it is names of domains, in
`executions.get("` ids, in `workflow_types.filter(version="` versions: whatever a queryset's rows
tell of that argument. It reads a page at most, and whatever goes wrong completes nothing.
"""

from __future__ import annotations

import re
import rlcompleter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import reduce
from typing import Any

from swf.connection import budget
from swf.models import Domain
from swf.querysets import QuerySet
from swf.querysets.lookups import OPERATORS

#: A call up to a string that is not closed yet, which may be that of a keyword.
_CALL = re.compile(
    r"(?P<callee>[A-Za-z_][\w.]*)\((?P<given>[^()]*?)"
    r"(?:\b(?P<keyword>\w+)\s*=\s*)?(?P<quote>[\"'])(?P<begun>[^\"']*)$"
)
#: The strings among the arguments that were given by position.
_POSITIONAL = re.compile(r"(?:^|,)\s*([\"'])([^\"']*)\1\s*(?=,)")

#: Models of a domain, and the collection that knows them.
MEMBERS = {
    "WorkflowType": "workflow_types",
    "ActivityType": "activity_types",
    "WorkflowExecution": "executions",
}
METHODS = ("get", "filter", "exclude")

#: Rows that are looked at, and calls that may be made for them: executions are in two lists.
PAGE = 1000
CALLS = 2


def candidates(names: Mapping[str, Any], before: str) -> tuple[str, list[str]]:
    """Return the part of a string that was typed, and what it may become.

    :param names: the names at hand.
    :param before: the text before the cursor.
    """
    found = _CALL.search(before)
    if found is None:
        return "", []
    begun, quote = found["begun"], found["quote"]
    with suppress(Exception), budget(calls=CALLS):  # no error is worth a word while one types
        rows = _rows(names, found["callee"], found["given"])
        given = [text for _, text in _POSITIONAL.findall(found["given"])]
        texts = _texts(rows, found["keyword"], given)
        return begun, sorted({t for t in texts if t.startswith(begun) and _fits(t, quote)})
    return begun, []


def _rows(names: Mapping[str, Any], callee: str, given: str) -> QuerySet[Any]:
    path, _, last = callee.rpartition(".")
    if last == "Domain":
        rows = names["domains"]
    elif last in MEMBERS:
        domain = _follow(names, given.split(",")[0].strip())
        rows = getattr(domain, MEMBERS[last]) if isinstance(domain, Domain) else None
    else:
        rows = _follow(names, path) if last in METHODS else None
    if not isinstance(rows, QuerySet):
        raise LookupError(callee)
    return rows


def _follow(names: Mapping[str, Any], path: str) -> Any:
    first, *rest = path.split(".")
    return reduce(getattr, rest, names[first])


def _texts(rows: QuerySet[Any], keyword: str | None, given: list[str]) -> Iterator[str]:
    """Yield the texts that rows have under an argument, if a list tells it."""
    lookup = keyword or rows.key[len(given)]
    parts = rows.schema.aliases.get(lookup, lookup).split("__")
    path = [part for part in parts if part not in OPERATORS]
    if path[0] not in rows.schema.listed:
        return
    for row in rows.filter(**dict(zip(rows.key, given, strict=False)))[:PAGE]:
        value = reduce(getattr, path, row)
        yield from filter(None, value if isinstance(value, list) else [value])


def _fits(text: str, quote: str) -> bool:
    """Return whether a text can stand between such quotes as it is."""
    return text.isprintable() and quote not in text and "\\" not in text


class ReadlineCompleter(rlcompleter.Completer):
    """Completes strings by what the service knows, and the rest as Python does."""

    def __init__(self, names: dict[str, Any]) -> None:
        super().__init__(names)
        self._names = names
        self._found: list[str] = []

    def complete(self, text: str, state: int) -> str | None:
        """Return the candidate of this number for a word, None if there are no more."""
        if state == 0:
            self._found = self._strings(text)
        if self._found:
            return self._found[state] if state < len(self._found) else None
        completed: str | None = super().complete(text, state)
        return completed

    def _strings(self, text: str) -> list[str]:
        import readline  # not on every platform; who asks has it

        begun, found = candidates(self._names, readline.get_line_buffer()[: readline.get_endidx()])
        # Readline's word begins after the last `-` or space; what stands before it stays.
        kept = len(begun) - len(text)
        return [each[kept:] for each in found]
