"""Adoption of executions that simpleflow started.

simpleflow generated ids such as `activity-<name>-1`, counted in the order in which its executor
reached the tasks. A command matches a recorded decision of simpleflow if kind, name and input are
equal; it then gets the recorded id. The order of commands within one decision is not compared,
because simpleflow's order differs.

The payloads and activity ids of such an execution have simpleflow's format, so that workers and
deciders of simpleflow can read them. The id tells a worker to use that format.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from swf import payload
from swf.codecs import SIMPLEFLOW_JSON, SimpleflowJSON
from swf.codecs.typed import JUMBO_PREFIX
from swf.constants import DATA_LIMIT, PAUSE_TIMER_ID, WAKE_UP_TIMER_ID
from swf.dataflow.arguments import decode_call
from swf.models.history import History
from swf.payload import Codec

_WAKE_UP_TIMER_ID: Final = "_simpleflow_wake_up_timer"
#: Timers that a decider starts when a decision has no room for all commands.
WAKE_UP_TIMERS: Final = frozenset((WAKE_UP_TIMER_ID, _WAKE_UP_TIMER_ID))
#: Timers that no command of a workflow starts.
ENGINE_TIMERS: Final = WAKE_UP_TIMERS | {PAUSE_TIMER_ID}

_CHILD_ID: Final = re.compile(r"workflow-.+--[0-9a-f]{1,8}--")
_RETRY_TIMER_PREFIX: Final = "__simpleflow_task_"
#: simpleflow cut longer ids to this length and added a digest.
_ID_PREFIX_LIMIT: Final = 223


def is_simpleflow_execution(history: History) -> bool:
    """Return whether simpleflow started an execution."""
    activity_id, child_id = (str(next(iter(e), "")) for e in (history.activities, history.children))
    text = history.execution.text("input") or ""
    return (
        '"__extra":' in text
        or text.startswith(JUMBO_PREFIX)
        or _WAKE_UP_TIMER_ID in history.timers
        or _CHILD_ID.match(child_id) is not None
        # Most ids differ in the prefix already, so that the name need not be decoded.
        or (
            activity_id.startswith("activity-")
            and is_activity_id(activity_id, str(history.activities[activity_id].name))
        )
    )


def is_activity_id(activity_id: str, name: str) -> bool:
    """Return whether simpleflow generates this id for an activity of the given name."""
    return activity_id.startswith(f"activity-{name}-"[:_ID_PREFIX_LIMIT])


def is_child_id(workflow_id: str, name: str) -> bool:
    """Return whether simpleflow generates this id for a child workflow of the given name."""
    return workflow_id.startswith(f"workflow-{name}-"[:_ID_PREFIX_LIMIT])


def default_codec(codec: Codec) -> Codec:
    """Return the codec for executions that simpleflow started.

    :param codec: The codec of all other executions.
    """
    return codec if isinstance(codec, SimpleflowJSON) else SIMPLEFLOW_JSON


def add_class(call: dict[str, Any], path: str) -> dict[str, Any]:
    """Return the input of a child or next run that is recognized as an execution of simpleflow.

    :param call: The arguments.
    :param path: Module and name of the workflow class.
    """
    return {**call, "__extra": {"class": path}}


def is_same_call(
    recorded: str | None, expected: str | None, codec: Codec, call: Any = None
) -> bool:
    """Return whether two inputs hold the same arguments; simpleflow's inputs have extra members.

    :param recorded: The input in the history.
    :param expected: The input of the command.
    :param call: The value of `expected` before it was encoded. simpleflow writes sets in any order.
    """
    recorded_call = decode_call(payload.decode(recorded, codec))
    if recorded_call == decode_call(payload.decode(expected, codec)):
        return True
    return call is not None and _is_written(list(recorded_call), list(decode_call(call)))


def _is_written(recorded: Any, value: Any) -> bool:
    """Return whether simpleflow may have written a value as the recorded JSON value."""
    if isinstance(value, Mapping) and isinstance(recorded, dict):
        members = {_normalize({key: 0}): member for key, member in value.items()}
        recorded_members = {_normalize({key: 0}): member for key, member in recorded.items()}
        return members.keys() == recorded_members.keys() and all(
            _is_written(recorded_members[key], member) for key, member in members.items()
        )
    if isinstance(value, (set, frozenset)) and isinstance(recorded, list):
        return sorted(map(_normalize, recorded)) == sorted(map(_normalize, value))
    if isinstance(value, (list, tuple)) and isinstance(recorded, list):
        return len(value) == len(recorded) and all(map(_is_written, recorded, value))
    return _normalize(recorded) == _normalize(value)


def _normalize(value: Any) -> str:
    return SIMPLEFLOW_JSON.encode(value, "input")


def failure_details(error: BaseException, details: str) -> str:
    """Return the JSON with which workers of simpleflow fail an activity.

    :param error: The exception of the activity.
    :param details: The text of its traceback.
    """
    kind = type(error)
    is_builtin = kind.__module__ in ("__main__", "builtins")
    length = DATA_LIMIT
    while True:
        fields = {
            "error": kind.__name__,
            "error_type": kind.__name__ if is_builtin else f"{kind.__module__}.{kind.__name__}",
            "message": payload.cut(str(error), length),
            "traceback": payload.cut(details, length).splitlines(keepends=True),
        }
        text = SIMPLEFLOW_JSON.encode(fields, "details")
        if len(text) <= DATA_LIMIT:
            return text
        length //= 2


def is_retry_timer(timer_id: str, retry_id: str) -> bool:
    """Return whether a timer of simpleflow delays the retry that has this id here.

    :param timer_id: The id of the timer in the history.
    :param retry_id: The id of the timer that this engine would start.
    """
    task_id = timer_id.removeprefix(_RETRY_TIMER_PREFIX)
    return task_id != timer_id and retry_id.startswith(f"{task_id}.retry-")
