"""Damaged and hostile text: every codec raises ValidationError and nothing else, within bounds."""

from __future__ import annotations

import base64
import contextlib
import dataclasses
import json
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swf import payload
from swf.codecs import ClaimCheck, Compressed, DirectoryStore, Encrypted, TypedJSON
from swf.codecs.wrappers import MAX_EXPANSION, SMALL_TEXT
from swf.exceptions import ValidationError


@dataclasses.dataclass
class Order:
    items: list

    def __post_init__(self):
        if self.items == "explode":
            raise RuntimeError("boom")


ORDER = f"{Order.__module__}.{Order.__qualname__}"


def typed(name, value):
    return json.dumps({"$type": name, "value": value})


def packed(data):
    return "swf+zlib:" + base64.b85encode(data).decode()


class Fixed:
    """A cipher that decrypts everything to the same bytes, or fails."""

    def __init__(self, data=None):
        self.data = data

    def encrypt(self, data):
        return data

    def decrypt(self, token):
        if self.data is None:
            raise LookupError("no key")
        return self.data


DAMAGED = {
    "datetime of a number": typed("datetime", 5),
    "date of a list": typed("date", []),
    "year 0": typed("datetime", "0000-01-01"),
    "timedelta of 8 numbers": typed("timedelta", [1] * 8),
    "infinite timedelta": '{"$type":"timedelta","value":[1e999]}',
    "huge timedelta": typed("timedelta", [10**12]),
    "timedelta of null": typed("timedelta", None),
    "uuid of a number": typed("uuid", 5),
    "invalid uuid": typed("uuid", "x"),
    "invalid decimal": typed("decimal", "abc"),
    "decimal of a list": typed("decimal", [1, 2]),
    "bytes of a number": typed("bytes", 5),
    "bytes of non-ASCII text": typed("bytes", "é"),
    "tuple of a number": typed("tuple", 5),
    "set of lists": typed("set", [[1]]),
    "frozenset of objects": typed("frozenset", [{}]),
    "dict of a number": typed("dict", 5),
    "dict with list keys": typed("dict", [[[1], 2]]),
    "dict of triples": typed("dict", [[1, 2, 3]]),
    "class with unknown members": typed(ORDER, {"x": 1}),
    "class of a list": typed(ORDER, [1]),
    "class that raises": typed(ORDER, {"items": "explode"}),
    "deep list": "[" * 700 + "]" * 700,
    "very deep list": "[" * 30_000 + "]" * 30_000,
    "deep types": '{"$type":"tuple","value":[' * 600 + "]}" * 600,
    "empty zlib": "swf+zlib:",
    "zlib, invalid base85": 'swf+zlib:""""',
    "zlib, non-ASCII": "swf+zlib:é",
    "zlib, other data": packed(b"hello"),
    "zlib, truncated": packed(zlib.compress(b"a" * 1000)[:-6]),
    "zlib, trailing data": packed(zlib.compress(b'"a"') + b"x"),
    "zlib, invalid UTF-8": packed(zlib.compress(b"\xff\xfe")),
    "encrypted, invalid base85": 'swf+encrypted:"',
    "encrypted with another key": "swf+encrypted:" + base64.b85encode(b"garbage").decode(),
    "stored, path": "swf+stored:../../etc/passwd 5",
    "stored, missing": "swf+stored:" + "a" * 64 + " 5",
    "stored, upper case": "swf+stored:" + "A" * 64,
    "stored, empty": "swf+stored:",
}


@pytest.fixture
def store(tmp_path):
    return DirectoryStore(tmp_path)


@pytest.fixture(params=["typed", "compressed", "encrypted", "stored"])
def codec(request, store):
    plain = TypedJSON([Order])
    encrypted = Encrypted(Fixed(), Compressed(plain))
    return {
        "typed": plain,
        "compressed": Compressed(plain),
        "encrypted": encrypted,
        "stored": ClaimCheck(store, encrypted, secret=b"0" * 16),
    }[request.param]


@pytest.mark.parametrize("text", DAMAGED.values(), ids=DAMAGED)
def test_damaged_text_raises_validation_error(codec, text):
    with pytest.raises(ValidationError):
        codec.decode(text)


