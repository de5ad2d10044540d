"""Logs on standard error."""

from __future__ import annotations

import logging

from swf.cli.logs import EscapingFormatter


def test_log_escapes_control_characters():
    record = logging.LogRecord("swf", logging.INFO, "", 1, "reason %s", ("\x1b[2J",), None)

    assert EscapingFormatter("%(message)s").format(record) == r"reason \x1b[2J"
