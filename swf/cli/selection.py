"""Which executions are meant: one by its id, or all that match a filter."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar

import click

from swf.cli.errors import Refused
from swf.cli.session import Session
from swf.constants import CLOSE_STATUSES

F = TypeVar("F", bound=Callable[..., Any])

_UNITS = {"": "days", "s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_AGE = re.compile(r"(\d{1,5}(?:\.\d+)?)([smhdw]?)")


def moment(value: str) -> timedelta | datetime:
    """Return what a time says: a timedelta before now (`90s`, `15m`, `3h`, `2d`), or a datetime.

    :raises click.BadParameter: it is neither an age nor an ISO 8601 date or time.
    """
    if found := _AGE.fullmatch(value.strip()):
        return timedelta(**{_UNITS[found[2]]: float(found[1])})
    try:
        return datetime.fromisoformat(value.strip().replace("Z", "+00:00"))
    except ValueError:
        rule = f"{value!r} is neither like 2d, 3h, 15m nor an ISO 8601 date"
        raise click.BadParameter(rule) from None


def complete_id(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """Return the workflow ids of executions that begin so."""
    from swf.cli.completion import workflow_ids  # only while a shell completes

    return workflow_ids(ctx, incomplete)


def complete_type(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """Return the workflow types that the service knows and that begin so."""
    from swf.cli.completion import workflow_types  # only while a shell completes

    return workflow_types(ctx, incomplete)


def complete_version(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """Return the versions of the workflow type that is named, those that begin so."""
    from swf.cli.completion import versions  # only while a shell completes

    return versions(ctx, "workflow_types", ctx.params.get("type_name"), incomplete)


def complete_run(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """Return the runs of the execution that is named, those that begin so."""
    from swf.cli.completion import run_ids  # only while a shell completes

    return run_ids(ctx, ctx.params.get("workflow_id"), incomplete)


RUN_ID = click.argument("run_id", required=False, shell_complete=complete_run)
WORKFLOW_ID = click.argument("workflow_id", shell_complete=complete_id)


def one(function: F) -> F:
    """Take the id of an execution, and its run id; without that the newest run is meant."""
    wrapped: Any = RUN_ID(function)
    return WORKFLOW_ID(wrapped)  # type: ignore[no-any-return] # click's decorators return what they are given


_FILTERS = (
    click.option(
        "-s", "--status", type=click.Choice(("open", "closed"), case_sensitive=False),
        help="Only open ones, or only closed ones.",
    ),
    click.option(
        "-c", "--close-status", type=click.Choice(CLOSE_STATUSES, case_sensitive=False),
        help="How they closed.",
    ),
    click.option("--tag", help="One of their tags."),
    click.option(
        "--workflow-id", "--id", "wanted_id", metavar="ID",
        shell_complete=complete_id, help="With this workflow id.",
    ),
    click.option(
        "--type", "--workflow-type-name", "type_name", metavar="NAME",
        shell_complete=complete_type, help="Of this workflow type.",
    ),
    click.option(
        "--version", "--workflow-type-version", "type_version", shell_complete=complete_version,
        help="Of this version of the workflow type.",
    ),
    click.option(
        "--since", "--started-since", "--from", "--from-date", "since", type=moment, metavar="TIME",
        help="Started then or later: 2w, 2d, 3h, 15m or 90s ago (days if it says no unit), or an "
        "ISO 8601 date or time (local if it says no zone).",
    ),
    click.option(
        "--until", "--to", "--to-date", "until", type=moment, metavar="TIME",
        help="Started then or before.",
    ),
    click.option("--closed-since", type=moment, metavar="TIME", help="Closed then or later."),
    click.option("--closed-until", type=moment, metavar="TIME", help="Closed then or before."),
)  # fmt: skip


def filters(function: F) -> F:
    """Take the options that select executions."""
    wrapped: Any = function
    for option in reversed(_FILTERS):
        wrapped = option(wrapped)
    return wrapped  # type: ignore[no-any-return] # click's decorators return what they are given


#: The options of `filters`, and what the queryset calls them.
NAMES = {
    "status": "status",
    "close_status": "close_status",
    "tag": "tag",
    "wanted_id": "workflow_id",
    "type_name": "workflow_type_name",
    "type_version": "workflow_type_version",
    "since": "start_oldest_date",
    "until": "start_latest_date",
    "closed_since": "close_oldest_date",
    "closed_until": "close_latest_date",
}


def lookups(options: dict[str, Any]) -> dict[str, Any]:
    """Take the options of `filters` out of others, as arguments of a queryset."""
    found = {name: options.pop(option, None) for option, name in NAMES.items()}
    if found["status"]:
        found["status"] = found["status"].upper()
    return {name: value for name, value in found.items() if value is not None}


def selected(
    session: Session,
    workflow_id: str | None,
    run_id: str | None,
    options: dict[str, Any],
    status: str = "OPEN",
) -> list[Any]:
    """Return the execution that is named, or those that match the options.

    :param status: which ones match if the options do not say.
    :raises click.UsageError: neither is given, or both.
    :raises Refused: the one that is named is closed, and open ones are meant.
    """
    wanted = lookups(options)
    context = click.get_current_context()
    if workflow_id and wanted:
        raise click.UsageError("name an execution or give a filter, not both", context)
    if workflow_id:
        found = session.execution(workflow_id, run_id)
        if status == "OPEN" and found.status == "CLOSED":
            raise Refused(f"{workflow_id!r} is closed ({found.close_status}); see `swf why`")
        return [found]
    if not wanted:
        raise click.UsageError("which executions? Name one, or give a filter", context)
    return list(session.domain().executions.filter(**{"status": status, **wanted}))
