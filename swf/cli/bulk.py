"""Selection of the executions that a command changes, and the reasons for skipping others.

A command takes one workflow id, filters, or ids from a file. A bulk command skips executions that
are not eligible: closed ones if it needs open ones, and all but the newest run of a workflow id if
it starts new runs. It starts a completed run again only if `--close-status` or the line of a file
selects that run. So a command that ran twice does not repeat work that has completed.

`swf.cli.batch` applies the change to the selected executions, at the rate of `--rps`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, TypeVar

import click

from swf.cli.errors import RefusedError
from swf.cli.selection import SINCE, filter_executions, filter_options, pop_lookups
from swf.cli.session import Session
from swf.constants import CLOSE_STATUS_COMPLETED, STATUS_CLOSED, STATUS_OPEN
from swf.exceptions import DoesNotExistError

F = TypeVar("F", bound=Callable[..., Any])

IDS = click.option(
    "--ids", "ids_file", type=click.Path(), metavar="FILE",
    help="Read workflow ids from a file, one per line, with a tab and the run id if needed; "
    "- is standard input.",
)  # fmt: skip
LIMIT = click.option(
    "--limit", type=click.IntRange(min=1), metavar="N", help="Maximum number of executions."
)


def selection_options(function: F, since: Any = SINCE) -> F:
    """Add filters, `--ids` and `--limit` to a command.

    :param function: the command; it passes its options to `select_executions`.
    :param since: the option for the earliest start.
    """
    command: Any = filter_options(IDS(LIMIT(function)), since)
    return command  # type: ignore[no-any-return] # click's decorators return their argument


@dataclass(frozen=True)  # help texts import this module, and need no attrs
class Selection:
    """The executions to change.

    :param executions: the eligible executions.
    :param skipped: the other executions as (workflow id, run id, reason).
    :param is_single: whether the user named one execution, whose refusal is an error.
    :param limit: the maximum number of executions to change; None for all.
    """

    executions: list[Any]
    skipped: list[tuple[str, str | None, str]] = field(default_factory=list)
    is_single: bool = False
    limit: int | None = None


def select_executions(
    session: Session,
    workflow_id: str | None,
    run_id: str | None,
    options: dict[str, Any],
    status: str = STATUS_OPEN,
) -> Selection:
    """Return the named execution, those of `--ids`, or those that match the filters.

    :param options: the options of the command; those of `selection_options` are removed.
    :param status: the required status. OPEN also applies to a named execution; CLOSED, for
        commands that start new runs, only selects the default of `--status` and requires the newest
        run, and a selected close status if that run has completed.
    :raises click.UsageError: not exactly one of id, `--ids` and filters is given.
    :raises RefusedError: the named execution is closed, and `status` is OPEN.
    """
    ids_file, limit = options.pop("ids_file"), options.pop("limit")
    lookups = pop_lookups(options)
    context = click.get_current_context()
    sources = [bool(workflow_id), bool(ids_file), bool(lookups)]
    if sum(sources) > 1:
        raise click.UsageError("name an execution, give --ids or filters: one of them", context)
    if not any(sources):
        raise click.UsageError("which executions? Name one, give --ids or filters", context)
    if workflow_id:
        execution = session.execution(workflow_id, run_id, partial=False)
        if status == STATUS_OPEN and execution.status == STATUS_CLOSED:
            raise RefusedError(f"{workflow_id!r} {_closed(execution)}; see `swf why`")
        return Selection([execution], is_single=True)
    if ids_file:
        selection = _from_file(session, ids_file, status)
    else:
        executions = session.executions()
        selection = Selection(list(filter_executions(executions, {"status": status, **lookups})))
    if status == STATUS_CLOSED:
        selection = _newest_runs(session, selection)
        if not {"close_status", "close_status__in"} & lookups.keys() and not ids_file:
            selection = _skip_completed(selection)
    return Selection(selection.executions, selection.skipped, limit=limit)


def _closed(execution: Any) -> str:
    return f"is closed ({execution.close_status})"


def _from_file(session: Session, path: str, status: str) -> Selection:
    executions: list[Any] = []
    skipped: list[tuple[str, str | None, str]] = []
    for workflow_id, run_id in dict.fromkeys(_read_ids(path)):
        try:
            execution = session.executions().get(workflow_id, run_id or None)
        except DoesNotExistError:
            skipped.append((workflow_id, run_id, "does not exist"))
            continue
        if status == STATUS_OPEN and execution.status == STATUS_CLOSED:
            skipped.append((workflow_id, execution.run_id, _closed(execution)))
        elif status == STATUS_CLOSED and execution.status == STATUS_OPEN:
            skipped.append((workflow_id, execution.run_id, "is open"))
        elif status == STATUS_CLOSED and not run_id and _is_completed(execution):
            reason = "has completed; a line with its run id selects it"
            skipped.append((workflow_id, execution.run_id, reason))
        else:
            executions.append(execution)
    unique = {(each.workflow_id, each.run_id): each for each in executions}
    return Selection([*unique.values()], skipped)


def _read_ids(path: str) -> Iterator[tuple[str, str]]:
    """Yield (workflow id, run id) for each line of a file."""
    with click.open_file(path, encoding="utf-8") as file:
        for line in file:
            workflow_id, _, run_id = line.rstrip("\r\n").partition("\t")
            if workflow_id:
                yield workflow_id, run_id


def _is_completed(execution: Any) -> bool:
    return bool(execution.close_status == CLOSE_STATUS_COMPLETED)


def _skip_completed(selection: Selection) -> Selection:
    """Skip the executions that have completed."""
    completed = [each for each in selection.executions if _is_completed(each)]
    executions = [each for each in selection.executions if not _is_completed(each)]
    reason = "has completed; --close-status completed selects it"
    skipped = [(each.workflow_id, each.run_id, reason) for each in completed]
    return Selection(executions, [*selection.skipped, *skipped])


def _newest_runs(session: Session, selection: Selection) -> Selection:
    """Skip the executions that are not the newest run of their workflow id."""
    newest: dict[str, Any] = {}
    executions, skipped = [], list(selection.skipped)
    for execution in selection.executions:
        workflow_id = execution.workflow_id
        if workflow_id not in newest:
            runs = [execution, *session.service_executions().filter(workflow_id=workflow_id)[:1]]
            if session.has_only_closed:
                runs += session.executions().filter(workflow_id=workflow_id)[:1]
            newest[workflow_id] = max(runs, key=attrgetter("start_timestamp"))
        run = newest[workflow_id]
        if run.run_id == execution.run_id:
            executions.append(execution)
        else:
            status = run.close_status or run.status
            reason = f"a newer run exists: {run.run_id} ({status})"
            skipped.append((workflow_id, execution.run_id, reason))
    return Selection(executions, skipped)
