"""Text tables: columns of cells that each fit on one line and are safe to print.

A table is complete unless it goes to a terminal: there the columns with prose are cut as far as
that makes a row fit on a line.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import click
from attrs import frozen

from swf.cli.serialize import to_text
from swf.report.redaction import PAYLOADS
from swf.text import cut_to_width, display_width, escape_controls

_SPACES = {ord(space): " " for space in "\t\n\r"}

#: Number of rows whose columns are aligned together.
PAGE = 100

#: Columns that may be cut on a terminal.
PROSE = PAYLOADS | {"description", "arn", "summary", "value"}

#: The least width of a column that is cut.
MIN_WIDTH = 16

#: Cells with a colour.
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
class TextTable:
    """Formats rows as a table.

    :param fields: the names of the columns.
    :param header: whether to write the names above the columns.
    :param colors: whether to colour the cells of `COLORS`.
    :param width: columns of the terminal; None if the output is not a terminal.
    :param may_drop: whether to drop the last columns if a row does not fit the terminal.
    """

    fields: Sequence[str]
    header: bool = True
    colors: bool = False
    width: int | None = None
    may_drop: bool = False

    def lines(self, rows: Iterator[dict[str, Any]]) -> Iterator[str]:
        """Yield the lines of a table, a page at a time; the first page sets the widths.

        :param rows: plain values by column name.
        """
        head, widths = [[*self.fields]] if self.header else [], None
        while (page := list(itertools.islice(rows, PAGE))) or widths is None:
            cells = [[self.cell(row[name]) for name in self.fields] for row in page]
            if widths is None:
                columns = zip(*head, *cells, strict=True)
                widths = self._fit([max(map(_cell_width, column)) for column in columns])
                cells = [*head, *[["-" * width for width in widths] for _ in head], *cells]
            for line in cells:
                # Columns beyond the widths are dropped.
                yield "  ".join(map(self._pad, line, widths, self.fields)).rstrip()
        if 0 < len(widths) < len(self.fields):
            yield f"no room for {', '.join(self.fields[len(widths) :])}; choose --fields"

    def record(self, row: dict[str, Any]) -> Iterator[str]:
        """Yield the lines of one record: a field per line, in full.

        :param row: plain values by field name.
        """
        width = max(map(len, row), default=0)
        return (f"{name:<{width}}  {self.cell(value)}" for name, value in row.items())

    def cell(self, value: Any) -> str:
        """Return the text of a cell.

        :param value: a plain value.
        """
        text = escape_controls(to_text(value).translate(_SPACES))
        color = COLORS.get(text) if self.colors else None
        return click.style(text, fg=color) if color else text

    def _fit(self, widths: list[int]) -> list[int]:
        """Return the widths with prose columns reduced so that a row fits, if that is possible."""
        excess = 0 if self.width is None else sum(widths) + 2 * (len(widths) - 1) - self.width
        for width, index in sorted(zip(widths, itertools.count(), strict=False), reverse=True):
            if excess > 0 and self.fields[index] in PROSE:
                widths[index] = max(min(width, MIN_WIDTH), width - excess)
                excess -= width - widths[index]
        while self.may_drop and excess > 0 and len(widths) > 1:
            excess -= widths.pop() + 2
        return widths

    def _pad(self, cell: str, width: int, field: str) -> str:
        text = cut_to_width(cell, width, "…") if self.width is not None and field in PROSE else cell
        return text + " " * (width - _cell_width(text))


def _cell_width(cell: str) -> int:
    """Return the width of a cell, which may have a colour, in columns of a terminal."""
    return display_width(click.unstyle(cell))
