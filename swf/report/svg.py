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

#: State -> colour of what ran.
COLORS = {
    "completed": "#2f9e62",
    "fired": "#4f8fc0",
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

#: Seconds between ticks that read well.
_STEPS = (
    0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600,
    900, 1800, 3600, 7200, 14400, 21600, 43200, 86400, 172800, 604800, 2592000,
)  # fmt: skip


def draw(drawing: Drawing) -> str:
    """Return a drawing as SVG; text takes the colour of what is around it."""
    decisions = [("decisions", drawing.decisions)] if drawing.decisions else []
    rows = [*((row.label, row.bars) for row in drawing.rows), *decisions]
    height = TOP + ROW * len(rows) + ROW
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" '
        f'viewBox="0 0 {LABEL + WIDTH + MARGIN} {height}" width="100%" '
        'font-family="system-ui, sans-serif" font-size="12" role="img">',
        *_stripes([label for label, _ in rows]),
        *_axis(drawing, height),
    ]
    for number, (label, bars) in enumerate(rows):
        y = TOP + ROW * number
        parts += _label(label, drawing.hidden.get(label, 0), y)
        parts += [_bar(bar, y, drawing) for bar in bars]
    for mark in drawing.marks:
        parts.append(
            f'<circle cx="{_x(drawing.share(mark.at))}" cy="{height - ROW // 2}" r="4.5" '
            f'fill="{MARKS[mark.kind]}"><title>{escape(mark.title)}</title></circle>'
        )
    return "\n".join([*parts, "</svg>"])


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


def _axis(drawing: Drawing, height: int) -> Iterator[str]:
    seconds = drawing.seconds
    step = next((step for step in _STEPS if seconds / step <= TICKS), seconds / TICKS)
    for number in range(int(seconds / step) + 1):
        x = _x(step * number / seconds)
        told = shown(timedelta(seconds=step * number)) if number else "0"
        yield (
            f'<line x1="{x}" y1="{TOP - 6}" x2="{x}" y2="{height - ROW}" stroke="currentColor" '
            f'opacity="0.15"/><text x="{x}" y="{TOP - 14}" fill="currentColor" opacity="0.65" '
            f'text-anchor="middle">{told}</text>'
        )


def _label(label: str, hidden: int, y: int) -> Iterator[str]:
    if not label:
        return
    more = f" (+{hidden})" if hidden else ""
    short = label if len(label) <= 32 - len(more) else f"{label[:13]}…{label[-(17 - len(more)) :]}"
    yield (
        f'<text x="{LABEL - 12}" y="{y + 15}" fill="currentColor" text-anchor="end">'
        f"<title>{escape(label)}</title>{escape(short + more)}</text>"
    )


def _bar(bar: Bar, y: int, drawing: Drawing) -> str:
    begun, ended = drawing.share(bar.begun), drawing.share(bar.ended)
    started = ended if bar.started is None else drawing.share(bar.started)
    color = color_of(bar)
    parts = []
    if started > begun:
        parts.append(
            f'<rect x="{_x(begun)}" y="{y + 8}" width="{WIDTH * (started - begun):.1f}" '
            f'height="6" rx="2" fill="{color}" opacity="0.28"/>'
        )
    if bar.started is not None:
        outline = ' stroke="currentColor" stroke-width="1.6"' if bar.is_critical else ""
        parts.append(
            f'<rect x="{_x(started)}" y="{y + 3}" '
            f'width="{max(WIDTH * (ended - started), 2):.1f}" height="16" rx="3" '
            f'fill="{color}"{outline}/>'
        )
    return f"<g><title>{escape(bar.title)}</title>{''.join(parts)}</g>"
