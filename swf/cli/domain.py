"""`swf domain`: manage domains."""

from __future__ import annotations

from typing import Any

import click

from swf.cli.batch import CONFIRM, DRY_RUN, IGNORED_YES
from swf.cli.errors import RefusedError
from swf.cli.options import CommandGroup, common_options, complete_domain
from swf.cli.payloads import parse_mapping
from swf.cli.session import Session

LIST_FIELDS = ("name", "status", "description", "arn")
STATUS_FIELDS = ("name", "status")

NAME = click.argument("name", shell_complete=complete_domain)
STATUS = click.option(
    "--status",
    type=click.Choice(("REGISTERED", "DEPRECATED", "ALL"), case_sensitive=False),
    default="REGISTERED",
    show_default=True,
    help="Select by registration status.",
)


@click.group(cls=CommandGroup)
def domain() -> None:
    """Manage domains.

    \b
    Examples:
      swf domain list
      swf domain show orders
    """


@domain.command("list")
@STATUS
@click.option("--name", metavar="PREFIX", help="Select by the beginning of the name.")
@common_options
def list_(session: Session, status: str, name: str | None) -> None:
    """List domains.

    \b
    Examples:
      swf domain list
      swf domain list --status ALL --name order
    """
    from swf import DomainQuerySet

    session.connect()
    domains = DomainQuerySet().all(None if status == "ALL" else status)
    session.rows(domains.filter(name__startswith=name) if name else domains, LIST_FIELDS)


@domain.command()
@click.argument("name", required=False, shell_complete=complete_domain)
@common_options
def show(session: Session, name: str | None) -> None:
    """Show a domain with its tags.

    Without NAME, shows the domain of `--domain`.

    \b
    Examples:
      swf domain show orders
      swf domain show --output json
    """
    session.record(session.domain(name).evolve(tags={}).upstream())


@domain.command()
@NAME
@click.option("--description", help="Description, up to 1,024 characters.")
@click.option(
    "--retention-period", type=int, metavar="DAYS", default=30, show_default=True,
    help="Retention of closed executions, 0 to 90 days.",
)  # fmt: skip
@click.option("--tag", "tags", multiple=True, metavar="KEY=VALUE", help="A tag; repeatable.")
@DRY_RUN
@IGNORED_YES
@common_options
def create(
    session: Session,
    name: str,
    description: str | None,
    retention_period: int,
    tags: tuple[str, ...],
    dry_run: bool,
) -> None:
    """Register a domain.

    \b
    Examples:
      swf domain create sandbox
      swf domain create billing --retention-period 7 --tag team=red
    """
    model = session.domain(name).evolve(
        description=description, retention_period=retention_period, tags=parse_mapping(tags) or None
    )
    if dry_run:
        session.notify(f"would register {model!r}")
        return
    model.save()
    session.record(model.evolve(tags={}).upstream())


@domain.command()
@NAME
@CONFIRM
@DRY_RUN
@common_options
def deprecate(session: Session, name: str, yes: bool, dry_run: bool) -> None:
    """Deprecate a domain.

    Open executions continue; no new type or execution can be created.

    \b
    Examples:
      swf domain deprecate orders --dry-run
      swf domain deprecate orders --yes
    """
    model = session.domain(name)
    if dry_run:
        session.notify(f"would deprecate {model.upstream()!r}")
        return
    session.confirm(f"Deprecate domain {name!r}?", yes, name)
    model.delete()
    session.record(model.upstream(), STATUS_FIELDS)


@domain.command()
@NAME
@DRY_RUN
@IGNORED_YES
@common_options
def undeprecate(session: Session, name: str, dry_run: bool) -> None:
    """Restore a deprecated domain.

    \b
    Example:
      swf domain undeprecate retired
    """
    model = session.domain(name)
    if dry_run:
        session.notify(f"would undeprecate {model.upstream()!r}")
        return
    model.undelete()
    session.record(model.upstream(), STATUS_FIELDS)


@domain.command()
@NAME
@DRY_RUN
@IGNORED_YES
@common_options
def delete(session: Session, name: str, dry_run: bool) -> None:  # noqa: ARG001 - the common signature
    """Explain why domains cannot be deleted.

    SWF has no operation that deletes a domain; the exit code is 4.

    \b
    Example:
      swf domain delete orders
    """
    raise RefusedError(
        f"SWF cannot delete domains; to prevent new executions: swf domain deprecate {name}"
    )


@domain.command()
@NAME
@click.option("--description", help="The expected description.")
@click.option("--retention-period", type=int, metavar="DAYS", help="The expected retention.")
@common_options
def diff(session: Session, name: str, **options: Any) -> int:
    """Compare a domain with expectations.

    The exit code is 1 if they differ.

    \b
    Example:
      swf domain diff orders --retention-period 30
    """
    upstream = session.domain(name).upstream()
    expected = {field: value for field, value in options.items() if value is not None}
    return show_differences(session, upstream.evolve(**expected), upstream)


@domain.command()
@NAME
@click.argument("tags", nargs=-1, metavar="KEY=VALUE...")
@click.option("--remove", multiple=True, metavar="KEY", help="Remove this tag; repeatable.")
@DRY_RUN
@IGNORED_YES
@common_options
def tag(
    session: Session, name: str, tags: tuple[str, ...], remove: tuple[str, ...], dry_run: bool
) -> None:
    """Show, set or remove the tags of a domain.

    \b
    Examples:
      swf domain tag orders
      swf domain tag orders team=red stage=test
      swf domain tag orders --remove stage
    """
    model, new_tags = session.domain(name), parse_mapping(tags)
    if dry_run:
        session.notify(f"would set {new_tags}, and remove {list(remove)}")
        return
    if new_tags:
        model.tag(**new_tags)
    if remove:
        model.untag(*remove)
    current = model.evolve(tags={}).upstream().tags or {}
    session.rows([{"key": key, "value": current[key]} for key in sorted(current)], ("key", "value"))


def show_differences(session: Session, expected: Any, upstream: Any) -> int:
    """Write the differences of two models.

    :param expected: the model with the expected settings.
    :param upstream: the registered model.
    :returns: the exit code, 1 if the models differ.
    """
    differences = list(expected.differences(upstream))
    rows = [{"field": d.attr, "wanted": d.local, "registered": d.upstream} for d in differences]
    session.rows(rows, ("field", "wanted", "registered"))
    return 1 if differences else 0
