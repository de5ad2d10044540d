"""Stores: a directory and S3."""

from __future__ import annotations

import decimal
from dataclasses import dataclass
from types import SimpleNamespace

import attrs
import pytest

from swf import codecs


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


def test_s3_store_puts_and_gets_objects():
    entry = {}

    class Client:
        def put_object(self, Bucket, Key, Body):  # noqa: N803 - S3's names
            entry[Bucket, Key] = Body

        def get_object(self, Bucket, Key):  # noqa: N803 - S3's names
            class Body:
                read = staticmethod(lambda: entry[Bucket, Key])

            return {"Body": Body}

    codec = codecs.ClaimCheck(codecs.S3Store(Client(), "bucket", "jumbo/"), above=10)

    assert codec.decode(codec.encode("y" * 100, "input")) == "y" * 100
    assert next(iter(entry))[0] == "bucket"
    assert next(iter(entry))[1].startswith("jumbo/")


def test_missing_s3_object_is_a_key_error():
    class NoSuchKey(Exception):  # noqa: N818 - named by boto3
        pass

    class Client:
        exceptions = SimpleNamespace(NoSuchKey=NoSuchKey)

        def get_object(self, Bucket, Key):  # noqa: N803 - S3's names
            raise NoSuchKey

    with pytest.raises(KeyError, match="a/b"):
        codecs.S3Store(Client(), "bucket").get("a/b")
