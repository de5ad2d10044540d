"""Which activities there are: filled by the decorator, read by workers.

A task names an activity; only what is registered here is ever run for it, and nothing is imported
because a task names it. Activities are `Any` here: this comes before them, as they register
themselves.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


class Registry:
    """Activities by label and name; the label is None unless one was given."""

    def __init__(self) -> None:
        self._by_label: dict[str | None, dict[str, Any]] = {}
        self._by_type: dict[tuple[str, str], Any] = {}

    def register(self, activity: Any, label: str | None = None) -> None:
        """Add an activity; one of the same name and version is replaced."""
        self._by_label.setdefault(label, {})[activity.name] = activity
        self._by_type[activity.name, activity.version] = activity

    def find(self, name: str, version: str) -> Any:
        """Return the activity of a type, None if there is none."""
        return self._by_type.get((name, version))

    def __getitem__(self, label: str | None) -> dict[str, Any]:
        return self._by_label[label]

    def __iter__(self) -> Iterator[Any]:
        return iter(list(self._by_type.values()))


#: All activities of this process.
registry = Registry()
