"""Wrapping codecs: compression, encryption, claim checks."""

from __future__ import annotations

import base64
import decimal
import hashlib
import uuid
from dataclasses import dataclass

import attrs
import pytest

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
    """A cipher for tests."""

    def encrypt(self, data):
        return bytes(255 - byte for byte in data)

    decrypt = encrypt


TYPED = codecs.TypedJSON([Order, Line])


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
def test_nested_codecs_survive_a_round_trip(codec, value):
    assert codec.decode(codec.encode(value, "input")) == value


@pytest.mark.parametrize(
    ("written", "read", "envelope"),
    [
        (codecs.Compressed(), TYPED, "swf+zlib:"),
        (codecs.Encrypted(Shift()), codecs.TYPED_JSON, "swf+encrypted:"),
        (codecs.Encrypted(Shift(), codecs.Compressed()), codecs.Encrypted(Shift()), "swf+zlib:"),
    ],
    ids=["compressed", "encrypted", "both, and one is here"],
)
def test_text_of_missing_codec_is_refused(written, read, envelope):
    text = written.encode({"secret": "hunter2 " * 200}, "input")

    with pytest.raises(ValidationError, match="a codec that is not configured") as refused:
        read.decode(text)

    assert refused.value.value == envelope


def test_string_with_codec_prefix_survives_a_round_trip(codec):
    assert codec.decode(codec.encode("swf+stored:me", "input")) == "swf+stored:me"


def test_encrypted_text_hides_the_value():
    text = codecs.Encrypted(Shift()).encode({"secret": "hunter2"}, "input")

    assert "hunter2" not in text
    assert b"hunter2" not in base64.b85decode(text.removeprefix(codecs.Encrypted.PREFIX))


def test_equal_payloads_are_stored_once(tmp_path):
    codec = codecs.ClaimCheck(codecs.DirectoryStore(tmp_path), above=10)

    texts = {codec.encode({"x": "y" * 100}, "input") for _ in range(3)}

    assert len(texts) == 1
    assert len(list(tmp_path.iterdir())) == 1


def test_changed_stored_payload_is_refused(tmp_path):
    codec = codecs.ClaimCheck(codecs.DirectoryStore(tmp_path), above=10)
    text = codec.encode("y" * 100, "input")
    next(tmp_path.iterdir()).write_bytes(b'"z"')

    with pytest.raises(ValidationError, match="was changed"):
        codecs.ClaimCheck(codecs.DirectoryStore(tmp_path)).decode(text)


class DictStore(dict):
    """A store in memory that records its calls."""

    def __init__(self):
        self.requests = []

    def put(self, key, data):
        self.requests.append("put")
        self[key] = data

    def get(self, key):
        self.requests.append("get")
        return self[key]


class Salted:
    """A cipher whose texts differ each time."""

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
def test_encrypted_payload_is_stored_once(options):
    store = DictStore()
    codec = stored_and_encrypted(store, **options)

    texts = {codec.encode("hunter2 " * 9, "input") for _ in range(3)}

    (data,) = store.values()
    packed = base64.b85decode(data.removeprefix(codecs.Encrypted.PREFIX.encode()))
    assert len(texts) == 1
    assert store.requests == ["put"]
    assert b"hunter2" not in packed


def test_secret_gives_same_address_in_every_process():
    store, cipher = DictStore(), Salted()

    texts = {
        stored_and_encrypted(store, cipher, secret=SECRET).encode("y" * 100, "input")
        for _ in range(3)
    }

    assert len(texts) == len(store) == 1
    assert stored_and_encrypted(store, secret=SECRET).decode(*texts) == "y" * 100


def test_address_hides_the_encrypted_value():
    clear = TYPED.encode("y" * 100, "input").encode()
    guesses = {hashlib.sha256(clear).hexdigest(), hashlib.sha256(b"y" * 100).hexdigest()}
    stores = [DictStore(), DictStore()]

    for store, secret in zip(stores, (SECRET, SECRET[::-1]), strict=True):
        stored_and_encrypted(store, secret=secret).encode("y" * 100, "input")

    assert stores[0].keys().isdisjoint(stores[1])
    assert guesses.isdisjoint({*stores[0], *stores[1]})


def test_swapped_stored_payload_is_refused():
    store = DictStore()
    codec = stored_and_encrypted(store, secret=SECRET)
    text, other = codec.encode("y" * 100, "input"), codec.encode("z" * 100, "input")
    (key, _), (_, data) = store.items()
    store[key] = data

    with pytest.raises(ValidationError, match="was changed in its store"):
        stored_and_encrypted(store, secret=SECRET).decode(text)
    assert stored_and_encrypted(store, secret=SECRET).decode(other) == "z" * 100


def test_payload_stored_without_secret_is_readable_with_secret():
    store = DictStore()
    text = stored_and_encrypted(store).encode("y" * 100, "input")

    assert stored_and_encrypted(store, secret=SECRET).decode(text) == "y" * 100


@pytest.mark.parametrize("secret", ["hunter2 hunter2 hunter2", b"hunter2"], ids=["text", "short"])
def test_invalid_secret_is_refused_and_hidden(secret):
    with pytest.raises(ValidationError, match="16 bytes or more") as refused:
        codecs.ClaimCheck(DictStore(), secret=secret)

    assert "hunter2" not in str(refused.value)


def test_encrypted_around_claim_check_is_refused():
    inside = codecs.Compressed(codecs.ClaimCheck(DictStore()))

    with pytest.raises(ValidationError, match="wrap Encrypted in ClaimCheck"):
        codecs.Encrypted(Shift(), inside)


def test_recent_payloads_come_from_cache():
    store = DictStore()
    writer, reader = codecs.ClaimCheck(store, above=10), codecs.ClaimCheck(store, above=10)

    text = writer.encode("y" * 100, "input")
    assert [each.decode(text) for each in (writer, reader, reader)] == ["y" * 100] * 3

    assert store.requests == ["put", "get"]


def test_address_cannot_lead_out_of_the_store(tmp_path):
    codec = codecs.ClaimCheck(codecs.DirectoryStore(tmp_path / "store"))

    with pytest.raises(ValidationError, match="not the address"):
        codec.decode(f"{codec.PREFIX}../../etc/passwd 12")
