"""Log records that name their execution.

While a task runs, the context variable of its thread holds the ids of the execution; `LogContext`,
the first hook of every actor, sets it. Loggers of `get_logger()` add the ids to their records as
attributes. A handler with a `ContextFilter` adds them to all records::

    handler.addFilter(ContextFilter())
    handler.setFormatter(logging.Formatter("%(swf_namespace)s %(message)s"))

All executions share one logger and the namespace is an attribute, since Python never frees loggers.

Engines that replay code wrap it in `replaying()`; records of replayed code are dropped, since they
were logged the first time.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from swf.actors.hooks import HookedActor, Hooks
from swf.actors.tasks import ActivityTaskContext, DecisionTaskContext

if TYPE_CHECKING:
    LoggerAdapter = logging.LoggerAdapter[logging.Logger]
else:
    LoggerAdapter = logging.LoggerAdapter  # not generic before Python 3.11

LOGGER = "swf.execution"

#: The attributes of a record, in the order of the namespace; None without a task.
FIELDS = ("swf_domain", "swf_workflow_id", "swf_run_id", "swf_activity_id")

_NOWHERE: Mapping[str, str | None] = dict.fromkeys(FIELDS)
_context: ContextVar[Mapping[str, str | None]] = ContextVar("swf_log_context", default=_NOWHERE)
_replaying: ContextVar[bool] = ContextVar("swf_replaying", default=False)


def get_logger_namespace(context: Mapping[str, str | None] | None = None) -> str:
    """Return `swf.<domain>.<workflow id>.<run id>`, followed by the activity id if there is one.

    :param context: the result of `log_context`; None uses the context of this thread.
    """
    fields = log_context() if context is None else context
    return ".".join(["swf", *(value for name in FIELDS if (value := fields.get(name)))])


def log_context() -> Mapping[str, str | None]:
    """Return the record attributes (`FIELDS`) of the current task."""
    return _context.get()


def is_replaying() -> bool:
    """Return whether the current code is being replayed."""
    return _replaying.get()


@contextmanager
def replaying(active: bool = True) -> Iterator[None]:
    """Mark the code of the block as replayed; its log records are dropped.

    :param active: False marks it as executed for the first time.
    """
    token = _replaying.set(active)
    try:
        yield
    finally:
        _replaying.reset(token)


class ContextFilter(logging.Filter):
    """A logging filter that adds the context to every record and drops replayed ones."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Add the context to a record and return whether to keep it.

        :param record: the record.
        """
        for name, value in _attributes().items():
            if not hasattr(record, name):
                setattr(record, name, value)
        return not is_replaying()


class ExecutionLogger(LoggerAdapter):
    """A logger adapter that adds the context to its records and drops replayed ones.

    :param logger: the logger to wrap.
    :param is_silent: returns whether to drop records; `is_replaying` by default.
    """

    def __init__(
        self, logger: logging.Logger, is_silent: Callable[[], bool] = is_replaying
    ) -> None:
        super().__init__(logger, {})
        self._is_silent = is_silent

    def getChild(self, suffix: str) -> ExecutionLogger:  # noqa: N802 - named by logging
        """Return the child logger, with the same `is_silent`.

        :param suffix: name of the child, relative to this logger.
        """
        return ExecutionLogger(self.logger.getChild(suffix), self._is_silent)

    def isEnabledFor(self, level: int) -> bool:  # noqa: N802 - named by logging
        """Return whether a record of this level is kept.

        :param level: a level of `logging`.
        """
        return not self._is_silent() and super().isEnabledFor(level)

    def process(
        self, msg: Any, kwargs: MutableMapping[str, Any]
    ) -> tuple[Any, MutableMapping[str, Any]]:
        """Add the context to the attributes of the record.

        :param msg: the message.
        :param kwargs: keyword arguments of the logging call.
        """
        kwargs["extra"] = {**_attributes(), **(kwargs.get("extra") or {})}
        return msg, kwargs


def get_logger(name: str = LOGGER, is_silent: Callable[[], bool] = is_replaying) -> ExecutionLogger:
    """Return a logger for code of deciders and activities.

    :param name: name of the logger.
    :param is_silent: returns whether to drop records; `is_replaying` by default.
    """
    return ExecutionLogger(logging.getLogger(name), is_silent)


class LogContext(Hooks):
    """The hook that sets the context for the duration of a task."""

    def before_decision(self, actor: HookedActor, task: DecisionTaskContext) -> None:
        """Set the context of the execution."""
        _enter(actor, task, None)

    def after_decision(self, *_: Any) -> None:
        """Reset the context."""
        _context.set(_NOWHERE)

    def before_activity(self, actor: HookedActor, task: ActivityTaskContext) -> None:
        """Set the context of the activity."""
        _enter(actor, task, task.activity_id)

    def after_activity(self, *_: Any) -> None:
        """Reset the context."""
        _context.set(_NOWHERE)


def _enter(
    actor: HookedActor, task: DecisionTaskContext | ActivityTaskContext, activity_id: str | None
) -> None:
    execution = task.execution
    values = (actor.domain.name, execution.workflow_id, execution.run_id, activity_id)
    _context.set(dict(zip(FIELDS, values, strict=True)))


def _attributes() -> dict[str, str | None]:
    return {**log_context(), "swf_namespace": get_logger_namespace()}
