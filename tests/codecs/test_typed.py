"""TypedJSON: round trips, registered classes, refusals."""

from __future__ import annotations

import datetime
import decimal
import json
from dataclasses import dataclass

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from swf import codecs
from swf.exceptions import InvalidTypeError, ValidationError


@dataclass
class Order:
    number: int
    lines: list


@attrs.frozen
class Line:
    sku: str
    _price: decimal.Decimal


TYPED = codecs.TypedJSON([Order, Line])


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.binary()
    | st.dates()
    | st.times()
    | st.datetimes(timezones=st.just(datetime.timezone.utc))
    | st.timedeltas()
    | st.uuids()
    | st.decimals(allow_nan=False),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(st.text(max_size=9) | st.integers(), inner, max_size=4)
        | st.sets(st.integers() | st.text(), max_size=4)
    ),
    max_leaves=12,
)


@given(VALUES)
def test_values_survive_a_round_trip(value):
    text = TYPED.encode(value, "input")

    assert TYPED.decode(text) == value
    assert json.loads(text) is not ...


def test_equal_sets_have_equal_texts():
    assert TYPED.encode({"b", "a", "c"}, "x") == TYPED.encode({"c", "b", "a"}, "x")


def test_unregistered_class_stays_a_dictionary():
    text = codecs.TYPED_JSON.encode(Order(1, []), "input")

    assert codecs.TYPED_JSON.decode(text) == {"number": 1, "lines": []}


@pytest.mark.parametrize("types", [[int], [Order, "Line"], [Order("tea", [])], Order, None])
def test_types_must_be_dataclasses_or_attrs_classes(types):
    with pytest.raises(InvalidTypeError, match=r"^types=.*: must be .*dataclasses"):
        codecs.TypedJSON(types)


def test_foreign_text_is_returned_unchanged():
    assert codecs.TYPED_JSON.decode("no json") == "no json"


def test_unencodable_field_is_named():
    with pytest.raises(ValidationError, match="input"):
        codecs.TYPED_JSON.encode({"f": object()}, "input")
