"""Inputs from options, files and standard input."""

from __future__ import annotations


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
