"""Commands that read histories: `swf execution` history, tasks, profile, timeline, tail."""

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
from swf.cli.options import StrictCommand, common_options
from swf.cli.selection import execution_arguments
from swf.cli.session import Session

if TYPE_CHECKING:
    from swf.models.history import History

EVENT_FIELDS = ("id", "timestamp", "event", "summary")
TASK_FIELDS = ("task", "kind", "name", "last_state", "last_state_time", "scheduled")
PROFILE_FIELDS = (
    "task",
    "last_state",
    "scheduled",
    "time_scheduled",
    "start",
    "time_running",
    "end",
    "percentage_of_total_time",
)
#: The same columns in a table; a terminal shows those that fit.
PROFILE_TABLE_FIELDS = (
    "task",
    "last_state",
    "time_scheduled",
    "time_running",
    "percentage_of_total_time",
    "scheduled",
    "start",
    "end",
)
CLOSE_EVENTS = tuple(
    f"WorkflowExecution{outcome}"
    for outcome in ("Completed", "Failed", "TimedOut", "Canceled", "Terminated", "ContinuedAsNew")
)
_ALL_FIELDS = ("task", "kind", "name", "attempt", *PROFILE_FIELDS[1:], "last_state_time", "why")

LAST = click.option(
    "-n", "--nb-tasks", type=click.IntRange(min=1), help="Maximum number of tasks, the last ones."
)


@click.command(cls=StrictCommand)
@execution_arguments
@click.option("--reverse", is_flag=True, help="Show the newest event first.")
@click.option(
    "--raw", is_flag=True, help="Write the response of SWF, for `swf check` and `swf replay`."
)
@common_options
def history(
    session: Session, workflow_id: str, run_id: str | None, reverse: bool, raw: bool
) -> None:
    """Show the events of an execution.

    `--output json` and `--fields` give access to all attributes of the events. `--raw` also writes
    the ids of the execution, which a replay needs for code that reads them.

    \b
    Examples:
      swf execution history order-42 --reverse
      swf execution history order-42 --output csv --fields id,event,activity_id
      swf execution history order-42 --raw > history.json
    """
    execution = session.execution(workflow_id, run_id)
    events = session.history(execution)
    if raw:
        document = {
            "domain": execution.domain.name,
            "workflowExecution": execution.reference,
            **json.loads(events.to_json()),
        }
        click.echo(json.dumps(document, indent=2))
        return
    rows = events.events[::-1] if reverse else events.events
    session.rows(map(_event_row, rows), EVENT_FIELDS, _event_field_names())


@click.command(cls=StrictCommand)
@execution_arguments
@LAST
@common_options
def tasks(session: Session, workflow_id: str, run_id: str | None, nb_tasks: int | None) -> None:
    """Show the tasks of an execution.

    Tasks are activities, child executions, Lambda functions and timers.

    \b
    Examples:
      swf execution tasks order-42
      swf execution tasks order-42 --nb-tasks 5 --output json
    """
    session.rows(_profile(_history(session, workflow_id, run_id), nb_tasks), TASK_FIELDS)


@click.command(cls=StrictCommand)
@execution_arguments
@LAST
@common_options
def profile(session: Session, workflow_id: str, run_id: str | None, nb_tasks: int | None) -> None:
    """Show how long each task waited and ran.

    Durations are in seconds.

    \b
    Examples:
      swf execution profile order-41
      swf execution profile order-41 --fields task,time_scheduled,time_running
    """
    fields = PROFILE_TABLE_FIELDS if session.format == "table" else PROFILE_FIELDS
    session.rows(_profile(_history(session, workflow_id, run_id), nb_tasks), fields)


