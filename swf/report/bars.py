"""Bars: what a timeline shows of a history, before it is drawn: lines of attempts over time.

An attempt of an activity, child, Lambda function or timer is a bar: it waited, then it ran. Those
of one type share as few lines as can be without two of them running at the same place: as many as
ran at a time. A type that would take more than `LANES` lines is cut there, and says how many more.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from attrs import evolve, frozen

from swf.models.history import History
from swf.models.history.entity import Entity
from swf.report.path import critical_path
from swf.report.profile import KINDS, told
from swf.report.words import short, shown

#: Lines of one type at the most.
LANES = 24

#: Lines of the timers that engines make, which are many and say little.
TIMER_LANES = 3

#: Characters of a timer's id that make a label; longer ones are made by engines, and share one.
LONGEST_TIMER = 24
TIMERS = "timers"


@frozen
class Bar:
    """An attempt: when it was begun, when it ran, and how it ended.

    :param label: The type; lines are grouped by it.
    :param state: State of the attempt as in the history.
    :param title: what there is to say of it, in lines.
    :param is_critical: whether the execution would have closed sooner without it.
    :param attempt: which one of its id it is, from 1.
    """

    label: str
    kind: str
    state: str
    title: str
    begun: datetime
    started: datetime | None
    ended: datetime
    is_critical: bool = False
    attempt: int = 1

    @property
    def from_(self) -> datetime:
        """When it takes its place: when it was started or, if it never was, begun."""
        return self.started or self.begun


@frozen
class Row:
    """A line of the drawing; `label` is empty on the further lines of a name."""

    label: str
    bars: list[Bar]


@frozen
class Mark:
    """A moment: a signal, a marker, a request to cancel."""

    at: datetime
    kind: str
    title: str


@frozen
class Drawing:
    """All that a timeline shows.

    :param hidden: how many bars found no line, by label.
    """

    begin: datetime
    end: datetime
    rows: list[Row]
    decisions: list[Bar]
    marks: list[Mark]
    hidden: dict[str, int]

    @property
    def seconds(self) -> float:
        """How long all of it took; never 0, to divide by."""
        return max((self.end - self.begin).total_seconds(), 0.001)

    def share(self, moment: datetime) -> float:
        """Return where a moment lies, from 0 at the beginning to 1 at the end."""
        return (moment - self.begin).total_seconds() / self.seconds


def drawing(history: History, lanes: int = LANES) -> Drawing:
    """Return what a timeline of a history shows.

    :param lanes: lines of one type at the most.
    :raises HistoryError: the history is empty.
    """
    begin, end = history.first.timestamp, history.last.timestamp
    rows, hidden = _rows(_bars(history, end), lanes)
    return Drawing(begin, end, rows, _decisions(history, end), _marks(history), hidden)


def _bars(history: History, end: datetime) -> list[Bar]:
    critical = {attempt.opened_event_id for attempt in critical_path(history)}
    bars = [
        _bar(
            _label(kind, short(str(getattr(attempt, "name", attempt.id)), history)),
            kind,
            attempt,
            number,
            end,
            attempt.opened_event_id in critical,
        )
        for view, kind in KINDS.items()
        for entity in getattr(history, view).values()
        for number, attempt in enumerate(entity.attempts, start=1)
    ]
    return sorted(bars, key=lambda bar: bar.from_)


def _bar(
    label: str, kind: str, entity: Entity, number: int, end: datetime, is_critical: bool
) -> Bar:
    begun = entity.opened_at or entity.closed_at or end
    started = entity.started_at
    ended = entity.closed_at or end
    spans = f"waited {shown((started or ended) - begun)}"
    if started:
        spans += f", ran {shown(ended - started)}"
    state = entity.state.replace("_", " ")
    attempt = f"{state}, attempt {number}" if number > 1 else state
    title = "\n".join(filter(None, [str(entity.id), attempt, told(entity), spans]))
    return Bar(label, kind, entity.state, title, begun, started, ended, is_critical, number)


def _label(kind: str, name: str) -> str:
    if kind == "timer":
        return f"timer {name}" if len(name) <= LONGEST_TIMER else TIMERS
    return name if kind == "activity" else f"{kind} {name}"


def _decisions(history: History, end: datetime) -> list[Bar]:
    return [
        Bar(
            "decisions",
            "decision",
            task.state,
            f"decision task {task.id}\n{task.state.replace('_', ' ')}"
            f"\nwaited {shown(task.queued or timedelta(0))}"
            f", took {shown((task.closed_at or end) - task.started_at)}",
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
    asked = history.execution.cancel_requested_at
    if asked is not None:
        marks.append(Mark(asked, "cancel", "cancellation requested"))
    return sorted(marks, key=lambda mark: mark.at)


def _rows(bars: Iterable[Bar], lanes: int) -> tuple[list[Row], dict[str, int]]:
    """Return lines of bars, those of a label together, each in the first line that is free."""
    lines_of: dict[str, list[list[Bar]]] = {}
    hidden: dict[str, int] = {}
    for bar in bars:
        lines = lines_of.setdefault(bar.label, [])
        for line in lines:
            if line[-1].ended <= bar.from_:
                line.append(evolve(bar, begun=max(bar.begun, line[-1].ended)))
                break
        else:
            if len(lines) < (min(lanes, TIMER_LANES) if bar.label == TIMERS else lanes):
                lines.append([bar])
            else:
                hidden[bar.label] = hidden.get(bar.label, 0) + 1
    rows = [
        Row(label if number == 0 else "", line)
        for label, lines in lines_of.items()
        for number, line in enumerate(lines)
    ]
    return rows, hidden
