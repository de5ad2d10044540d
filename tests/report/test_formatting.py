from __future__ import annotations

from datetime import timedelta

import pytest

from swf.report.formatting import format_duration, format_seconds


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.336, "336 ms"), (1.7, "1.7 s"), (60, "1 min"), (125, "2 min 5 s"), (3600, "1 h"),
        (5400, "1 h 30 min"), (3605, "1 h"), (7 * 86400, "7 d"), (100 * 3600, "4 d 4 h"),
    ],
)  # fmt: skip
def test_duration_has_at_most_two_units(seconds, text):
    assert format_duration(timedelta(seconds=seconds)) == text


def test_one_second_is_singular():
    assert [format_seconds(timeout) for timeout in (1, 60, 3600, "NONE")] == [
        "1 second",
        "60 seconds",
        "3,600 seconds",
        "NONE",
    ]
