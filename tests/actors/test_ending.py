"""The text fields with which activity tasks end."""

from __future__ import annotations

import pytest

from swf.actors.ending import cancellation_details, failure_fields


class UnprintableError(Exception):
    def __str__(self):
        raise RuntimeError("no text")


@pytest.mark.parametrize(
    ("details", "text"),
    [
        (None, None),
        ("at 3", "at 3"),
        ({"done": [1, 2]}, '{"done":[1,2]}'),
        ({1, 2}, "{1, 2}"),
        ("a\ud800", "a\\ud800"),
        (UnprintableError(), "(no message: str() failed)"),
    ],
)
def test_details_of_a_cancellation_are_encoded_or_replaced_by_text(details, text):
    assert cancellation_details(details) == text


def test_long_details_of_a_cancellation_are_cut():
    text = cancellation_details(["x" * 40_000])

    assert len(text) == 32_768
    assert "[cut from 40004 characters]" in text


def test_fields_of_a_failure_fit_for_any_exception():
    for error in (UnprintableError(), ValueError("x" * 40_000), KeyError("\ud800")):
        details, reason = failure_fields(error)

        assert len(details) <= 32_768
        assert len(reason) <= 256
        (details + reason).encode()
