"""Which executions are meant: one by its id, or all that match a filter."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar

import click

from swf.cli.session import Session
from swf.constants import CLOSE_STATUSES

F = TypeVar("F", bound=Callable[..., Any])

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_AGE = re.compile(r"(\d+(?:\.\d+)?)([smhdw])")


class Moment(click.ParamType[timedelta | datetime]):
    """A time: so long ago (`90s`, `15m`, `3h`, `2d`, `1w`), or an ISO 8601 date or time."""

    name = "TIME"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta | datetime:
        """Return a timedelta before now, or a datetime."""
        if not isinstance(value, str):
            return value  # type: ignore[no-any-return] # converted already
        if found := _AGE.fullmatch(value.strip()):
            return timedelta(**{_UNITS[found[2]]: float(found[1])})
        try:
            return datetime.fromisoformat(value.strip().replace("Z", "+00:00"))
        except ValueError:
            self.fail(f"{value!r} is neither like 2d, 3h, 15m nor an ISO 8601 date", param, ctx)


def _workflow_ids(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    from swf.cli.completion import workflow_ids  # only while a shell completes

    return workflow_ids(ctx, incomplete)


def one(function: F) -> F:
    """Take the id of an execution, and its run id; without that the newest run is meant."""
    wrapped: Any = click.argument("run_id", required=False)(function)
    return click.argument("workflow_id", shell_complete=_workflow_ids)(wrapped)  # type: ignore[no-any-return] # click's decorators return what they are given


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
    click.option("--workflow-id", "--id", "wanted_id", metavar="ID", help="Of this workflow id."),
    click.option("--type", "--workflow-type-name", "type_name", help="Of this workflow type."),
    click.option("--type-version", "--workflow-type-version", help="Of this version of the type."),
    click.option(
        "--since", "--from-date", type=Moment(),
        help="Started then or later: 2d, 3h, 15m ago, or an ISO 8601 date.",
    ),
    click.option("--until", "--to-date", type=Moment(), help="Started then or before."),
    click.option("--closed-since", type=Moment(), help="Closed then or later."),
    click.option("--closed-until", type=Moment(), help="Closed then or before."),
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
    session: Session, workflow_id: str | None, run_id: str | None, options: dict[str, Any]
) -> list[Any]:
    """Return the execution that is named, or the open ones that match the options.

    :raises click.UsageError: neither is given, or both.
    """
    wanted = lookups(options)
    context = click.get_current_context()
    if workflow_id and wanted:
        raise click.UsageError("name an execution or give a filter, not both", context)
    if workflow_id:
        return [session.execution(workflow_id, run_id)]
    if not wanted:
        raise click.UsageError("which executions? Name one, or give a filter", context)
    return list(session.domain().executions.filter(**{"status": "OPEN", **wanted}))
