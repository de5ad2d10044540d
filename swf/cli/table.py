"""Tables, as people read them: in columns, each cell on one line and safe to print.

A table is complete wherever it goes but to a terminal: there the columns that hold prose are cut,
as far as that makes a row fit on a line.
"""

from __future__ import annotations

import itertools
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Any

import click
from attrs import frozen

from swf.cli.plain import PAYLOADS, text

#: Rows that share the widths of their columns.
PAGE = 100

#: Columns that may be cut on a terminal, and what is left of them at least.
PROSE = PAYLOADS | {"description", "arn", "told", "value"}
LEAST = 16

#: Words that stand out, by their colour.
COLORS = {
    "COMPLETED": "green",
    "REGISTERED": "green",
    "completed": "green",
    "OPEN": "blue",
    "started": "blue",
    "scheduled": "blue",
    "FAILED": "red",
    "TIMED_OUT": "red",
    "failed": "red",
    "timed_out": "red",
    "TERMINATED": "yellow",
    "CANCELED": "yellow",
    "DEPRECATED": "yellow",
    "canceled": "yellow",
}


@frozen
class Table:
    """How a table is written.

    :param fields: Names of the columns.
    :param header: Whether to print a header line.
    :param colors: Whether to use terminal colors.
    :param room: Width of the terminal in columns; None if the output is not a terminal.
    """

    fields: Sequence[str]
    header: bool = True
    colors: bool = False
    room: int | None = None

    def lines(self, rows: Iterator[dict[str, Any]]) -> Iterator[str]:
        """Return the lines of a table, a page at a time; the first page gives the widths."""
        head, widths = [[*self.fields]] if self.header else [], None
        while (page := list(itertools.islice(rows, PAGE))) or widths is None:
            cells = [[self.cell(row[name]) for name in self.fields] for row in page]
            if widths is None:
                columns = zip(*head, *cells, strict=True)
                widths = self._fitting([max(map(self._width, column)) for column in columns])
                cells = [*head, *[["-" * width for width in widths] for _ in head], *cells]
            for line in cells:
                yield "  ".join(map(self._set, line, widths, self.fields)).rstrip()

    def record(self, row: dict[str, Any]) -> Iterator[str]:
        """Return the lines of one thing: a field a line, in full."""
        width = max(map(len, row), default=0)
        return (f"{name:<{width}}  {self.cell(value)}" for name, value in row.items())

    def cell(self, value: Any) -> str:
        """Return what stands in a cell."""
        shown = "".join(c if c.isprintable() else " " for c in text(value))
        color = COLORS.get(shown) if self.colors else None
        return click.style(shown, fg=color) if color else shown

    def _fitting(self, widths: list[int]) -> list[int]:
        """Return widths with which a row fits into the room, if cutting prose can make it so."""
        over = 0 if self.room is None else sum(widths) + 2 * (len(widths) - 1) - self.room
        for width, at in sorted(zip(widths, itertools.count(), strict=False), reverse=True):
            if over > 0 and self.fields[at] in PROSE:
                widths[at] = max(min(width, LEAST), width - over)
                over -= width - widths[at]
        return widths

    def _set(self, cell: str, width: int, field: str) -> str:
        shown = _cut(cell, width) if self.room is not None and field in PROSE else cell
        return shown + " " * (width - self._width(shown))

    def _width(self, cell: str) -> int:
        """Return how wide a cell is: in characters, on a terminal in the columns that they take."""
        shown = click.unstyle(cell)
        return len(shown) if self.room is None or shown.isascii() else sum(map(_columns, shown))


def _columns(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _cut(cell: str, width: int) -> str:
    """Return a cell in so many columns; what is left out is told by three dots."""
    ends = [*itertools.accumulate(map(_columns, cell))]
    if not ends or ends[-1] <= width:
        return cell
    return f"{cell[: bisect_left(ends, width)]}…"
