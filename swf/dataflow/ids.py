"""Ids that depend on the structure of a workflow, not on the order of events.

A `Scope` is a part of the workflow: its own code, a group, a chain or a callback. Tasks of the same
name are counted within their scope, in the order of the code.
"""

from __future__ import annotations


class Scope:
    """A part of a workflow's structure.

    :param prefix: The prefix of all ids in the scope.
    """

    __slots__ = ("_counts", "prefix")

    def __init__(self, prefix: str = "") -> None:
        self.prefix = prefix
        self._counts: dict[str, int] = {}

    def next(self, name: str) -> str:
        """Return the next id for a name: `name-1`, `name-2`, ...

        :param name: The name of an activity, workflow or other task.
        """
        number = self._counts[name] = self._counts.get(name, 0) + 1
        return f"{self.prefix}{name}-{number}"

    def within(self, name: str) -> Scope:
        """Return a nested scope whose prefix is the next id for a name.

        :param name: The kind of the nested part, such as `group` or `map`.
        """
        return Scope(f"{self.next(name)}.")
