"""Log lines that say which execution they are about.

While a task is decided or performed, its place is in the context of the thread: `LogContext`, the
first hook of every actor, puts it there. Code logs through `get_logger()`, whose records carry it
as attributes; a handler with a `ContextFilter` puts it on the records of everybody else too::

    handler.addFilter(ContextFilter())
    handler.setFormatter(logging.Formatter("%(swf_namespace)s %(message)s"))

One logger serves all executions: the namespace is an attribute, since a logger object per run would
never be freed.

Engines that replay code set `replaying()` around what was done before: the lines that it logs then
were logged at the time, and are dropped.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from swf.actors.hooks import Hooks

if TYPE_CHECKING:
    from swf.actors.core import Actor
    from swf.actors.tasks import ActivityTaskContext, DecisionTaskContext

    LoggerAdapter = logging.LoggerAdapter[logging.Logger]
else:
    LoggerAdapter = logging.LoggerAdapter  # takes no parameter before Python 3.11

LOGGER = "swf.execution"

#: The attributes of a record, in the order of the namespace; None where there is no task.
FIELDS = ("swf_domain", "swf_workflow_id", "swf_run_id", "swf_activity_id")

_NOWHERE: Mapping[str, str | None] = dict.fromkeys(FIELDS)
_context: ContextVar[Mapping[str, str | None]] = ContextVar("swf_log_context", default=_NOWHERE)
_replaying: ContextVar[bool] = ContextVar("swf_replaying", default=False)


def get_logger_namespace(context: Mapping[str, str | None] | None = None) -> str:
    """Return `swf.<domain>.<workflow id>.<run id>`, and the activity id if there is one.

    :param context: as `log_context` returns it; that of this thread when not given.
    """
    known = log_context() if context is None else context
    return ".".join(["swf", *(value for name in FIELDS if (value := known.get(name)))])


def log_context() -> Mapping[str, str | None]:
    """Return which task this thread is at: the record attributes of `FIELDS`."""
    return _context.get()


def is_replaying() -> bool:
    """Return whether what runs now ran before and is only repeated to get where it was."""
    return _replaying.get()


@contextmanager
def replaying(active: bool = True) -> Iterator[None]:
    """Say that the block repeats what was done before; log lines of its code are dropped."""
    token = _replaying.set(active)
    try:
        yield
    finally:
        _replaying.reset(token)


class ContextFilter(logging.Filter):
    """Puts the context on every record, and drops the records of a replay."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether to keep the record."""
        for name, value in _attributes().items():
            if not hasattr(record, name):
                setattr(record, name, value)
        return not is_replaying()


class ExecutionLogger(LoggerAdapter):
    """A logger whose records carry the context of the thread, and are dropped in a replay.

    :param is_silent: whether they are to be dropped now; this thread's `is_replaying` if not given.
    """

    def __init__(
        self, logger: logging.Logger, is_silent: Callable[[], bool] = is_replaying
    ) -> None:
        super().__init__(logger, {})
        self._is_silent = is_silent

    def getChild(self, suffix: str) -> ExecutionLogger:  # noqa: N802 - the name is logging's
        """Return the logger of a part, which is silent when this one is."""
        return ExecutionLogger(self.logger.getChild(suffix), self._is_silent)

    def isEnabledFor(self, level: int) -> bool:  # noqa: N802 - the name is logging's
        """Return whether a line of this level would be kept."""
        return not self._is_silent() and super().isEnabledFor(level)

    def process(
        self, msg: Any, kwargs: MutableMapping[str, Any]
    ) -> tuple[Any, MutableMapping[str, Any]]:
        """Put the context beside what the caller adds."""
        kwargs["extra"] = {**_attributes(), **(kwargs.get("extra") or {})}
        return msg, kwargs


def get_logger(name: str = LOGGER, is_silent: Callable[[], bool] = is_replaying) -> ExecutionLogger:
    """Return a logger for the code of deciders and activities; parameters as of the class."""
    return ExecutionLogger(logging.getLogger(name), is_silent)


class LogContext(Hooks):
    """Keeps the context while a task is in hand."""

    def before_decision(self, actor: Actor[Any], task: DecisionTaskContext) -> None:
        """Enter the execution."""
        _enter(actor, task, None)

    def after_decision(self, *_: Any) -> None:
        """Leave the execution."""
        _context.set(_NOWHERE)

    def before_activity(self, actor: Actor[Any], task: ActivityTaskContext) -> None:
        """Enter the activity."""
        _enter(actor, task, task.activity_id)

    def after_activity(self, *_: Any) -> None:
        """Leave the activity."""
        _context.set(_NOWHERE)


def _enter(
    actor: Actor[Any], task: DecisionTaskContext | ActivityTaskContext, activity_id: str | None
) -> None:
    execution = task.execution
    values = (actor.domain.name, execution.workflow_id, execution.run_id, activity_id)
    _context.set(dict(zip(FIELDS, values, strict=True)))


def _attributes() -> dict[str, str | None]:
    return {**log_context(), "swf_namespace": get_logger_namespace()}
