"""Ids made of structure: where in the workflow something is asked for, not when.

A `Scope` is a place in the structure: the workflow itself, a group, a chain, a function of its own.
Within it, things of one name are counted in the order of the code.
"""

from __future__ import annotations

import hashlib
import re

from swf.constants import ID_LIMIT

_REFUSED = re.compile(r"[:/|\x00-\x1f\x7f-\x9f]")


class Scope:
    """A place in the structure of a workflow."""

    __slots__ = ("_counts", "prefix")

    def __init__(self, prefix: str = "") -> None:
        self.prefix = prefix
        self._counts: dict[str, int] = {}

    def next(self, name: str) -> str:
        """Return the id of the next thing of this name: `name-1`, `name-2`, ..."""
        number = self._counts[name] = self._counts.get(name, 0) + 1
        return f"{self.prefix}{name}-{number}"

    def within(self, name: str) -> Scope:
        """Return the scope of the next part of this name."""
        return Scope(f"{self.next(name)}.")


def fit(text: str) -> str:
    """Return `text` as the service takes it for an id: no refused characters, not too long."""
    clean = _REFUSED.sub("_", text)
    if clean == text and len(text) <= ID_LIMIT and text != "arn":
        return text
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    return f"{clean[: ID_LIMIT - len(digest) - 1]}-{digest}"
