"""Tables of what changes, and the tests that show each of their rows.

A module has the name of its page, `PAGE`, and `CHECKS`: how a row begins -> a function that shows
that it is so, given the fixtures that it asks for.
"""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

HOWTO = Path(__file__).parents[2] / "docs" / "howto"


def rows(page):
    """Return the first cell of each row of the table of what changes, without its marks."""
    table = (HOWTO / page).read_text().partition("| before | now |")[2].partition("\n\n")[0]
    cells = [line.split(" | ")[0].strip("| ") for line in table.splitlines() if "|" in line]
    return [cell.replace("`", "") for cell in cells[1:]]


def pytest_generate_tests(metafunc):
    """Give a test that asks for a row each row of its module's page."""
    if "row" in metafunc.fixturenames:
        metafunc.parametrize("row", rows(metafunc.module.PAGE))


@pytest.fixture
def shows(request):
    """Show that a row is so, by the one check for it."""

    def showing(row):
        checks = request.module.CHECKS
        found = [each for begins, each in checks.items() if row.startswith(begins)]
        assert len(found) == 1, f"{row}: {len(found)} checks"
        found[0](*map(request.getfixturevalue, inspect.signature(found[0]).parameters))

    return showing
