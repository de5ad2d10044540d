"""Logs of the command on standard error."""

from __future__ import annotations

import logging
import sys

from swf.text import EscapingFormatter


def configure_logging(level: int | str, line_format: str = logging.BASIC_FORMAT) -> None:
    """Write the log to standard error.

    :param level: the minimum level.
    :param line_format: the format of a record, as `logging.Formatter` takes it.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(EscapingFormatter(line_format))
    logging.basicConfig(level=level, handlers=[handler])
