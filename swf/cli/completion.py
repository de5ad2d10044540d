"""`swf completion`: what makes a shell complete `swf`; and the names that it asks the service for.

What goes wrong while a shell completes is not told: it completes nothing.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, NoReturn

import click
from click.shell_completion import get_completion_class

from swf.cli.session import Session

#: Names that are offered at the most, and seconds that are spent to find them.
OFFERED = 50
PATIENCE = 2.0


@click.command()
@click.argument("shell", type=click.Choice(("bash", "zsh", "fish")))
def completion(shell: str) -> None:
    """Print a script for a shell to evaluate: eval "$(swf completion bash)"."""
    kind = get_completion_class(shell)
    assert kind is not None  # noqa: S101 - click knows all three
    root = click.get_current_context().find_root().command
    click.echo(kind(root, {}, "swf", "_SWF_COMPLETE").source())


def domains(ctx: click.Context, incomplete: str) -> list[str]:
    """Return the names of domains that begin so."""

    def names(_: Session) -> Iterator[str]:
        from swf import DomainQuerySet

        return (domain.name for domain in DomainQuerySet().filter(name__startswith=incomplete))

    return _offered(ctx, names)


def workflow_types(ctx: click.Context, incomplete: str) -> list[str]:
    """Return the names of registered workflow types that begin so."""
    return _offered(ctx, lambda session: _types(session.domain().workflow_types, incomplete))


def activity_types(ctx: click.Context, incomplete: str) -> list[str]:
    """Return the names of registered activity types that begin so."""
    return _offered(ctx, lambda session: _types(session.domain().activity_types, incomplete))


def workflow_ids(ctx: click.Context, incomplete: str) -> list[str]:
    """Return the ids of executions that begin so: of open ones first, then of closed ones."""

    def ids(session: Session) -> Iterator[str]:
        for status in ("OPEN", "CLOSED"):
            found = session.domain().executions.filter(
                status=status, workflow_id__startswith=incomplete
            )
            yield from (execution.workflow_id for execution in found)

    return _offered(ctx, ids)


def versions(ctx: click.Context, types: str, name: str | None, incomplete: str) -> list[str]:
    """Return the versions of a type that begin so.

    :param types: what a domain calls types of this kind.
    """

    def known(session: Session) -> Iterator[str]:
        found = getattr(session.domain(), types).filter(name=name)
        return (each.version for each in found if each.version.startswith(incomplete))

    return _offered(ctx, known) if name else []


def run_ids(ctx: click.Context, workflow_id: str | None, incomplete: str) -> list[str]:
    """Return the runs of an execution that begin so, the newest first."""

    def runs(session: Session) -> Iterator[str]:
        found = session.domain().executions.filter(workflow_id=workflow_id)
        return (each.run_id for each in found if each.run_id.startswith(incomplete))

    return _offered(ctx, runs) if workflow_id else []


def _types(types: Any, incomplete: str) -> Iterator[str]:
    return (each.name for each in types.filter(name__startswith=incomplete))


def _offered(ctx: click.Context, names: Callable[[Session], Iterator[str]]) -> list[str]:
    """Return names that the service knows, as many as it tells soon."""
    found: dict[str, None] = {}
    with suppress(Exception, _TooLate), ctx.scope(cleanup=False), _hurry():
        session = ctx.ensure_object(Session)
        session.connect()
        for name in names(session):
            found[name] = None
            if len(found) == OFFERED:
                break
    return list(found)


class _TooLate(BaseException):
    """Nobody waits for more; no part of the library takes it for an error of its own."""


@contextmanager
def _hurry() -> Iterator[None]:
    """Leave a block that takes too long."""

    def give_up(*_: object) -> NoReturn:
        raise _TooLate

    if not hasattr(signal, "setitimer"):  # not on Windows, whose shells complete nothing here
        yield
        return
    handler = signal.signal(signal.SIGALRM, give_up)
    timer = signal.setitimer(signal.ITIMER_REAL, PATIENCE)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, *timer)
        signal.signal(signal.SIGALRM, handler)
