"""`swf why`: explain the state of an execution."""

from __future__ import annotations

from datetime import datetime, timezone

import click

from swf.cli.options import StrictCommand, common_options
from swf.cli.selection import execution_arguments
from swf.cli.session import Session


@click.command(cls=StrictCommand)
@execution_arguments
@common_options
def why(session: Session, workflow_id: str, run_id: str | None) -> None:
    """Explain the state of an execution.

    Shows the next timeout, the last failure and the pending tasks of an open execution, and how a
    closed one ended. Each sentence is a fact of the history, or a count of the service.

    \b
    Examples:
      swf why order-42
      swf why order-41 --output json
    """
    from swf.report.why import task_lists
    from swf.report.why import why as explain

    history = session.history(session.execution(workflow_id, run_id))
    domain = session.domain()
    pending = {name: domain.count_pending_tasks(name) for name in task_lists(history)}
    # The clock of the service may be ahead of the local one.
    explanation = explain(history, max(datetime.now(timezone.utc), history.last.timestamp), pending)
    if session.format == "table" and not session.fields:
        session.echo(str(explanation))
        return
    deadline = explanation.next_deadline
    session.record(
        {
            "status": explanation.status,
            "waits": list(explanation.waits),
            "ended": list(explanation.ended),
            "troubles": list(explanation.troubles),
            "task_lists": list(explanation.task_lists),
            "next_deadline": deadline
            and {"at": deadline.at, "kind": deadline.kind, "subject": deadline.subject},
            "last_failure": explanation.last_failure,
        }
    )
