"""Text for people: escapes the characters by which a text could control a terminal.

Ids, reasons, tags and payloads may come from anyone. Every output for people (tables, reports,
messages) passes `escape_controls`; machine formats (JSON, csv) do not.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from html import escape

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
