"""`swf local`: serve a local SWF, and control one that is served."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from swf.cli.options import CommandGroup, common_options
from swf.cli.session import Session

if TYPE_CHECKING:
    from swf.local.control_client import ControlClient

CLOCK_ACTIONS = ("show", "advance", "skip", "freeze", "resume")


@click.group(cls=CommandGroup, invoke_without_command=True)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=4570,
    show_default=True,
    help="Port; 0 chooses a free one.",
)
@click.option("--database", metavar="FILE", help="Store the state in a file; in memory by default.")
@click.option(
    "--retention",
    type=click.IntRange(min=0),
    metavar="DAYS",
    help="Retention of closed executions, in place of each domain's.",
)
@click.option(
    "--log",
    type=click.Choice(("text", "json")),
    default="text",
    show_default=True,
    help="Format of the log on standard error.",
)
@click.option(
    "--limits",
    type=click.Choice(("strict", "off")),
    default="off",
    show_default=True,
    help="Whether quotas and throttling apply.",
)
@click.option(
    "--clock",
    type=click.Choice(("system", "skipping", "manual")),
    default="system",
    show_default=True,
    help="Source of the time; the skipping clock jumps over waiting times.",
)
@click.option("--no-control", is_flag=True, help="Do not serve the control API.")
@click.option(
    "--control-token",
    metavar="TOKEN",
    envvar="SWF_LOCAL_TOKEN",
    help="Token of the control API. [SWF_LOCAL_TOKEN]",
)
@click.option(
    "--page-size",
    type=click.IntRange(1, 1000),
    metavar="N",
    help="Maximum number of items in a page; 100 was the limit of AWS for years.",
)
@click.option("--allow-host", multiple=True, metavar="NAME", help="A host name of this server.")
@click.pass_context
def local(
    ctx: click.Context,
    /,
    allow_host: tuple[str, ...],
    no_control: bool,
    **options: str | int | None,
) -> int:
    """Serve a local SWF without an AWS account.

    Serves until Ctrl-C. Standard output has one line for a shell to evaluate: export
    AWS_ENDPOINT_URL_SWF=... With a command it controls the service at that endpoint instead.

    \b
    Examples:
      swf local --port 0
      swf local --port 0 --clock skipping --limits strict
    """
    if ctx.invoked_subcommand is not None:
        return 0
    import aiohttp  # noqa: F401 - raises for a missing extra

    from swf.local.__main__ import main

    names = [name for name in LOCAL_OPTIONS if options.get(name) is not None]
    arguments = [f"--{name.replace('_', '-')}={options[name]}" for name in names]
    arguments += ["--no-control"] if no_control else []
    return main([*arguments, *(f"--allow-host={name}" for name in allow_host)])


#: Options of the server that have a value.
LOCAL_OPTIONS = (
    *("host", "port", "database", "retention", "log"),
    *("limits", "clock", "control_token", "page_size"),
)


def _client(session: Session) -> ControlClient:
    """Return a client of the service at the endpoint."""
    from swf.local.control_client import ControlClient

    context = click.get_current_context()
    url = session.connect().settings.endpoint_url
    if url is None:
        raise click.UsageError("no endpoint: set AWS_ENDPOINT_URL_SWF or --endpoint-url", context)
    parent = context.find_object(Session) and context.parent
    return ControlClient(url, (parent.params if parent else {}).get("control_token"))


def _call(session: Session, method: str, *arguments: Any, **parameters: Any) -> Any:
    """Call a method of the client; a refusal ends the command with its message."""
    from swf.local.control_client import ControlRefused

    try:
        return getattr(_client(session), method)(*arguments, **parameters)
    except ControlRefused as error:
        raise click.ClickException(str(error)) from error


@local.command()
@click.argument("action", default="show", type=click.Choice(CLOCK_ACTIONS))
@click.argument("duration", required=False)
@common_options
def clock(session: Session, action: str, duration: str | None) -> None:
    """Show or move the clock of the service.

    DURATION is a number of seconds, or a number with s, m, h or d.

    \b
    Examples:
      swf local clock
      swf local clock advance 30d
      swf local clock freeze
    """
    if (action == "advance") != (duration is not None):
        raise click.UsageError("advance takes a DURATION, the other actions take none")
    if action == "show":
        session.record(_call(session, "clock"))
    else:
        session.record(_call(session, action, *([] if duration is None else [duration])))


@local.command()
@click.argument("action", default="list", type=click.Choice(("list", "add", "remove", "clear")))
@click.argument("values", nargs=-1, metavar="[KIND [NAME=VALUE]... | ID]")
@common_options
def faults(session: Session, action: str, values: tuple[str, ...]) -> None:
    """Show or change the fault rules.

    \b
    Examples:
      swf local faults
      swf local faults add LostResponse operation=ListDomains times=1
      swf local faults clear
    """
    if action == "add" and values:
        pairs = (value.partition("=") for value in values[1:])
        parameters = {name: _value(text) for name, _, text in pairs}
        session.record(_call(session, "add_fault", values[0], **parameters))
    elif action == "remove" and len(values) == 1 and values[0].isdecimal():
        _call(session, "remove_fault", int(values[0]))
    elif action == "clear" and not values:
        _call(session, "clear_faults")
    elif action == "list" and not values:
        session.rows(_call(session, "faults"), ("id", "kind", "operation", "probability", "times"))
    else:
        raise click.UsageError("add takes a KIND, remove an ID, list and clear take nothing")


@local.command()
@click.argument(
    "action",
    default="list",
    type=click.Choice(("list", "save", "restore", "remove", "download", "upload")),
)
@click.argument("name", required=False)
@click.argument("file", required=False, type=click.Path(path_type=Path))
@common_options
def snapshots(session: Session, action: str, name: str | None, file: Path | None) -> None:
    """Save, restore, download or upload states.

    \b
    Examples:
      swf local snapshots
      swf local snapshots save before
    """
    if (action == "list") != (name is None):
        raise click.UsageError("list takes nothing, the other actions take a NAME")
    if (action in ("download", "upload")) != (file is not None):
        raise click.UsageError("download and upload take a FILE, the other actions take none")
    if name is None:
        rows = [{"name": each, "now": now} for each, now in _call(session, "snapshots").items()]
        session.rows(rows, ("name", "now"))
    elif action == "download" and file is not None:
        file.write_text(json.dumps(_call(session, "download", name)))
    elif action == "upload" and file is not None:
        _call(session, "upload", name, json.loads(file.read_text()))
    else:
        _call(session, "remove_snapshot" if action == "remove" else action, name)


@local.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
@common_options
def reset(session: Session, yes: bool) -> None:
    """Remove the state of every account.

    \b
    Example:
      swf local reset --yes
    """
    session.confirm("Remove the state of every account of the local service?", yes)
    _call(session, "reset")


@local.command()
@common_options
def accounts(session: Session) -> None:
    """List accounts and regions with counts.

    \b
    Example:
      swf local accounts
    """
    fields = ("access_key", "region", "domains", "executions", "open_executions")
    session.rows(_call(session, "accounts"), fields)


@local.command()
@click.argument("limits", required=False, type=click.Choice(("off", "strict")))
@common_options
def limits(session: Session, limits: str | None) -> None:
    """Show or set whether quotas apply.

    \b
    Examples:
      swf local limits
      swf local limits strict
    """
    session.record({"limits": _call(session, "limits", limits)})


@local.command()
@click.option("--event-type", metavar="TYPE", help="Only events of this type.")
@click.option("--after", type=int, metavar="ID", help="Resume after this id.")
@common_options
def events(session: Session, event_type: str | None, after: int | None) -> None:
    """Print events as JSON, one object per line.

    \b
    Example:
      swf local events --event-type TimerFired
    """
    filters = {} if event_type is None else {"event_type": event_type}
    for event in _call(session, "events", after, **filters):
        click.echo(json.dumps(event))


def _value(text: str) -> Any:
    """Return a value as JSON reads it; other text stays text."""
    try:
        return json.loads(text)
    except ValueError:
        return text
