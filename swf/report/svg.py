"""Draws a timeline as SVG."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from swf.report.bars import Bar, Drawing
from swf.report.formatting import format_duration
from swf.text import escape_markup

LABEL = 230  # pixels of the labels
WIDTH = 900  # pixels of the time axis
MARGIN = 24
ROW = 22
TOP = 38
TICKS = 8
LETTER = 6.2  # average pixels of a letter in a bar

#: State -> color of a bar.
COLORS = {
    "completed": "#2f9e62",
    "fired": "#6f8cad",
    "failed": "#d64545",
    "schedule_failed": "#d64545",
    "start_failed": "#d64545",
    "timed_out": "#e08a1e",
    "canceled": "#8a8f98",
    "terminated": "#8a8f98",
}
RUNNING = "#3b7dd8"
DECISION = "#9b7fd1"
MARKS = {"signal": "#0d9488", "marker": "#64748b", "cancel": "#d64545"}
FAILURES = {COLORS["failed"], COLORS["timed_out"]}

#: Color of a bar -> its name in the legend.
COLOR_NAMES = {
    COLORS["completed"]: "completed",
    COLORS["failed"]: "failed",
    COLORS["timed_out"]: "timed out",
    COLORS["canceled"]: "canceled",
    RUNNING: "open",
    COLORS["fired"]: "timer",
    DECISION: "decision",
}

#: Seconds between two ticks of the axis.
_STEPS = (
    0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600,
    900, 1800, 3600, 7200, 14400, 21600, 43200, 86400, 172800, 345600, 604800, 1209600, 2592000,
)  # fmt: skip


def draw_svg(drawing: Drawing) -> str:
    """Return the timeline as an `svg` element; its text has the color of the surrounding text."""
    rows = [(row.label, row.bars) for row in drawing.rows]
    if drawing.decisions:
        rows.append(("decisions", drawing.decisions))
    lines = len(rows) + bool(drawing.marks)
    height = TOP + ROW * lines + 8
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" '
        f'viewBox="0 0 {LABEL + WIDTH + MARGIN} {height}" width="100%" '
        'font-family="system-ui, sans-serif" font-size="12" role="img" aria-label="Timeline">',
        *_stripes([label for label, _ in rows]),
        *_axis(drawing, TOP + ROW * lines),
    ]
    hidden = dict(drawing.hidden)
    for number, (label, bars) in enumerate(rows):
        y = TOP + ROW * number
        parts += _label(label, hidden.pop(label, 0), y)
        parts += [_bar(bar, y, drawing) for bar in bars]
    parts += _marks(drawing, TOP + ROW * len(rows))
    return "\n".join([*parts, "</svg>"])


def _marks(drawing: Drawing, y: int) -> Iterator[str]:
    if drawing.marks:
        yield from _label("events", 0, y)
    for mark in drawing.marks:
        yield (
            f'<circle cx="{_x(drawing.position(mark.at))}" cy="{y + ROW // 2}" r="4.5" '
            f'fill="{MARKS[mark.kind]}"><title>{escape_markup(mark.title)}</title></circle>'
        )


def legend(drawing: Drawing) -> list[tuple[str, str, str]]:
    """Return the entries of the legend: (`bar`, `waiting`, `path` or `dot`, color, name) each."""
    bars = [bar for row in drawing.rows for bar in row.bars] + drawing.decisions
    colors = {color_of(bar) for bar in bars}
    kinds = {mark.kind for mark in drawing.marks}
    entries = [("bar", color, name) for color, name in COLOR_NAMES.items() if color in colors]
    if any((bar.started_at or bar.ended_at) > bar.opened_at for bar in bars):
        entries.append(("waiting", COLORS["completed"], "waiting"))
    if any(bar.is_critical for bar in bars):
        entries.append(("path", "currentColor", "critical path"))
    return entries + [("dot", color, kind) for kind, color in MARKS.items() if kind in kinds]


def color_of(bar: Bar) -> str:
    """Return the color of a bar."""
    if bar.kind == "decision" and bar.state in ("completed", "started"):
        return DECISION
    return COLORS.get(bar.state, RUNNING)


def _x(position: float) -> str:
    return f"{LABEL + WIDTH * position:.1f}"


def _stripes(labels: list[str]) -> Iterator[str]:
    """Yield a pale background for every other group of rows."""
    group = 0
    for number, label in enumerate(labels):
        group += bool(label)
        if group % 2 == 0:
            yield (
                f'<rect x="0" y="{TOP + ROW * number}" width="{LABEL + WIDTH + MARGIN}" '
                f'height="{ROW}" fill="currentColor" opacity="0.045"/>'
            )


def _axis(drawing: Drawing, bottom: int) -> Iterator[str]:
    seconds = drawing.seconds
    step = next((step for step in _STEPS if seconds / step <= TICKS), seconds / TICKS)
    for number in range(int(seconds / step) + 1):
        x = _x(step * number / seconds)
        duration = format_duration(timedelta(seconds=step * number)).replace(".0 ", " ")
        label = duration if number else "0"
        yield (
            f'<line x1="{x}" y1="{TOP - 6}" x2="{x}" y2="{bottom}" stroke="currentColor" '
            f'opacity="0.15"/><text x="{x}" y="{TOP - 14}" fill="currentColor" opacity="0.65" '
            f'text-anchor="middle">{label}</text>'
        )


def _label(label: str, hidden: int, y: int) -> Iterator[str]:
    if not label:
        return
    more = f" (+{hidden} not shown)" if hidden else ""
    room = 32 - len(more)
    name = label if len(label) <= room else f"{label[: room // 3]}…{label[-(room * 2 // 3 - 1) :]}"
    yield (
        f'<text x="{LABEL - 12}" y="{y + 15}" fill="currentColor" text-anchor="end">'
        f"<title>{escape_markup(label)}</title>{escape_markup(name + more)}</text>"
    )


def _bar(bar: Bar, y: int, drawing: Drawing) -> str:
    opened, ended = drawing.position(bar.opened_at), drawing.position(bar.ended_at)
    started = ended if bar.started_at is None else drawing.position(bar.started_at)
    color = color_of(bar)
    parts = []
    if started > opened:
        parts.append(
            f'<rect x="{_x(opened)}" y="{y + 8}" width="{WIDTH * (started - opened):.1f}" '
            f'height="5" rx="2" fill="{color}" opacity="0.28"/>'
        )
    if bar.started_at is not None:
        width = max(WIDTH * (ended - started), 2)
        parts.append(
            f'<rect x="{_x(started)}" y="{y + 3}" width="{width:.1f}" height="15" '
            f'rx="{min(3, width / 3):.1f}" fill="{color}"/>'
        )
        parts += _bar_text(bar, LABEL + WIDTH * started, y, width)
        if bar.is_critical:
            parts.append(
                f'<rect x="{_x(started)}" y="{y + 19.2}" width="{max(width, 3):.1f}" '
                'height="2.6" fill="currentColor"/>'
            )
    return f"<g><title>{escape_markup(bar.title)}</title>{''.join(parts)}</g>"


def _bar_text(bar: Bar, x: float, y: int, width: float) -> Iterator[str]:
    """Yield the text in a bar: a cross for a failure, the attempt and the duration, as they fit."""
    if bar.kind == "decision" or bar.started_at is None:
        return
    cross = "✕" if color_of(bar) in FAILURES else ""
    attempt = f"#{bar.attempt}" if bar.attempt > 1 else ""
    duration = format_duration(bar.ended_at - bar.started_at)
    for parts in ((cross, attempt, duration), (cross, attempt), (cross,)):
        text = " ".join(filter(None, parts))
        if text and len(text) * LETTER + 6 <= width:
            yield (
                f'<text x="{x + width / 2:.1f}" y="{y + 14.3}" font-size="10.5" fill="#fff" '
                f'text-anchor="middle">{text}</text>'
            )
            return
