"""Fixtures for tests of the migration tables: one check per row.

A test module defines `PAGE`, the file name of its page, and `CHECKS`: prefix of a row -> function
that verifies the row. The parameters of the function are fixtures.
"""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

HOWTO = Path(__file__).parents[2] / "docs" / "howto"


def rows(page):
    """Return the first cell of each row of the tables of differences, without code marks."""
    section = (HOWTO / page).read_text().partition("| before | now |")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")]
    cells = [line.split(" | ")[0].strip("| ") for line in lines]
    return [cell.replace("`", "") for cell in cells if cell not in ("before", "---")]


def pytest_generate_tests(metafunc):
    """Run a test with a `row` parameter for each row of its module's page."""
    if "row" in metafunc.fixturenames:
        metafunc.parametrize("row", rows(metafunc.module.PAGE))


@pytest.fixture
def verify(request):
    """Return a function that runs the check of a row; each row has exactly one."""

    def verify(row):
        checks = [
            check for prefix, check in request.module.CHECKS.items() if row.startswith(prefix)
        ]
        assert len(checks) == 1, f"{row}: {len(checks)} checks"
        checks[0](*map(request.getfixturevalue, inspect.signature(checks[0]).parameters))

    return verify
