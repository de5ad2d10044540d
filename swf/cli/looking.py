"""`swf execution` history, tasks, profile, timeline, tail: what happened, and what happens."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Any

import click

from swf.cli.errors import FAILED
from swf.cli.options import common
from swf.cli.selection import one
from swf.cli.session import Session

if TYPE_CHECKING:
    from swf.models.history import History

EVENT = ("id", "timestamp", "event", "told")
TASKS = ("task", "kind", "name", "last_state", "last_state_time", "scheduled")
PROFILE = (
    "task",
    "last_state",
    "scheduled",
    "time_scheduled",
    "start",
    "time_running",
    "end",
    "percentage_of_total_time",
)
CLOSING = tuple(
    f"WorkflowExecution{how}"
    for how in ("Completed", "Failed", "TimedOut", "Canceled", "Terminated", "ContinuedAsNew")
)
_ALL = ("task", "kind", "name", "attempt", *PROFILE[1:], "last_state_time", "why")


@click.command()
@one
@click.option("--reverse", is_flag=True, help="The newest event first.")
@click.option(
    "--raw", is_flag=True, help="As SWF sends it, complete: for `swf check` and `swf replay`."
)
@common
def history(
    session: Session, workflow_id: str, run_id: str | None, reverse: bool, raw: bool
) -> None:
    """Show the events of an execution; with --fields or --output json all they tell.

    What --raw writes names the execution too, as a replay needs it for code that asks for its id.
    """
    execution = session.execution(workflow_id, run_id)
    found = session.history(execution)
    if raw:
        whole = {
            "domain": execution.domain.name,
            "workflowExecution": execution.reference,
            **json.loads(found.to_json()),
        }
        click.echo(json.dumps(whole, indent=2))
        return
    events = found.events[::-1] if reverse else found.events
    session.rows(map(_row, events), EVENT, _known())


@click.command()
@one
@click.option("-n", "--nb-tasks", type=click.IntRange(min=1), help="Only the last so many.")
@common
def tasks(session: Session, workflow_id: str, run_id: str | None, nb_tasks: int | None) -> None:
    """Show what an execution did and does: activities, children, Lambda functions, timers."""
    session.rows(_profile(_history(session, workflow_id, run_id), nb_tasks), TASKS)


@click.command()
@one
@click.option("-n", "--nb-tasks", type=click.IntRange(min=1), help="Only the last so many.")
@common
def profile(session: Session, workflow_id: str, run_id: str | None, nb_tasks: int | None) -> None:
    """Show where the time went; durations are in seconds."""
    session.rows(_profile(_history(session, workflow_id, run_id), nb_tasks), PROFILE)


@click.command()
@one
@click.option(
    "--html",
    type=click.Path(path_type=Path),
    help="Write a page to this file, or to -.",
)
@click.option(
    "--svg",
    type=click.Path(path_type=Path),
    help="Write a drawing to this file, or to -.",
)
@common
def timeline(
    session: Session, workflow_id: str, run_id: str | None, html: Path | None, svg: Path | None
) -> None:
    """Draw what ran when: in the terminal, or as a page or a drawing.

    Forms that cannot draw, such as json, get what `profile` tells.
    """
    from swf.report import timeline as draw

    found = _history(session, workflow_id, run_id)
    for path, drawn in ((html, draw.html), (svg, draw.svg)):
        if path is not None:
            with click.open_file(str(path), "w", encoding="utf-8") as file:
                file.write(drawn(found))
            session.say(f"written: {path}")
    if html is not None or svg is not None:
        return
    if session.form != "table":
        session.rows(_profile(found), PROFILE)
    else:
        width = get_terminal_size((100, 24)).columns
        click.echo(draw.text(found, width, session.has_colors), color=session.has_colors)


@click.command()
@one
@click.option(
    "-n",
    "--lines",
    type=click.IntRange(min=0),
    default=10,
    show_default=True,
    help="Events to begin with.",
)
@click.option(
    "--interval",
    type=click.FloatRange(min=0.05),
    default=2.0,
    show_default=True,
    help="Seconds between two looks.",
)
@common
def tail(
    session: Session, workflow_id: str, run_id: str | None, lines: int, interval: float
) -> int:
    """Follow the events of an execution until it closes; exit with 0 if it completed.

    With --output json it is an object a line, as with jsonl.
    """
    from swf.cli.output import Output
    from swf.models.event.factory import EventFactory

    found = session.execution(workflow_id, run_id)
    seen = 0
    while True:
        news = [EventFactory(raw) for raw in session.told(_news(found, seen))]
        for event in news if seen else news[max(len(news) - lines, 0) :]:
            click.echo(Output(session.given).line(_row(event), EVENT, _known()))
            sys.stdout.flush()
        if news and news[-1].name in CLOSING:
            return 0 if news[-1].name == "WorkflowExecutionCompleted" else FAILED
        seen = news[-1].id if news else seen
        time.sleep(interval)


def _news(execution: Any, seen: int) -> Iterator[Any]:
    """Return the events after one, oldest first; only the pages that hold them are read."""
    news: list[Any] = []
    for raw in execution.history_events(reverse_order=True, page_size=100 if seen else None):
        if raw["eventId"] <= seen:
            break
        news.append(raw)
    return iter(news[::-1])


def _row(event: Any) -> dict[str, Any]:
    from swf.report.events import summary

    first = {"id": event.id, "timestamp": event.timestamp, "event": event.name}
    return {**first, **event.to_dict(), "told": summary(event)}


def _known() -> list[str]:
    """Return the fields that events have, the attributes of all types among them."""
    from swf.models.event.base import attribute_name
    from swf.models.event.table import EVENT_TYPES

    told = {attribute_name(name) for kind in EVENT_TYPES.values() for name in kind.attributes}
    return [*EVENT, "type", "name", "state", *sorted(told)]


def _history(session: Session, workflow_id: str, run_id: str | None) -> History:
    return session.history(session.execution(workflow_id, run_id))


def _profile(history: History, last: int | None = None) -> list[dict[str, Any]]:
    from swf.report.profile import profile as of

    found = of(history, datetime.now(timezone.utc))
    rows = [{name: getattr(task, name) for name in _ALL} for task in found]
    return rows[-last:] if last else rows


COMMANDS = (history, tasks, profile, timeline, tail)
