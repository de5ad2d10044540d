"""Arguments and options that select executions: one by its id, or all that match filters."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar

import click

from swf.cli.payloads import parse_pairs
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
    from swf.cli.completers import workflow_ids  # only while a shell completes

    return workflow_ids(ctx, incomplete)


def complete_type(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """Complete the name of a workflow type.

    :param incomplete: the beginning of the name.
    """
    from swf.cli.completers import workflow_types  # only while a shell completes

    return workflow_types(ctx, incomplete)


def complete_version(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """Complete a version of the workflow type on the command line.

    :param incomplete: the beginning of the version.
    """
    from swf.cli.completers import versions  # only while a shell completes

    name = ctx.params.get("type_name")
    names = [name] if isinstance(name, str) else [*(name or ())]
    return versions(ctx, "workflow_types", names[0] if len(names) == 1 else None, incomplete)


def complete_run(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """Complete a run id of the execution on the command line.

    :param incomplete: the beginning of the run id.
    """
    from swf.cli.completers import run_ids  # only while a shell completes

    return run_ids(ctx, ctx.params.get("workflow_id"), incomplete)


def complete_tag(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """Complete a tag.

    :param incomplete: the beginning of the tag.
    """
    from swf.cli.completers import tags  # only while a shell completes

    return tags(ctx, incomplete)


def complete_exclusion(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """Complete FIELD=VALUE.

    :param incomplete: the text before the cursor.
    """
    from swf.cli.completers import exclusions  # only while a shell completes

    return exclusions(ctx, incomplete)


RUN_ID = click.argument("run_id", required=False, shell_complete=complete_run)
WORKFLOW_ID = click.argument("workflow_id", shell_complete=complete_id)


def execution_arguments(function: F) -> F:
    """Add the arguments WORKFLOW_ID and RUN_ID to a command; the newest run is the default.

    :param function: takes `workflow_id` and `run_id`.
    """
    command: Any = RUN_ID(function)
    return WORKFLOW_ID(command)  # type: ignore[no-any-return] # click's decorators return their argument


def _since(*names: str) -> Callable[[F], F]:
    return click.option(
        *names, "since", type=parse_time, metavar="TIME",
        help="Earliest start: an age such as 2w, 2d, 3h, 15m, 90s (days without a unit), or an "
        "ISO 8601 date or time (local without a zone).",
    )  # fmt: skip


SINCE = _since("--since", "--started-since", "--from", "--from-date")

#: For a command with another option `--from`.
SINCE_WITHOUT_FROM = _since("--since", "--started-since", "--from-date")

_FILTERS = (
    click.option(
        "-s", "--status", type=click.Choice(("open", "closed"), case_sensitive=False),
        help="Select by status.",
    ),
    click.option(
        "-c", "--close-status", type=click.Choice(CLOSE_STATUSES, case_sensitive=False),
        multiple=True, help="Select by close status; repeated: any of them.",
    ),
    click.option(
        "--tag", multiple=True, shell_complete=complete_tag,
        help="Select by tag; repeated: all of them.",
    ),
    click.option(
        "--workflow-id", "--id", "id_filter", metavar="ID", multiple=True,
        shell_complete=complete_id, help="Select by workflow id; repeated: any of them.",
    ),
    click.option(
        "--type", "--workflow-type-name", "type_name", metavar="NAME", multiple=True,
        shell_complete=complete_type, help="Select by workflow type; repeated: any of them.",
    ),
    click.option(
        "--version", "--workflow-type-version", "type_version", multiple=True,
        shell_complete=complete_version, help="Select by type version; repeated: any of them.",
    ),
    SINCE,
    click.option(
        "--until", "--to", "--to-date", "until", type=parse_time, metavar="TIME",
        help="Latest start.",
    ),
    click.option("--closed-since", type=parse_time, metavar="TIME", help="Earliest close."),
    click.option("--closed-until", type=parse_time, metavar="TIME", help="Latest close."),
    click.option(
        "--not", "exclusions", metavar="FIELD=VALUE", multiple=True,
        shell_complete=complete_exclusion,
        help="Exclude by tag, type, version, id, close_status or another field; repeatable.",
    ),
    click.option(
        "--where", "expression", metavar="EXPRESSION",
        help="Select by an expression such as 'duration>1h and input.customer=\"c3\"'; see "
        "`swf execution list --help`.",
    ),
)  # fmt: skip


def filter_options(function: F, since: Any = SINCE) -> F:
    """Add the options that select executions to a command.

    :param function: the command; it passes its options to `pop_lookups`.
    :param since: the option for the earliest start.
    """
    command: Any = function
    for option in reversed(_FILTERS):
        command = (since if option is SINCE else option)(command)
    return command  # type: ignore[no-any-return] # click's decorators return their argument


#: Parameter names of repeatable options -> the lookups of one value and of several.
REPEATABLE = {
    "close_status": ("close_status", "close_status__in"),
    "id_filter": ("workflow_id", "workflow_id__in"),
    "type_name": ("workflow_type_name", "workflow_type__name__in"),
    "type_version": ("workflow_type_version", "workflow_type__version__in"),
}

#: Parameter names of the other options of `filter_options` -> lookups of a queryset.
LOOKUPS = {
    "status": "status",
    "since": "start_oldest_date",
    "until": "start_latest_date",
    "closed_since": "close_oldest_date",
    "closed_until": "close_latest_date",
    "expression": "where",
}


def pop_lookups(options: dict[str, Any]) -> dict[str, Any]:
    """Remove the options of `filter_options`, and return lookups for `filter_executions`.

    :param options: the options of the command, which are changed.
    :returns: arguments of a queryset's `filter`; `tags` has the tags, all of which must match,
        `exclusions` pairs of a lookup and a value that must not match, and `where` an expression.
    """
    lookups = {name: options.pop(option) for option, name in LOOKUPS.items()}
    if lookups["status"]:
        lookups["status"] = lookups["status"].upper()
    for option, (one, several) in REPEATABLE.items():
        values = options.pop(option)
        if len(values) == 1:
            lookups[one] = values[0]
        elif values:
            lookups[several] = values
    lookups["tags"] = options.pop("tag") or None
    lookups["exclusions"] = parse_pairs(options.pop("exclusions")) or None
    return {name: value for name, value in lookups.items() if value is not None}


def filter_executions(executions: Any, lookups: Mapping[str, Any]) -> Any:
    """Return the executions that match all lookups.

    :param executions: a queryset.
    :param lookups: the result of `pop_lookups`.
    """
    lookups = dict(lookups)
    for tag in lookups.pop("tags", ()):
        executions = executions.filter(tag=tag)
    for name, value in lookups.pop("exclusions", ()):
        executions = executions.exclude(**{name: value})
    if "where" in lookups:
        executions = executions.where(lookups.pop("where"))
    return executions.filter(**lookups)
