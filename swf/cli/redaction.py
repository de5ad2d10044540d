"""Redaction of logs with `--redact`: error messages may quote payloads, class names cannot."""

from __future__ import annotations

import logging
from typing import Any

import click

from swf.report.redaction import redact_payloads


def redact_logs() -> None:
    """Redact log records until the command ends."""
    factory = logging.getLogRecordFactory()
    logging.setLogRecordFactory(RedactedLogRecord)
    root = click.get_current_context().find_root()
    root.call_on_close(lambda: logging.setLogRecordFactory(factory))


class RedactedLogRecord(logging.LogRecord):
    """A log record that shows the class of an error without its message."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.msg = _redact(self.msg)
        if isinstance(self.args, tuple):
            self.args = tuple(map(_redact, self.args))
        kind = self.exc_info[0] if self.exc_info else None
        if kind is not None and self.msg != kind.__name__:
            self.msg = f"{self.msg} ({kind.__name__})"
        self.exc_info = None


def _redact(value: Any) -> Any:
    if isinstance(value, BaseException):
        return type(value).__name__
    is_data = isinstance(value, (tuple, list, dict))
    return redact_payloads({"input": str(value)})["input"] if is_data else value