@pytest.mark.parametrize("text", DAMAGED.values(), ids=DAMAGED)
def test_plain_json_decodes_damaged_text(text):
    payload.PLAIN_JSON.decode(text)


def test_error_hides_the_payload():
    with pytest.raises(ValidationError) as refused:
        TypedJSON().decode(typed("uuid", "hunter2"))

    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize("name", [[1], {"a": 1}, 5, "os.system", "x.Unregistered"])
def test_unknown_type_stays_data(name):
    value = TypedJSON().decode(typed(name, {"a": 1}))

    assert value in ({"a": 1}, {"$type": name, "value": {"a": 1}})


@given(st.text())
def test_any_text_decodes_or_raises_validation_error(text):
    for codec in (TypedJSON(), Compressed(), Encrypted(Fixed(b'"x"'))):
        for prefix in ("", "swf+zlib:", "swf+encrypted:", '{"$type":"set","value":'):
            with contextlib.suppress(ValidationError):
                codec.decode(prefix + text)


def test_deeply_nested_value_is_refused_by_encode():
    value = []
    for _ in range(payload.MAX_NESTING):
        value = [value]

    for codec in (payload.PLAIN_JSON, TypedJSON()):
        with pytest.raises(ValidationError, match="nested"):
            codec.encode(value, "result")


def test_nesting_up_to_the_limit_survives_a_round_trip():
    value = []
    for _ in range(payload.MAX_NESTING - 1):
        value = [value]

    for codec in (payload.PLAIN_JSON, TypedJSON()):
        assert codec.decode(codec.encode(value, "result")) == value


def test_decompression_is_bounded():
    bomb = packed(zlib.compress(b"[" + b"[]," * (SMALL_TEXT // 3) + b"[]]", 9))

    with pytest.raises(ValidationError, match="decompress"):
        Compressed().decode(bomb)


@pytest.mark.parametrize(
    "codec", [Compressed(Compressed()), Compressed(Encrypted(Fixed(), Compressed()))]
)
def test_nested_codecs_share_the_bound_of_expansion(codec):
    stream = zlib.compressobj()
    blocks = [b'"', *[b"0" * 1024] * (2 * SMALL_TEXT // 1024), b'"']
    data = b"".join(stream.compress(block) + stream.flush(zlib.Z_FULL_FLUSH) for block in blocks)
    inner = packed(data + stream.flush())
    bomb = packed(zlib.compress(inner.encode(), 9))

    assert len(Compressed().decode(inner)) == 2 * SMALL_TEXT
    with pytest.raises(ValidationError, match="decompress"):
        codec.decode(bomb)


def test_nested_compression_reads_its_own_text():
    codec = Compressed(Compressed())
    for value in ("0" * 10, "0" * 100_000, "0" * (SMALL_TEXT + 1), ["line"] * 10_000):
        assert codec.decode(codec.encode(value, "result")) == value


def test_text_beyond_the_bound_is_not_compressed():
    value = "0" * (SMALL_TEXT + 1)
    codec = Compressed()

    text = codec.encode(value, "result")

    assert not text.startswith("swf+zlib:")
    assert codec.decode(text) == value


def test_large_text_of_common_ratio_is_compressed():
    value = [f"line {number}" for number in range(SMALL_TEXT // 10)]
    codec = Compressed()

    text = codec.encode(value, "result")

    assert text.startswith("swf+zlib:")
    assert SMALL_TEXT < len(json.dumps(value)) < MAX_EXPANSION * len(text)
    assert codec.decode(text) == value


def test_encrypted_can_refuse_clear_text():
    lenient, strict = Encrypted(Fixed(b'"x"')), Encrypted(Fixed(b'"x"'), allow_clear_text=False)

    assert lenient.decode('{"admin": true}') == {"admin": True}
    assert strict.decode(strict.encode("x", "input")) == "x"
    with pytest.raises(ValidationError, match="must be encrypted"):
        strict.decode('{"admin": true}')


def test_lone_surrogate_survives_every_wrapper(store):
    for codec in (Compressed(above=1), ClaimCheck(store, above=1)):
        assert codec.decode(codec.encode("\ud800", "input")) == "\ud800"
