"""Docstrings are written so that Sphinx and `help()` show every field."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
FIELD = re.compile(r":(?:param|returns?|raises|yields?|rtype|type)\b[^:`]*:(?=\s|$)")
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def docstrings(source: str):
    """Yield every docstring of a module."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, DOCUMENTED) and (text := ast.get_docstring(node)):
            yield text


def hidden_fields(text: str) -> list[str]:
    """Return the lines with a field that does not begin the line: docutils reads it as text."""
    return [line for line in text.splitlines() if FIELD.search(line.lstrip(), 1)]


def test_every_docstring_field_begins_a_line():
    lines = [
        f"{path.relative_to(ROOT)}: {line}"
        for path in sorted((ROOT / "swf").rglob("*.py"))
        for text in docstrings(path.read_text())
        for line in hidden_fields(text)
    ]

    assert lines == []


def test_second_field_of_a_line_is_found():
    assert hidden_fields("Start.\n\n:param a: One. :param b: Two.") == [
        ":param a: One. :param b: Two."
    ]
    assert hidden_fields("Start.\n\n:param a: One\n    here. :raises E: Two.") == [
        "    here. :raises E: Two."
    ]


def test_roles_and_field_lists_are_not_hidden_fields():
    assert hidden_fields("See :class:`Flow`.\n\n:param a: One.\n:returns: Two.") == []
