"""`swf completion`: what makes a shell complete `swf`; and the names that it asks the service for.

What goes wrong while a shell completes is not told: it completes nothing.
"""

from __future__ import annotations

from contextlib import suppress
from itertools import islice
from typing import Any

import click
from click.shell_completion import get_completion_class

#: Names that are offered at the most.
OFFERED = 50


@click.command()
@click.argument("shell", type=click.Choice(("bash", "zsh", "fish")))
def completion(shell: str) -> None:
    """Print a script for a shell to evaluate: eval "$(swf completion bash)"."""
    from swf.cli.app import app

    kind = get_completion_class(shell)
    assert kind is not None  # noqa: S101 - click knows all three
    click.echo(kind(app, {}, "swf", "_SWF_COMPLETE").source())


def domains(ctx: click.Context, incomplete: str) -> list[str]:
    """Return the names of domains that begin so."""
    from swf import DomainQuerySet

    with suppress(Exception):
        _connect(ctx)
        found = DomainQuerySet().all().filter(name__startswith=incomplete)
        return [domain.name for domain in islice(found, OFFERED)]
    return []


def workflow_ids(ctx: click.Context, incomplete: str) -> list[str]:
    """Return the ids of open executions that begin so."""
    with suppress(Exception):
        session = _connect(ctx)
        found = session.domain().executions.filter(
            status="OPEN", workflow_id__startswith=incomplete
        )
        return [execution.workflow_id for execution in islice(found, OFFERED)]
    return []


def _connect(ctx: click.Context) -> Any:
    from swf.cli.session import Session

    session = ctx.ensure_object(Session)
    for name, value in ctx.params.items():
        if value:
            session.given.setdefault(name, value)
    session.connect()
    return session
