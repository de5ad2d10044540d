"""Completion of strings at the prompt: names and ids that the service returns.

`complete_string` looks at the text before the cursor. It completes domain names in `Domain("`, ids
in `executions.get("`, versions in `workflow_types.filter(version="`, and so on for each argument
that the rows of a queryset have. It reads at most one page; after an error there are no
completions.
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
from swf.querysets.conditions import OPERATORS

#: A call up to an unclosed string, which may be the value of a keyword.
_CALL = re.compile(
    r"(?P<callee>[A-Za-z_][\w.]*)\((?P<arguments>[^()]*?)"
    r"(?:\b(?P<keyword>\w+)\s*=\s*)?(?P<quote>[\"'])(?P<prefix>[^\"']*)$"
)
#: The strings among the positional arguments.
_POSITIONAL = re.compile(r"(?:^|,)\s*([\"'])([^\"']*)\1\s*(?=,)")

#: Models of a domain -> the collection that lists them.
MEMBERS = {
    "WorkflowType": "workflow_types",
    "ActivityType": "activity_types",
    "WorkflowExecution": "executions",
}
METHODS = ("get", "filter", "exclude")

#: Maximum number of rows to read.
PAGE = 1000

#: Maximum number of calls: executions are in two lists.
CALLS = 2


def complete_string(names: Mapping[str, Any], text: str) -> tuple[str, list[str]]:
    """Complete the string before the cursor.

    :param names: the namespace of the prompt.
    :param text: the text before the cursor.
    :returns: the beginning of the string, and its completions.
    """
    match = _CALL.search(text)
    if match is None:
        return "", []
    prefix, quote = match["prefix"], match["quote"]
    with suppress(Exception), budget(calls=CALLS):  # errors must not disturb typing
        rows = _queryset(names, match["callee"], match["arguments"])
        arguments = [text for _, text in _POSITIONAL.findall(match["arguments"])]
        texts = _values(rows, match["keyword"], arguments)
        return prefix, sorted({t for t in texts if t.startswith(prefix) and _fits(t, quote)})
    return prefix, []


def _queryset(names: Mapping[str, Any], callee: str, arguments: str) -> QuerySet[Any]:
    path, _, last = callee.rpartition(".")
    if last == "Domain":
        rows = names["domains"]
    elif last in MEMBERS:
        domain = _resolve(names, arguments.split(",")[0].strip())
        rows = getattr(domain, MEMBERS[last]) if isinstance(domain, Domain) else None
    else:
        rows = _resolve(names, path) if last in METHODS else None
    if not isinstance(rows, QuerySet):
        raise LookupError(callee)
    return rows


def _resolve(names: Mapping[str, Any], path: str) -> Any:
    first, *rest = path.split(".")
    return reduce(getattr, rest, names[first])


def _values(rows: QuerySet[Any], keyword: str | None, arguments: list[str]) -> Iterator[str]:
    """Yield the values of an argument in the rows, if the list operation returns it."""
    lookup = keyword or rows.key[len(arguments)]
    parts = rows.schema.aliases.get(lookup, lookup).split("__")
    path = [part for part in parts if part not in OPERATORS]
    if path[0] not in rows.schema.listed:
        return
    for row in rows.filter(**dict(zip(rows.key, arguments, strict=False)))[:PAGE]:
        value = reduce(getattr, path, row)
        yield from filter(None, value if isinstance(value, list) else [value])


def _fits(text: str, quote: str) -> bool:
    """Return whether a text needs no escapes between these quotes."""
    return text.isprintable() and quote not in text and "\\" not in text


class ReadlineCompleter(rlcompleter.Completer):
    """Completes strings from the service, and everything else as Python does.

    :param names: the namespace of the prompt.
    """

    def __init__(self, names: dict[str, Any]) -> None:
        super().__init__(names)
        self._names = names
        self._completions: list[str] = []

    def complete(self, text: str, state: int) -> str | None:
        """Return a completion.

        :param text: the word before the cursor.
        :param state: the number of the completion.
        :returns: None after the last completion.
        """
        if state == 0:
            self._completions = self._complete_string(text)
        if self._completions:
            return self._completions[state] if state < len(self._completions) else None
        completion: str | None = super().complete(text, state)
        return completion

    def _complete_string(self, text: str) -> list[str]:
        import readline  # not on every platform; this runs only where it is

        line = readline.get_line_buffer()[: readline.get_endidx()]
        prefix, completions = complete_string(self._names, line)
        # Readline's word begins after the last `-` or space; the text before it stays.
        offset = len(prefix) - len(text)
        return [completion[offset:] for completion in completions]
