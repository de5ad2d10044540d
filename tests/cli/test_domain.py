"""`swf domain`: tags and names."""

from __future__ import annotations

import json

import pytest


def rows(done):
    return json.loads(done.out)


def test_tag_sets_and_removes_tags(swf, orders):
    put = swf("domain", "tag", "orders", "team=red", "stage=test", "-o", "json")
    removed = swf("domain", "tag", "orders", "--remove", "team", "-o", "json")

    assert {row["key"]: row["value"] for row in rows(put)} == {"team": "red", "stage": "test"}
    assert rows(removed) == [{"key": "stage", "value": "test"}]
    assert rows(swf("domain", "show", "orders", "-o", "json"))["tags"] == {"stage": "test"}


def test_empty_name_is_refused(swf, orders):
    done = swf("domain", "show", "")

    assert done.code == 2
    assert "must have 1 to 256 characters" in done.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("domain", "create", "two", "--tag", "team=red", "--tag", "team=blue"),
        ("domain", "tag", "orders", "team=red", "team=blue"),
    ],
    ids=["create", "tag"],
)
def test_key_with_two_values_is_refused(swf, orders, arguments):
    done = swf(*arguments)

    assert (done.code, done.out) == (2, "")
    assert "team: given more than once; takes one value" in done.err
