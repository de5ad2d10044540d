"""What commands that change something share: to try without doing, to ask first, to go slowly."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import click

from swf.cli.session import Session

DRY_RUN = click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
#: For commands that never ask, so that a script may say it of all.
UNASKED = click.option("-y", "--yes", is_flag=True, expose_value=False, hidden=True)
CONFIRM = click.option("-y", "--yes", is_flag=True, help="Do not ask first.")
RPS = click.option(
    "--rps",
    type=click.FloatRange(min=0, min_open=True),
    metavar="N",
    help="Calls a second at the most.",
)

#: What is written of each execution, and what its outcome may be.
OUTCOME = ("workflow_id", "run_id", "outcome")
DONE, REFUSED = "done", "refused"


def paced(items: Iterable[Any], per_second: float | None) -> Iterator[Any]:
    """Yield items, no more of them a second than that; None: as fast as they are taken."""
    due = time.monotonic()
    for item in items:
        if per_second:
            time.sleep(max(0.0, due - time.monotonic()))
            due = max(due, time.monotonic()) + 1 / per_second
        yield item


def progress(found: Sequence[Any], verb: str) -> Iterable[Any]:
    """Return what is given, and show on a terminal how far along it is."""
    if len(found) < 2 or not sys.stderr.isatty():
        return found
    from rich.console import Console  # only who looks on pays for it
    from rich.progress import track

    return track(found, verb, console=Console(stderr=True), transient=True)


def each(
    session: Session,
    verb: str,
    found: list[Any],
    act: Callable[[Any], Any],
    *,
    named: bool,
    yes: bool,
    dry_run: bool,
    per_second: float | None,
) -> int:
    """Do something to each of some executions; write what became of each, return the exit code.

    Of those of a filter, one that is refused is told, the others go on, and the code is 1.

    :param act: returns the execution that came of it, if that is another one.
    :param named: whether it is the one that was named; its refusal is an error.
    """
    many = "1 execution" if len(found) == 1 else f"{len(found)} executions"
    if dry_run:
        session.rows(found, ("workflow_id", "run_id"))
        session.say(f"would {verb} {many}")
        return 0
    if not found:
        session.rows([], OUTCOME)
        session.say(f"nothing to {verb}")
        return 0
    if yes and len(found) > 1:
        session.say(f"{verb}: {many}")
    session.confirm(f"{verb.capitalize()} {many}?", yes)
    outcomes: list[dict[str, Any]] = []
    try:
        for one in paced(progress(found, verb), per_second):
            outcome = _outcome(session, one, act, named=named)
            outcomes.append(outcome)
    finally:
        if outcomes or not named:
            session.rows(outcomes, OUTCOME)
            session.say(f"{verb}: {_told(outcomes, len(found))}")
    return 0 if all(outcome["outcome"] == DONE for outcome in outcomes) else 1


def _outcome(
    session: Session, execution: Any, act: Callable[[Any], Any], *, named: bool
) -> dict[str, Any]:
    """Do it to one execution, and return the row that tells how it went."""
    from swf.cli.errors import line
    from swf.exceptions import ResponseError

    outcome = DONE
    try:
        execution = act(execution) or execution
    except ResponseError as error:
        if named:
            raise
        session.say(f"{execution.workflow_id}: {line(error)}")
        outcome = REFUSED
    return dict(zip(OUTCOME, (execution.workflow_id, execution.run_id, outcome), strict=True))


def _told(outcomes: list[dict[str, Any]], wanted: int) -> str:
    """Return what became of as many as were wanted."""
    tried = len(outcomes)
    done = sum(outcome["outcome"] == DONE for outcome in outcomes)
    left = f", {wanted - tried} left" if wanted > tried else ""
    return f"{done} done, {tried - done} refused{left}"
