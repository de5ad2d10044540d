"""Live progress: a line for each step, how many of its instances are done, running and failed.

On a terminal the lines are drawn over and over, as wide and as many as it has room for, and what
tasks print and log there comes above them; elsewhere a line is written when all that was scheduled
of a step is done, and what is left when it is over.
"""

from __future__ import annotations

import io
import os
import sys
import threading
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TextIO

from swf.actors import ActivityTaskContext, DecisionTaskContext, Hooks
from swf.flow.activity_discovery import find_workflow_activities
from swf.flow.definition import Definition
from swf.models.decision import Decision

if TYPE_CHECKING:
    from typing_extensions import Self

WIDEST, NARROWEST = 28, 5  # a bar, in characters
COUNT = 9  # characters for how many of how many
TAIL = 24  # for how many run and how many failed
PAUSE = 0.1  # seconds between two drawings at the least

_GREEN, _RED, _YELLOW, _DIM, _PLAIN = ("\x1b[32m", "\x1b[31m", "\x1b[33m", "\x1b[2m", "\x1b[0m")

#: A text, and the colour that it has where there are colours.
Cell = tuple[str, str]


class ActivityProgress:
    """How far one activity is."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.scheduled: set[str] = set()
        self.done: set[str] = set()
        self.running = 0
        self.failures = 0

    @property
    def is_over(self) -> bool:
        """Whether all is done that was scheduled."""
        return bool(self.scheduled) and self.scheduled == self.done

    def text(self, title_width: int, width: int, colors: bool) -> str:
        """Return the line, of at most `width` characters."""
        total, done = len(self.scheduled), len(self.done)
        bar = max(NARROWEST, min(WIDEST, width - title_width - COUNT - TAIL - 4))
        filled = bar * done // total if total else 0
        color = _GREEN if self.is_over else _YELLOW if done else _DIM
        count = f"{done}/{total}" if total else "-"
        running = f"{self.running} running" if self.running else ""
        failed = f"{self.failures} failed" if self.failures else ""
        cells = [
            (f"{_shortened(self.title, title_width):<{title_width}}  ", ""),
            ("█" * filled + "░" * (bar - filled), color),
            (f"  {count:>{COUNT}}  {running:<12}", ""),
            (failed, _RED),
        ]
        return "".join(_painted(cell, colors) for cell in _clipped(cells, width)).rstrip()


def _clipped(cells: Sequence[Cell], width: int) -> list[Cell]:
    """Return as much as fits."""
    clipped, left = [], width
    for text, color in cells:
        clipped.append((text[:left], color))
        left = max(0, left - len(text))
    return clipped


def _painted(cell: Cell, colors: bool) -> str:
    text, color = cell
    return f"{color}{text}{_PLAIN}" if colors and color and text else text


def _shortened(title: str, width: int) -> str:
    return title if len(title) <= width else f"{title[: width - 1]}…"


class Above(io.TextIOBase):
    """Stands for a stream to a terminal that a display is drawn on: whole lines come above it.

    The lines of threads that write at the same time do not mix.
    """

    def __init__(self, stream: TextIO, display: ProgressDisplay) -> None:
        self._original = stream
        self._display = display
        self._begun: dict[int, str] = {}

    def write(self, text: str) -> int:
        """Write the lines that are whole by now."""
        thread = threading.get_ident()
        lines, end, rest = f"{self._begun.pop(thread, '')}{text}".rpartition("\n")
        if rest:
            self._begun[thread] = rest
        if end:
            self._display.above(self._original, lines + end)
        return len(text)

    def finish(self) -> None:
        """Write what was begun of lines."""
        begun, self._begun = "".join(f"{rest}\n" for rest in self._begun.values()), {}
        if begun:
            self._display.above(self._original, begun)

    def isatty(self) -> bool:
        """Tell that it is a terminal."""
        return True

    def fileno(self) -> int:
        """Return the number of the file of the terminal."""
        return self._original.fileno()


class ProgressDisplay(Hooks):
    """Shows how far the activities of a flow are, to the deciders and workers it is given to.

    :param stream: where to; None: nowhere.
    """

    def __init__(self, definition: Definition, stream: TextIO | None) -> None:
        activities = find_workflow_activities(definition)
        self.lines = {
            str(each.name): ActivityProgress(definition.short(each)) for each in activities
        }
        self._stream = stream
        is_dumb = os.environ.get("TERM") == "dumb"  # it moves no cursor
        self._is_terminal = stream is not None and stream.isatty() and not is_dumb
        self._colors = "NO_COLOR" not in os.environ
        self._drawn = 0
        self._drawn_at = 0.0
        self._told: dict[str, str] = {}
        self._lock = threading.RLock()  # who holds it may log
        self._replaced: dict[str, TextIO] = {}

    def __enter__(self) -> Self:
        for name in ("stdout", "stderr") if self._is_terminal else ():
            stream = getattr(sys, name)
            if stream.isatty():
                self._replaced[name] = stream
                setattr(sys, name, Above(stream, self))
        return self

    def __exit__(self, *_: object) -> None:
        for name, stream in self._replaced.items():
            getattr(sys, name).finish()
            setattr(sys, name, stream)
        self._replaced = {}
        with self._lock:
            self._draw()
            self._tell(is_over=True)

    def above(self, stream: TextIO, text: str) -> None:
        """Write a text to the terminal, above the lines."""
        with self._lock:
            if self._stream is not None and self._drawn:
                self._stream.write(f"\x1b[{self._drawn}F\x1b[J")
                self._stream.flush()
                self._drawn = 0
            stream.write(text)
            stream.flush()
            self._draw()

    def after_decision(
        self,
        actor: Any,  # noqa: ARG002
        task: DecisionTaskContext,  # noqa: ARG002
        decisions: Sequence[Decision] | None,
    ) -> None:
        """Count what was scheduled."""
        with self._lock:
            for decision in decisions or ():
                if decision.type == "ScheduleActivityTask":
                    attributes = decision.attributes
                    line = self.lines.get(attributes["activityType"]["name"])
                    if line is not None:
                        line.scheduled.add(attributes["activityId"])
            self._show()

    def before_activity(self, actor: Any, task: ActivityTaskContext) -> None:  # noqa: ARG002
        """Count what runs."""
        with self._lock:
            self._line(task).running += 1
            self._show()

    def after_activity(self, actor: Any, task: ActivityTaskContext, outcome: str) -> None:  # noqa: ARG002
        """Count what is over."""
        with self._lock:
            line = self._line(task)
            line.running -= 1
            line.failures += outcome == "failed"
            if outcome == "completed":
                line.done.add(task.activity_id)
            self._show()

    def _line(self, task: ActivityTaskContext) -> ActivityProgress:
        line = self.lines[task.activity_type.name]
        line.scheduled.add(task.activity_id)  # a worker may be faster than the decider's hook
        return line

    def _show(self) -> None:
        if not self._is_terminal:
            self._tell()
        elif time.monotonic() - self._drawn_at >= PAUSE:
            self._draw()

    def _draw(self) -> None:
        """Draw the lines over those that were drawn before."""
        if self._stream is None or not self._is_terminal:
            return
        width, height = _size(self._stream)
        up = f"\x1b[{self._drawn}F" if self._drawn else ""
        lines = self._fitting(width - 1, height - 1)
        self._stream.write(up + "".join(f"\x1b[2K{line}\n" for line in lines) + "\x1b[J")
        self._stream.flush()
        self._drawn = len(lines)
        self._drawn_at = time.monotonic()

    def _fitting(self, width: int, height: int) -> list[str]:
        """Return as many lines as there is room for: what is under way comes before what is not."""
        shown = list(self.lines.values())
        if len(shown) > height:
            lines = sorted(shown, key=lambda line: (line.is_over, not line.scheduled))
            chosen = {id(line) for line in lines[: max(height - 1, 0)]}
            shown = [line for line in shown if id(line) in chosen]
        titles = self._title_width(width)
        texts = [line.text(titles, width, self._colors) for line in shown]
        hidden = [line for line in self.lines.values() if line not in shown]
        if hidden:
            done = sum(line.is_over for line in hidden)
            texts.append(f"and {len(hidden)} more, {done} of them done"[:width])
        return texts

    def _title_width(self, width: int) -> int:
        longest = max((len(line.title) for line in self.lines.values()), default=0)
        return max(min(longest, width - COUNT - NARROWEST - TAIL), min(longest, 12))

    def _tell(self, is_over: bool = False) -> None:
        """Write the lines of the activities of which all is over that was scheduled.

        :param is_over: whether nothing more comes, so that the others are told as well.
        """
        if self._stream is None or self._is_terminal:
            return
        for name, line in self.lines.items():
            text = line.text(self._title_width(80), 80, False)
            if (line.is_over or (is_over and line.scheduled)) and self._told.get(name) != text:
                self._told[name] = text
                self._stream.write(f"{text}\n")
                self._stream.flush()


def _size(stream: TextIO) -> tuple[int, int]:
    """Return width and height of a terminal."""
    try:
        size = os.get_terminal_size(stream.fileno())
    except (OSError, ValueError):
        return 80, 24
    return size.columns or 80, size.lines or 24
