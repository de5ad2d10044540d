"""Columns of `swf execution list` that no list operation returns: input, outcome and duration.

The duration follows from the timestamps of a row. The input is in the first event of a history, the
outcome in the last one, so each costs one call per row, without describing the execution.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from swf.cli.session import Session
from swf.constants import STATUS_CLOSED

#: Fields of the first event.
INPUT = ("input",)

#: Fields of the last event of a closed execution.
OUTCOME = ("result", "reason", "details")

HISTORY_FIELDS = (*INPUT, *OUTCOME, "duration")


def explain_columns(executions: Any, fields: Iterable[str]) -> str:
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


def rows_with_history(
    session: Session, executions: Iterable[Any], fields: Iterable[str]
) -> Iterator[dict[str, Any]]:
    """Yield rows with the columns of histories.

    :param executions: the executions, described if a column needs that.
    :param fields: the columns, which may be nested.
    """
    roots = _roots(fields)
    for execution in executions:
        row = {name: getattr(execution, name, None) for name in roots - set(HISTORY_FIELDS)}
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
