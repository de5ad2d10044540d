"""Text for people: escapes the characters by which a text could control a terminal.

Ids, reasons, tags and payloads may come from anyone. Every output for people (tables, reports,
messages) passes `escape_controls`; machine formats (JSON, csv) do not.
"""

from __future__ import annotations

import json
import logging
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable
from datetime import timedelta
from html import escape
from itertools import accumulate
from typing import Any

#: Control characters, format characters (bidirectional overrides among them), surrogates, private
#: and unassigned characters, line and paragraph separators.
_ESCAPED_CATEGORIES = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))


class _Escapes(dict[int, str]):
    """Code point -> its replacement, computed on first use."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        escaped = unicodedata.category(character) in _ESCAPED_CATEGORIES
        self[code] = ascii(character)[1:-1] if escaped else character
        return self[code]


_ESCAPES = _Escapes()
_ESCAPES_OF_LINES = _Escapes({ord("\n"): "\n", ord("\t"): "\t"})


def escape_controls(text: str, *, lines: bool = False) -> str:
    r"""Return a text with its control characters as escapes: ESC becomes `\x1b`.

    :param text: any text, also one that is not valid Unicode.
    :param lines: keep newlines and tabs, for a text of several lines.
    """
    if text.isprintable():
        return text
    return text.translate(_ESCAPES_OF_LINES if lines else _ESCAPES)


#: Line ends and control characters that JSON allows unescaped.
_JSON_ESCAPES = {
    code: f"\\u{code:04x}"
    for code in (*range(0x7F, 0xA0), 0x61C, *range(0x200B, 0x2010), *range(0x2028, 0x202F),
                 *range(0x2060, 0x2070), 0xFEFF)
}  # fmt: skip


def dump_json(value: Any, indent: int | None = None) -> str:
    """Return JSON on lines that end in line feeds only, with control characters escaped.

    :param indent: spaces per level; None for one line.
    """
    return json.dumps(value, ensure_ascii=False, indent=indent).translate(_JSON_ESCAPES)


def mask_password(text: str) -> str:
    """Return a text with the user and password of each URL as `...`.

    :param text: a URL, or a message that contains some.
    """
    return re.sub(r"(?<=//)[^/@\s]+@", "...@", text)


class EscapingFormatter(logging.Formatter):
    """Formats log records without control characters: a record cannot forge another one.

    A message is one line, and the lines of a traceback are indented.
    """

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the name in logging
        """Return the line of a record."""
        return escape_controls(super().formatMessage(record))

    def formatException(self, ei: Any) -> str:  # noqa: N802 - the name in logging
        """Return the lines of a traceback.

        :param ei: the error as `sys.exc_info` returns it.
        """
        text = escape_controls(super().formatException(ei), lines=True)
        return "\n".join(f"  {line}" for line in text.split("\n"))


def format_duration(duration: timedelta) -> str:
    """Return a duration in one or two units: `336 ms`, `1.7 s`, `2 min 5 s`, `3 d`."""
    seconds = duration.total_seconds()
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    days, rest = divmod(round(seconds), 86_400)
    hours, rest = divmod(rest, 3600)
    minutes, rest = divmod(rest, 60)
    parts = [(days, "d"), (hours, "h"), (minutes, "min"), (rest, "s")]
    first = next((index for index, (count, _) in enumerate(parts) if count), 2)
    return " ".join(f"{count} {unit}" for count, unit in parts[first : first + 2] if count)


def display_width(text: str) -> int:
    """Return the width of a text in columns of a terminal; East Asian characters take two."""
    return len(text) if text.isascii() else sum(map(_character_width, text))


def _character_width(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def cut_to_width(text: str, width: int, ellipsis: str = "...") -> str:
    """Return a text that fits a width, ending in an ellipsis if something is missing.

    :param width: columns of a terminal, more than those of the ellipsis.
    :param ellipsis: the end of a shortened text.
    """
    ends = [*accumulate(map(_character_width, text))]
    if not ends or ends[-1] <= width:
        return text
    return f"{text[: bisect_right(ends, width - len(ellipsis))]}{ellipsis}"


def suggest(name: str, choices: Iterable[str]) -> str:
    """Return a hint for a mistyped name: `did you mean 'x'?`; empty if no choice is similar.

    :param name: the unknown name.
    :param choices: the valid names.
    """
    from difflib import get_close_matches  # only for a mistyped name

    matches = get_close_matches(name, [*choices], n=1)
    return f"did you mean {matches[0]!r}?" if matches else ""


def escape_markup(text: str) -> str:
    """Return a text for HTML and SVG: without control characters and markup; it keeps newlines."""
    return escape(escape_controls(text, lines=True))
