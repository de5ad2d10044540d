"""Logs of the command on standard error."""

from __future__ import annotations

import logging
import sys

from swf.text import escape_controls


class EscapingFormatter(logging.Formatter):
    """Formats records with their control characters escaped, except line feeds and tabs."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the text of a record."""
        return escape_controls(super().format(record), lines=True)


def configure_logging(level: int | str, line_format: str = logging.BASIC_FORMAT) -> None:
    """Write the log to standard error.

    :param level: the minimum level.
    :param line_format: the format of a record, as `logging.Formatter` takes it.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(EscapingFormatter(line_format))
    logging.basicConfig(level=level, handlers=[handler])
