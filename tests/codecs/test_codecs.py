from __future__ import annotations

import base64
import datetime
import decimal
import hashlib
import json
import uuid
from dataclasses import dataclass

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from swf import codecs
from swf.codecs.cache import ExpiringCache
from swf.exceptions import InvalidTypeError, ValidationError


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
    text = codecs.TYPED_JSON.encode(Order(1, []), "input")

    assert codecs.TYPED_JSON.decode(text) == {"number": 1, "lines": []}


@pytest.mark.parametrize("types", [[int], [Order, "Line"], [Order("tea", [])], Order, None])
def test_a_class_that_cannot_come_back_as_such_is_refused(types):
    with pytest.raises(InvalidTypeError, match=r"^types=.*: must be .*dataclasses"):
        codecs.TypedJSON(types)


def test_text_of_others_is_itself():
    assert codecs.TYPED_JSON.decode("no json") == "no json"


@pytest.mark.parametrize(
    ("written", "read", "envelope"),
    [
        (codecs.Compressed(), TYPED, "swf+zlib:"),
        (codecs.Encrypted(Shift()), codecs.TYPED_JSON, "swf+encrypted:"),
        (codecs.Encrypted(Shift(), codecs.Compressed()), codecs.Encrypted(Shift()), "swf+zlib:"),
    ],
    ids=["compressed", "encrypted", "both, and one is here"],
)
def test_what_a_codec_wrote_that_is_not_here_is_no_text(written, read, envelope):
    text = written.encode({"secret": "hunter2 " * 200}, "input")

    with pytest.raises(ValidationError, match="a codec that is not in use here") as refused:
        read.decode(text)

    assert refused.value.value == envelope


def test_text_that_looks_like_what_a_codec_wrote_comes_back_as_it_was(codec):
    assert codec.decode(codec.encode("swf+stored:me", "input")) == "swf+stored:me"


def test_what_cannot_be_written_is_named():
    with pytest.raises(ValidationError, match="input"):
        codecs.TYPED_JSON.encode({"f": object()}, "input")


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
        codecs.ClaimCheck(codecs.DirectoryStore(tmp_path)).decode(text)


class DictStore(dict):
    """A store in memory that counts what it is asked."""

    def __init__(self):
        self.asked = []

    def put(self, key, data):
        self.asked.append("put")
        self[key] = data

    def get(self, key):
        self.asked.append("get")
        return self[key]


class Salted:
    """A cipher whose texts differ each time, as those of a good one do."""

    def __init__(self):
        self.salt = 0

    def encrypt(self, data):
        self.salt += 1
        return bytes([self.salt]) + Shift().encrypt(data)

    def decrypt(self, token):
        return Shift().encrypt(token[1:])


SECRET = b"known to deciders and workers"


def stored_and_encrypted(store, cipher=None, **options):
    return codecs.ClaimCheck(
        store, codecs.Encrypted(cipher or Salted(), TYPED), above=10, **options
    )


@pytest.mark.parametrize("options", [{}, {"secret": SECRET}], ids=["alone", "with a secret"])
def test_what_is_stored_can_be_encrypted_and_is_stored_once(options):
    store = DictStore()
    codec = stored_and_encrypted(store, **options)

    texts = {codec.encode("hunter2 " * 9, "input") for _ in range(3)}

    (data,) = store.values()
    packed = base64.b85decode(data.removeprefix(codecs.Encrypted.PREFIX.encode()))
    assert len(texts) == 1
    assert store.asked == ["put"]
    assert b"hunter2" not in packed


def test_with_a_secret_another_process_stores_an_encrypted_value_under_the_same_key():
    store, cipher = DictStore(), Salted()

    texts = {
        stored_and_encrypted(store, cipher, secret=SECRET).encode("y" * 100, "input")
        for _ in range(3)
    }

    assert len(texts) == len(store) == 1
    assert stored_and_encrypted(store, secret=SECRET).decode(*texts) == "y" * 100


def test_an_address_tells_nothing_of_what_is_encrypted():
    clear = TYPED.encode("y" * 100, "input").encode()
    guesses = {hashlib.sha256(clear).hexdigest(), hashlib.sha256(b"y" * 100).hexdigest()}
    stores = [DictStore(), DictStore()]

    for store, secret in zip(stores, (SECRET, SECRET[::-1]), strict=True):
        stored_and_encrypted(store, secret=secret).encode("y" * 100, "input")

    assert stores[0].keys().isdisjoint(stores[1])
    assert guesses.isdisjoint({*stores[0], *stores[1]})


def test_what_was_exchanged_for_another_value_in_the_store_is_refused():
    store = DictStore()
    codec = stored_and_encrypted(store, secret=SECRET)
    text, other = codec.encode("y" * 100, "input"), codec.encode("z" * 100, "input")
    (key, _), (_, data) = store.items()
    store[key] = data

    with pytest.raises(ValidationError, match="was changed in its store"):
        stored_and_encrypted(store, secret=SECRET).decode(text)
    assert stored_and_encrypted(store, secret=SECRET).decode(other) == "z" * 100


def test_what_was_stored_without_a_secret_is_read_with_one():
    store = DictStore()
    text = stored_and_encrypted(store).encode("y" * 100, "input")

    assert stored_and_encrypted(store, secret=SECRET).decode(text) == "y" * 100


@pytest.mark.parametrize("secret", ["hunter2 hunter2 hunter2", b"hunter2"], ids=["text", "short"])
def test_a_secret_that_is_none_is_refused_and_not_shown(secret):
    with pytest.raises(ValidationError, match="16 bytes or more") as refused:
        codecs.ClaimCheck(DictStore(), secret=secret)

    assert "hunter2" not in str(refused.value)


def test_what_would_be_stored_as_clear_text_is_refused():
    inside = codecs.Compressed(codecs.ClaimCheck(DictStore()))

    with pytest.raises(ValidationError, match="put ClaimCheck around Encrypted"):
        codecs.Encrypted(Shift(), inside)


def test_the_store_is_not_asked_for_what_was_just_stored_or_fetched():
    store = DictStore()
    writer, reader = codecs.ClaimCheck(store, above=10), codecs.ClaimCheck(store, above=10)

    text = writer.encode("y" * 100, "input")
    assert [each.decode(text) for each in (writer, reader, reader)] == ["y" * 100] * 3

    assert store.asked == ["put", "get"]


def test_the_oldest_is_forgotten_where_there_is_no_room():
    recent = ExpiringCache(10)

    for key in "abc":
        recent.put(key, key.upper(), 4)
    recent.put("d", "too much", 11)

    assert [recent.get(key) for key in "abcd"] == [None, "B", "C", None]


def test_what_is_remembered_is_remembered_for_ten_minutes():
    now = [0.0]
    recent = ExpiringCache(10, lambda: now[0])
    recent.put("a", "A")

    now[0] = 599
    assert recent.get("a") == "A"
    now[0] = 601
    assert recent.get("a") is None


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
