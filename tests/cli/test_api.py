"""`swf api`: any operation of the service."""

from __future__ import annotations

import json

import pytest

from swf import Domain


def test_operation_returns_the_response(swf, orders):
    done = swf("api", "DescribeDomain", "--input", '{"name": "orders"}')

    assert json.loads(done.out)["domainInfo"]["name"] == "orders"


def test_paginate_joins_the_lists_of_all_pages(swf, orders):
    Domain("returns").save()
    request = '{"registrationStatus": "REGISTERED", "maximumPageSize": 1}'

    page = json.loads(swf("api", "list-domains", "--input", request).out)
    joined = json.loads(swf("api", "list-domains", "--input", request, "--paginate").out)

    assert len(page["domainInfos"]) == 1
    assert "nextPageToken" in page
    assert [info["name"] for info in joined["domainInfos"]] == ["orders", "returns"]
    assert "nextPageToken" not in joined


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["NoSuchOperation"], "unknown operation: 'NoSuchOperation'"),
        (["ListDomains", "--input", "text"], "--input: not JSON"),
        (["ListDomains", "--input", "[]"], "--input: must be a JSON object"),
    ],
)
def test_mistakes_are_usage_errors(swf, orders, arguments, message):
    done = swf("api", *arguments)

    assert (done.code, done.out) == (2, "")
    assert message in done.err


def test_response_keeps_control_characters_as_json_escapes(swf, server):
    Domain("odd", description="\x7f\x1b[31m\u202e\u2028").save()

    done = swf("api", "DescribeDomain", "--input", '{"name": "odd"}')

    assert json.loads(done.out)["domainInfo"]["description"] == "\x7f\x1b[31m\u202e\u2028"
    assert done.out.replace("\n", "").isprintable()


def test_mistyped_operation_has_a_suggestion(swf, server):
    assert "did you mean 'ListDomains'?" in swf("api", "list-domain").err
