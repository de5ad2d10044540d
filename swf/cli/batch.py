"""What commands that change something share: to try without doing, to ask first, to go slowly."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import click

from swf.cli.session import Session

DRY_RUN = click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
CONFIRM = click.option("-y", "--yes", is_flag=True, help="Do not ask first.")
RPS = click.option(
    "--rps",
    type=click.FloatRange(min=0, min_open=True),
    metavar="N",
    help="Calls a second at the most.",
)


def paced(items: Iterable[Any], per_second: float | None) -> Iterator[Any]:
    """Yield items, no more of them a second than that; None: as fast as they are taken."""
    due = time.monotonic()
    for item in items:
        if per_second:
            time.sleep(max(0.0, due - time.monotonic()))
            due = max(due, time.monotonic()) + 1 / per_second
        yield item


def _progress(found: list[Any], verb: str) -> Iterable[Any]:
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
    act: Callable[[Any], None],
    *,
    yes: bool,
    dry_run: bool,
    per_second: float | None,
) -> int:
    """Do something to each of some executions; return the exit code, 1 if any refused.

    One that refuses is told, and the others go on.
    """
    from swf.cli.errors import line
    from swf.exceptions import ResponseError

    many = "1 execution" if len(found) == 1 else f"{len(found)} executions"
    if dry_run:
        session.rows(found, ("workflow_id", "run_id"))
        session.say(f"would {verb} {many}")
        return 0
    if not found:
        session.say(f"nothing to {verb}")
        return 0
    if yes and len(found) > 1:
        session.say(f"{verb}: {many}")
    session.confirm(f"{verb.capitalize()} {many}?", yes)

    def is_done(execution: Any) -> bool:
        try:
            act(execution)
        except ResponseError as error:
            session.say(f"{execution.workflow_id}: {line(error)}")
            return False
        return True

    outcomes: list[bool] = []
    try:
        for one in paced(_progress(found, verb), per_second):
            outcomes.append(is_done(one))  # noqa: PERF401 - what was done is told, come what may
    finally:
        session.say(f"{verb}: {_told(outcomes, len(found))}")
    return 0 if all(outcomes) else 1


def _told(outcomes: list[bool], wanted: int) -> str:
    """Return what became of as many as were wanted."""
    done, tried = sum(outcomes), len(outcomes)
    left = f", {wanted - tried} left" if wanted > tried else ""
    return f"{done} done, {tried - done} refused{left}"
