"""Fields of executions that no list operation returns: state, age, duration, input and outcome.

State, age and duration follow from a row without a call: the state is the close status or OPEN, the
age counts from the start. The input is in the first event of a history, the
outcome in the last one, so each costs one call per row, without describing the execution.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

from swf.cli.session import Session
from swf.constants import STATUS_CLOSED

#: Fields of the first event.
INPUT = ("input",)

#: Fields of the last event of a closed execution.
OUTCOME = ("result", "reason", "details")

COMPUTED_FIELDS = ("state", "age", "duration", *INPUT, *OUTCOME)


def explain_fields(executions: Any, fields: Iterable[str]) -> str:
    """Return the plan of a list with the calls for its columns.

    :param executions: the queryset.
    :param fields: the columns, which may be nested.
    """
    lines = [str(with_described_fields(executions, fields).explain())]
    for event, names in (("first", INPUT), ("last", OUTCOME)):
        columns = sorted(_roots(fields) & set(names))
        if columns:
            rows = "row" if names == INPUT else "closed row"
            lines.append(f"history  {event} event for {', '.join(columns)}: one call per {rows}")
    return "\n".join(lines)


def with_described_fields(executions: Any, fields: Iterable[str]) -> Any:
    """Return a queryset whose rows are described if a column needs that, at one call per row.

    :param executions: the queryset.
    :param fields: the columns, which may be nested.
    """
    schema = executions.schema
    missing = _roots(fields) & set(schema.attributes) - schema.listed
    return executions.described() if missing else executions


def rows_with_computed_fields(
    session: Session, executions: Iterable[Any], fields: Iterable[str]
) -> Iterator[dict[str, Any]]:
    """Yield rows with computed fields.

    :param executions: the executions, described if a column needs that.
    :param fields: the columns, which may be nested.
    """
    roots = _roots(fields)
    now = datetime.now(timezone.utc)
    for execution in executions:
        row = {name: getattr(execution, name) for name in execution.to_dict() if name in roots}
        if "state" in roots:
            row["state"] = execution.close_status or execution.status
        if "age" in roots:
            row["age"] = max(now - execution.start_timestamp, timedelta(0))
        if roots & set(INPUT):
            row |= _event(session, execution, INPUT, reverse_order=False)
        if roots & set(OUTCOME):
            is_closed = execution.status == STATUS_CLOSED
            row |= dict.fromkeys(OUTCOME)
            row |= _event(session, execution, OUTCOME, reverse_order=True) if is_closed else {}
        if "duration" in roots:
            closed_at = execution.close_timestamp
            row["duration"] = closed_at - execution.start_timestamp if closed_at else None
        yield row


def _roots(fields: Iterable[str]) -> set[str]:
    return {name.partition(".")[0] for name in fields}


def _event(
    session: Session, execution: Any, names: Iterable[str], *, reverse_order: bool
) -> dict[str, Any]:
    from swf.models.event.factory import EventFactory

    events = execution.history_events(reverse_order=reverse_order, page_size=1)
    [event] = session.decode_events([next(iter(events))])
    attributes = EventFactory(event).to_dict()
    return {name: attributes.get(name) for name in names}
