"""Index Python's standard library by a flow on an embedded service, and draw what happened."""

from __future__ import annotations

import logging
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import workflow

from swf.flow import Flow
from swf.report import timeline

WORKERS = 4
COLUMNS = ("package", "files", "lines", "classes", "functions")


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


def main() -> int:
    """Check the flow, run it with its progress in sight, and show what came of it."""
    # What fails is told below; its traceback would be logged into the middle of the progress.
    logging.getLogger("swf").addHandler(logging.NullHandler())
    flow = Flow(workflow)
    for problem in flow.check({}):
        print(problem)
    print(f"{flow.definition.name} {flow.definition.version} on an embedded service\n", flush=True)
    outcome = flow.run_local({}, concurrency=WORKERS, progress=sys.stdout)
    history = outcome.history
    print(f"\n{outcome.close_status} after {timeline.shown(history.execution.duration)}")
    if outcome.close_status != "COMPLETED":
        print(outcome.reason)
        return 1
    for step in history.activities.values():
        for attempt in step.attempts:
            if attempt.is_failed:
                print(f"{step.input['package']} was tried again after: {attempt.reason}")
    print("\nThe ten largest packages\n")
    largest = sorted(workflow.rows(outcome.result), key=lambda row: -row["lines"])[:10]
    print(table(COLUMNS, ([row[column] for column in COLUMNS] for row in largest)))
    print("\nAll together\n")
    print(table(("of all packages", "is"), outcome.result["summary"].items()))
    page = Path(tempfile.mkdtemp(prefix="swf-")) / "timeline.html"
    page.write_text(timeline.html(history), encoding="utf-8")
    print(f"\nTimeline: {page}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
