"""`swf domain`: domains."""

from __future__ import annotations

from typing import Any

import click

from swf.cli.batch import CONFIRM, DRY_RUN, UNASKED
from swf.cli.errors import Refused
from swf.cli.options import Group, common, complete_domain
from swf.cli.payloads import pairs
from swf.cli.session import Session

FIELDS = ("name", "status", "description", "arn")
STATUS = ("name", "status")

NAME = click.argument("name", shell_complete=complete_domain)


@click.group(cls=Group)
def domain() -> None:
    """Domains: the namespaces of types and executions."""


@domain.command("list")
@click.option(
    "--status",
    type=click.Choice(("REGISTERED", "DEPRECATED", "ALL"), case_sensitive=False),
    default="REGISTERED",
    help="Which of them; those that are registered by default.",
)
@click.option("--name", help="Only those whose name begins so.")
@common
def list_(session: Session, status: str, name: str | None) -> None:
    """List domains."""
    from swf import DomainQuerySet

    session.connect()
    found = DomainQuerySet().all(None if status == "ALL" else status)
    session.rows(found.filter(name__startswith=name) if name else found, FIELDS)


@domain.command()
@click.argument("name", required=False, shell_complete=complete_domain)
@common
def show(session: Session, name: str | None) -> None:
    """Show a domain with its tags; that of --domain if none is named."""
    session.record(session.domain(name).evolve(tags={}).upstream())


@domain.command()
@NAME
@click.option("--description", help="What it is for, up to 1,024 characters.")
@click.option(
    "--retention-period", type=int, default=30, show_default=True,
    help="Days for which closed executions are kept, 0 to 90.",
)  # fmt: skip
@click.option("--tag", "tags", multiple=True, metavar="KEY=VALUE", help="A tag; may be repeated.")
@DRY_RUN
@UNASKED
@common
def create(
    session: Session,
    name: str,
    description: str | None,
    retention_period: int,
    tags: tuple[str, ...],
    dry_run: bool,
) -> None:
    """Register a domain."""
    wanted = session.domain(name).evolve(
        description=description, retention_period=retention_period, tags=pairs(tags) or None
    )
    if dry_run:
        session.say(f"would register {wanted!r}")
        return
    wanted.save()
    session.record(wanted.evolve(tags={}).upstream())


@domain.command()
@NAME
@CONFIRM
@DRY_RUN
@common
def deprecate(session: Session, name: str, yes: bool, dry_run: bool) -> None:
    """Deprecate a domain: what runs in it goes on, nothing new begins."""
    wanted = session.domain(name)
    if dry_run:
        session.say(f"would deprecate {wanted.upstream()!r}")
        return
    session.confirm(f"Deprecate domain {name!r}?", yes)
    wanted.delete()
    session.record(wanted.upstream(), STATUS)


@domain.command()
@NAME
@DRY_RUN
@UNASKED
@common
def undeprecate(session: Session, name: str, dry_run: bool) -> None:
    """Register a deprecated domain again."""
    wanted = session.domain(name)
    if dry_run:
        session.say(f"would undeprecate {wanted.upstream()!r}")
        return
    wanted.undelete()
    session.record(wanted.upstream(), STATUS)


@domain.command()
@NAME
@DRY_RUN
@UNASKED
@common
def delete(session: Session, name: str, dry_run: bool) -> None:  # noqa: ARG001 - as the others
    """Refuse: SWF deletes no domains, they can only be deprecated."""
    raise Refused(
        f"SWF deletes no domains; so that nothing new begins in it: swf domain deprecate {name}"
    )


@domain.command()
@NAME
@click.option("--description", help="What it should say.")
@click.option("--retention-period", type=int, help="Days that it should keep.")
@common
def diff(session: Session, name: str, **wanted: Any) -> int:
    """Show where a domain differs from what is asked for; exit with 1 if it does."""
    upstream = session.domain(name).upstream()
    asked = {field: value for field, value in wanted.items() if value is not None}
    return differences(session, upstream.evolve(**asked), upstream)


@domain.command()
@NAME
@click.argument("tags", nargs=-1, metavar="KEY=VALUE...")
@click.option("--remove", multiple=True, metavar="KEY", help="Take this tag off; repeatable.")
@DRY_RUN
@UNASKED
@common
def tag(
    session: Session, name: str, tags: tuple[str, ...], remove: tuple[str, ...], dry_run: bool
) -> None:
    """Show the tags of a domain; put some on, or take some off."""
    wanted, put = session.domain(name), pairs(tags)
    if dry_run:
        session.say(f"would set {put}, and remove {list(remove)}")
        return
    if put:
        wanted.tag(**put)
    if remove:
        wanted.untag(*remove)
    found = wanted.evolve(tags={}).upstream().tags or {}
    session.rows([{"key": key, "value": found[key]} for key in sorted(found)], ("key", "value"))


def differences(session: Session, wanted: Any, upstream: Any) -> int:
    """Write where two models differ, and return the exit code: 1 if they do."""
    found = list(wanted.differences(upstream))
    rows = [{"field": d.attr, "wanted": d.local, "registered": d.upstream} for d in found]
    session.rows(rows, ("field", "wanted", "registered"))
    return 1 if found else 0
