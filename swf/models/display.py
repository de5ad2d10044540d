"""How models, collections and histories show themselves in a REPL: as a table.

IPython and notebooks call `_repr_pretty_` and `_repr_html_`; `Displayed` implements both with one
`DisplayTable`. `repr` remains the expression that creates the object. Values may come from
anywhere: text output escapes characters that are not printable, HTML output escapes markup as well.
"""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from html import escape
from typing import Any

from attrs import field, frozen

#: The widest that a terminal is taken for when it does not say, and the least width of a column.
WIDTH = 100
NARROWEST = 8

#: What stands between two columns.
GAP = "  "

#: Rows of a list at most; a longer one shows its beginning, or its two ends.
ROWS = 20


def cell(value: Any) -> str:
    """Return a value in few words: what it is called, not what it consists of."""
    if value is None:
        return ""
    if isinstance(value, Displayed):
        return value._label()
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, list):
        return ", ".join(map(cell, value))
    return _printable(value if isinstance(value, str) else repr(value))


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def _cells(rows: Iterable[Iterable[Any]]) -> list[list[str]]:
    return [[cell(value) for value in row] for row in rows]


@frozen
class DisplayTable:
    """Rows under a head, with a line above and a line below that may be empty."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]] = field(converter=_cells)
    foot: str = ""

    def text(self, width: int | None = None) -> str:
        """Return it as lines of aligned columns.

        :param width: characters that a line may have; the terminal's when not given.
        """
        width = width or shutil.get_terminal_size((WIDTH, 0)).columns
        widths = self._widths(width)
        lines = [_line(row, widths) for row in (self.head, *self.rows)] if self.rows else []
        title = map(_printable, self.title.splitlines())
        left_out = ", ".join(self.head[len(widths) :])
        said = (_printable(self.foot), f"no room for {left_out}" if left_out and lines else "")
        foot = (line for sentence in said for line in textwrap.wrap(sentence, width))
        return "\n".join(line for line in (*title, *lines, *foot) if line)

    def html(self) -> str:
        """Return it as a `table` element."""
        head = "".join(f"<th>{escape(name)}</th>" for name in self.head)
        body = "".join(
            f"<tr>{''.join(f'<td>{escape(value)}</td>' for value in row)}</tr>" for row in self.rows
        )
        foot = f'<tr><td colspan="{len(self.head)}">{escape(self.foot)}</td></tr>'
        return (
            f"<table><caption>{escape(self.title)}</caption><thead><tr>{head}</tr></thead>"
            f"<tbody>{body}{foot if self.foot else ''}</tbody></table>"
        )

    def _widths(self, width: int) -> list[int]:
        """Return the width of each column that has room.

        The widest ones give way until a line fits; if it cannot, the last ones are left out.
        """
        columns = zip(self.head, *self.rows, strict=True)
        widths = [max(map(len, column)) for column in columns]
        while len(widths) > 1 and _length(min(each, NARROWEST) for each in widths) > width:
            widths.pop()
        while _length(widths) > width and max(widths) > NARROWEST:
            widths[widths.index(max(widths))] -= 1
        return widths


def _length(widths: Iterable[int]) -> int:
    """Return the length of a line of columns of these widths."""
    return sum(width + len(GAP) for width in widths) - len(GAP)


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    # Columns that have no room stand at the end, and have no width.
    cells = (_cut(value, width).ljust(width) for value, width in zip(row, widths, strict=False))
    return GAP.join(cells).rstrip()


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 3]}..."


class Displayed:
    """What shows itself as a table where a table can be shown."""

    __slots__ = ()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        # IPython takes the first class that has either, and a `__repr__` of its own would win.
        if "__repr__" in cls.__dict__:
            cls._repr_pretty_ = Displayed._repr_pretty_  # type: ignore[method-assign]

    def _display(self) -> DisplayTable:
        """Return the table that shows it."""
        raise NotImplementedError

    def _label(self) -> str:
        """Return what it is called in the cell of a table."""
        return _printable(repr(self))

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        # Within something else, such as a list, it stands as its repr.
        inside = cycle or len(printer.stack) > 1
        printer.text(repr(self) if inside else self._display().text())

    def _repr_html_(self) -> str:
        return self._display().html()


def attributes(title: str, values: Mapping[str, Any]) -> DisplayTable:
    """Return a table of the attributes that are set, a row each."""
    rows = [(name, value) for name, value in values.items() if value is not None]
    return DisplayTable(title, ("attribute", "value"), rows)


def listing(title: str, rows: Iterable[Mapping[str, Any]], rest: str = "") -> DisplayTable:
    """Return a table of rows; a column that is empty in all of them is left out.

    :param rest: what is to be said of rows that are not shown.
    """
    found = list(rows)
    head = [name for name in (found[0] if found else ()) if any(r[name] is not None for r in found)]
    return DisplayTable(title, head, [[row[name] for name in head] for row in found], rest)
