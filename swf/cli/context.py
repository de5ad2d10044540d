"""`swf context`: named connections and domains."""

from __future__ import annotations

import click

from swf.cli.context_store import Context, ContextStore
from swf.cli.options import CommandGroup, common_options
from swf.cli.session import Session

FIELDS = ("name", "in_use", "production", "domain", "region", "profile", "endpoint_url", "local")


def complete_context(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
    """Complete the name of a context.

    :param incomplete: the beginning of the name.
    """
    return [each.name for each in ContextStore() if each.name.startswith(incomplete)]


@click.group(cls=CommandGroup)
def context() -> None:
    """Switch between accounts and domains.

    A context is a name for a region, endpoint, profile and domain. Options of a command override
    the context in use, which overrides ~/.swf and the environment. `--context NAME` or SWF_CONTEXT
    selects a context for one command or shell.

    \b
    Example:
      swf context list
    """


@context.command("list")
@common_options
def list_(session: Session) -> None:
    """List the contexts.

    \b
    Examples:
      swf context list
      swf context list --fields name,in_use
    """
    session.rows([_row(session, each) for each in ContextStore()], FIELDS)


@context.command()
@click.argument("name", required=False, shell_complete=complete_context)
@common_options
def show(session: Session, name: str | None) -> None:
    """Show a context, by default the one in use.

    \b
    Examples:
      swf context create kitchen --domain orders
      swf context show kitchen
    """
    current = session.context
    if name is None and current is None:
        raise click.UsageError("no context is in use; see `swf context list`")
    session.record(_row(session, ContextStore().get(name) if name else current), FIELDS)


@context.command()
@click.argument("name", shell_complete=complete_context)
@common_options
def use(session: Session, name: str) -> None:
    """Use a context for all following commands.

    \b
    Examples:
      swf context create kitchen --domain orders
      swf context use kitchen
    """
    store = ContextStore()
    store.use(name)
    session.notify(_describe(store.get(name)))


@context.command()
@common_options
def leave(session: Session) -> None:
    """Use no context.

    \b
    Example:
      swf context leave
    """
    ContextStore().use(None)
    session.notify("no context is in use")


@context.command()
@click.argument("name")
@click.option("--production", is_flag=True, help="Show its name in red.")
@common_options
def create(session: Session, name: str, production: bool) -> None:
    """Save the settings in effect as a context.

    Saves domain, region, profile, endpoint, and whether the service is embedded; replaces a context
    of the same name. Credentials are not saved: name a profile.

    \b
    Examples:
      swf context create billing-prod --domain billing --region eu-west-1 --production
      swf context create laptop --local --domain orders
    """
    saved = session.effective_context(name, production)
    ContextStore().save(saved)
    session.notify(f"created: {_describe(saved)}; use it: swf context use {name}")


@context.command()
@click.argument("name", shell_complete=complete_context)
@common_options
def delete(session: Session, name: str) -> None:
    """Delete a context.

    \b
    Examples:
      swf context create kitchen --domain orders
      swf context delete kitchen
    """
    ContextStore().remove(name)
    session.notify(f"deleted: {name}")


def _row(session: Session, each: Context | None) -> dict[str, object]:
    current = session.context
    in_use = each is not None and current is not None and each.name == current.name
    return {name: in_use if name == "in_use" else getattr(each, name) for name in FIELDS}


def _describe(each: Context) -> str:
    where = each.local or each.endpoint_url
    parts = [each.domain and f"domain {each.domain}", each.region, each.profile, where]
    return f"context {each.name}: {', '.join(part for part in parts if part)}"
