"""Index Python's standard library with a flow on a local service, and draw the timeline."""

from __future__ import annotations

import logging
import os
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
    """Return rows as aligned columns of text; numbers are right-aligned."""
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
    """Check the flow, run it, and print the results."""
    # Keep tracebacks of retried failures out of the progress display.
    logging.getLogger("swf").addHandler(logging.NullHandler())
    flow = Flow(workflow)
    for problem in flow.check({}):
        print(problem)
    print(f"{flow.definition.name} {flow.definition.version} on a local service\n", flush=True)
    outcome = flow.run_local({}, concurrency=WORKERS, progress=sys.stdout)
    history = outcome.history
    print(f"\n{outcome.close_status} after {timeline.format_duration(history.execution.duration)}")
    if outcome.close_status != "COMPLETED":
        print(outcome.reason)
        return 1
    for step in history.activities.values():
        for attempt in step.attempts:
            if attempt.is_failed:
                print(f"{step.input['package']} was retried after: {attempt.reason}")
    print("\nThe ten largest packages\n")
    largest = sorted(workflow.rows(outcome.result), key=lambda row: -row["lines"])[:10]
    print(table(COLUMNS, ([row[column] for column in COLUMNS] for row in largest)))
    print("\nTotals\n")
    print(table(("count", "value"), outcome.result["summary"].items()))
    directory = Path(tempfile.mkdtemp(prefix="swf-"))
    page, file = directory / "timeline.html", directory / "history.json"
    page.write_text(timeline.html(history), encoding="utf-8")
    file.write_text(history.to_json(), encoding="utf-8")
    print(f"\nTimeline: {page}")
    print(f"History: {file}")
    command = os.path.relpath(Path(sys.executable).with_name("swf"))
    print('To explore it in the browser, choose the file under "Import a history" of')
    print(f"{command} --local console --open")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
