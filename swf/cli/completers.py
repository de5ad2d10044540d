"""Completions of arguments that need the service.

Errors during completion are silent: the result is then empty.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from typing import Any, NoReturn

import click

from swf.cli.session import Session

#: Maximum number of completions.
MAX_COMPLETIONS = 50

#: Maximum seconds for finding completions.
TIMEOUT = 2.0

#: Number of executions whose tags are read.
PAGE = 1000

#: Groups of commands and the querysets that have their fields.
QUERYSETS = {
    "domain": "DomainQuerySet",
    "workflow-type": "WorkflowTypeQuerySet",
    "activity-type": "ActivityTypeQuerySet",
}

#: Fields of executions that are computed when they are shown.
AGES = ("age",)

#: Fields of `--not` that the shell completes.
EXCLUDABLE = ("tag", "type", "version", "id", "close_status", "state")


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


def tags(ctx: click.Context, incomplete: str) -> list[str]:
    """Complete a tag of recent executions.

    :param incomplete: the beginning of the tag.
    """

    def texts(session: Session) -> Iterator[str]:
        for status in ("OPEN", "CLOSED"):
            for execution in session.domain().executions.filter(status=status)[:PAGE]:
                yield from (tag for tag in execution.tag_list or () if tag.startswith(incomplete))

    return _complete(ctx, texts)


def activity_ids(ctx: click.Context, workflow_id: str | None, incomplete: str) -> list[str]:
    """Complete the id of an activity of an execution.

    :param incomplete: the beginning of the id.
    """

    def ids(session: Session) -> Iterator[str]:
        activities = session.history(session.execution(str(workflow_id), None)).activities
        return (each for each in activities if each.startswith(incomplete))

    return _complete(ctx, ids) if workflow_id else []


def fields(ctx: click.Context, incomplete: str) -> list[str]:
    """Complete the last of several field names, which commas separate (no call).

    :param ctx: the context of a command on domains, types or executions.
    :param incomplete: the text before the cursor.
    """
    from swf import querysets

    group = ctx.parent.command.name if ctx.parent else None
    schema = getattr(querysets, QUERYSETS.get(group or "", "WorkflowExecutionQuerySet")).schema
    fields = (*schema.attributes, *schema.short_names, *schema.computed, *schema.events, *AGES)
    first, comma, last = incomplete.rpartition(",")
    names = dict.fromkeys(fields[: len(schema.attributes)] if group in QUERYSETS else fields)
    return [f"{first}{comma}{each}" for each in names if each.startswith(last)]


def exclusions(ctx: click.Context, incomplete: str) -> list[str]:
    """Complete FIELD=VALUE: the field, or the value of a tag.

    :param incomplete: the text before the cursor.
    """
    field, equals, value = incomplete.partition("=")
    if equals:
        return [f"tag={tag}" for tag in tags(ctx, value)] if field == "tag" else []
    return [f"{name}=" for name in EXCLUDABLE if name.startswith(field)]


def operations(ctx: click.Context, incomplete: str) -> list[str]:
    """Complete the name of an operation of the service (no call).

    :param incomplete: the beginning of the name.
    """

    def names(session: Session) -> Iterable[str]:
        model = session.connect().client.meta.service_model
        return (each for each in model.operation_names if each.startswith(incomplete))

    return _complete(ctx, names)


def _names(types: Any, incomplete: str) -> Iterator[str]:
    return (model.name for model in types.filter(name__startswith=incomplete))


def _complete(ctx: click.Context, names: Callable[[Session], Iterable[str]]) -> list[str]:
    """Return up to `MAX_COMPLETIONS` names that the service returns within `TIMEOUT`."""
    completions: dict[str, None] = {}
    with (
        suppress(Exception, _TimeoutReached),
        closing(ctx.find_root()),  # it holds the connection, and click leaves it open
        ctx.scope(cleanup=False),
        _time_limit(),
    ):
        session = ctx.ensure_object(Session)
        session.connect()
        for name in names(session):
            if not name.isprintable():
                continue  # a shell would run or show its control characters
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
