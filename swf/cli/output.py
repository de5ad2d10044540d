"""Writes data in six formats, from the same values under the same field names.

A list is streamed: each row is written at once, in a table each page. Missing values are empty, or
null where the format has it.
"""

from __future__ import annotations

import csv
import io
import itertools
import os
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from shutil import get_terminal_size
from typing import Any

import click

from swf import settings
from swf.cli.serialize import (
    field_names,
    get_field,
    to_plain,
    to_text,
)
from swf.cli.table import TextTable
from swf.querysets import QuerySet
from swf.report.redaction import PAYLOADS, redact_payloads
from swf.text import dump_json, escape_controls, format_duration, suggest

#: The first characters of a cell that a spreadsheet may run as a formula.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


class Output:
    """Writes data to standard output.

    :param options: the common options of the command line.
    """

    def __init__(self, options: Mapping[str, Any]) -> None:
        self.format = output_format(options)
        self._fields = requested_fields(options)
        self._header = not options.get("no_header")
        self._redact = bool(options.get("redact"))
        self._local_time = options.get("time_zone") == "local"
        self._is_spreadsheet = bool(options.get("spreadsheet"))
        self._is_terminal = sys.stdout.isatty()
        self._colors = use_colors(options)

    def rows(
        self, rows: Iterable[Any], fields: Sequence[str], names: Collection[str] | None = None
    ) -> None:
        """Write a list of models or mappings.

        :param rows: the models or mappings; a queryset is read while it is written.
        :param fields: the default columns, without `--fields`.
        :param names: all field names, for rows with different fields. Formats that can write such
            rows then write all fields of each row, unless `--fields` selects some.
        :raises click.UsageError: `--fields` names an unknown field.
        """
        stream = iter(self._with_details(rows))
        first = next(stream, None)
        known_names = rows.schema.attributes if isinstance(rows, QuerySet) else names
        columns = self._columns(first, fields, known_names)
        models = itertools.chain([] if first is None else [first], stream)
        plain = (self._row(model, columns, whole=names is not None) for model in models)
        self._write(_WRITERS[self.format](self, plain, columns))

    def record(self, value: Any, fields: Sequence[str] | None = None) -> None:
        """Write one model or mapping.

        :param fields: the default fields, without `--fields`; None for all.
        :raises click.UsageError: `--fields` names an unknown field.
        """
        columns = self._columns(value, fields or field_names(value))
        row = self._row(value, columns)
        if self.format == "table":
            self._write(self._table(columns).record(row))
        elif self.format == "json":
            self._write([dump_json(row, indent=2)])
        elif self.format == "yaml":
            self._write([_dump_yaml(row)])
        else:
            self._write(_WRITERS[self.format](self, iter([row]), columns))

    def line(self, row: Mapping[str, Any], fields: Sequence[str], names: Collection[str]) -> str:
        """Return one row of a live list, without header or brackets.

        :param fields: the default columns, without `--fields`.
        :param names: all field names.
        """
        self._header = False
        columns = self._columns(row, fields, names)
        row_format = "jsonl" if self.format == "json" else self.format
        plain = iter([self._row(row, columns, whole=True)])
        return next(_WRITERS[row_format](self, plain, columns))

    def _row(self, row: Any, columns: Sequence[str], *, whole: bool = False) -> dict[str, Any]:
        """Return the plain values of a row.

        :param whole: whether to include all fields of the row, without `--fields`.
        """
        if whole and not self._fields and self.format in ("json", "jsonl", "yaml"):
            columns = field_names(row)
        return {name: self._plain(name, get_field(row, name)) for name in columns}

    def _with_details(self, rows: Iterable[Any]) -> Iterable[Any]:
        """Describe each row of a queryset if `--fields` needs more than its list operation."""
        if not isinstance(rows, QuerySet):
            return rows
        roots = {name.split(".")[0] for name in self._fields}
        described = set(rows.schema.attributes) - rows.schema.listed
        return rows.described() if roots & described else rows

    def _columns(
        self, sample: Any, fields: Sequence[str], names: Collection[str] | None = None
    ) -> list[str]:
        if not self._fields:
            return list(fields)
        sample_names = field_names(sample) if sample is not None else ()
        choices = list(dict.fromkeys([*fields, *sample_names, *(names or ())]))
        unknown = [name for name in self._fields if name.split(".")[0] not in choices]
        if unknown and (sample is not None or names is not None):
            hint = suggest(unknown[0], choices) or f"there are {', '.join(choices)}"
            raise click.UsageError(
                f"--fields: no field {unknown[0]!r}; {hint}",
                click.get_current_context(silent=True),
            )
        return self._fields

    def _plain(self, name: str, value: Any) -> Any:
        if self.format == "table" and isinstance(value, timedelta):
            return format_duration(value)
        plain = to_plain(value, local_time=self._local_time)
        if not self._redact:
            return plain
        field = next((part for part in name.split(".") if part in PAYLOADS), name)
        return redact_payloads({field: plain})[field]

    def _write(self, lines: Iterable[str]) -> None:
        """Write lines; on a terminal through a pager if they exceed the screen."""
        rest = iter(lines)
        if self._is_terminal and sys.stdin.isatty():
            screen = [*_screenful(rest)]
            following = next(rest, None)
            rest = itertools.chain(screen, [] if following is None else [following], rest)
            if following is not None:
                os.environ.setdefault("LESS", "FRX")
                # click adds the last line end.
                pages = (f"\n{line}" if number else line for number, line in enumerate(rest))
                click.echo_via_pager(pages, color=self._colors)
                return
        # click removes escape sequences from colourless text, which would change data.
        color = self._colors if self.format == "table" else True
        for line in rest:
            click.echo(line, color=color)

    # Writers of a list, one per format.

    def _write_table(self, rows: Iterator[dict[str, Any]], fields: Sequence[str]) -> Iterator[str]:
        return self._table(fields).lines(rows)

    def _table(self, fields: Sequence[str]) -> TextTable:
        width = get_terminal_size().columns if self._is_terminal else None
        return TextTable(fields, self._header, self._colors, width, not self._fields)

    def _write_json(self, rows: Iterator[dict[str, Any]], _: Sequence[str]) -> Iterator[str]:
        yield "["
        row = next(rows, None)
        while row is not None:
            following = next(rows, None)
            yield f"  {dump_json(row)}{'' if following is None else ','}"
            row = following
        yield "]"

    def _write_jsonl(self, rows: Iterator[dict[str, Any]], _: Sequence[str]) -> Iterator[str]:
        for row in rows:
            yield dump_json(row)

    def _write_csv(self, rows: Iterator[dict[str, Any]], fields: Sequence[str]) -> Iterator[str]:
        separator = "\t" if self.format == "tsv" else ","
        if self._header:
            yield _join_cells(fields, separator)
        for row in rows:
            yield _join_cells([self._cell(row[name]) for name in fields], separator)

    def _cell(self, value: Any) -> str:
        text = to_text(value)
        if self._is_spreadsheet and isinstance(value, str) and text.startswith(_FORMULA_STARTS):
            text = f"'{text}"
        return escape_controls(text, lines=True) if self._is_terminal else text

    def _write_yaml(self, rows: Iterator[dict[str, Any]], _: Sequence[str]) -> Iterator[str]:
        is_empty = True
        for row in rows:
            is_empty = False
            yield _dump_yaml([row])
        if is_empty:
            yield "[]"


