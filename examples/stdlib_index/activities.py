"""The work: count the lines, classes and functions of a package of Python's standard library."""

from __future__ import annotations

import ast
import sysconfig
from pathlib import Path
from typing import Any

STDLIB = Path(sysconfig.get_path("stdlib"))
LEFT_OUT = {"site-packages", "dist-packages", "test", "tests", "__pycache__"}


def packages() -> list[str]:
    """Return the names of the standard library's packages that are written in Python."""
    return sorted(
        entry.name
        for entry in STDLIB.iterdir()
        if entry.name not in LEFT_OUT and (entry / "__init__.py").is_file()
    )


def index_package(package: str) -> dict[str, Any]:
    """Return how many files, lines, classes and functions a package has."""
    counts = {"package": package, "files": 0, "lines": 0, "classes": 0, "functions": 0}
    for path in (STDLIB / package).rglob("*.py"):
        if LEFT_OUT.intersection(path.parts[len(STDLIB.parts) :]):
            continue
        source = path.read_bytes()
        counts["files"] += 1
        counts["lines"] += source.count(b"\n")
        for node in ast.walk(ast.parse(source)):
            counts["classes"] += isinstance(node, ast.ClassDef)
            counts["functions"] += isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    return counts


def summarize(counts: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the sums over all packages, and the largest package."""
    keys = ("files", "lines", "classes", "functions")
    largest = max(counts, key=lambda count: count["lines"])
    sums = {key: sum(count[key] for count in counts) for key in keys}
    return {"packages": len(counts), **sums, "largest": largest["package"]}
