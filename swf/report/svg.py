"""The SVG of a timeline."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from html import escape

from swf.report.bars import Bar, Drawing
from swf.report.words import shown

LABEL = 230  # pixels for the names
WIDTH = 900  # pixels for the time
MARGIN = 24
ROW = 22
TOP = 38
TICKS = 8
LETTER = 6.2  # pixels of a letter in a bar, on average

#: State -> colour of what ran.
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

#: What a colour of a bar says.
WORDS = {
    COLORS["completed"]: "completed",
    COLORS["failed"]: "failed",
    COLORS["timed_out"]: "timed out",
    COLORS["canceled"]: "canceled",
    RUNNING: "open",
    COLORS["fired"]: "timer",
    DECISION: "decision",
}

#: Seconds between ticks that read well.
_STEPS = (
    0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600,
    900, 1800, 3600, 7200, 14400, 21600, 43200, 86400, 172800, 345600, 604800, 1209600, 2592000,
)  # fmt: skip


def draw(drawing: Drawing) -> str:
    """Return a drawing as SVG; text takes the colour of what is around it."""
    rows = [(row.label, row.bars) for row in drawing.rows]
    if drawing.decisions:
        rows.append(("decisions", drawing.decisions))
    lines = len(rows) + bool(drawing.marks)
    height = TOP + ROW * lines + 8
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" '
        f'viewBox="0 0 {LABEL + WIDTH + MARGIN} {height}" width="100%" '
        'font-family="system-ui, sans-serif" font-size="12" role="img">',
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
            f'<circle cx="{_x(drawing.share(mark.at))}" cy="{y + ROW // 2}" r="4.5" '
            f'fill="{MARKS[mark.kind]}"><title>{escape(mark.title)}</title></circle>'
        )


def legend(drawing: Drawing) -> list[tuple[str, str, str]]:
    """Return what is to be seen in a drawing: `bar`, `waiting`, `path` or `dot`, colour, words."""
    bars = [bar for row in drawing.rows for bar in row.bars] + drawing.decisions
    colors = {color_of(bar) for bar in bars}
    kinds = {mark.kind for mark in drawing.marks}
    seen = [("bar", color, word) for color, word in WORDS.items() if color in colors]
    if any((bar.started or bar.ended) > bar.begun for bar in bars):
        seen.append(("waiting", COLORS["completed"], "waiting"))
    if any(bar.is_critical for bar in bars):
        seen.append(("path", "currentColor", "critical path"))
    return seen + [("dot", color, kind) for kind, color in MARKS.items() if kind in kinds]


def color_of(bar: Bar) -> str:
    """Return the colour of a bar."""
    if bar.kind == "decision" and bar.state in ("completed", "started"):
        return DECISION
    return COLORS.get(bar.state, RUNNING)


def _x(share: float) -> str:
    return f"{LABEL + WIDTH * share:.1f}"


def _stripes(labels: list[str]) -> Iterator[str]:
    """Yield a pale ground for every other group of lines."""
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
        told = shown(timedelta(seconds=step * number)).replace(".0 ", " ") if number else "0"
        yield (
            f'<line x1="{x}" y1="{TOP - 6}" x2="{x}" y2="{bottom}" stroke="currentColor" '
            f'opacity="0.15"/><text x="{x}" y="{TOP - 14}" fill="currentColor" opacity="0.65" '
            f'text-anchor="middle">{told}</text>'
        )


def _label(label: str, hidden: int, y: int) -> Iterator[str]:
    if not label:
        return
    more = f" (+{hidden} not shown)" if hidden else ""
    room = 32 - len(more)
    name = label if len(label) <= room else f"{label[: room // 3]}…{label[-(room * 2 // 3 - 1) :]}"
    yield (
        f'<text x="{LABEL - 12}" y="{y + 15}" fill="currentColor" text-anchor="end">'
        f"<title>{escape(label)}</title>{escape(name + more)}</text>"
    )


def _bar(bar: Bar, y: int, drawing: Drawing) -> str:
    begun, ended = drawing.share(bar.begun), drawing.share(bar.ended)
    started = ended if bar.started is None else drawing.share(bar.started)
    color = color_of(bar)
    parts = []
    if started > begun:
        parts.append(
            f'<rect x="{_x(begun)}" y="{y + 8}" width="{WIDTH * (started - begun):.1f}" '
            f'height="5" rx="2" fill="{color}" opacity="0.28"/>'
        )
    if bar.started is not None:
        width = max(WIDTH * (ended - started), 2)
        parts.append(
            f'<rect x="{_x(started)}" y="{y + 3}" width="{width:.1f}" height="15" '
            f'rx="{min(3, width / 3):.1f}" fill="{color}"/>'
        )
        parts += _words(bar, LABEL + WIDTH * started, y, width)
        if bar.is_critical:
            parts.append(
                f'<rect x="{_x(started)}" y="{y + 19.2}" width="{max(width, 3):.1f}" '
                'height="2.6" fill="currentColor"/>'
            )
    return f"<g><title>{escape(bar.title)}</title>{''.join(parts)}</g>"


def _words(bar: Bar, x: float, y: int, width: float) -> Iterator[str]:
    """Yield what there is room for in a bar: a cross if it failed, which attempt, how long."""
    if bar.kind == "decision" or bar.started is None:
        return
    cross = "✕" if color_of(bar) in FAILURES else ""
    attempt = f"#{bar.attempt}" if bar.attempt > 1 else ""
    for words in ((cross, attempt, shown(bar.ended - bar.started)), (cross, attempt), (cross,)):
        text = " ".join(filter(None, words))
        if text and len(text) * LETTER + 6 <= width:
            yield (
                f'<text x="{x + width / 2:.1f}" y="{y + 14.3}" font-size="10.5" fill="#fff" '
                f'text-anchor="middle">{text}</text>'
            )
            return
