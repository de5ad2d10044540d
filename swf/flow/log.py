"""Loggers that carry the execution in their name: `garcon.<domain>.<workflow id>.<run id>`.

The name is the documented one, so that a program's logging configuration goes on to work. The
loggers of executions are not kept by `logging`: there would be one more for each run, for ever.
They hand everything to the logger of their domain, whose handlers and level apply.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

LOGGER_PREFIX = "garcon"

_KEYS = ("execution.domain", "execution.workflow_id", "execution.run_id")


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
    domain = ".".join(name.split(".")[:2])
    logger = logging.Logger(name)
    logger.parent = logging.getLogger(domain)
    return logger
