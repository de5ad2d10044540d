"""Takeover: executions that simpleflow began go on here.

simpleflow gave ids of its own to what the code asked for: `activity-<name>-1`, and so on, counted
in the order in which it came to them. What the code asks for now is taken for the same if kind,
name and input are, and goes on under that id. Within one decision simpleflow's order was that of
the code, and ours is that of the events; so there the order does not matter.
"""

from __future__ import annotations

import re
from typing import Final

from swf import payload
from swf.dataflow.arguments import decode_call
from swf.models.decision import WAKE_UP_TIMER_ID
from swf.models.history import History
from swf.payload import Codec

_WAKE_UP_TIMER_ID: Final = "_simpleflow_wake_up_timer"
#: The timers by which a decider wakes itself up when a decision had no room for more.
WAKE_UP_TIMERS: Final = frozenset((WAKE_UP_TIMER_ID, _WAKE_UP_TIMER_ID))

_CHILD: Final = re.compile(r"workflow-.+--[0-9a-f]{1,8}--")
_RETRY_TIMER: Final = "__simpleflow_task_"
#: How much of an id simpleflow kept that was too long; a digest followed.
_KEPT: Final = 223


def is_simpleflow_execution(history: History) -> bool:
    """Return whether simpleflow began an execution."""
    activity = next(iter(history.activities.values()), None)
    child = next(iter(history.children.values()), None)
    return (
        '"__extra":' in (history.execution.text("input") or "")
        or _WAKE_UP_TIMER_ID in history.timers
        or (activity is not None and is_activity(str(activity.id), str(activity.name)))
        or (child is not None and _CHILD.match(str(child.id)) is not None)
    )


def is_activity(activity_id: str, name: str) -> bool:
    """Return whether simpleflow gave this id to an activity of a name."""
    return activity_id.startswith(f"activity-{name}-"[:_KEPT])


def is_child(workflow_id: str, name: str) -> bool:
    """Return whether simpleflow gave this id to a child of a workflow of a name."""
    return workflow_id.startswith(f"workflow-{name}-"[:_KEPT])


def is_call(recorded: str | None, said: str | None, codec: Codec) -> bool:
    """Return whether an input holds the same arguments, whatever simpleflow added to them."""
    return decode_call(payload.decode(recorded, codec)) == decode_call(payload.decode(said, codec))


def is_retry(timer_id: str, retry_id: str) -> bool:
    """Return whether a timer of simpleflow is the pause before a further attempt."""
    task_id = timer_id.removeprefix(_RETRY_TIMER)
    return task_id != timer_id and retry_id.startswith(f"{task_id}.retry-")
