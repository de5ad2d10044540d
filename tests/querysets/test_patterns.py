"""Regular expressions whose search takes linear time."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from swf.exceptions import ValidationError
from swf.querysets.patterns import Pattern, trigrams

ATOMS = st.sampled_from(
    ["a", "b", "A", "1", ".", "[ab]", "[^a]", "[a-c]", "[]b]", r"\d", r"\w", r"\S", r"\.", "^", "$"]
)
REPETITIONS = st.sampled_from(["*", "+", "?", "{2}", "{1,2}", "{0,1}", "{2,}", "{,2}"])
PATTERNS = st.recursive(
    ATOMS,
    lambda parts: (
        st.lists(parts, max_size=3).map("".join)
        | st.lists(parts, min_size=2, max_size=3).map(lambda each: f"({'|'.join(each)})")
        | st.tuples(parts, REPETITIONS).map(lambda pair: f"(?:{pair[0]}){pair[1]}")
    ),
    max_leaves=6,
)


@settings(max_examples=150)
@given(PATTERNS, st.text("abA1.]\n", max_size=6), st.booleans())
def test_search_finds_the_same_as_python(source, text, ignore_case):
    pattern = Pattern(source, ignore_case=ignore_case)
    # Python's $ also matches before a line end at the end of the text.
    expected = re.search(source.replace("$", r"\Z"), text, re.IGNORECASE if ignore_case else 0)

    assert pattern.search(text) == bool(expected)
    if expected:
        searched = text.lower() if ignore_case else text
        assert all(literal in searched for literal in pattern.literals)


@pytest.mark.timeout(5)
@pytest.mark.parametrize(
    "source", ["(a+)+b", "(a|a)*b", "(.*a){12}x", "(a?){30}a{30}b", "((((a*)*)*)*)*b"]
)
def test_patterns_that_python_cannot_search_take_linear_time(source):
    assert not Pattern(source).search("a" * 32_768)


INVALID = {
    "a(": "a ( is not closed at 4",
    "a)": "a ) without its ( at 2",
    "*": "nothing to repeat at 1",
    "a**": "a repetition of a repetition at 4",
    "a+?": "a repetition of a repetition at 4",
    "[": "a [ is not closed at 2",
    "[z-a]": "an invalid range at 5",
    "a{3,1}": "{3,1}: a maximum below the minimum at 7",
    r"\1": r"\1 is not supported, at 3",
    r"\b": r"\b is not supported, at 3",
    "(?=a)": "(?...) is not supported, except (?:...), at 2",
    "((a{90}){90}){90}": "needs more than 1000 states; repeat less",
    "(" * 51: "groups are nested deeper than 50 at 52",
    "a" * 1001: "has 1001 characters; the limit is 1000",
}


@pytest.mark.parametrize("source", INVALID, ids=lambda source: source[:10])
def test_invalid_pattern_is_refused_with_the_reason(source):
    with pytest.raises(ValidationError) as caught:
        Pattern(source)

    assert caught.value.rule == INVALID[source]


@pytest.mark.parametrize(
    ("source", "literals"),
    [
        ("time(d )?out", ("time", "out")),
        ("foo.bar", ("foo", "bar")),
        ("(abc)+d", ("abc", "d")),
        ("abc|def", ()),
        ("a{0,2}x", ("x",)),
    ],
)
def test_literals_are_parts_of_every_match(source, literals):
    assert Pattern(source).literals == literals


def test_trigrams_are_all_parts_of_three_characters():
    assert trigrams(["abcd", "xy", "bcd"]) == {"abc", "bcd"}