@click.command(cls=StrictCommand)
@execution_arguments
@click.option(
    "--html",
    type=click.Path(path_type=Path),
    help="Write an HTML page to a file; - is standard output.",
)
@click.option(
    "--svg",
    type=click.Path(path_type=Path),
    help="Write an SVG drawing to a file; - is standard output.",
)
@common_options
def timeline(
    session: Session, workflow_id: str, run_id: str | None, html: Path | None, svg: Path | None
) -> None:
    """Draw the timeline of an execution.

    Formats other than `table` show the rows of `swf execution profile`.

    \b
    Examples:
      swf execution timeline order-41
      swf execution timeline order-41 --html timeline.html
    """
    from swf.report import timeline as renderer

    events = _history(session, workflow_id, run_id)
    for path, render in ((html, renderer.html), (svg, renderer.svg)):
        if path is not None:
            with click.open_file(str(path), "w", encoding="utf-8") as file:
                file.write(render(events))
            session.notify(f"written: {path}")
    if html is not None or svg is not None:
        return
    if session.format != "table":
        session.rows(_profile(events), PROFILE_FIELDS)
    else:
        width = get_terminal_size((100, 24)).columns
        text = renderer.text(events, width, session.has_colors)
        click.echo(text, color=session.has_colors)


@click.command(cls=StrictCommand)
@execution_arguments
@click.option(
    "-n",
    "--lines",
    type=click.IntRange(min=0),
    default=10,
    show_default=True,
    help="Number of past events to show first.",
)
@click.option(
    "--interval",
    type=click.FloatRange(min=0.05),
    default=2.0,
    show_default=True,
    help="Seconds between two calls.",
)
@common_options
def tail(
    session: Session, workflow_id: str, run_id: str | None, lines: int, interval: float
) -> int:
    """Follow the events of an execution.

    Ends when the execution closes; the exit code is 0 if it completed. `--output json` writes an
    object per line, like `jsonl`.

    \b
    Examples:
      swf execution tail order-41
      swf execution tail order-41 --lines 100 --output jsonl
    """
    from swf.cli.output import Output
    from swf.models.event.factory import EventFactory

    execution = session.execution(workflow_id, run_id)
    last_id = 0
    while True:
        events = [
            EventFactory(raw) for raw in session.decode_events(_events_after(execution, last_id))
        ]
        for event in events if last_id else events[max(len(events) - lines, 0) :]:
            output = Output(session.options)
            click.echo(output.line(_event_row(event), EVENT_FIELDS, _event_field_names()))
            sys.stdout.flush()
        if events and events[-1].name in CLOSE_EVENTS:
            return 0 if events[-1].name == "WorkflowExecutionCompleted" else FAILED
        last_id = events[-1].id if events else last_id
        time.sleep(interval)


def _events_after(execution: Any, last_id: int) -> Iterator[Any]:
    """Return the events after an id, oldest first, from as few pages as possible."""
    events: list[Any] = []
    for raw in execution.history_events(reverse_order=True, page_size=100 if last_id else None):
        if raw["eventId"] <= last_id:
            break
        events.append(raw)
    return iter(events[::-1])


def _event_row(event: Any) -> dict[str, Any]:
    from swf.report.events import summary

    first = {"id": event.id, "timestamp": event.timestamp, "event": event.name}
    return {**first, **event.to_dict(), "summary": summary(event)}


def _event_field_names() -> list[str]:
    """Return the fields of all event types."""
    from swf.models.event.base import attribute_name
    from swf.models.event.table import EVENT_TYPES

    names = {attribute_name(name) for kind in EVENT_TYPES.values() for name in kind.attributes}
    return [*EVENT_FIELDS, "type", "name", "state", *sorted(names)]


def _history(session: Session, workflow_id: str, run_id: str | None) -> History:
    return session.history(session.execution(workflow_id, run_id))


def _profile(history: History, last: int | None = None) -> list[dict[str, Any]]:
    from swf.report.profile import profile as profile_tasks

    tasks = profile_tasks(history, datetime.now(timezone.utc))
    rows = [{name: getattr(task, name) for name in _ALL_FIELDS} for task in tasks]
    return rows[-last:] if last else rows


COMMANDS = (history, tasks, profile, timeline, tail)
