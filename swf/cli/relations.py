"""Commands about several executions: `swf execution` tree and compare."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

import click

from swf.cli.errors import FAILED
from swf.cli.options import StrictCommand, common_options
from swf.cli.selection import complete_id, execution_arguments
from swf.cli.session import Session

if TYPE_CHECKING:
    from swf.models.history import History

TREE_FIELDS = ("workflow_id", "workflow_type", "state", "depth", "run_id")
COMPARE_FIELDS = ("activity", "state_a", "state_b", "seconds_a", "seconds_b")


@click.command(cls=StrictCommand)
@execution_arguments
@click.option(
    "--depth", type=click.IntRange(min=1), default=10, show_default=True,
    help="Maximum number of levels.",
)  # fmt: skip
@common_options
def tree(session: Session, workflow_id: str, run_id: str | None, depth: int) -> None:
    """Show an execution and its children.

    Reads the history of each execution.

    \b
    Examples:
      swf execution tree order-42
      swf execution tree order-42 --depth 2 --output json
    """
    execution = session.execution(workflow_id, run_id)
    rows = _tree(session, execution, depth)
    if session.format == "table" and not session.fields:
        rows = ({**row, "workflow_id": "  " * row["depth"] + row["workflow_id"]} for row in rows)
    session.rows(rows, TREE_FIELDS)


def _tree(session: Session, execution: Any, depth: int, level: int = 0) -> Iterator[dict[str, Any]]:
    execution = execution.upstream()
    yield {
        "workflow_id": execution.workflow_id,
        "run_id": execution.run_id,
        "workflow_type": execution.workflow_type,
        "state": execution.close_status or execution.status,
        "depth": level,
    }
    if level + 1 < depth:
        for child in execution.history().children.values():
            if child.run_id:
                run = session.execution(child.workflow_id, child.run_id)
                yield from _tree(session, run, depth, level + 1)


@click.command(cls=StrictCommand)
@click.argument("a", metavar="A[:RUN_ID]", shell_complete=complete_id)
@click.argument("b", metavar="B[:RUN_ID]", shell_complete=complete_id)
@common_options
def compare(session: Session, a: str, b: str) -> int:
    """Compare two executions.

    Shows the first event that differs and the activities of both. The exit code is 1 if the
    sequences of events differ.

    \b
    Example:
      swf execution compare order-40 order-41
    """
    histories = [_read(session, reference) for reference in (a, b)]
    difference = _first_difference(*histories)
    session.notify(difference or "the same sequence of events")
    session.rows(_activity_rows(*histories), COMPARE_FIELDS)
    return FAILED if difference else 0


def _read(session: Session, reference: str) -> History:
    # SWF allows no colon in a workflow id.
    workflow_id, _, run_id = reference.partition(":")
    return session.history(session.execution(workflow_id, run_id or None))


def _first_difference(a: History, b: History) -> str | None:
    from swf.report.events import summary

    for event_a, event_b in zip_longest(a.events, b.events):
        names = [event.name if event else "no event" for event in (event_a, event_b)]
        if names[0] != names[1]:
            texts = [summary(event) if event else "" for event in (event_a, event_b)]
            sides = (f"{name} {text}".strip() for name, text in zip(names, texts, strict=True))
            number = (event_a or event_b).id
            return f"first difference: event {number}: {' / '.join(sides)}"
    return None


def _activity_rows(a: History, b: History) -> Iterator[dict[str, Any]]:
    for name in dict.fromkeys([*a.activities, *b.activities]):
        sides = [history.activities.get(name) for history in (a, b)]
        states = [side.state if side else None for side in sides]
        seconds = [_seconds(side) for side in sides]
        yield dict(zip(COMPARE_FIELDS, (name, *states, *seconds), strict=True))


def _seconds(activity: Any) -> float | None:
    if activity is None or activity.closed_at is None or activity.started_at is None:
        return None
    return float((activity.closed_at - activity.started_at).total_seconds())


COMMANDS = (tree, compare)
