"""The check of the ids of a custom decider against the history.

A decider with changed ids would start completed work again. The check compares the instances that
begin in a decision task with those that the history contains and the decider did not schedule.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Collection, Iterator
from pathlib import Path
from types import FrameType
from typing import NamedTuple

from swf.exceptions import NonDeterminismError
from swf.flow.flow_state import FlowState
from swf.flow.ids import timer_instance_id
from swf.flow.step import FlowStep

_PACKAGE_DIRECTORY = str(Path(__file__).parent)
#: The part of an instance id between the name of the step and the schedule id.
_INSTANCE = "(1|[0-9a-f]{40})"


class BegunInstance(NamedTuple):
    """An instance, or the expansion of a step, that begins in a decision task.

    :ivar source: File and line of the call of `schedule`.
    """

    step: FlowStep
    schedule_id: str
    id: str
    source: str | None


class RecordedInstance(NamedTuple):
    """An instance, or the expansion of a step, that the history contains.

    :ivar kind: The kind of its step; None if the history does not contain it.
    """

    kind: str | None
    id: str
    event_id: int


def user_line() -> str | None:
    """Return file and line of the code that called this package."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename.startswith(_PACKAGE_DIRECTORY):
        frame = frame.f_back
    return frame and f"{frame.f_code.co_filename}:{frame.f_lineno}"


def verify_ids(
    begun: Collection[BegunInstance], scheduled_ids: Collection[str], flow_state: FlowState
) -> None:
    """Check that the instances that begin do not replace others that the history contains.

    :param begun: the instances that begin in a finished call of the decider.
    :param scheduled_ids: the ids of all instances and expansions of that call.
    :raises NonDeterminismError: a step begins under a new id, and the decider did not schedule an
        instance of it that has begun; or a schedule id begins another step.
    """
    if not begun:
        return
    unscheduled = [each for each in _recorded(flow_state) if each.id not in scheduled_ids]
    for recorded in sorted(unscheduled, key=lambda each: each.event_id):
        for new in begun:
            if _replaces(new, recorded):
                raise NonDeterminismError(
                    repr(recorded.id),
                    repr(new.id),
                    recorded.event_id,
                    new.source,
                    "Schedule the steps of open executions with the same ids as before",
                )


def _replaces(new: BegunInstance, recorded: RecordedInstance) -> bool:
    """Return whether an instance may be a recorded one under another id, or of another step."""
    name, schedule_id = re.escape(str(new.step.name)), re.escape(new.schedule_id)
    if recorded.kind == "expansion":
        return new.step.is_expanded and recorded.id.startswith(f"{new.step.name}-")
    if re.match(f"{name}-{_INSTANCE}-", recorded.id):
        return True
    is_comparable = recorded.kind in ("activity", new.step.kind)
    return is_comparable and re.search(f"-{_INSTANCE}-{schedule_id}$", recorded.id) is not None


def _recorded(flow_state: FlowState) -> Iterator[RecordedInstance]:
    history, predecessor = flow_state.history, flow_state.predecessor
    for by_id in flow_state.states.values():
        for instance_id, state in by_id.items():
            yield RecordedInstance("activity", instance_id, state.first_event_id)
    for timer in history.timers.values():
        if timer_instance_id(str(timer.id)) == timer.id:
            kind = "timer" if timer.text("control") is None else "signal"
            yield RecordedInstance(kind, str(timer.id), timer.attempts[0].opened_event_id or 0)
    for child in history.children.values():
        event_id = child.attempts[0].opened_event_id or 0
        yield RecordedInstance("child flow", child.text("control") or "", event_id)
    for claimant in flow_state.signals.committed_claimants:
        signal = flow_state.signals.claimed_by(claimant)
        yield RecordedInstance("signal", claimant, signal.claimed_event_id if signal else 0)
    inherited = dict.fromkeys(predecessor.steps, 1)
    for key, event_id in {**inherited, **flow_state.expansions.event_ids}.items():
        yield RecordedInstance("expansion", key, event_id)
    for instance_id in (*predecessor.results, *predecessor.failures):
        yield RecordedInstance(None, instance_id, 1)
