from __future__ import annotations

import base64
import datetime
import decimal
import json
import uuid
from dataclasses import dataclass

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from swf import codecs
from swf.exceptions import ValidationError


@dataclass
class Order:
    number: int
    lines: list


@attrs.frozen
class Line:
    sku: str
    _price: decimal.Decimal


class Shift:
    """A cipher that is good for tests only."""

    def encrypt(self, data):
        return bytes(255 - byte for byte in data)

    decrypt = encrypt


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


@pytest.fixture(params=["typed", "compressed", "encrypted", "stored", "all"])
def codec(request, tmp_path):
    store = codecs.DirectoryStore(tmp_path / "payloads")
    return {
        "typed": TYPED,
        "compressed": codecs.Compressed(TYPED, above=10),
        "encrypted": codecs.Encrypted(Shift(), TYPED),
        "stored": codecs.ClaimCheck(store, TYPED, above=10),
        "all": codecs.ClaimCheck(
            store, codecs.Encrypted(Shift(), codecs.Compressed(TYPED, above=10)), above=10
        ),
    }[request.param]


@given(VALUES)
def test_every_value_comes_back_as_it_was(value):
    text = TYPED.encode(value, "input")

    assert TYPED.decode(text) == value
    assert json.loads(text) is not ...


@pytest.mark.parametrize(
    "value",
    [
        "text",
        "42",
        {"$type": "set", "value": [1]},
        {1: "a", (2, 3): "b"},
        {3, 1, 2},
        frozenset(("b", "a")),
        [Order(1, [Line("x", decimal.Decimal("1.50"))])],
        uuid.UUID(int=5),
        "x" * 100_000,
    ],
    ids=lambda value: type(value).__name__,
)
def test_chained_codecs_give_back_what_they_took(codec, value):
    assert codec.decode(codec.encode(value, "input")) == value


def test_equal_sets_are_equal_texts():
    assert TYPED.encode({"b", "a", "c"}, "x") == TYPED.encode({"c", "b", "a"}, "x")


def test_a_class_that_was_not_registered_stays_a_dictionary_and_nothing_is_imported():
    text = codecs.JSON.encode(Order(1, []), "input")

    assert codecs.JSON.decode(text) == {"number": 1, "lines": []}


def test_text_of_others_is_itself():
    assert codecs.JSON.decode("no json") == "no json"


def test_what_cannot_be_written_is_named():
    with pytest.raises(ValidationError, match="input"):
        codecs.JSON.encode({"f": object()}, "input")


def test_an_encrypted_payload_shows_nothing():
    text = codecs.Encrypted(Shift()).encode({"secret": "hunter2"}, "input")

    assert "hunter2" not in text
    assert b"hunter2" not in base64.b85decode(text.removeprefix(codecs.Encrypted.PREFIX))


def test_equal_payloads_are_stored_once(tmp_path):
    codec = codecs.ClaimCheck(codecs.DirectoryStore(tmp_path), above=10)

    texts = {codec.encode({"x": "y" * 100}, "input") for _ in range(3)}

    assert len(texts) == 1
    assert len(list(tmp_path.iterdir())) == 1


def test_a_stored_payload_that_was_changed_is_refused(tmp_path):
    codec = codecs.ClaimCheck(codecs.DirectoryStore(tmp_path), above=10)
    text = codec.encode("y" * 100, "input")
    next(tmp_path.iterdir()).write_bytes(b'"z"')

    with pytest.raises(ValidationError, match="was changed"):
        codec.decode(text)


def test_an_address_cannot_lead_out_of_the_store(tmp_path):
    codec = codecs.ClaimCheck(codecs.DirectoryStore(tmp_path / "store"))

    with pytest.raises(ValidationError, match="no address"):
        codec.decode(f"{codec.PREFIX}../../etc/passwd 12")


def test_a_store_of_s3_puts_and_gets_objects():
    kept = {}

    class Client:
        def put_object(self, Bucket, Key, Body):  # noqa: N803 - S3's names
            kept[Bucket, Key] = Body

        def get_object(self, Bucket, Key):  # noqa: N803 - S3's names
            class Body:
                read = staticmethod(lambda: kept[Bucket, Key])

            return {"Body": Body}

    codec = codecs.ClaimCheck(codecs.S3Store(Client(), "bucket", "jumbo/"), above=10)

    assert codec.decode(codec.encode("y" * 100, "input")) == "y" * 100
    assert next(iter(kept))[0] == "bucket"
    assert next(iter(kept))[1].startswith("jumbo/")
