"""Live progress of a flow: how many instances of each activity are completed, running and failed.

On a terminal `rich` draws a progress bar for each activity, below the output of the tasks. Without
`rich`, or if the output is not a terminal, a line is written when all scheduled instances of an
activity have completed, and one for each other activity at the end.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, TextIO

from swf.actors import ActivityTaskContext, DecisionTaskContext, Hooks
from swf.flow.activity_discovery import find_workflow_activities
from swf.flow.definition import Definition
from swf.models.decision import Decision

if TYPE_CHECKING:
    from rich.progress import Progress
    from typing_extensions import Self


class ActivityProgress:
    """The progress of one activity.

    :param title: the name of the activity without the flow's name before it.
    """

    def __init__(self, title: str) -> None:
        self.title = title
        self.scheduled: set[str] = set()
        self.completed: set[str] = set()
        self.running = 0
        self.failures = 0

    @property
    def is_complete(self) -> bool:
        """Whether all scheduled instances have completed."""
        return bool(self.scheduled) and self.scheduled == self.completed

    @property
    def count(self) -> str:
        """The numbers of completed and scheduled instances."""
        return f"{len(self.completed)}/{len(self.scheduled)}" if self.scheduled else "-"

    @property
    def details(self) -> str:
        """The numbers of running instances and failed attempts."""
        running = f"{self.running} running" if self.running else ""
        failed = f"{self.failures} failed" if self.failures else ""
        return "  ".join(filter(None, (running, failed)))

    def __str__(self) -> str:
        return "  ".join(filter(None, (self.title, self.count, self.details)))


class ProgressDisplay(Hooks):
    """Shows the progress of a flow's activities. Add it to the hooks of its deciders and workers.

    :param definition: the flow.
    :param stream: the output; None: no output.
    """

    def __init__(self, definition: Definition, stream: TextIO | None) -> None:
        self.activities = {
            str(activity.name): ActivityProgress(definition.short_name(activity))
            for activity in find_workflow_activities(definition)
        }
        self._stream = stream
        self._bars: _Bars | None = None
        self._written: dict[str, str] = {}
        self._lock = threading.RLock()

    def __enter__(self) -> Self:
        if self._stream is not None and _is_terminal(self._stream):
            self._bars = _Bars.start(self._stream, self.activities.values())
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            if self._bars is not None:
                self._bars.stop()
            else:
                self._write_lines(at_end=True)

    def after_decision(
        self,
        actor: Any,  # noqa: ARG002
        task: DecisionTaskContext,  # noqa: ARG002
        decisions: Sequence[Decision] | None,
    ) -> None:
        """Count the scheduled instances."""
        with self._lock:
            for decision in decisions or ():
                if decision.type == "ScheduleActivityTask":
                    attributes = decision.attributes
                    activity = self.activities.get(attributes["activityType"]["name"])
                    if activity is not None:
                        activity.scheduled.add(attributes["activityId"])
                        self._show(activity)

    def before_activity(self, actor: Any, task: ActivityTaskContext) -> None:  # noqa: ARG002
        """Count a running instance."""
        with self._lock:
            activity = self._activity(task)
            activity.running += 1
            self._show(activity)

    def after_activity(self, actor: Any, task: ActivityTaskContext, outcome: str) -> None:  # noqa: ARG002
        """Count a finished attempt."""
        with self._lock:
            activity = self._activity(task)
            activity.running -= 1
            activity.failures += outcome == "failed"
            if outcome == "completed":
                activity.completed.add(task.activity_id)
            self._show(activity)

    def _activity(self, task: ActivityTaskContext) -> ActivityProgress:
        activity = self.activities[task.activity_type.name]
        activity.scheduled.add(task.activity_id)  # the task may start before `after_decision`
        return activity

    def _show(self, activity: ActivityProgress) -> None:
        if self._bars is not None:
            self._bars.update(activity)
        else:
            self._write_lines()

    def _write_lines(self, at_end: bool = False) -> None:
        """Write the new lines of completed activities.

        :param at_end: whether to write those of the other activities too.
        """
        if self._stream is None:
            return
        for name, activity in self.activities.items():
            line = str(activity)
            is_due = activity.is_complete or (at_end and activity.scheduled)
            if is_due and self._written.get(name) != line:
                self._written[name] = line
                self._stream.write(f"{line}\n")
                self._stream.flush()


class _Bars:
    """The progress bars of activities on a terminal, drawn by `rich`.

    If there are more activities than lines, active ones have precedence, and the last bar sums up
    the activities without a bar.
    """

    def __init__(self, progress: Progress, activities: Iterable[ActivityProgress]) -> None:
        self._progress = progress
        self._bars = {
            activity: progress.add_task(activity.title, total=1, count=activity.count, details="")
            for activity in activities
        }
        self._others = progress.add_task("", total=1, count="", details="", visible=False)
        self._fit()
        progress.start()

    @classmethod
    def start(cls, stream: TextIO, activities: Iterable[ActivityProgress]) -> _Bars | None:
        """Draw the bars; return None if `rich` is not installed."""
        try:
            from rich.console import Console  # an optional dependency
            from rich.progress import BarColumn, Progress, TextColumn
            from rich.table import Column
        except ImportError:
            return None
        console = Console(file=stream)
        width = max(console.width // 3, 5)  # the rest is for the numbers
        title = Column(no_wrap=True, overflow="ellipsis", max_width=width)
        columns = (
            TextColumn("{task.description}", markup=False, table_column=title),
            BarColumn(bar_width=min(width, 28)),
            TextColumn("{task.fields[count]}", markup=False, justify="right"),
            TextColumn("{task.fields[details]}", markup=False),
        )
        progress = Progress(
            *columns,
            console=console,
            redirect_stdout=sys.stdout.isatty(),
            redirect_stderr=sys.stderr.isatty(),
        )
        return cls(progress, activities)

    def update(self, activity: ActivityProgress) -> None:
        """Show the current progress of an activity."""
        self._progress.update(
            self._bars[activity],
            total=len(activity.scheduled) or 1,
            completed=len(activity.completed),
            count=activity.count,
            details=activity.details,
        )
        self._fit()

    def _fit(self) -> None:
        """Show as many bars as the terminal has lines."""
        lines = self._progress.console.height - 1
        if len(self._bars) <= lines:
            return
        by_precedence = sorted(self._bars, key=lambda each: (each.is_complete, not each.scheduled))
        hidden = by_precedence[max(lines - 1, 0) :]
        for activity, bar in self._bars.items():
            self._progress.update(bar, visible=activity not in hidden)
        completed = sum(activity.is_complete for activity in hidden)
        self._progress.update(
            self._others,
            description=f"{len(hidden)} more",
            total=len(hidden),
            completed=completed,
            count=f"{completed}/{len(hidden)}",
            visible=True,
        )

    def stop(self) -> None:
        """Draw the bars a last time, below the output of the tasks."""
        self._fit()
        sys.stdout.flush()  # `rich` redirects these streams and holds incomplete lines back
        sys.stderr.flush()
        self._progress.stop()


def _is_terminal(stream: TextIO) -> bool:
    """Return whether a stream is a terminal with a movable cursor."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"
