"""How data is written: six forms, from the same values under the same names.

A list is written as it comes: each row at once, in a table each page. Times are ISO 8601 with
their zone, durations are seconds, what is not known is empty (null where the form has it).
"""

from __future__ import annotations

import csv
import io
import itertools
import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import click

from swf import settings
from swf.models import Domain
from swf.models.base import Value
from swf.querysets import QuerySet

#: Rows of a table that share the widths of its columns.
PAGE = 100

#: Fields whose content --redact hides.
PAYLOADS = frozenset(
    (
        "input",
        "result",
        "details",
        "control",
        "reason",
        "latest_execution_context",
        "execution_context",
        "executionContext",
        "why",
    )
)

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

_ABBREVIATED = ("name", "version")


class Output:
    """Writes data as the options ask for.

    :param given: the options of the command line.
    """

    def __init__(self, given: Mapping[str, Any]) -> None:
        self.form = form_of(given)
        self._fields = given.get("fields")
        self._header = not given.get("no_header")
        self._redact = bool(given.get("redact"))
        self._is_terminal = sys.stdout.isatty()
        self._colors = colors(given)

    def rows(self, rows: Iterable[Any], fields: Sequence[str]) -> None:
        """Write a list of models or mappings.

        :param fields: those that are shown if nobody asks for others.
        :raises click.UsageError: somebody asks for a field that does not exist.
        """
        stream = iter(self._in_full(rows))
        first = next(stream, None)
        chosen = self._chosen(first, fields)
        every = itertools.chain([] if first is None else [first], stream)
        plain = ({name: self._plain(name, of(row, name)) for name in chosen} for row in every)
        self._write(_WRITERS[self.form](self, plain, chosen))

    def record(self, value: Any, fields: Sequence[str] | None = None) -> None:
        """Write one model or mapping, with all its fields unless some were chosen."""
        chosen = self._chosen(value, fields or names_of(value))
        row = {name: self._plain(name, of(value, name)) for name in chosen}
        if self.form == "table":
            width = max(map(len, row), default=0)
            self._write(f"{name:<{width}}  {self._cell(cell)}" for name, cell in row.items())
        elif self.form == "json":
            self._write([json.dumps(row, indent=2, ensure_ascii=False)])
        elif self.form == "yaml":
            self._write([_yaml(row)])
        else:
            self._write(_WRITERS[self.form](self, iter([row]), chosen))

    def line(self, row: Mapping[str, Any], fields: Sequence[str]) -> str:
        """Return one row by itself, for what comes live: a line of the form, without a header."""
        self._header = False
        chosen = self._chosen(row, fields)
        form = "jsonl" if self.form in ("json", "yaml") else self.form
        plain = {name: self._plain(name, of(row, name)) for name in chosen}
        return next(_WRITERS[form](self, iter([plain]), chosen))

    def _asked(self) -> list[str]:
        """Return the fields that --fields names."""
        return [name.strip() for name in (self._fields or "").split(",") if name.strip()]

    def _in_full(self, rows: Iterable[Any]) -> Iterable[Any]:
        """Return rows in full, a call each, if a field is asked for that no list tells."""
        if not isinstance(rows, QuerySet):
            return rows
        roots = {name.split(".")[0] for name in self._asked()}
        unlisted = set(rows.schema.attributes) - rows.schema.listed
        return rows.described() if roots & unlisted else rows

    def _chosen(self, sample: Any, fields: Sequence[str]) -> list[str]:
        asked = self._asked()
        if not asked:
            return list(fields)
        known = list(dict.fromkeys([*fields, *(names_of(sample) if sample is not None else ())]))
        unknown = [name for name in asked if name.split(".")[0] not in known]
        if unknown and sample is not None:
            raise click.UsageError(
                f"--fields: no field {unknown[0]!r}; there are {', '.join(known)}",
                click.get_current_context(silent=True),
            )
        return asked

    def _plain(self, name: str, value: Any) -> Any:
        shown = plain(value)
        if not self._redact:
            return shown
        field = next((part for part in name.split(".") if part in PAYLOADS), name)
        return hidden({field: shown})[field]

    def _write(self, lines: Iterable[str]) -> None:
        """Write lines; on a terminal through its pager, which shows a page that fits at once."""
        if self._is_terminal and sys.stdin.isatty():
            os.environ.setdefault("LESS", "FRX")
            click.echo_via_pager((f"{text}\n" for text in lines), color=self._colors)
            return
        for text in lines:
            click.echo(text, color=self._colors)

    # The forms of a list.

    def _table(self, rows: Iterator[dict[str, Any]], fields: Sequence[str]) -> Iterator[str]:
        head, widths = [[*fields]] if self._header else [], None
        while (page := list(itertools.islice(rows, PAGE))) or widths is None:
            cells = [[self._cell(row[name]) for name in fields] for row in page]
            if widths is None:
                columns = zip(*head, *cells, strict=True)
                widths = [max(len(click.unstyle(cell)) for cell in column) for column in columns]
                cells = [*head, *[["-" * width for width in widths] for _ in head], *cells]
            for line in cells:
                yield "  ".join(map(_padded, line, widths)).rstrip()

    def _json(self, rows: Iterator[dict[str, Any]], _: Sequence[str]) -> Iterator[str]:
        yield "["
        row = next(rows, None)
        while row is not None:
            following = next(rows, None)
            yield f"  {json.dumps(row, ensure_ascii=False)}{'' if following is None else ','}"
            row = following
        yield "]"

    def _jsonl(self, rows: Iterator[dict[str, Any]], _: Sequence[str]) -> Iterator[str]:
        for row in rows:
            yield json.dumps(row, ensure_ascii=False)

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

    def _cell(self, value: Any) -> str:
        """Return what stands in a table, on one line and safe to print."""
        shown = "".join(c if c.isprintable() else " " for c in text(value))
        color = COLORS.get(shown) if self._colors else None
        return click.style(shown, fg=color) if color else shown


