"""Arguments and options that select executions: one by its id, or all that match filters."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar

import click

from swf.cli.errors import RefusedError
from swf.cli.session import Session
from swf.constants import CLOSE_STATUSES

F = TypeVar("F", bound=Callable[..., Any])

_UNITS = {"": "days", "s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_AGE = re.compile(r"(\d{1,5}(?:\.\d+)?)([smhdw]?)")


def parse_time(value: str) -> timedelta | datetime:
    """Parse a time of the command line.

    :param value: an age such as `90s`, `15m`, `3h` or `2d`, or an ISO 8601 date or time.
    :returns: the age as a timedelta, or the time.
    :raises click.BadParameter: the value is neither.
    """
    if match := _AGE.fullmatch(value.strip()):
        return timedelta(**{_UNITS[match[2]]: float(match[1])})
    try:
        return datetime.fromisoformat(value.strip().replace("Z", "+00:00"))
    except ValueError:
        rule = f"{value!r} is neither an age such as 2d, 3h, 15m nor an ISO 8601 date"
        raise click.BadParameter(rule) from None


def complete_id(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """Complete a workflow id.

    :param incomplete: the beginning of the id.
    """
    from swf.cli.completion import workflow_ids  # only while a shell completes

    return workflow_ids(ctx, incomplete)


def complete_type(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """Complete the name of a workflow type.

    :param incomplete: the beginning of the name.
    """
    from swf.cli.completion import workflow_types  # only while a shell completes

    return workflow_types(ctx, incomplete)


def complete_version(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """Complete a version of the workflow type on the command line.

    :param incomplete: the beginning of the version.
    """
    from swf.cli.completion import versions  # only while a shell completes

    return versions(ctx, "workflow_types", ctx.params.get("type_name"), incomplete)


def complete_run(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """Complete a run id of the execution on the command line.

    :param incomplete: the beginning of the run id.
    """
    from swf.cli.completion import run_ids  # only while a shell completes

    return run_ids(ctx, ctx.params.get("workflow_id"), incomplete)


RUN_ID = click.argument("run_id", required=False, shell_complete=complete_run)
WORKFLOW_ID = click.argument("workflow_id", shell_complete=complete_id)


def execution_arguments(function: F) -> F:
    """Add the arguments WORKFLOW_ID and RUN_ID to a command; the newest run is the default.

    :param function: takes `workflow_id` and `run_id`.
    """
    command: Any = RUN_ID(function)
    return WORKFLOW_ID(command)  # type: ignore[no-any-return] # click's decorators return their argument


_FILTERS = (
    click.option(
        "-s", "--status", type=click.Choice(("open", "closed"), case_sensitive=False),
        help="Select by status.",
    ),
    click.option(
        "-c", "--close-status", type=click.Choice(CLOSE_STATUSES, case_sensitive=False),
        help="Select by close status.",
    ),
    click.option("--tag", help="Select by tag."),
    click.option(
        "--workflow-id", "--id", "id_filter", metavar="ID",
        shell_complete=complete_id, help="Select by workflow id.",
    ),
    click.option(
        "--type", "--workflow-type-name", "type_name", metavar="NAME",
        shell_complete=complete_type, help="Select by workflow type.",
    ),
    click.option(
        "--version", "--workflow-type-version", "type_version", shell_complete=complete_version,
        help="Select by version of the workflow type.",
    ),
    click.option(
        "--since", "--started-since", "--from", "--from-date", "since", type=parse_time,
        metavar="TIME",
        help="Earliest start: an age such as 2w, 2d, 3h, 15m, 90s (days without a unit), or an "
        "ISO 8601 date or time (local without a zone).",
    ),
    click.option(
        "--until", "--to", "--to-date", "until", type=parse_time, metavar="TIME",
        help="Latest start.",
    ),
    click.option("--closed-since", type=parse_time, metavar="TIME", help="Earliest close."),
    click.option("--closed-until", type=parse_time, metavar="TIME", help="Latest close."),
)  # fmt: skip


def filter_options(function: F) -> F:
    """Add the options that select executions to a command.

    :param function: the command; it passes its options to `pop_lookups`.
    """
    command: Any = function
    for option in reversed(_FILTERS):
        command = option(command)
    return command  # type: ignore[no-any-return] # click's decorators return their argument


#: Parameter names of `filter_options` -> lookups of a queryset.
LOOKUPS = {
    "status": "status",
    "close_status": "close_status",
    "tag": "tag",
    "id_filter": "workflow_id",
    "type_name": "workflow_type_name",
    "type_version": "workflow_type_version",
    "since": "start_oldest_date",
    "until": "start_latest_date",
    "closed_since": "close_oldest_date",
    "closed_until": "close_latest_date",
}


def pop_lookups(options: dict[str, Any]) -> dict[str, Any]:
    """Remove the options of `filter_options`, and return them as arguments of a queryset.

    :param options: the options of the command, which are changed.
    """
    lookups = {name: options.pop(option, None) for option, name in LOOKUPS.items()}
    if lookups["status"]:
        lookups["status"] = lookups["status"].upper()
    return {name: value for name, value in lookups.items() if value is not None}


def select_executions(
    session: Session,
    workflow_id: str | None,
    run_id: str | None,
    options: dict[str, Any],
    status: str = "OPEN",
) -> list[Any]:
    """Return the named execution, or those that match the filter options.

    :param options: the options of the command; those of `filter_options` are removed.
    :param status: the status to select without `--status`.
    :raises click.UsageError: the command line has neither an id nor filters, or both.
    :raises RefusedError: the named execution is closed, and `status` is OPEN.
    """
    lookups = pop_lookups(options)
    context = click.get_current_context()
    if workflow_id and lookups:
        raise click.UsageError("name an execution or give a filter, not both", context)
    if workflow_id:
        execution = session.execution(workflow_id, run_id)
        if status == "OPEN" and execution.status == "CLOSED":
            raise RefusedError(
                f"{workflow_id!r} is closed ({execution.close_status}); see `swf why`"
            )
        return [execution]
    if not lookups:
        raise click.UsageError("which executions? Name one, or give a filter", context)
    return list(session.domain().executions.filter(**{"status": status, **lookups}))
