"""Shared by commands that change something: dry runs, confirmation, pacing, and bulk operations."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import click

from swf.cli.session import Session

DRY_RUN = click.option("--dry-run", is_flag=True, help="Show the effect without any change.")
#: For commands that never ask, so that a script may pass `--yes` to every command.
IGNORED_YES = click.option("-y", "--yes", is_flag=True, expose_value=False, hidden=True)
CONFIRM = click.option("-y", "--yes", is_flag=True, help="Do not ask for confirmation.")
RPS = click.option(
    "--rps",
    type=click.FloatRange(min=0, min_open=True),
    metavar="N",
    help="Maximum number of calls per second.",
)

#: Columns of a bulk operation's result, and the values of `outcome`.
OUTCOME = ("workflow_id", "run_id", "outcome")
DONE, REFUSED = "done", "refused"


def throttle(items: Iterable[Any], per_second: float | None) -> Iterator[Any]:
    """Yield items at a limited rate.

    :param per_second: items per second; None for no limit.
    """
    due = time.monotonic()
    for item in items:
        if per_second:
            time.sleep(max(0.0, due - time.monotonic()))
            due = max(due, time.monotonic()) + 1 / per_second
        yield item


def track_progress(items: Sequence[Any], description: str) -> Iterable[Any]:
    """Return the items; on a terminal show a progress bar while they are consumed.

    :param description: the text beside the bar.
    """
    if len(items) < 2 or not sys.stderr.isatty():
        return items
    from rich.console import Console  # only for a terminal
    from rich.progress import track

    return track(items, description, console=Console(stderr=True), transient=True)


def run_batch(
    session: Session,
    verb: str,
    executions: list[Any],
    action: Callable[[Any], Any],
    *,
    is_single: bool,
    yes: bool,
    dry_run: bool,
    per_second: float | None,
) -> int:
    """Apply an action to each execution and write the outcomes.

    A refusal by the service is reported and the batch continues.

    :param verb: the name of the command, for messages.
    :param action: returns the new execution, if it starts one.
    :param is_single: whether the user named one execution, whose refusal is an error.
    :param per_second: calls per second; None for no limit.
    :returns: the exit code, 1 if an execution was refused.
    """
    count = "1 execution" if len(executions) == 1 else f"{len(executions)} executions"
    if dry_run:
        session.rows(executions, ("workflow_id", "run_id"))
        session.notify(f"would {verb} {count}")
        return 0
    if not executions:
        session.rows([], OUTCOME)
        session.notify(f"nothing to {verb}")
        return 0
    if yes and len(executions) > 1:
        session.notify(f"{verb}: {count}")
    session.confirm(f"{verb.capitalize()} {count}?", yes)
    outcomes: list[dict[str, Any]] = []
    try:
        for execution in throttle(track_progress(executions, verb), per_second):
            outcome = _apply(session, execution, action, is_single=is_single)
            outcomes.append(outcome)
    finally:
        if outcomes or not is_single:
            session.rows(outcomes, OUTCOME)
            session.notify(f"{verb}: {_summary(outcomes, len(executions))}")
    return 0 if all(outcome["outcome"] == DONE for outcome in outcomes) else 1


def _apply(
    session: Session, execution: Any, action: Callable[[Any], Any], *, is_single: bool
) -> dict[str, Any]:
    """Apply an action to one execution and return the row of its outcome."""
    from swf.cli.errors import format_error
    from swf.exceptions import ResponseError

    outcome = DONE
    try:
        execution = action(execution) or execution
    except ResponseError as error:
        if is_single:
            raise
        session.notify(f"{execution.workflow_id}: {format_error(error)}")
        outcome = REFUSED
    return dict(zip(OUTCOME, (execution.workflow_id, execution.run_id, outcome), strict=True))


def _summary(outcomes: list[dict[str, Any]], total: int) -> str:
    attempts = len(outcomes)
    done = sum(outcome["outcome"] == DONE for outcome in outcomes)
    rest = f", {total - attempts} left" if total > attempts else ""
    return f"{done} done, {attempts - done} refused{rest}"
