"""Text tables: alignment, and columns cut to fit a terminal."""

from __future__ import annotations

import pytest

from swf.cli.table import TextTable

ID, PROSE = "0123456789" * 4, "x" * 60


def lines(row, **how):
    return [*TextTable(list(row), **how).lines(iter([row]))]


def test_columns_are_aligned_with_their_names():
    assert lines({"name": "one", "count": 10}) == ["name  count", "----  -----", "one   10"]


@pytest.mark.parametrize("wide", ["中文", "e\u0301e\u0301"], ids=["two columns", "none"])
@pytest.mark.parametrize("width", [None, 80])
def test_wide_characters_are_aligned(wide, width):
    head, _, line = lines({"name": wide, "count": 1}, width=width)

    columns = {"中": 2, "文": 2, "\u0301": 0}
    before = line[: line.index("1")]
    assert sum(columns.get(character, 1) for character in before) == head.index("count")


def test_prose_is_cut_to_fit():
    *_, line = lines({"workflow_id": ID, "description": PROSE}, width=80)

    assert line == f"{ID}  {'x' * 37}…"


def test_ids_are_never_cut():
    *_, line = lines({"workflow_id": ID, "description": PROSE}, width=20)

    assert line == f"{ID}  {'x' * 15}…"


@pytest.mark.parametrize("width", [None, 200], ids=["no terminal", "a wide one"])
def test_rows_that_fit_are_complete(width):
    *_, line = lines({"workflow_id": ID, "description": PROSE}, width=width)

    assert line == f"{ID}  {PROSE}"


def test_wide_prose_is_cut_between_characters():
    *_, line = lines({"description": "中" * 20}, width=20)

    assert line == f"{'中' * 9}…"


def test_record_is_complete():
    assert [*TextTable(["description"], width=20).record({"description": PROSE})] == [
        f"description  {PROSE}"
    ]


def test_last_columns_are_dropped_on_a_narrow_terminal():
    row = {"workflow_id": ID, "run_id": ID, "start": "2026-01-01"}

    head, *_, note = lines(row, width=60, may_drop=True)

    assert head.split() == ["workflow_id"]
    assert note == "no room for run_id, start; choose --fields"


def test_first_column_is_never_dropped():
    head, *_ = lines({"workflow_id": ID, "run_id": ID}, width=20, may_drop=True)

    assert head.split() == ["workflow_id"]
