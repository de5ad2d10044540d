from __future__ import annotations

import logging
import sys

import pytest

from swf.text import EscapingFormatter, escape_controls


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        pytest.param("order-1 \u00e9 \u6ce8\u6587\u3000\u00a0", None, id="letters and spaces"),
        pytest.param("\x1b[2J", r"\x1b[2J", id="escape sequence"),
        pytest.param("\x1b]0;title\x07", r"\x1b]0;title\x07", id="operating system command"),
        pytest.param("\x9b31m", r"\x9b31m", id="C1 control character"),
        pytest.param("\u202etxt", r"\u202etxt", id="bidirectional override"),
        pytest.param("\u2066a\u2069", r"\u2066a\u2069", id="bidirectional isolate"),
        pytest.param("a\u200bb", r"a\u200bb", id="zero-width space"),
        pytest.param("a\nb\tc\r", r"a\nb\tc\r", id="line controls"),
        pytest.param("a\u2028b", r"a\u2028b", id="line separator"),
        pytest.param("\udcff", r"\udcff", id="lone surrogate"),
        pytest.param("\U000e0041", r"\U000e0041", id="tag character"),
    ],
)
def test_control_characters_are_escaped(text, escaped):
    assert escape_controls(text) == (text if escaped is None else escaped)


def test_lines_keep_newlines_and_tabs_only():
    assert escape_controls("a\n\tb\r\x1b", lines=True) == "a\n\tb\\r\\x1b"


def test_log_message_is_one_line_without_control_characters():
    record = logging.LogRecord("swf", logging.INFO, "", 1, "reason %s", ("\x1b[2J\nINFO:x",), None)

    assert EscapingFormatter("%(message)s").format(record) == r"reason \x1b[2J\nINFO:x"


def test_traceback_in_a_log_is_indented():
    try:
        raise ValueError("no stock\x1b[2J\nINFO:swf:all is well")
    except ValueError:
        record = logging.LogRecord("swf", logging.ERROR, "", 1, "failed", (), sys.exc_info())

    message, *lines = EscapingFormatter().format(record).splitlines()
    assert message == "failed"
    assert lines[-2:] == [r"  ValueError: no stock\x1b[2J", "  INFO:swf:all is well"]
