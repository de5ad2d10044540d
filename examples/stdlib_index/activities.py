"""Read the packages of Python's standard library, and count lines, classes and functions."""

from __future__ import annotations

import ast
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from threading import Lock
from typing import Any

STDLIB = Path(sysconfig.get_path("stdlib"))
#: Serializes `ast.parse`, which is not thread-safe in CPython (issue 106905 of CPython).
PARSER = Lock()
EXCLUDED = {"site-packages", "dist-packages", "test", "tests", "__pycache__"}


def packages() -> list[str]:
    """Return the names of the packages that are written in Python."""
    return sorted(
        entry.name
        for entry in STDLIB.iterdir()
        if entry.name not in EXCLUDED and (entry / "__init__.py").is_file()
    )


def sources(package: str) -> Iterator[Path]:
    """Yield the source files of a package, without its tests."""
    for path in sorted((STDLIB / package).rglob("*.py")):
        if not EXCLUDED.intersection(path.parts[len(STDLIB.parts) :]):
            yield path


def count_lines(package: str) -> dict[str, int]:
    """Return the number of files and lines of a package."""
    lines = [path.read_bytes().count(b"\n") for path in sources(package)]
    return {"files": len(lines), "lines": sum(lines)}


def count_names(package: str) -> dict[str, int]:
    """Return the number of classes and functions of a package."""
    counts = {"classes": 0, "functions": 0}
    for path in sources(package):
        with PARSER:
            tree = ast.parse(path.read_bytes())
        for node in ast.walk(tree):
            counts["classes"] += isinstance(node, ast.ClassDef)
            counts["functions"] += isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    return counts


def summarize(counts: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the totals of all packages, and the largest package."""
    keys = ("files", "lines", "classes", "functions")
    largest = max(counts, key=lambda count: count["lines"])
    sums = {key: sum(count[key] for count in counts) for key in keys}
    return {"packages": len(counts), **sums, "largest": largest["package"]}
