"""How data is written: six forms, from the same values under the same names.

A list is written as it comes: each row at once, in a table each page. What is not known is empty,
null where the form has it.
"""

from __future__ import annotations

import csv
import io
import itertools
import json
import os
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from shutil import get_terminal_size
from typing import Any

import click

from swf import settings
from swf.cli.plain import PAYLOADS, hidden, names_of, of, plain, text
from swf.cli.table import Table
from swf.querysets import QuerySet

_LINE_ENDS = {ord(end): f"\\u{ord(end):04x}" for end in "\x85\u2028\u2029"}


class Output:
    """Writes data as the options ask for.

    :param given: the options of the command line.
    """

    def __init__(self, given: Mapping[str, Any]) -> None:
        self.form = form_of(given)
        self._asked = asked(given)
        self._header = not given.get("no_header")
        self._redact = bool(given.get("redact"))
        self._is_terminal = sys.stdout.isatty()
        self._colors = colors(given)

    def rows(
        self, rows: Iterable[Any], fields: Sequence[str], known: Collection[str] | None = None
    ) -> None:
        """Write a list of models or mappings.

        :param fields: those that are shown if nobody asks for others.
        :param known: all that there are, where rows have fields of their own; forms that can write
            such rows do, if nobody asks for less.
        :raises click.UsageError: somebody asks for a field that does not exist.
        """
        stream = iter(self._in_full(rows))
        first = next(stream, None)
        names = rows.schema.attributes if isinstance(rows, QuerySet) else known
        chosen = self._chosen(first, fields, names)
        every = itertools.chain([] if first is None else [first], stream)
        plain = (self._row(row, chosen, whole=known is not None) for row in every)
        self._write(_WRITERS[self.form](self, plain, chosen))

    def record(self, value: Any, fields: Sequence[str] | None = None) -> None:
        """Write one model or mapping, with all its fields unless some were chosen."""
        chosen = self._chosen(value, fields or names_of(value))
        row = self._row(value, chosen)
        if self.form == "table":
            self._write(self._tables(chosen).record(row))
        elif self.form == "json":
            self._write([_dumped(row, indent=2)])
        elif self.form == "yaml":
            self._write([_yaml(row)])
        else:
            self._write(_WRITERS[self.form](self, iter([row]), chosen))

    def line(self, row: Mapping[str, Any], fields: Sequence[str], known: Collection[str]) -> str:
        """Return one row by itself, for what comes live: as in a list, without what is around."""
        self._header = False
        chosen = self._chosen(row, fields, known)
        form = "jsonl" if self.form == "json" else self.form
        return next(_WRITERS[form](self, iter([self._row(row, chosen, whole=True)]), chosen))

    def _row(self, row: Any, chosen: Sequence[str], *, whole: bool = False) -> dict[str, Any]:
        """Return a row as it is written.

        :param whole: whether to write all it has, if nobody asked for less.
        """
        if whole and not self._asked and self.form in ("json", "jsonl", "yaml"):
            chosen = names_of(row)
        return {name: self._plain(name, of(row, name)) for name in chosen}

    def _in_full(self, rows: Iterable[Any]) -> Iterable[Any]:
        """Return rows in full, a call each, if a field is asked for that no list tells."""
        if not isinstance(rows, QuerySet):
            return rows
        roots = {name.split(".")[0] for name in self._asked}
        not_in_list_response = set(rows.schema.attributes) - rows.schema.listed
        return rows.described() if roots & not_in_list_response else rows

    def _chosen(
        self, sample: Any, fields: Sequence[str], names: Collection[str] | None = None
    ) -> list[str]:
        if not self._asked:
            return list(fields)
        its = names_of(sample) if sample is not None else ()
        known = list(dict.fromkeys([*fields, *its, *(names or ())]))
        unknown = [name for name in self._asked if name.split(".")[0] not in known]
        if unknown and (sample is not None or names is not None):
            near = get_close_matches(unknown[0], known, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(known)}"
            raise click.UsageError(
                f"--fields: no field {unknown[0]!r}; {hint}",
                click.get_current_context(silent=True),
            )
        return self._asked

    def _plain(self, name: str, value: Any) -> Any:
        shown = plain(value)
        if not self._redact:
            return shown
        field = next((part for part in name.split(".") if part in PAYLOADS), name)
        return hidden({field: shown})[field]

    def _write(self, lines: Iterable[str]) -> None:
        """Write lines; on a terminal through its pager, unless they fit on its screen."""
        rest = iter(lines)
        if self._is_terminal and sys.stdin.isatty():
            first = [*_screenful(rest)]
            following = next(rest, None)
            rest = itertools.chain(first, [] if following is None else [following], rest)
            if following is not None:
                os.environ.setdefault("LESS", "FRX")
                # The pager is given what ends the last line by click.
                pages = (f"\n{line}" if number else line for number, line in enumerate(rest))
                click.echo_via_pager(pages, color=self._colors)
                return
        for line in rest:
            click.echo(line, color=self._colors)

    # The forms of a list.

    def _table(self, rows: Iterator[dict[str, Any]], fields: Sequence[str]) -> Iterator[str]:
        return self._tables(fields).lines(rows)

    def _tables(self, fields: Sequence[str]) -> Table:
        room = get_terminal_size().columns if self._is_terminal else None
        return Table(fields, self._header, self._colors, room)

    def _json(self, rows: Iterator[dict[str, Any]], _: Sequence[str]) -> Iterator[str]:
        yield "["
        row = next(rows, None)
        while row is not None:
            following = next(rows, None)
            yield f"  {_dumped(row)}{'' if following is None else ','}"
            row = following
        yield "]"

    def _jsonl(self, rows: Iterator[dict[str, Any]], _: Sequence[str]) -> Iterator[str]:
        for row in rows:
            yield _dumped(row)

    def _csv(self, rows: Iterator[dict[str, Any]], fields: Sequence[str]) -> Iterator[str]:
        separator = "\t" if self.form == "tsv" else ","
        if self._header:
            yield _separated(fields, separator)
        for row in rows:
            yield _separated([text(row[name]) for name in fields], separator)

    def _yaml(self, rows: Iterator[dict[str, Any]], _: Sequence[str]) -> Iterator[str]:
        is_empty = True
        for row in rows:
            is_empty = False
            yield _yaml([row])
        if is_empty:
            yield "[]"


