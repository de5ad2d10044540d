"""Loggers named after the execution: `garcon.<domain>.<workflow id>.<run id>`.

The names are Garcon's, so that existing logging configurations keep working. `logging` never drops
a logger; this module drops those of older executions, unless they have been configured.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

LOGGER_PREFIX = "garcon"

#: Maximum number of execution loggers in memory.
MAX_LOGGERS = 1000

_KEYS = ("execution.domain", "execution.workflow_id", "execution.run_id")
_recent: OrderedDict[str, None] = OrderedDict()


class GarconLogger:
    """A mixin with the `logger` of the current execution."""

    logger_name: str | None = None

    @property
    def logger(self) -> logging.Logger:
        """The logger of the current execution, or the `garcon` logger without one."""
        if self.logger_name is None:
            return logging.getLogger(LOGGER_PREFIX)
        return _logger(self.logger_name)

    def set_log_context(self, execution_context: Mapping[str, Any]) -> None:
        """Log for an execution.

        :param execution_context: a context with the ids of the execution; ignored without them.
        """
        if all(execution_context.get(key) for key in _KEYS):
            self.logger_name = get_logger_namespace(execution_context)

    def unset_log_context(self) -> None:
        """Log for no execution."""
        self.logger_name = None


def get_logger_namespace(execution_context: Mapping[str, Any]) -> str:
    """Return the name of an execution's logger.

    :param execution_context: a context with the keys `execution.domain`, `execution.workflow_id`
        and `execution.run_id`.
    """
    return ".".join([LOGGER_PREFIX, *(execution_context[key] for key in _KEYS)])


def _logger(name: str) -> logging.Logger:
    # The lock of `logging`, since `_forget` changes its dictionary of loggers.
    with logging._lock:  # type: ignore[attr-defined]
        _recent[name] = None
        _recent.move_to_end(name)
        if len(_recent) > MAX_LOGGERS:
            _forget(_recent.popitem(last=False)[0])
        return logging.getLogger(name)


def _forget(name: str) -> None:
    """Remove a logger from the dictionary of `logging`, unless it has been configured."""
    loggers = logging.Logger.manager.loggerDict
    logger = loggers.get(name)
    if not isinstance(logger, logging.Logger) or logger.handlers or logger.level or logger.filters:
        return
    del loggers[name]
    while name := name.rpartition(".")[0]:
        parent = loggers.get(name)
        if not isinstance(parent, logging.PlaceHolder):
            return
        parent.loggerMap.pop(logger, None)
        if not parent.loggerMap:
            del loggers[name]
