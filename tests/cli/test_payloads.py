"""Inputs from options, files and standard input."""

from __future__ import annotations

import pytest


def test_input_from_standard_input(process, orders):
    done = process(
        *("execution", "start", "ship", "1.0", "--id", "one", "--input-file", "-"),
        stdin='{"size": 2}',
    )

    assert done.code == 0, done.err
    assert orders.executions.get("one").history().execution.input == {"size": 2}


def test_input_is_sent_unchanged(swf, orders, tmp_path):
    payload = '{ "price": 1.10, "price": 2 }\n'
    (tmp_path / "input").write_text(payload)

    swf("execution", "start", "ship", "1.0", "--id", "one", "--input-file", tmp_path / "input")

    assert orders.executions.get("one").history().execution.text("input") == payload


@pytest.mark.parametrize("text", ['{"size": 1', "[1, 2", " {size: 1}"])
def test_broken_json_is_refused(swf, orders, text):
    done = swf("execution", "start", "ship", "1.0", "--input", text)

    assert done.code == 2
    assert "--input: not JSON" in done.err
    assert orders.executions.count() == 0


@pytest.mark.parametrize("prefix", ["@", "file://"])
def test_name_of_a_file_is_refused(swf, orders, tmp_path, prefix):
    (tmp_path / "input").write_text("1")

    done = swf("execution", "start", "ship", "1.0", "--input", f"{prefix}{tmp_path}/input")

    assert done.code == 2
    assert f"names a file; use --input-file {tmp_path}/input" in done.err
    assert swf("execution", "start", "ship", "1.0", "--input", f"{prefix}nothing").code == 0
