"""Live progress: a line for each step, how many of its instances are done, running and failed.

On a terminal the lines are drawn over and over; elsewhere a line is written when all that was
scheduled of a step is done.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TextIO

from swf.actors import ActivityTaskContext, DecisionTaskContext, Hooks
from swf.flow.definition import Definition
from swf.flow.lookups import find_workflow_activities
from swf.models.decision import Decision

if TYPE_CHECKING:
    from typing_extensions import Self

WIDTH = 28  # of a bar, in characters
PAUSE = 0.1  # seconds between two drawings at the least

_GREEN, _RED, _YELLOW, _DIM, _PLAIN = ("\x1b[32m", "\x1b[31m", "\x1b[33m", "\x1b[2m", "\x1b[0m")


class Line:
    """How far one activity is."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.scheduled: set[str] = set()
        self.done: set[str] = set()
        self.running = 0
        self.failures = 0

    def text(self, width: int, colors: bool) -> str:
        """Return the line."""
        total, done = len(self.scheduled), len(self.done)
        filled = WIDTH * done // total if total else 0
        bar = "█" * filled + "░" * (WIDTH - filled)
        tail = f"{self.running} running" if self.running else ""
        trouble = f"{self.failures} failed" if self.failures else ""
        if colors:
            bar = f"{_GREEN if total and done == total else _YELLOW if done else _DIM}{bar}{_PLAIN}"
            trouble = f"{_RED}{trouble}{_PLAIN}" if trouble else ""
        count = f"{done}/{total}" if total else "-"
        return f"{self.title:<{width}}  {bar}  {count:>9}  {tail:<12}{trouble}".rstrip()


class Display(Hooks):
    """Shows how far the activities of a flow are, to the deciders and workers it is given to.

    :param stream: where to; None: nowhere.
    """

    def __init__(self, definition: Definition, stream: TextIO | None) -> None:
        activities = find_workflow_activities(definition)
        self.lines = {str(each.name): Line(definition.short(each)) for each in activities}
        self._stream = stream
        self._is_terminal = stream is not None and stream.isatty()
        self._width = max((len(line.title) for line in self.lines.values()), default=0)
        self._drawn = 0
        self._drawn_at = 0.0
        self._told: dict[str, str] = {}
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
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

    def _line(self, task: ActivityTaskContext) -> Line:
        line = self.lines[task.activity_type.name]
        line.scheduled.add(task.activity_id)  # a worker may be faster than the decider's hook
        return line

    def _show(self) -> None:
        if not self._is_terminal:
            self._tell()
        elif time.monotonic() - self._drawn_at >= PAUSE:
            self._draw()

    def _draw(self) -> None:
        """Draw all lines over those that were drawn before."""
        if self._stream is None or not self._is_terminal:
            return
        up = f"\x1b[{self._drawn}F" if self._drawn else ""
        lines = [f"\x1b[2K{line.text(self._width, True)}\n" for line in self.lines.values()]
        self._stream.write(up + "".join(lines))
        self._stream.flush()
        self._drawn = len(lines)
        self._drawn_at = time.monotonic()

    def _tell(self) -> None:
        """Write the lines of the activities of which all is over that was scheduled."""
        if self._stream is None:
            return
        for name, line in self.lines.items():
            text = line.text(self._width, False)
            if line.scheduled and line.scheduled == line.done and self._told.get(name) != text:
                self._told[name] = text
                self._stream.write(f"{text}\n")
                self._stream.flush()
