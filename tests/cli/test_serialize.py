"""Plain values."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from swf.cli.serialize import to_plain


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (datetime(2026, 1, 2, 3, 4, 5, 678000, timezone.utc), "2026-01-02T03:04:05.678+00:00"),
        (timedelta(minutes=1.5), 90.0),
        ({"a": (1, {2: None})}, {"a": [1, {"2": None}]}),
    ],
    ids=["a time", "a duration", "nested values"],
)
def test_to_plain_converts_values_for_output(value, written):
    assert to_plain(value) == written
