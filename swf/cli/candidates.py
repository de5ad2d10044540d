"""What may stand in the string that is being typed: names and ids that the service knows.

`candidates` looks at the text before the cursor. In `Domain("` it is names of domains, in
`executions.get("` ids, in `workflow_types.filter(version="` versions: whatever a queryset's rows
have under that argument. It reads one page at most, and what the service refuses completes nothing.
"""

from __future__ import annotations

import re
import rlcompleter
from collections.abc import Mapping
from functools import reduce
from typing import Any

from swf.exceptions import SWFError
from swf.querysets import QuerySet

#: `Domain("or`, and `domain.executions.get(workflow_id="or` or the like.
_DOMAIN = re.compile(r"\bDomain\(\s*(?P<quote>[\"'])(?P<begun>[^\"']*)$")
_LOOKUP = re.compile(
    r"(?P<path>[A-Za-z_][\w.]*?)\.(?:get|filter|exclude)\("
    r"(?:[^()]*?\b(?P<name>\w+)\s*=\s*)?(?P<quote>[\"'])(?P<begun>[^\"']*)$"
)

#: Rows that are looked at.
PAGE = 100


def candidates(names: Mapping[str, Any], before: str) -> tuple[str, list[str]]:
    """Return the part of a string that was typed, and what it may become.

    :param names: the names at hand.
    :param before: the text before the cursor.
    """
    if found := _DOMAIN.search(before):
        return _matching(names.get("domains"), "name", found["begun"])
    if found := _LOOKUP.search(before):
        rows = _follow(names, found["path"].split("."))
        if isinstance(rows, QuerySet):
            return _matching(rows, found["name"] or rows.key[0], found["begun"])
    return "", []


def _follow(names: Mapping[str, Any], path: list[str]) -> Any:
    return reduce(lambda value, name: getattr(value, name, None), path[1:], names.get(path[0]))


def _matching(rows: Any, name: str, begun: str) -> tuple[str, list[str]]:
    try:
        values = [row[name] for row in rows.all().values(name)[:PAGE]]
    except SWFError:
        return begun, []
    return begun, sorted({each for each in values if str(each).startswith(begun)})


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
        import readline

        begun, found = candidates(self._names, readline.get_line_buffer()[: readline.get_endidx()])
        # Readline's word begins after the last `-` or space; what stands before it stays.
        kept = len(begun) - len(text)
        return [each[kept:] for each in found]
