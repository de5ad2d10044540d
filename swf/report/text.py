"""The text of a timeline, for a terminal: a line of blocks for each line of the drawing."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from itertools import groupby
from operator import itemgetter
from typing import TypeAlias

from swf.report.bars import Bar, Drawing
from swf.report.words import shown

#: Lines of one type at the most.
LANES = 6

#: Characters for the names, at the most.
LABEL = 28

#: A sign, and its colour.
Cell: TypeAlias = "tuple[str, int | None]"

RAN, WAITED, DECIDED = "█", "░", "▪"

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


def draw(drawing: Drawing, width: int, colors: bool) -> str:
    """Return a drawing as text.

    :param width: Maximum length of a line in characters.
    :param colors: Whether to use terminal colors.
    """
    labels = [row.label for row in drawing.rows] + ["decisions"]
    margin = min(max(map(len, labels)), LABEL)
    room = max(width - margin - 2, 20)
    lines = [f"{'':<{margin}}  {_axis(drawing, room)}"]
    for row in drawing.rows:
        lines.append(f"{_short(row.label, margin)}  {_line(drawing, row.bars, room, colors)}")
        hidden = drawing.hidden.get(row.label)
        if hidden:
            lines.append(f"{'':<{margin}}  ... and {hidden} more beside these")
    if drawing.decisions:
        lines.append(f"{'decisions':<{margin}}  {_line(drawing, drawing.decisions, room, colors)}")
    if drawing.marks:
        lines.append(f"{'':<{margin}}  {_marks(drawing, room)}")
    lines += [f"{'':<{margin}}  {mark.title}" for mark in drawing.marks[:LANES]]
    return "\n".join(line.rstrip() for line in lines)


def _axis(drawing: Drawing, room: int) -> str:
    end = shown(timedelta(seconds=drawing.seconds))
    return f"0{end:>{room - 1}}"


def _short(label: str, margin: int) -> str:
    if len(label) > margin:
        label = f"{label[: margin // 2 - 1]}…{label[-(margin - margin // 2) :]}"
    return f"{label:<{margin}}"


def _line(drawing: Drawing, bars: list[Bar], room: int, colors: bool) -> str:
    cells: list[Cell] = [(" ", None)] * room
    for bar in bars:
        color = _color(bar) if colors else None
        started = bar.ended if bar.started is None else bar.started
        _fill(cells, drawing.share(bar.begun), drawing.share(started), (WAITED, color))
        if bar.started is not None:
            sign = DECIDED if bar.kind == "decision" else RAN
            _fill(cells, drawing.share(started), drawing.share(bar.ended), (sign, color), 1)
    return "".join(_shade(color, run) for color, run in groupby(cells, key=itemgetter(1)))


def _fill(cells: list[Cell], begin: float, end: float, cell: Cell, least: int = 0) -> None:
    room = len(cells)
    first = min(int(begin * room), room - 1)
    last = min(max(int(end * room), first + least), room)
    cells[first:last] = [cell] * (last - first)


def _shade(color: int | None, cells: Iterable[Cell]) -> str:
    signs = "".join(sign for sign, _ in cells)
    return signs if color is None else f"\x1b[{color}m{signs}\x1b[0m"


def _color(bar: Bar) -> int:
    if bar.kind == "decision" and bar.state in ("completed", "started"):
        return _DECISION
    return _COLORS.get(bar.state, _RUNNING)


def _marks(drawing: Drawing, room: int) -> str:
    cells = [" "] * room
    for mark in drawing.marks:
        cells[min(int(drawing.share(mark.at) * room), room - 1)] = "•"
    return "".join(cells)
