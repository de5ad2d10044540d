"""A timeline of an execution, drawn from its history alone: SVG, or a page of HTML around it.

A bar for each attempt of an activity, timer or child: full while it ran, in the colour of how it
ended, pale while it waited. Those of one type share as few lines as can be without two of them
running at the same place: as many as ran at a time. Below stand the decisions; signals and markers
are dots.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from html import escape

from attrs import evolve, frozen

from swf.models.history import History
from swf.models.history.entity import Entity

LABEL = 220  # pixels for the names
WIDTH = 900  # pixels for the time
ROW = 20
TOP = 34
TICKS = 8

#: State -> colour of what ran.
COLORS = {
    "completed": "#2f9e62",
    "fired": "#2f9e62",
    "failed": "#d64545",
    "schedule_failed": "#d64545",
    "start_failed": "#d64545",
    "timed_out": "#e08a1e",
    "canceled": "#8a8f98",
    "terminated": "#8a8f98",
}
RUNNING = "#3b7dd8"
DECISION = "#9b7fd1"

#: Seconds between ticks that read well.
_STEPS = (
    0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600,
    900, 1800, 3600, 7200, 14400, 21600, 43200, 86400, 172800, 604800, 2592000,
)  # fmt: skip


@frozen
class Bar:
    """An attempt: when it was begun, when it ran, and how it ended."""

    label: str
    title: str
    begun: datetime
    started: datetime | None
    ended: datetime
    color: str

    @property
    def from_(self) -> datetime:
        """When it takes its place: when it was started or, if it never was, begun."""
        return self.started or self.begun


@frozen
class Row:
    """A line of the drawing; `label` is empty on the further lines of a name."""

    label: str
    bars: list[Bar]


def svg(history: History) -> str:
    """Return the timeline as SVG.

    :raises HistoryError: the history is empty.
    """
    begin, end = _span(history)
    rows = [*_rows(_bars(history, end)), Row("decisions", _decisions(history, end))]
    scale = _Scale(begin, max((end - begin).total_seconds(), 0.001))
    height = TOP + ROW * len(rows) + ROW
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LABEL + WIDTH + 20} {height}" '
        'width="100%" font-family="system-ui, sans-serif" font-size="11" role="img">',
        *_axis(scale, height),
    ]
    for number, row in enumerate(rows):
        y = TOP + ROW * number
        if number % 2:
            parts.append(
                f'<rect x="0" y="{y}" width="{LABEL + WIDTH + 20}" height="{ROW}" '
                'fill="currentColor" opacity="0.04"/>'
            )
        parts.append(_label(row.label, y))
        parts += [_bar(bar, y, scale) for bar in row.bars]
    parts += _dots(history, scale, height - ROW + 4)
    return "\n".join([*parts, "</svg>"])


def html(history: History, title: str | None = None) -> str:
    """Return the timeline as a page that needs nothing else.

    :param title: by default the type of the execution.
    """
    execution = history.execution
    kind = execution.workflow_type
    heading = title or (f"{kind.name} {kind.version}" if kind else "execution")
    status = execution.close_status or execution.status
    facts = {
        "status": status,
        "duration": shown(execution.duration) if execution.duration else "open",
        "events": str(len(history)),
        "activities": str(len(history.activities)),
        "attempts": str(sum(len(each.attempts) for each in history.activities.values())),
        "decisions": str(len(history.decision_tasks)),
        "working time": shown(_working(history)),
    }
    if execution.reason:
        facts["reason"] = execution.reason
    cells = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(fact)}</dd></div>" for name, fact in facts.items()
    )
    return _PAGE.format(
        title=escape(heading),
        status=escape(status.lower()),
        facts=cells,
        key=_key(),
        timeline=svg(history),
        table=_table(history),
    )


def shown(duration: timedelta) -> str:
    """Return a duration in words as short as they read well."""
    seconds = duration.total_seconds()
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    hours, rest = divmod(round(seconds), 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {left} s"


@frozen
class _Scale:
    """Where a moment stands, in pixels."""

    begin: datetime
    seconds: float

    def x(self, moment: datetime) -> float:
        return LABEL + WIDTH * (moment - self.begin).total_seconds() / self.seconds


def _span(history: History) -> tuple[datetime, datetime]:
    return history.first.timestamp, history.last.timestamp


def _bars(history: History, end: datetime) -> list[Bar]:
    activities = [
        _bar_of(attempt, str(activity.name), end)
        for activity in history.activities.values()
        for attempt in activity.attempts
    ]
    timers = [_bar_of(timer, f"timer {timer.id}", end) for timer in history.timers.values()]
    children = [
        _bar_of(attempt, f"child {child.name}", end)
        for child in history.children.values()
        for attempt in child.attempts
    ]
    return sorted([*activities, *timers, *children], key=lambda bar: bar.from_)


def _bar_of(entity: Entity, label: str, end: datetime) -> Bar:
    begun = entity.opened_at or entity.closed_at or end
    started = entity.opened_at if label.startswith("timer ") else entity.started_at
    ended = entity.closed_at or end
    told = [str(entity.id), entity.state, entity.reason, entity.timeout_type, entity.cause]
    spans = f"waited {shown((started or ended) - begun)}"
    if started:
        spans += f", ran {shown(ended - started)}"
    title = "\n".join([*filter(None, told), spans])
    return Bar(label, title, begun, started, ended, COLORS.get(entity.state, RUNNING))


def _decisions(history: History, end: datetime) -> list[Bar]:
    return [
        Bar(
            "decisions",
            f"decision task {task.id}\n{task.state}",
            task.started_at,
            task.started_at,
            task.closed_at or end,
            DECISION if task.state == "completed" else COLORS.get(task.state, RUNNING),
        )
        for task in history.decision_tasks.values()
        if task.started_at is not None
    ]


def _rows(bars: Iterable[Bar]) -> list[Row]:
    """Return lines of bars, those of a label together, each in the first line that is free."""
    lanes: dict[str, list[list[Bar]]] = {}
    for bar in bars:
        lines = lanes.setdefault(bar.label, [])
        for line in lines:
            if line[-1].ended <= bar.from_:
                line.append(evolve(bar, begun=max(bar.begun, line[-1].ended)))
                break
        else:
            lines.append([bar])
    return [
        Row(label if number == 0 else "", line)
        for label, lines in lanes.items()
        for number, line in enumerate(lines)
    ]


def _axis(scale: _Scale, height: int) -> list[str]:
    step = next((s for s in _STEPS if scale.seconds / s <= TICKS), scale.seconds)
    ticks = [step * number for number in range(int(scale.seconds / step) + 1)]
    parts = []
    for tick in ticks:
        x = LABEL + WIDTH * tick / scale.seconds
        parts.append(
            f'<line x1="{x:.1f}" y1="{TOP - 6}" x2="{x:.1f}" y2="{height - ROW}" '
            'stroke="currentColor" opacity="0.15"/>'
            f'<text x="{x:.1f}" y="{TOP - 12}" fill="currentColor" opacity="0.65" '
            f'text-anchor="middle">{shown(timedelta(seconds=tick)) if tick else "0"}</text>'
        )
    return parts


def _label(label: str, y: int) -> str:
    text = label if len(label) <= 34 else f"{label[:16]}…{label[-17:]}"
    return (
        f'<text x="{LABEL - 10}" y="{y + 14}" fill="currentColor" text-anchor="end">'
        f"{escape(text)}</text>"
    )


def _bar(bar: Bar, y: int, scale: _Scale) -> str:
    begun, ended = scale.x(bar.begun), scale.x(bar.ended)
    started = ended if bar.started is None else scale.x(bar.started)
    waited = (
        f'<rect x="{begun:.1f}" y="{y + 7}" width="{max(started - begun, 0.5):.1f}" height="6" '
        f'rx="2" fill="{bar.color}" opacity="0.3"/>'
    )
    ran = (
        f'<rect x="{started:.1f}" y="{y + 3}" width="{max(ended - started, 1.5):.1f}" height="14" '
        f'rx="3" fill="{bar.color}"/>'
    )
    return f"<g><title>{escape(bar.title)}</title>{waited}{ran if bar.started else ''}</g>"


def _dots(history: History, scale: _Scale, y: int) -> list[str]:
    told = [(signal.timestamp, f"signal {signal.name}", "#3d9362") for signal in history.signals]
    told += [(marker.timestamp, f"marker {marker.name}", "#667799") for marker in history.markers]
    return [
        f'<circle cx="{scale.x(moment):.1f}" cy="{y}" r="4" fill="{color}">'
        f"<title>{escape(title)}</title></circle>"
        for moment, title, color in told
    ]


def _working(history: History) -> timedelta:
    attempts = [a for activity in history.activities.values() for a in activity.attempts]
    return sum((a.running for a in attempts if a.running), timedelta(0))


def _key() -> str:
    colors = {
        "completed": COLORS["completed"],
        "failed": COLORS["failed"],
        "timed out": COLORS["timed_out"],
        "canceled": COLORS["canceled"],
        "open": RUNNING,
        "decision": DECISION,
    }
    return "".join(
        f'<span><i style="background:{color}"></i>{name}</span>' for name, color in colors.items()
    )


def _table(history: History) -> str:
    """Return the activity types as rows: how many, how long they waited and ran."""
    names: dict[str, list[Entity]] = {}
    for activity in history.activities.values():
        names.setdefault(str(activity.name), []).extend(activity.attempts)
    return "".join(map(_table_row, names, names.values()))


def _table_row(name: str, attempts: list[Entity]) -> str:
    ran = sorted(a.running for a in attempts if a.running is not None)
    waited = sorted(a.queued for a in attempts if a.queued is not None)
    total = sum(ran, timedelta(0))
    failed = sum(a.is_failed for a in attempts)
    cells = [
        name,
        str(len(attempts)),
        str(failed or ""),
        shown(waited[len(waited) // 2]) if waited else "",
        shown(ran[len(ran) // 2]) if ran else "",
        shown(ran[-1]) if ran else "",
        shown(total),
    ]
    return "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>\n"


_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; --line: #8884; --paper: #fff; --ink: #1d2330; --back: #f4f5f8; }}
@media (prefers-color-scheme: dark) {{
  :root {{ --paper: #1b1f27; --ink: #e4e7ee; --back: #12151b; }}
}}
body {{ margin: 0; background: var(--back); color: var(--ink);
  font: 15px/1.5 system-ui, sans-serif; }}
main {{ max-width: 1180px; margin: 0 auto; padding: 32px 20px; }}
h1 {{ font-size: 26px; margin: 0 0 18px; }}
h1 small {{ font-size: 13px; padding: 3px 10px; border-radius: 99px; vertical-align: middle;
  background: #8a8f98; color: #fff; margin-left: 8px; }}
h1 small.completed {{ background: #2f9e62; }}
h1 small.failed, h1 small.timed_out {{ background: #d64545; }}
dl {{ display: flex; flex-wrap: wrap; gap: 12px; margin: 0 0 20px; }}
dl div {{ background: var(--paper); border: 1px solid var(--line); border-radius: 10px;
  padding: 8px 16px; }}
dt {{ font-size: 12px; opacity: .65; }}
dd {{ margin: 0; font-weight: 600; }}
section {{ background: var(--paper); border: 1px solid var(--line); border-radius: 12px;
  padding: 16px; margin-bottom: 20px; overflow-x: auto; }}
section svg {{ min-width: 760px; display: block; }}
.key {{ display: flex; flex-wrap: wrap; gap: 16px; font-size: 12px; margin-bottom: 10px; }}
.key i {{ display: inline-block; width: 12px; height: 12px; border-radius: 3px;
  margin-right: 6px; vertical-align: -2px; }}
table {{ border-collapse: collapse; width: 100%; font-size: 13px;
  font-variant-numeric: tabular-nums; }}
th, td {{ padding: 6px 10px; text-align: right; border-bottom: 1px solid var(--line); }}
th:first-child, td:first-child {{ text-align: left; }}
</style>
</head>
<body>
<main>
<h1>{title} <small class="{status}">{status}</small></h1>
<dl>{facts}</dl>
<section><div class="key">{key}</div>
{timeline}
</section>
<section><table>
<thead><tr><th>activity</th><th>attempts</th><th>failed</th><th>waited (median)</th>
<th>ran (median)</th><th>ran (longest)</th><th>ran (in all)</th></tr></thead>
<tbody>{table}</tbody>
</table></section>
</main>
</body>
</html>
"""
