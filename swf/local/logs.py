"""Logs of a served process on standard error: text for people, or one JSON object per line."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone

from swf.text import EscapingFormatter

FORMATS = ("text", "json")


class JSONFormatter(logging.Formatter):
    """Formats a record as a JSON object in one line.

    Its members are `time`, `level`, `logger`, `message`, `exception` if there is one, and those in
    the record's `fields`. Other characters than printable ASCII are escaped.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the JSON of a record."""
        time = datetime.fromtimestamp(record.created, timezone.utc)
        members = {
            "time": time.isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            members["exception"] = self.formatException(record.exc_info)
        return json.dumps(members).replace("\x7f", "\\u007f")


@contextmanager
def log_to_stderr(log_format: str) -> Iterator[None]:
    """Write all logs of this process to standard error, in place of other handlers.

    :param log_format: "text" or "json".
    """
    handler = logging.StreamHandler(sys.stderr)
    is_json = log_format == "json"
    handler.setFormatter(
        JSONFormatter() if is_json else EscapingFormatter("swf.local: %(message)s")
    )
    root, service = logging.getLogger(), logging.getLogger("swf.local")
    handlers, level = root.handlers[:], service.level
    root.handlers[:] = [handler]
    service.setLevel(logging.INFO)
    try:
        yield
    finally:
        root.handlers[:] = handlers
        service.setLevel(level)
