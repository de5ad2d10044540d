"""`ModelDiff`, the differences between a model and its upstream model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple, overload

from swf.models.display import Displayed, DisplayTable


class Difference(NamedTuple):
    """An attribute with different values here (`local`) and at the service (`upstream`)."""

    attr: str
    local: Any
    upstream: Any

    def __repr__(self) -> str:
        return f"Difference({self.attr!r}, {self.local!r}, {self.upstream!r})"


class ModelDiff(Displayed, Sequence[Difference]):
    """The differences between two models, in the order of their attributes.

    An empty sequence is false. `in` accepts the name of an attribute or a `Difference`.

    :param triples: `(attr, local, upstream)`; triples with two equal values are dropped.
    :param ignore_fields: attributes that never count as a difference.
    """

    __hash__ = None  # type: ignore[assignment]  # a diff can grow

    def __init__(
        self, *triples: tuple[str, Any, Any], ignore_fields: Iterable[str] | None = None
    ) -> None:
        self._ignored = frozenset(ignore_fields or ())
        self._differences: list[Difference] = []
        self.add_input(*triples)

    def add_input(self, *triples: tuple[str, Any, Any]) -> None:
        """Append the attributes that differ.

        :param triples: `(attr, local, upstream)` each.
        """
        self._differences += [
            Difference(attr, local, upstream)
            for attr, local, upstream in triples
            if attr not in self._ignored and local != upstream
        ]

    def merge(self, other: Iterable[tuple[str, Any, Any]]) -> None:
        """Append the differences of another diff.

        :param other: a diff, or `(attr, local, upstream)` triples.
        """
        self.add_input(*other)

    def differing_fields(self) -> list[str]:
        """Return the names of the attributes that differ."""
        return [difference.attr for difference in self._differences]

    def as_list(self) -> list[Difference]:
        """Return the differences as a list, `(attr, local, upstream)` each."""
        return list(self._differences)

    @overload
    def __getitem__(self, index: int) -> Difference: ...
    @overload
    def __getitem__(self, index: slice) -> list[Difference]: ...
    def __getitem__(self, index: int | slice) -> Difference | list[Difference]:
        return self._differences[index]

    def __len__(self) -> int:
        return len(self._differences)

    def __iter__(self) -> Iterator[Difference]:
        return iter(self._differences)

    def __contains__(self, item: object) -> bool:
        return item in self._differences or item in self.differing_fields()

    def __eq__(self, other: object) -> bool:
        if isinstance(other, ModelDiff):
            return self._differences == other._differences
        return NotImplemented

    def _display(self) -> DisplayTable:
        if not self:
            return DisplayTable("no difference", (), ())
        return DisplayTable("", ("attribute", "here", "upstream"), self._differences)

    def __repr__(self) -> str:
        return f"ModelDiff({', '.join(map(repr, self._differences))})"
