"""Index Python's standard library by a workflow, and look at it from all sides.

Runs on an embedded service, or on the endpoint that settings name (AWS_ENDPOINT_URL_SWF).
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from typing import Any

from workflow import (
    DOMAIN,
    INDEX_PACKAGE,
    STDLIB_INDEX,
    TASK_LIST,
    IndexDecider,
    IndexWorker,
    start,
)

import swf
from swf.local import LocalSWF

NEXT = """Try next
  - change decide() in examples/stdlib_index/workflow.py, and run it again;
  - .venv/bin/python -m swf.local, and this again with the AWS_ENDPOINT_URL_SWF that it prints;
  - docs/tutorial/first-steps.md, which builds such a workflow from nothing."""


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return rows as text in columns, numbers to the right."""
    cells = [
        head,
        *([f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row] for row in rows),
    ]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    rule = ["-" * width for width in widths]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if cell[0].isdigit() else cell.ljust(width)
            for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in [cells[0], rule, *cells[1:]]
    )


def register() -> None:
    """Register what the workflow needs, and show what differs before and after a deprecation."""
    plan = swf.plan([DOMAIN, STDLIB_INDEX, INDEX_PACKAGE])
    print(plan)
    plan.apply()
    print(
        f"\n{STDLIB_INDEX!r}\n  exists: {STDLIB_INDEX.exists}, is synced: {STDLIB_INDEX.is_synced}"
    )
    INDEX_PACKAGE.delete()
    print(f"  after INDEX_PACKAGE.delete(): {INDEX_PACKAGE.changes}")
    INDEX_PACKAGE.undelete()
    print(f"  after INDEX_PACKAGE.undelete(): {INDEX_PACKAGE.changes}")


def show(execution: Any) -> None:
    """Print what happened and what came of it."""
    history = execution.history()
    activities = sorted(history.activities.values(), key=lambda one: -one.result["lines"])
    print("\nThe ten largest packages")
    keys = ("package", "files", "lines", "classes", "functions")
    print(table(keys, ([one.result[key] for key in keys] for one in activities[:10])))
    print(f"\nHistory: {len(history)} events, the first and the last five")
    print(
        table(
            ("id", "time", "event"),
            (
                (event.id, f"{event.timestamp:%H:%M:%S.%f}", event.name)
                for event in [*history[:5], *history[-5:]]
            ),
        )
    )
    print("\nResult")
    print(table(("of all packages", "is"), history.execution.result.items()))


def main() -> None:
    """Run the example from registration to result."""
    with ExitStack() as stack:
        if not swf.settings.get().get("endpoint_url"):
            # Actors end when their polls have, and a poll may take a minute: too long here.
            stack.enter_context(LocalSWF(poll_timeout=1)).install()
        register()
        execution = start()
        print(f"\nStarted {execution.workflow_id}; a decider and two workers are at it ...")
        stack.enter_context(IndexDecider(DOMAIN, TASK_LIST))
        stack.enter_context(IndexWorker(DOMAIN, TASK_LIST, concurrency=2))
        closed = execution.wait(timeout=300)
        print(f"{closed.close_status} after {closed.close_timestamp - closed.start_timestamp}")
        show(closed)
    print(f"\n{NEXT}")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
