"""What is logged with --redact: errors by their names, since what they say may quote a payload."""

from __future__ import annotations

import logging
from typing import Any

import click

from swf.cli.plain import hidden


def hide_in_logs() -> None:
    """Quote no error in what is logged until the command ends."""
    before = logging.getLogRecordFactory()
    logging.setLogRecordFactory(Redacted)
    root = click.get_current_context().find_root()
    root.call_on_close(lambda: logging.setLogRecordFactory(before))


class Redacted(logging.LogRecord):
    """What is logged, with the name of each error in place of what it says."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.msg = _shown(self.msg)
        if isinstance(self.args, tuple):
            self.args = tuple(map(_shown, self.args))
        kind = self.exc_info[0] if self.exc_info else None
        if kind is not None and self.msg != kind.__name__:
            self.msg = f"{self.msg} ({kind.__name__})"
        self.exc_info = None


def _shown(value: Any) -> Any:
    if isinstance(value, BaseException):
        return type(value).__name__
    is_data = isinstance(value, (tuple, list, dict))
    return hidden({"input": str(value)})["input"] if is_data else value
