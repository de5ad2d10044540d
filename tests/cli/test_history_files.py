"""Histories in files and on standard input."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.usefixtures("code_directory")


@pytest.mark.parametrize("command", [("check",), ("replay", "--code", "deciding:decide")])
@pytest.mark.parametrize(
    ("name", "content", "code", "message"),
    [
        ("none.json", None, 3, "No such file"),
        ("bad.json", "{", 1, "not JSON"),
        ("empty.json", '{"events": []}', 1, "the history has no events"),
    ],
)
def test_file_without_a_history_is_named(swf, tmp_path, command, name, content, code, message):
    if content is not None:
        (tmp_path / name).write_text(content)

    done = swf(*command, tmp_path / name)

    assert done.code == code
    assert f"swf: {tmp_path / name}: {message}" in done.err


def test_history_from_standard_input(process, packing):
    raw = process("execution", "history", "o-1", "--raw").out

    assert process("check", "-", stdin=raw).code == 0
    assert process("check", "-", stdin="").err.startswith("swf: -: ")