_WRITERS = {
    "table": Output._table,
    "json": Output._json,
    "jsonl": Output._jsonl,
    "csv": Output._csv,
    "tsv": Output._csv,
    "yaml": Output._yaml,
}


def _screenful(lines: Iterator[str]) -> Iterator[str]:
    """Take as many lines as fit on the screen, with a prompt below them."""
    columns, room = get_terminal_size()
    while room > 1 and (line := next(lines, None)) is not None:
        yield line
        room -= sum(
            1 + max(len(click.unstyle(each)) - 1, 0) // columns for each in line.split("\n")
        )


def asked(given: Mapping[str, Any]) -> list[str]:
    """Return the fields that --fields names."""
    names = (name.strip() for name in (given.get("fields") or "").split(","))
    return [name for name in names if name]


def colors(given: Mapping[str, Any]) -> bool:
    """Return whether to use colours: on a terminal, unless the user wants otherwise."""
    color = given.get("color") or "auto"
    can = sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
    wanted = can and not os.environ.get("NO_COLOR")
    return color == "always" or (color == "auto" and wanted)


def form_of(given: Mapping[str, Any]) -> str:
    """Return the form that the options, else the settings, ask for.

    :raises click.UsageError: there is no such form.
    """
    form: str = given.get("output") or settings.get().get("output", "table")
    if form not in _WRITERS:
        raise click.UsageError(
            f"the setting `output` is {form!r}; there are {', '.join(_WRITERS)}",
            click.get_current_context(silent=True),
        )
    return form


def _separated(cells: Iterable[str], separator: str) -> str:
    line = io.StringIO()
    # What ends a line decides on which cells are quoted, too.
    csv.writer(line, delimiter=separator, lineterminator="\r\n").writerow(cells)
    return line.getvalue().removesuffix("\r\n")


def _dumped(value: Any, indent: int | None = None) -> str:
    """Return JSON in which only line feeds end lines, for readers who know of other ends too."""
    return json.dumps(value, ensure_ascii=False, indent=indent).translate(_LINE_ENDS)


def _yaml(value: Any) -> str:
    import yaml  # only this form needs it

    dumped: str = yaml.safe_dump(value, sort_keys=False, allow_unicode=True)
    return dumped.rstrip("\n")
