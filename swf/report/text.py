"""Draws a timeline as text for a terminal: a line of blocks for each row."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from itertools import groupby
from operator import itemgetter
from typing import TypeAlias

from swf.report.bars import Bar, Drawing
from swf.report.formatting import format_duration
from swf.text import escape_controls

#: The maximum number of rows of one type.
LANES = 6

#: The maximum width of the labels in characters.
LABEL = 28

#: A character and its color.
Cell: TypeAlias = "tuple[str, int | None]"

RUNNING_BLOCK, WAITING_BLOCK, DECISION_BLOCK = "█", "░", "▪"

_COLORS = {
    "completed": 32,
    "fired": 36,
    "failed": 31,
    "schedule_failed": 31,
    "start_failed": 31,
    "timed_out": 33,
    "canceled": 90,
    "terminated": 90,
}
_RUNNING, _DECISION = 34, 35


def draw_text(drawing: Drawing, width: int, colors: bool) -> str:
    """Return the timeline as lines of text.

    :param width: the maximum length of a line in characters.
    :param colors: use the colors of a terminal.
    """
    labels = [escape_controls(row.label) for row in drawing.rows] + ["decisions"]
    margin = min(max(map(len, labels)), LABEL)
    room = max(width - margin - 2, 20)
    lines = [f"{'':<{margin}}  {_axis(drawing, room)}"]
    for row, label in zip(drawing.rows, labels, strict=False):
        lines.append(f"{_fit_label(label, margin)}  {_line(drawing, row.bars, room, colors)}")
        hidden = drawing.hidden.get(row.label)
        if hidden:
            lines.append(f"{'':<{margin}}  ... and {hidden} more")
    if drawing.decisions:
        lines.append(f"{'decisions':<{margin}}  {_line(drawing, drawing.decisions, room, colors)}")
    if drawing.marks:
        lines.append(f"{'':<{margin}}  {_marks(drawing, room)}")
    lines += [f"{'':<{margin}}  {escape_controls(mark.title)}" for mark in drawing.marks[:LANES]]
    return "\n".join(line.rstrip() for line in lines)


def _axis(drawing: Drawing, room: int) -> str:
    end = format_duration(timedelta(seconds=drawing.seconds))
    return f"0{end:>{room - 1}}"


def _fit_label(label: str, margin: int) -> str:
    if len(label) > margin:
        label = f"{label[: margin // 2 - 1]}…{label[-(margin - margin // 2) :]}"
    return f"{label:<{margin}}"


def _line(drawing: Drawing, bars: list[Bar], room: int, colors: bool) -> str:
    cells: list[Cell] = [(" ", None)] * room
    for bar in bars:
        color = _color(bar) if colors else None
        started_at = bar.started_at or bar.ended_at
        _fill(
            cells,
            drawing.position(bar.opened_at),
            drawing.position(started_at),
            (WAITING_BLOCK, color),
        )
        if bar.started_at is not None:
            block = DECISION_BLOCK if bar.kind == "decision" else RUNNING_BLOCK
            _fill(
                cells,
                drawing.position(started_at),
                drawing.position(bar.ended_at),
                (block, color),
                1,
            )
    return "".join(_color_text(color, run) for color, run in groupby(cells, key=itemgetter(1)))


def _fill(cells: list[Cell], begin: float, end: float, cell: Cell, least: int = 0) -> None:
    room = len(cells)
    first = min(int(begin * room), room - 1)
    last = min(max(int(end * room), first + least), room)
    cells[first:last] = [cell] * (last - first)


def _color_text(color: int | None, cells: Iterable[Cell]) -> str:
    text = "".join(character for character, _ in cells)
    return text if color is None else f"\x1b[{color}m{text}\x1b[0m"


def _color(bar: Bar) -> int:
    if bar.kind == "decision" and bar.state in ("completed", "started"):
        return _DECISION
    return _COLORS.get(bar.state, _RUNNING)


def _marks(drawing: Drawing, room: int) -> str:
    cells = [" "] * room
    for mark in drawing.marks:
        cells[min(int(drawing.position(mark.at) * room), room - 1)] = "•"
    return "".join(cells)
