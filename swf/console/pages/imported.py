"""Import: explain an execution from the file of its history, without any call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from swf.console.page import BadRequest, Page, Query
from swf.console.pages.executions import age
from swf.exceptions import HistoryError
from swf.models.history import History
from swf.models.history.invariants import check
from swf.report import timeline
from swf.report.events import summary
from swf.report.profile import profile
from swf.report.why import why

if TYPE_CHECKING:
    from swf.console.site import Site

#: Rows of each table.
ROWS = 500


def form(site: Site, query: Query) -> Page:  # noqa: ARG001 - a view takes both
    """Show the form that takes a file."""
    return Page("import", "Import a history", {"problems": [], "is_read": False})


def show(site: Site, query: Query) -> Page:
    """Explain the history of a form."""
    history = _read(query.value("file") or query.value("text") or "")
    problems = [str(violation) for violation in check(history.raw)]
    run = history.execution
    explanation = why(history, history.last.timestamp if run.is_open else site.now())
    data: dict[str, Any] = {
        "is_read": True,
        "problems": problems,
        "why": {
            "status": explanation.status,
            "sentences": [*explanation.ended, *explanation.waits, *explanation.troubles],
        },
        "tasks": [
            {
                "task": task.task,
                "attempt": task.attempt,
                "state": task.last_state,
                "ran": age(task.time_running) if task.time_running is not None else "",
                "why": task.why or "",
            }
            for task in profile(history)[:ROWS]
        ],
        "events": [
            {
                "id": event.id,
                "time": event.timestamp.isoformat(),
                "name": event.name,
                "summary": "" if site.options.is_redacted else summary(event),
            }
            for event in history.events[:ROWS]
        ],
        "total": len(history),
    }
    drawing = timeline.svg(history) if len(history) <= 16 * ROWS else ""
    return Page("import", "Imported history", data, "swf check FILE", markup={"drawing": drawing})


def _read(text: str) -> History:
    """Return the history of a file of ours or of `aws swf get-workflow-execution-history`."""
    if not text.strip():
        raise BadRequest("file: choose a file that holds a history as JSON")
    try:
        history = History.from_json(text)
    except (ValueError, TypeError, KeyError, RecursionError, HistoryError) as error:
        raise BadRequest(f"file: no history in JSON: {error}") from error
    if not len(history):
        raise BadRequest("file: the history has no events")
    return history
