"""Loggers that carry the execution in their name: `garcon.<domain>.<workflow id>.<run id>`.

The name is the documented one, so that a program's logging configuration goes on to work. `logging`
keeps every logger for ever; of those of executions it keeps the latest here, and those that
somebody has set up.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

LOGGER_PREFIX = "garcon"

#: How many loggers of executions are kept.
MAX_LOGGERS = 1000

_KEYS = ("execution.domain", "execution.workflow_id", "execution.run_id")
_recent: OrderedDict[str, None] = OrderedDict()


class GarconLogger:
    """Gives an object a `logger`, that of the execution it works for."""

    logger_name: str | None = None

    @property
    def logger(self) -> logging.Logger:
        """The logger of the execution whose context was set, else the one of the prefix."""
        if self.logger_name is None:
            return logging.getLogger(LOGGER_PREFIX)
        return _logger(self.logger_name)

    def set_log_context(self, execution_context: Mapping[str, Any]) -> None:
        """Log for an execution; a context that does not name one changes nothing."""
        if all(execution_context.get(key) for key in _KEYS):
            self.logger_name = get_logger_namespace(execution_context)

    def unset_log_context(self) -> None:
        """Log for no execution any more."""
        self.logger_name = None


def get_logger_namespace(execution_context: Mapping[str, Any]) -> str:
    """Return the logger's name for the context of an execution.

    :param execution_context: with the keys `execution.domain`, `execution.workflow_id` and
        `execution.run_id`.
    """
    return ".".join([LOGGER_PREFIX, *(execution_context[key] for key in _KEYS)])


def _logger(name: str) -> logging.Logger:
    # Its own lock, since `logging` goes through what `_forget` changes.
    with logging._lock:  # type: ignore[attr-defined]
        _recent[name] = None
        _recent.move_to_end(name)
        if len(_recent) > MAX_LOGGERS:
            _forget(_recent.popitem(last=False)[0])
        return logging.getLogger(name)


def _forget(name: str) -> None:
    """Take a logger out of those that `logging` keeps, unless somebody has set it up."""
    known = logging.Logger.manager.loggerDict
    logger = known.get(name)
    if not isinstance(logger, logging.Logger) or logger.handlers or logger.level or logger.filters:
        return
    del known[name]
    while name := name.rpartition(".")[0]:
        above = known.get(name)
        if not isinstance(above, logging.PlaceHolder):
            return
        above.loggerMap.pop(logger, None)
        if not above.loggerMap:
            del known[name]
