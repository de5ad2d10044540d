"""The grammar of the expressions of `where`."""

from __future__ import annotations

import pickle
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from swf.exceptions import ExpressionError
from swf.querysets.expressions import (
    Combination,
    Comparison,
    Literal,
    Negation,
    Regex,
    parse,
    parse_path,
)


def test_conjunctions_bind_more_strongly_than_disjunctions():
    tree = parse("a=1 or b=2 and not c=3")

    assert isinstance(tree, Combination)
    assert tree.is_any
    first, second = tree.terms
    assert first.path == ("a",)
    assert not second.is_any
    assert isinstance(second.terms[1], Negation)


def test_parentheses_override_the_precedence():
    tree = parse("(a=1 OR b=2) AND c=3")

    assert not tree.is_any
    assert tree.terms[0].is_any


def test_comparison_has_path_operator_and_values():
    assert parse('input.items[0]."a b" = \'x"\\n\'') == Comparison(
        ("input", "items", 0, "a b"), "=", (Literal('x"\n', True, 23),), 0
    )
    assert parse("id in (a, 'b')").values == (Literal("a", False, 7), Literal("b", True, 10))
    assert parse("x ~ /a\\/b c/i").values == (Regex("a/b c", True, 4),)


@pytest.mark.parametrize(
    ("negated", "plain"),
    [
        ("a != 1", "a = 1"),
        ("a !~ 1", "a ~ 1"),
        ("a not in (1)", "a in (1)"),
        ("a is not null", "a is null"),
    ],
)
def test_negated_operator_negates_the_comparison(negated, plain):
    tree = parse(negated)

    assert isinstance(tree, Negation)
    assert tree.term.operator == parse(plain).operator


def test_double_negation_is_no_negation():
    assert parse("not not a=1") == Comparison(("a",), "=", (Literal("1", False, 10),), 8)


INVALID = {
    "": ("expected a field, not the end", 0),
    "tag=": ("expected a value", 4),
    "tag=eu and": ("expected a field, not the end", 10),
    "(tag=eu": ("( is not closed", 0),
    "tag=eu)": ("expected and, or, or the end", 6),
    "tag=eu tag=us": ("expected and, or, or the end", 7),
    'a="x': ("the string has no end", 2),
    "a ~ /x": ("the regular expression has no end: write /.../ or /.../i", 4),
    "a b": ("expected an operator: = != < <= > >= ~ !~ in, or is null", 2),
    "a in b": ("expected ( and values, separated by commas", 5),
    "a in (b": ("expected , or )", 7),
    "a is 3": ("expected null", 5),
    "(" * 51 + "a=1" + ")" * 51: ("nested deeper than 50 levels", 50),
    "a=" + "1" * 5000: ("more than 4096 characters", 4096),
}


@pytest.mark.parametrize("expression", INVALID, ids=lambda expression: expression[:14] or "empty")
def test_syntax_error_has_its_position(expression):
    with pytest.raises(ExpressionError) as caught:
        parse(expression)

    problem, position = INVALID[expression]
    assert caught.value.rule == f"{problem}, at character {position + 1}"
    assert caught.value.position == position
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


TOKENS = [*"a.=~()'/[0],", '"', "\\", "in", "and", "or", "not", "null"]


@settings(max_examples=200)
@given(st.lists(st.sampled_from(TOKENS), max_size=12), st.sampled_from(["", " "]))
def test_any_text_is_parsed_or_refused(parts, separator):
    with suppress(ExpressionError):
        parse(separator.join(parts))


def test_path_of_another_text_is_none():
    assert parse_path("input.a[1]") == ("input", "a", 1)
    assert parse_path("-input") is None
    assert parse_path("input=3") is None