_WRITERS = {
    "table": Output._table,
    "json": Output._json,
    "jsonl": Output._jsonl,
    "csv": Output._csv,
    "tsv": Output._csv,
    "yaml": Output._yaml,
}


def colors(given: Mapping[str, Any]) -> bool:
    """Return whether to use colours: on a terminal, unless the user wants otherwise."""
    color = given.get("color") or "auto"
    wanted = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    return color == "always" or (color == "auto" and wanted)


def hidden(value: Any) -> Any:
    """Return a plain value with every payload in it replaced by its length."""
    if isinstance(value, list):
        return [hidden(item) for item in value]
    if not isinstance(value, Mapping):
        return value
    return {
        name: _redacted(item) if name in PAYLOADS and item is not None else hidden(item)
        for name, item in value.items()
    }


def _redacted(value: Any) -> str:
    shown = value if isinstance(value, str) else json.dumps(value)
    return f"<redacted {len(shown)} characters>"


def names_of(value: Any) -> list[str]:
    """Return the names of the fields of a model or mapping."""
    return list(value if isinstance(value, Mapping) else value.to_dict())


def of(value: Any, name: str) -> Any:
    """Return a field of a model or mapping, by its name; `a.b` is a field of a field."""
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else getattr(value, part, None)
    return value


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


def plain(value: Any) -> Any:
    """Return a value as all forms can write it."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Domain):
        return value.name
    if isinstance(value, Value):
        told = value.to_dict()
        if set(_ABBREVIATED) <= set(told):
            told = {name: told[name] for name in _ABBREVIATED}
        return {name: plain(getattr(value, name)) for name in told}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item) for item in value]
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)


def text(value: Any) -> str:
    """Return a plain value as text: of a type its name and version, of the rest its JSON."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping) and tuple(value) == _ABBREVIATED:
        return f"{value['name']} {value['version']}"
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ", ".join(value)
    return json.dumps(value, ensure_ascii=False)


def _padded(cell: str, width: int) -> str:
    return cell + " " * (width - len(click.unstyle(cell)))


def _separated(cells: Iterable[str], separator: str) -> str:
    line = io.StringIO()
    csv.writer(line, delimiter=separator, lineterminator="").writerow(cells)
    return line.getvalue()


def _yaml(value: Any) -> str:
    import yaml  # only this form needs it

    dumped: str = yaml.safe_dump(value, sort_keys=False, allow_unicode=True)
    return dumped.rstrip("\n")
