import json
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swf import payload
from swf.exceptions import ValidationError

SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
)
VALUES = st.recursive(
    SCALARS | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(VALUES.filter(lambda value: not isinstance(value, str)))
def test_values_survive_plain_json(value):
    assert payload.decode(payload.encode(value, "input")) == value


@given(st.text())
def test_strings_are_sent_unchanged(text):
    assert payload.encode(text, "input") == text


@given(st.text())
def test_any_text_can_be_decoded(text):
    value = payload.decode(text)

    assert value == text or value == json.loads(text)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, None),
        ("", ""),
        (0, "0"),
        (False, "false"),
        ({}, "{}"),
        ({"a": [1, 2.5], "b": None}, '{"a":[1,2.5],"b":null}'),
        ("plain words", "plain words"),
        (["é", "日本"], '["é","日本"]'),
    ],
)
def test_a_value_and_its_text(value, text):
    assert payload.encode(value, "input") == text
    assert payload.decode(text) == value


@pytest.mark.parametrize(
    "text", ["NaN", "-Infinity", "[Infinity]", "[" * 100_000, "9" * 5_000, "{a}"]
)
def test_text_that_is_not_json_is_unchanged(text):
    assert payload.decode(text) == text


def circular():
    value = []
    value.append(value)
    return value


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (float("nan"), "float"),
        ({"deep": [float("inf")]}, "dict"),
        (datetime(2024, 1, 1), "datetime"),
        ({"when": datetime(2024, 1, 1)}, "datetime"),
        (b"bytes", "bytes"),
        ({(1, 2): 3}, "tuple"),
        (circular(), "list"),
    ],
)
def test_value_without_json_is_refused_with_field_and_type(value, words):
    with pytest.raises(ValidationError, match=rf"control.*{words}"):
        payload.encode(value, "control")


def test_refused_payload_is_hidden():
    with pytest.raises(ValidationError) as refused:
        payload.encode({"password": "hunter2", "bad": object()}, "input")

    assert "hunter2" not in f"{refused.value}{refused.value!r}"


@pytest.mark.parametrize("letter", ["x", "é", "\U0001f600"])
def test_the_limit_counts_characters(letter):
    assert payload.encode(letter * 10, "reason", limit=10) == letter * 10

    with pytest.raises(ValidationError, match=r"reason.*11 characters.*10"):
        payload.encode(letter * 11, "reason", limit=10)


def test_too_long_json_is_refused():
    with pytest.raises(ValidationError, match=r"input.*32772 characters.*32768"):
        payload.encode(["x" * 32768], "input")


class Reversed:
    """A codec around JSON, as compression or encryption would be."""

    def encode(self, value, field):
        return payload.PLAIN_JSON.encode(value, field)[::-1]

    def decode(self, text):
        return payload.PLAIN_JSON.decode(text[::-1])


def test_custom_codec_replaces_json():
    text = payload.encode({"a": 1}, "input", codec=Reversed())

    assert text == '}1:"a"{'
    assert payload.decode(text, codec=Reversed()) == {"a": 1}


def test_short_text_is_not_truncated():
    assert payload.cut("x" * 256, 256) == "x" * 256


def test_truncated_text_is_marked_and_keeps_both_ends():
    text = "Traceback" + "." * 40_000 + "ValueError: boom"

    shortened = payload.cut(text, 256)

    assert len(shortened) == 256
    assert shortened.startswith("Traceback")
    assert "[cut from 40025 characters]" in shortened
    assert shortened.endswith("ValueError: boom")


@given(st.text(), st.integers(min_value=0, max_value=200))
def test_truncated_text_respects_limit(text, limit):
    assert len(payload.cut(text, limit)) == min(len(text), limit)


@pytest.mark.parametrize("value", [{"a": 1}, [1, "b"], {"a": {"b": [1]}}, [{"a": 1}], ([1],)])
def test_copy_shares_no_list_or_dictionary(value):
    copy = payload.safe_copy(value)

    assert copy == value
    assert copy is not value
    assert not isinstance(value, tuple) or copy[0] is not value[0]
