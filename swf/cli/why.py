"""`swf why`: what an execution waits for, or how it ended."""

from __future__ import annotations

from datetime import datetime, timezone

import click

from swf.cli.options import common
from swf.cli.selection import one
from swf.cli.session import Session
from swf.cli.tasklist import backlog


@click.command()
@one
@common
def why(session: Session, workflow_id: str, run_id: str | None) -> None:
    """Say what an execution waits for, what times out next and what failed last.

    Of a closed one, how it ended. Each sentence is a fact of the history, or a count that the
    service gives.
    """
    from swf.report.why import task_lists
    from swf.report.why import why as of

    history = session.history(session.execution(workflow_id, run_id))
    domain = session.domain()
    counts = {name: backlog(domain, name) for name in task_lists(history)}
    waiting = {n: (c["decision_tasks"], c["activity_tasks"]) for n, c in counts.items()}
    # A service with a clock of its own may be ahead of ours.
    found = of(history, max(datetime.now(timezone.utc), history.last.timestamp), waiting)
    if session.form == "table" and not session.fields:
        click.echo(str(found))
        return
    deadline = found.next_deadline
    session.record(
        {
            "status": found.status,
            "waits": list(found.waits),
            "ended": list(found.ended),
            "troubles": list(found.troubles),
            "task_lists": list(found.task_lists),
            "next_deadline": deadline
            and {"at": deadline.at, "kind": deadline.kind, "subject": deadline.subject},
            "last_failure": found.last_failure,
        }
    )
