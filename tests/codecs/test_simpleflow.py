from __future__ import annotations

import json
import uuid
from datetime import date, datetime, time, timezone
from decimal import Decimal

import pytest

from swf.codecs import SIMPLEFLOW_JSON, TYPED_JSON, DirectoryStore, SimpleflowJSON
from swf.exceptions import JumboFieldError, ValidationError

#: Values, and the texts that json_dumps of simpleflow 0.36.0 returns for them.
WRITTEN = [
    ("x", '"x"'),
    ("é", '"\\u00e9"'),
    (b"x\xff", '"x\\ufffd"'),
    ((1, (2,)), "[1,[2]]"),
    ({3, 1, 2}, "[1,2,3]"),
    (frozenset([1]), "[1]"),
    ({2: "b", 1: ("a",)}, '{"1":["a"],"2":"b"}'),
    ({"b": None, "a": True}, '{"a":true,"b":null}'),
    (date(2020, 1, 2), '"2020-01-02"'),
    (time(3, 4, 5, 678901), '"03:04:05.678"'),
    (datetime(2020, 1, 2, 3, 4, 5), '"2020-01-02T03:04:05"'),
    (datetime(2020, 1, 2, 3, 4, 5, 678901), '"2020-01-02T03:04:05.678"'),
    (datetime(2020, 1, 2, 3, 4, 5, tzinfo=timezone.utc), '"2020-01-02T03:04:05Z"'),
    (datetime(2020, 1, 2, 3, 4, 5, 600000, timezone.utc), '"2020-01-02T03:04:05.600Z"'),
    (uuid.UUID(int=1), '"00000000-0000-0000-0000-000000000001"'),
]


@pytest.mark.parametrize(("value", "text"), WRITTEN, ids=lambda each: repr(each)[:40])
def test_values_are_written_as_simpleflow_writes_them(value, text):
    assert SIMPLEFLOW_JSON.encode(value, "input") == text
    assert SIMPLEFLOW_JSON.decode(text) == json.loads(text)


def test_iterators_are_written_as_lists():
    assert SIMPLEFLOW_JSON.encode((i for i in range(2)), "input") == "[0,1]"


@pytest.mark.parametrize("value", [Decimal(1), object(), {(1, 2): 3}, {1: 1, "a": 2}])
def test_values_that_simpleflow_refuses_are_refused(value):
    with pytest.raises(ValidationError, match="result"):
        SIMPLEFLOW_JSON.encode(value, "result")


def test_typed_values_are_read():
    assert SIMPLEFLOW_JSON.decode(TYPED_JSON.encode({(1, 2)}, "result")) == {(1, 2)}


def test_text_that_is_not_json_is_returned_unchanged():
    assert SIMPLEFLOW_JSON.decode("not JSON") == "not JSON"


@pytest.fixture
def store(tmp_path):
    return DirectoryStore(tmp_path)


def test_jumbo_field_is_read_from_its_bucket(store):
    store.put("some/dir/5d7191af", b'["x"]')
    codec = SimpleflowJSON({"jumbo": store})

    assert codec.decode("simpleflow+s3://jumbo/some/dir/5d7191af 5") == ["x"]


@pytest.mark.parametrize("codec", [SIMPLEFLOW_JSON, TYPED_JSON])
def test_error_for_jumbo_field_names_the_setting(codec):
    with pytest.raises(JumboFieldError, match=r"simpleflow\+s3://jumbo/5d71.*SimpleflowJSON"):
        codec.decode("simpleflow+s3://jumbo/5d7191af 5")


def test_buckets_that_are_not_configured_are_not_read(store):
    with pytest.raises(JumboFieldError, match="other"):
        SimpleflowJSON({"jumbo": store}).decode("simpleflow+s3://other/5d7191af 5")


def test_missing_jumbo_field_is_reported(store):
    with pytest.raises(ValidationError, match="is missing in its bucket") as caught:
        SimpleflowJSON({"jumbo": store}).decode("simpleflow+s3://jumbo/5d7191af 5")
    assert not isinstance(caught.value, JumboFieldError)


@pytest.mark.parametrize(("bucket", "prefix"), [("jumbo", ""), ("jumbo/a/b/", "a/b/")])
def test_long_texts_are_written_as_jumbo_fields(store, bucket, prefix):
    codec = SimpleflowJSON({"jumbo": store}, jumbo_bucket=bucket)
    value = "x" * 40_000

    address, size = codec.encode(value, "result").split()

    assert address.startswith(f"simpleflow+s3://jumbo/{prefix}")
    assert size == "40002"
    assert json.loads(store.get(address.removeprefix("simpleflow+s3://jumbo/"))) == value
    assert codec.encode(value, "result") == f"{address} {size}"
    assert SimpleflowJSON({"jumbo": store}).decode(f"{address} {size}") == value


def test_long_texts_stay_without_a_bucket():
    assert len(SIMPLEFLOW_JSON.encode("x" * 40_000, "result")) == 40_002


def test_bucket_for_long_texts_requires_its_store(store):
    with pytest.raises(ValidationError, match="must be a bucket in `stores`"):
        SimpleflowJSON({"jumbo": store}, jumbo_bucket="other")
