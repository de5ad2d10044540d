"""Codec and ids of a command line."""

from __future__ import annotations

import json

import pytest

pytestmark = pytest.mark.usefixtures("code_directory")


def test_codec_encodes_and_decodes_payloads(swf, orders, monkeypatch):
    monkeypatch.setenv("SWF_CODEC", "packed:codec")
    given = ("-i", '["x"]', "--timeout", 20)
    told = swf("workflow", "standalone", "packed", "--id", "p-1", *given, "-o", "json")
    shown = swf("execution", "show", "p-1", "-o", "json")
    monkeypatch.delenv("SWF_CODEC")

    assert json.loads(told.out)["result"] == {"packed": "x" * 1000}
    assert json.loads(shown.out)["result"] == {"packed": "x" * 1000}
    assert "swf+zlib:" in swf("execution", "show", "p-1").out


@pytest.mark.parametrize("codec", ["json:dumps", "swf.codecs:Compressed"])
def test_codec_option_must_name_a_codec(swf, start, codec):
    start("one")

    done = swf("execution", "show", "one", "--codec", codec)

    assert (done.code, done.out) == (2, "")
    assert f"--codec: {codec} is not a codec" in done.err


def test_unreadable_payload_is_shown_unchanged(swf, orders):
    given = ("-i", '["x"]', "--timeout", 20, "--codec", "packed:codec")
    swf("workflow", "standalone", "packed", "--id", "p-1", *given)

    shown = swf("execution", "history", "p-1", "-o", "json", "--codec", "swf.codecs:TYPED_JSON")

    assert shown.code == 0
    assert "swf+zlib:" in shown.out
    assert shown.err.count("shown as it is: payload='swf+zlib:': was written by a codec") == 1


def rows(done):
    assert done.code == 0, done.err
    return json.loads(done.out)


def test_run_id_may_be_url_quoted(swf, start):
    from urllib.parse import quote

    [one] = start("one")

    shown = rows(swf("execution", "show", "one", quote(one.run_id, safe=""), "-o", "json"))

    assert shown["run_id"] == one.run_id
