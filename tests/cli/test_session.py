"""Codec and ids of a command line."""

from __future__ import annotations

import json

import pytest

pytestmark = pytest.mark.usefixtures("code_directory")


def test_codec_encodes_and_decodes_payloads(swf, orders, monkeypatch):
    monkeypatch.setenv("SWF_CODEC", "packed:codec")
    options = ("-i", '["x"]', "--timeout", 20)
    run = swf("workflow", "standalone", "packed", "--id", "p-1", *options, "-o", "json")
    content = swf("execution", "show", "p-1", "-o", "json")
    monkeypatch.delenv("SWF_CODEC")

    assert json.loads(run.out)["result"] == {"packed": "x" * 1000}
    assert json.loads(content.out)["result"] == {"packed": "x" * 1000}
    assert "swf+zlib:" in swf("execution", "show", "p-1").out


@pytest.mark.parametrize("codec", ["json:dumps", "swf.codecs:Compressed"])
def test_codec_option_must_name_a_codec(swf, start, codec):
    start("one")

    done = swf("execution", "show", "one", "--codec", codec)

    assert (done.code, done.out) == (2, "")
    assert f"--codec: {codec} is not a codec" in done.err


def test_unreadable_payload_is_shown_unchanged(swf, orders):
    options = ("-i", '["x"]', "--timeout", 20, "--codec", "packed:codec")
    swf("workflow", "standalone", "packed", "--id", "p-1", *options)

    output = swf("execution", "history", "p-1", "-o", "json", "--codec", "swf.codecs:TYPED_JSON")

    assert output.code == 0
    assert "swf+zlib:" in output.out
    assert output.err.count("shown as it is: payload='swf+zlib:': was encoded by a codec") == 1


def rows(done):
    assert done.code == 0, done.err
    return json.loads(done.out)


def test_run_id_may_be_url_quoted(swf, start):
    from urllib.parse import quote

    [one] = start("one")

    output = rows(swf("execution", "show", "one", quote(one.run_id, safe=""), "-o", "json"))

    assert output["run_id"] == one.run_id


def test_beginning_of_one_id_is_enough_to_read(swf, start):
    start("order-17", "invoice-1")

    done = swf("execution", "show", "order", "-o", "json")

    assert json.loads(done.out)["workflow_id"] == "order-17"
    assert done.err == "order: using order-17\n"


@pytest.mark.parametrize("command", [["execution", "show"], ["execution", "cancel", "--yes"]])
def test_ambiguous_beginning_names_the_ids(swf, start, command):
    start("order-17", "order-18")

    done = swf(*command, "order")

    assert (done.code, done.out) == (3, "")
    assert done.err.startswith("swf: ids with this beginning: order-18, order-17\n")


def test_beginning_of_an_id_changes_nothing(swf, orders, start):
    start("order-17")

    assert swf("execution", "terminate", "order", "--yes").code == 3
    assert orders.executions.get("order-17").status == "OPEN"
