"""The layout of a timeline before it is drawn: rows of bars, one bar for each attempt.

A bar shows the time that an attempt of an activity, child, Lambda function or timer waited and ran.
The attempts of one type share rows: each takes the first row that is free when it starts. A type
has at most `LANES` rows; the layout counts the bars without a row.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from attrs import evolve, frozen

from swf.models.history import History
from swf.models.history.entity import Entity
from swf.report.formatting import format_duration, short_name
from swf.report.path import critical_path
from swf.report.profile import attempts, failure_reason

#: The maximum number of rows of one type.
LANES = 24

#: The maximum number of rows of the engines' timers.
TIMER_LANES = 3

#: The maximum length of a timer id that is a label; longer ids are the engines' and share a label.
MAX_TIMER_LABEL = 24
TIMERS = "timers"


@frozen
class Bar:
    """An attempt on the timeline.

    :param label: its type, by which rows are grouped.
    :param kind: `activity`, `child`, `lambda`, `timer` or `decision`.
    :param state: its state in the history.
    :param title: its description, in several lines.
    :param opened_at: the beginning of the bar.
    :param started_at: the time at which it was started; None if it never was.
    :param ended_at: the end of the bar.
    :param is_critical: whether it is on the critical path.
    :param attempt: its number among the attempts of its id, from 1.
    """

    label: str
    kind: str
    state: str
    title: str
    opened_at: datetime
    started_at: datetime | None
    ended_at: datetime
    is_critical: bool = False
    attempt: int = 1

    @property
    def placed_at(self) -> datetime:
        """The time from which it occupies its row: its start, or else its beginning."""
        return self.started_at or self.opened_at


@frozen
class BarRow:
    """A row of the timeline.

    :param label: the label of the type; empty in all but its first row.
    """

    label: str
    bars: list[Bar]


@frozen
class Mark:
    """A single event: a signal, a marker or a cancel request."""

    at: datetime
    kind: str
    title: str


@frozen
class Drawing:
    """The layout of a timeline.

    :param hidden: label -> the number of bars without a row.
    """

    begin: datetime
    end: datetime
    rows: list[BarRow]
    decisions: list[Bar]
    marks: list[Mark]
    hidden: dict[str, int]

    @property
    def seconds(self) -> float:
        """The duration in seconds, at least 0.001 so that it can be a divisor."""
        return max((self.end - self.begin).total_seconds(), 0.001)

    def position(self, time: datetime) -> float:
        """Return the position of a time, from 0 at the beginning to 1 at the end."""
        return (time - self.begin).total_seconds() / self.seconds


def build_drawing(history: History, lanes: int = LANES) -> Drawing:
    """Return the layout of the timeline of a history.

    :param lanes: the maximum number of rows of one type.
    :raises HistoryError: the history is empty.
    """
    begin, end = history.first.timestamp, history.last.timestamp
    rows, hidden = _rows(_bars(history, end), lanes)
    return Drawing(begin, end, rows, _decisions(history, end), _marks(history), hidden)


def _bars(history: History, end: datetime) -> list[Bar]:
    critical = {attempt.opened_event_id for attempt in critical_path(history)}
    bars = [
        _bar(
            _label(kind, short_name(str(getattr(attempt, "name", attempt.id)), history)),
            kind,
            attempt,
            number,
            end,
            attempt.opened_event_id in critical,
        )
        for kind, attempt, number in attempts(history)
    ]
    return sorted(bars, key=lambda bar: bar.placed_at)


def _bar(
    label: str, kind: str, attempt: Entity, number: int, end: datetime, is_critical: bool
) -> Bar:
    opened_at = attempt.opened_at or attempt.closed_at or end
    started_at = attempt.started_at
    ended_at = attempt.closed_at or end
    times = f"waited {format_duration((started_at or ended_at) - opened_at)}"
    if started_at:
        times += f", ran {format_duration(ended_at - started_at)}"
    state = attempt.state.replace("_", " ")
    state = f"{state}, attempt {number}" if number > 1 else state
    title = "\n".join(filter(None, [str(attempt.id), state, failure_reason(attempt), times]))
    return Bar(
        label, kind, attempt.state, title, opened_at, started_at, ended_at, is_critical, number
    )


def _label(kind: str, name: str) -> str:
    if kind == "timer":
        return f"timer {name}" if len(name) <= MAX_TIMER_LABEL else TIMERS
    return name if kind == "activity" else f"{kind} {name}"


def _decisions(history: History, end: datetime) -> list[Bar]:
    return [
        Bar(
            "decisions",
            "decision",
            task.state,
            f"decision task {task.id}\n{task.state.replace('_', ' ')}"
            f"\nwaited {format_duration(task.queued or timedelta(0))}"
            f", took {format_duration((task.closed_at or end) - task.started_at)}",
            task.started_at,
            task.started_at,
            task.closed_at or end,
        )
        for task in history.decision_tasks.values()
        if task.started_at is not None
    ]


def _marks(history: History) -> list[Mark]:
    marks = [Mark(s.timestamp, "signal", f"signal {s.name}") for s in history.signals]
    marks += [Mark(m.timestamp, "marker", f"marker {m.name}") for m in history.markers]
    cancel_requested_at = history.execution.cancel_requested_at
    if cancel_requested_at is not None:
        marks.append(Mark(cancel_requested_at, "cancel", "cancellation requested"))
    return sorted(marks, key=lambda mark: mark.at)


def _rows(bars: Iterable[Bar], lanes: int) -> tuple[list[BarRow], dict[str, int]]:
    """Return the rows by label, and the number of bars without a row by label."""
    lines_by_label: dict[str, list[list[Bar]]] = {}
    hidden: dict[str, int] = {}
    for bar in bars:
        lines = lines_by_label.setdefault(bar.label, [])
        for line in lines:
            if line[-1].ended_at <= bar.placed_at:
                line.append(evolve(bar, opened_at=max(bar.opened_at, line[-1].ended_at)))
                break
        else:
            if len(lines) < (min(lanes, TIMER_LANES) if bar.label == TIMERS else lanes):
                lines.append([bar])
            else:
                hidden[bar.label] = hidden.get(bar.label, 0) + 1
    rows = [
        BarRow(label if number == 0 else "", line)
        for label, lines in lines_by_label.items()
        for number, line in enumerate(lines)
    ]
    return rows, hidden
