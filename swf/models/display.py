"""How models, collections and histories show themselves in a REPL: as a table.

IPython and notebooks call `_repr_pretty_` and `_repr_html_`; `Displayed` implements both with one
`DisplayTable`. `repr` remains the expression that creates the object. Values may come from
anywhere: every output escapes control characters, and HTML output escapes markup as well.
"""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextvars import ContextVar
from datetime import datetime, timedelta, timezone
from typing import Any

from attrs import field, frozen

from swf.text import (
    cut_to_width,
    display_width,
    escape_controls,
    escape_markup,
    format_duration,
)

#: The width of a terminal that reports none, and the minimum width of a column.
WIDTH = 100
MIN_COLUMN_WIDTH = 8

#: Whether tables show times in the zone of this machine, in place of UTC.
local_time: ContextVar[bool] = ContextVar("swf_local_time", default=False)

#: The gap between two columns.
GAP = "  "

#: The maximum number of rows; a longer list shows its beginning, a longer history its two ends.
ROWS = 20


def cell(value: Any) -> str:
    """Return the text of a value in a cell, for a model its name or ids."""
    if value is None:
        return ""
    if isinstance(value, Displayed):
        return escape_controls(value._label())
    if isinstance(value, datetime):
        if local_time.get():
            return f"{value.astimezone():%Y-%m-%d %H:%M:%S%z}"
        return f"{value.astimezone(timezone.utc):%Y-%m-%d %H:%M:%SZ}"
    if isinstance(value, timedelta):
        return format_duration(value)
    if isinstance(value, list):
        return ", ".join(map(cell, value))
    return escape_controls(value if isinstance(value, str) else repr(value))


def _cells(rows: Iterable[Iterable[Any]]) -> list[list[str]]:
    return [[cell(value) for value in row] for row in rows]


@frozen
class DisplayTable:
    """A table with an optional title above and a note below.

    :param title: the lines above the table.
    :param head: the names of the columns.
    :param rows: the values of each row, which become text.
    :param foot: the note below the table.
    :param whole: the number of first columns that are cut only after all others are hidden.
    """

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]] = field(converter=_cells)
    foot: str = ""
    whole: int = 0

    def text(self, width: int | None = None) -> str:
        """Return lines of aligned columns.

        :param width: the maximum length of a line; the width of the terminal by default.
        """
        width = width or shutil.get_terminal_size((WIDTH, 0)).columns
        widths = self._widths(width)
        lines = [_line(row, widths) for row in (self.head, *self.rows)] if self.rows else []
        title = map(escape_controls, self.title.splitlines())
        hidden = ", ".join(self.head[len(widths) :])
        notes = (escape_controls(self.foot), f"no room for {hidden}" if hidden and lines else "")
        foot = (line for note in notes for line in textwrap.wrap(note, width))
        return "\n".join(line for line in (*title, *lines, *foot) if line)

    def html(self) -> str:
        """Return the table as a `table` element."""
        head = "".join(f"<th>{escape_markup(name)}</th>" for name in self.head)
        body = "".join(
            f"<tr>{''.join(f'<td>{escape_markup(value)}</td>' for value in row)}</tr>"
            for row in self.rows
        )
        foot = f'<tr><td colspan="{len(self.head)}">{escape_markup(self.foot)}</td></tr>'
        return (
            f"<table><caption>{escape_markup(self.title)}</caption><thead><tr>{head}</tr></thead>"
            f"<tbody>{body}{foot if self.foot else ''}</tbody></table>"
        )

    def _widths(self, width: int) -> list[int]:
        """Return the widths of the visible columns.

        The widest columns shrink until a line fits; if it still does not, the last ones are hidden.
        With `whole`, columns after the first ones are hidden before any shrinks.
        """
        columns = zip(self.head, *self.rows, strict=True)
        widths = [max(map(display_width, column)) for column in columns]
        while 0 < self.whole < len(widths) and _length(widths) > width:
            widths.pop()
        while len(widths) > 1 and _length(min(each, MIN_COLUMN_WIDTH) for each in widths) > width:
            widths.pop()
        while _length(widths) > width and max(widths) > MIN_COLUMN_WIDTH:
            widths[widths.index(max(widths))] -= 1
        return widths


def _length(widths: Iterable[int]) -> int:
    """Return the length of a line with columns of these widths."""
    return sum(width + len(GAP) for width in widths) - len(GAP)


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    # Hidden columns are the last ones and have no width.
    cells = (_fit(value, width) for value, width in zip(row, widths, strict=False))
    return GAP.join(cells).rstrip()


def _fit(value: str, width: int) -> str:
    text = cut_to_width(value, width)
    return text + " " * (width - display_width(text))


class Displayed:
    """An object that IPython and notebooks display as a table."""

    __slots__ = ()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        # IPython uses the first class with either method, and a subclass's `__repr__` would win.
        if "__repr__" in cls.__dict__:
            cls._repr_pretty_ = Displayed._repr_pretty_  # type: ignore[method-assign]

    def _display(self) -> DisplayTable:
        """Return the table of this object."""
        raise NotImplementedError

    def _label(self) -> str:
        """Return the text of this object in the cell of a table."""
        return repr(self)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        # Inside another object, such as a list, it is displayed as its repr.
        inside = cycle or len(printer.stack) > 1
        printer.text(repr(self) if inside else self._display().text())

    def _repr_html_(self) -> str:
        return self._display().html()


def attributes(title: str, values: Mapping[str, Any], note: str = "") -> DisplayTable:
    """Return a table with a row for each attribute that is set.

    :param note: the note below the table.
    """
    rows = [(name, value) for name, value in values.items() if value is not None]
    return DisplayTable(title, ("attribute", "value"), rows, note)


def listing(
    title: str, rows: Iterable[Mapping[str, Any]], rest: str = "", whole: Collection[str] = ()
) -> DisplayTable:
    """Return a table of rows without empty columns.

    :param rows: the values of each row by column.
    :param rest: a note about hidden rows.
    :param whole: the first columns, which are cut only after all others are hidden.
    """
    visible = list(rows)
    head = [
        name
        for name in (visible[0] if visible else ())
        if any(row[name] is not None for row in visible)
    ]
    cells = [[row[name] for name in head] for row in visible]
    return DisplayTable(title, head, cells, rest, sum(name in whole for name in head))
