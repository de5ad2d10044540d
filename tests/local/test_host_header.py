"""Requests of web pages are rejected by their headers."""

from __future__ import annotations

import pytest
from multidict import CIMultiDict

from swf.local.host_header import HostHeaderValidator, is_loopback


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ((), None),
        ((("Host", "localhost:8080"),), None),
        ((("Host", "swf.test"),), None),
        ((("Host", "[::1]"), ("Origin", "http://[::1]")), None),
        ((("Host", "evil.example"),), 403),
        ((("Host", "localhost"), ("Origin", "http://evil.example")), 403),
        ((("Host", "localhost"), ("host", "localhost")), 400),
    ],
    ids=["none", "localhost", "allowed", "own origin", "other", "other origin", "two hosts"],
)
def test_request_of_another_site_is_rejected(headers, status):
    fault = HostHeaderValidator(["swf.test"]).refusal(CIMultiDict(headers))

    assert (fault and fault.status) == status


@pytest.mark.parametrize(
    ("host", "expected"),
    [("localhost", True), ("127.9.9.9", True), ("::1", True), ("0.0.0.0", False), ("a.b", False)],
)
def test_loopback_is_recognized(host, expected):
    assert is_loopback(host) is expected
