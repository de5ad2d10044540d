"""`swf stuck` and `swf failures`: executions in groups, with the option that selects each group."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any, TypeVar

import click

from swf.cli.batch import track_progress
from swf.cli.computed_fields import rows_with_computed_fields
from swf.cli.options import StrictCommand, common_options, option_words
from swf.cli.selection import filter_executions, filter_options, pop_lookups
from swf.cli.session import Session
from swf.constants import STATUS_CLOSED, STATUS_OPEN

F = TypeVar("F", bound=Callable[..., Any])

#: Close statuses that `swf failures` shows without `--close-status`.
FAILURES = ("FAILED", "TIMED_OUT", "TERMINATED")

GROUP_FIELDS = ("group", "executions", "oldest", "example", "select")
EXECUTION_FIELDS = ("workflow_id", "run_id", "domain", "start_timestamp")

_OPTIONS = (
    click.option("--all-domains", is_flag=True, help="Read all registered domains."),
    click.option("--group", metavar="TEXT", help="List the executions of one group."),
    click.option(
        "--limit", type=click.IntRange(min=1), default=1000, show_default=True, metavar="N",
        help="Maximum number of histories to read in each domain.",
    ),
    click.option(
        "--calls", type=click.IntRange(min=1), default=2000, show_default=True, metavar="N",
        help="Maximum number of calls in all domains.",
    ),
)  # fmt: skip


def triage_options(function: F) -> F:
    """Add filters and the options of a grouped report to a command."""
    command: Any = function
    for option in reversed(_OPTIONS):
        command = option(command)
    return filter_options(command)  # type: ignore[no-any-return] # click's decorators return their argument


@click.command(cls=StrictCommand)
@triage_options
@common_options
def stuck(session: Session, **options: Any) -> None:
    """Group open executions by their waits.

    Reads the history of each execution: one or more calls per row, `--calls` in total. `--group`
    lists the executions of a group; with `-o tsv` they are input for `--ids`.

    \b
    Examples:
      swf stuck --since 1d
      swf stuck --type order --fields group,executions
    """
    _report(session, "stuck", options, {"status": STATUS_OPEN}, _describe_wait)


@click.command(cls=StrictCommand)
@triage_options
@common_options
def failures(session: Session, **options: Any) -> None:
    """Group failed executions by reason.

    The groups are type, close status and reason. Without `--since` or `--closed-since`, reads the
    executions that closed within a day. Reads the last event of each execution: one call per row.

    \b
    Examples:
      swf failures
      swf failures --closed-since 7d --type order
    """
    lookups: dict[str, Any] = {"status": STATUS_CLOSED}
    if not any(options[name] for name in ("since", "closed_since")):
        lookups["close_oldest_date"] = timedelta(days=1)
    if not options["close_status"]:
        lookups["close_status__in"] = FAILURES
    _report(session, "failures", options, lookups, _describe_failure)


@dataclass(frozen=True)  # help texts import this module, and need no attrs
class Member:
    """An execution and the name of its group."""

    execution: Any
    group: str


def _report(
    session: Session,
    command: str,
    options: dict[str, Any],
    lookups: dict[str, Any],
    describe: Callable[[Session, Any], str],
) -> None:
    names = ("all_domains", "group", "limit", "calls")
    domains, group, limit, calls = (options.pop(name) for name in names)
    lookups |= pop_lookups(options)
    members = _read_members(session, domains, lookups, limit, calls, describe)
    if group is None:
        words = ["swf", command, *option_words(click.get_current_context())]
        fields = (*GROUP_FIELDS[:3], "domains", *GROUP_FIELDS[3:]) if domains else GROUP_FIELDS
        session.rows(_groups(shlex.join(words), members), fields)
        return
    rows = (
        {name: getattr(member.execution, name) for name in EXECUTION_FIELDS}
        for member in members
        if member.group == group
    )
    session.rows(rows, EXECUTION_FIELDS)


def _read_members(
    session: Session,
    all_domains: bool,
    lookups: dict[str, Any],
    limit: int,
    calls: int,
    describe: Callable[[Session, Any], str],
) -> list[Member]:
    """Return the executions with their groups; a note on standard error if some are missing."""
    from swf import DomainQuerySet, budget
    from swf.exceptions import BudgetExceeded

    session.connect()
    members: list[Member] = []
    try:
        with budget(calls=calls):
            for domain in DomainQuerySet() if all_domains else [session.domain()]:
                matches = filter_executions(session.executions(domain), lookups)
                executions = list(matches[: limit + 1])
                if len(executions) > limit:
                    session.notify(f"{domain.name}: only the first {limit} executions; see --limit")
                members.extend(  # keeps those before the last call
                    Member(execution, describe(session, execution))
                    for execution in track_progress(executions[:limit], domain.name)
                )
    except BudgetExceeded:
        session.notify(f"incomplete: {calls} calls read {len(members)} executions; see --calls")
    return members


def _groups(command: str, members: Iterable[Member]) -> list[dict[str, Any]]:
    """Return a row for each group, the largest first.

    :param command: the command line without `--group`.
    """
    groups: dict[str, list[Any]] = {}
    for member in members:
        groups.setdefault(member.group, []).append(member.execution)
    rows = []
    for group, executions in sorted(groups.items(), key=lambda item: -len(item[1])):
        oldest = min(executions, key=lambda execution: execution.start_timestamp)
        rows.append(
            {
                "group": group,
                "executions": len(executions),
                "oldest": datetime.now(timezone.utc) - oldest.start_timestamp,
                "domains": sorted({execution.domain.name for execution in executions}),
                "example": oldest.workflow_id,
                "select": f"{command} --group {shlex.quote(group)}",
            }
        )
    return rows


def _describe_wait(session: Session, execution: Any) -> str:
    from swf.report.groups import wait_group

    return wait_group(session.history(execution))


def _describe_failure(session: Session, execution: Any) -> str:
    from swf.report.groups import outcome_group

    [row] = rows_with_computed_fields(session, [execution], ("reason",))
    return outcome_group(execution, row["reason"])