_WRITERS = {
    "table": Output._write_table,
    "json": Output._write_json,
    "jsonl": Output._write_jsonl,
    "csv": Output._write_csv,
    "tsv": Output._write_csv,
    "yaml": Output._write_yaml,
}


def _screenful(lines: Iterator[str]) -> Iterator[str]:
    """Take as many lines as fit on the screen above a shell prompt."""
    columns, free = get_terminal_size()
    while free > 1 and (line := next(lines, None)) is not None:
        yield line
        free -= sum(
            1 + max(len(click.unstyle(part)) - 1, 0) // columns for part in line.split("\n")
        )


def requested_fields(options: Mapping[str, Any]) -> list[str]:
    """Return the fields that `--fields` names.

    :param options: the common options of the command line.
    """
    names = (name.strip() for name in (options.get("fields") or "").split(","))
    return [name for name in names if name]


def use_colors(options: Mapping[str, Any]) -> bool:
    """Return whether to use colours: by default on a terminal unless NO_COLOR is set.

    :param options: the common options of the command line.
    """
    color = options.get("color") or "auto"
    is_capable = sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
    is_default = is_capable and not os.environ.get("NO_COLOR")
    return color == "always" or (color == "auto" and is_default)


def output_format(options: Mapping[str, Any]) -> str:
    """Return the output format from the options, otherwise from the settings.

    :param options: the common options of the command line.
    :raises click.UsageError: the setting `output` is not a format.
    """
    name: str = options.get("output") or settings.get().get("output", "table")
    if name not in _WRITERS:
        raise click.UsageError(
            f"output={name!r}: must be one of {', '.join(_WRITERS)}",
            click.get_current_context(silent=True),
        )
    return name


def _join_cells(cells: Iterable[str], separator: str) -> str:
    line = io.StringIO()
    # The line terminator also decides which cells are quoted.
    csv.writer(line, delimiter=separator, lineterminator="\r\n").writerow(cells)
    return line.getvalue().removesuffix("\r\n")


def _dump_yaml(value: Any) -> str:
    import yaml  # only this format needs it

    text: str = yaml.safe_dump(value, sort_keys=False, allow_unicode=True)
    if escape_controls(text, lines=True) != text:
        text = yaml.safe_dump(value, sort_keys=False)
    return text.rstrip("\n")
