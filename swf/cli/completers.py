"""Completions of arguments that need the service.

Errors during completion are silent: the result is then empty.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, NoReturn

import click

from swf.cli.session import Session

#: Maximum number of completions.
MAX_COMPLETIONS = 50

#: Maximum seconds for finding completions.
TIMEOUT = 2.0


def domains(ctx: click.Context, incomplete: str) -> list[str]:
    """Complete the name of a domain.

    :param incomplete: the beginning of the name.
    """

    def names(_: Session) -> Iterator[str]:
        from swf import DomainQuerySet

        return (domain.name for domain in DomainQuerySet().filter(name__startswith=incomplete))

    return _complete(ctx, names)


def workflow_types(ctx: click.Context, incomplete: str) -> list[str]:
    """Complete the name of a registered workflow type.

    :param incomplete: the beginning of the name.
    """
    return _complete(ctx, lambda session: _names(session.domain().workflow_types, incomplete))


def activity_types(ctx: click.Context, incomplete: str) -> list[str]:
    """Complete the name of a registered activity type.

    :param incomplete: the beginning of the name.
    """
    return _complete(ctx, lambda session: _names(session.domain().activity_types, incomplete))


def workflow_ids(ctx: click.Context, incomplete: str) -> list[str]:
    """Complete a workflow id: of open executions first, then of closed ones.

    :param incomplete: the beginning of the id.
    """

    def ids(session: Session) -> Iterator[str]:
        for status in ("OPEN", "CLOSED"):
            executions = session.domain().executions.filter(
                status=status, workflow_id__startswith=incomplete
            )
            yield from (execution.workflow_id for execution in executions)

    return _complete(ctx, ids)


def versions(ctx: click.Context, types: str, name: str | None, incomplete: str) -> list[str]:
    """Complete a version of a type.

    :param types: `workflow_types` or `activity_types`.
    :param name: the name of the type.
    :param incomplete: the beginning of the version.
    """

    def texts(session: Session) -> Iterator[str]:
        models = getattr(session.domain(), types).filter(name=name)
        return (model.version for model in models if model.version.startswith(incomplete))

    return _complete(ctx, texts) if name else []


def run_ids(ctx: click.Context, workflow_id: str | None, incomplete: str) -> list[str]:
    """Complete a run id of an execution, the newest run first.

    :param incomplete: the beginning of the run id.
    """

    def runs(session: Session) -> Iterator[str]:
        executions = session.domain().executions.filter(workflow_id=workflow_id)
        return (run.run_id for run in executions if run.run_id.startswith(incomplete))

    return _complete(ctx, runs) if workflow_id else []


def _names(types: Any, incomplete: str) -> Iterator[str]:
    return (model.name for model in types.filter(name__startswith=incomplete))


def _complete(ctx: click.Context, names: Callable[[Session], Iterator[str]]) -> list[str]:
    """Return up to `MAX_COMPLETIONS` names that the service returns within `TIMEOUT`."""
    completions: dict[str, None] = {}
    with suppress(Exception, _TimeoutReached), ctx.scope(cleanup=False), _time_limit():
        session = ctx.ensure_object(Session)
        session.connect()
        for name in names(session):
            completions[name] = None
            if len(completions) == MAX_COMPLETIONS:
                break
    return list(completions)


class _TimeoutReached(BaseException):
    """Ends a slow completion. Code that handles `Exception` does not catch it."""


@contextmanager
def _time_limit() -> Iterator[None]:
    """Interrupt a block after `TIMEOUT` seconds."""

    def interrupt(*_: object) -> NoReturn:
        raise _TimeoutReached

    if not hasattr(signal, "setitimer"):  # not on Windows, whose shells have no completion here
        yield
        return
    handler = signal.signal(signal.SIGALRM, interrupt)
    timer = signal.setitimer(signal.ITIMER_REAL, TIMEOUT)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, *timer)
        signal.signal(signal.SIGALRM, handler)
