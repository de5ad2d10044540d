"""Stores: a directory and S3."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from swf import codecs


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
