"""The order of states: which state of an entity may follow which.

The fold and compiled events use this table. An entity begins in one of its initial states and ends
in a state without successors. States such as `schedule_failed` are decisions that the service
refused.

Source: Developer Guide, "Workflow History"; API Reference, HistoryEvent.
"""

from __future__ import annotations

from swf.models.event.table import EVENT_TYPES

_ACTIVITY_ENDS = ("completed", "failed", "timed_out", "canceled")
_ACTIVITY_CANCEL_REQUESTS = ("cancel_requested", "request_cancel_failed")
_CHILD_ENDS = ("completed", "failed", "timed_out", "canceled", "terminated")
_LAMBDA_ENDS = ("completed", "failed", "timed_out")
_EXECUTION_OPEN = (
    "signaled",
    "cancel_requested",
    "complete_failed",
    "fail_failed",
    "cancel_failed",
    "continue_as_new_failed",
)
_EXECUTION_ENDS = (
    "completed",
    "failed",
    "timed_out",
    "canceled",
    "terminated",
    "continued_as_new",
)

# Entity -> state -> the states that may follow.
TRANSITIONS: dict[str, dict[str, tuple[str, ...]]] = {
    "WorkflowExecution": dict.fromkeys(
        ("started", *_EXECUTION_OPEN), _EXECUTION_OPEN + _EXECUTION_ENDS
    ),
    "DecisionTask": {
        "scheduled": ("started", "timed_out"),
        "started": ("completed", "timed_out"),
    },
    "ActivityTask": {
        "scheduled": ("started", "timed_out", "canceled", *_ACTIVITY_CANCEL_REQUESTS),
        "started": _ACTIVITY_ENDS + _ACTIVITY_CANCEL_REQUESTS,
        "cancel_requested": ("started", *_ACTIVITY_ENDS, *_ACTIVITY_CANCEL_REQUESTS),
        "request_cancel_failed": ("started", *_ACTIVITY_ENDS, *_ACTIVITY_CANCEL_REQUESTS),
    },
    "Timer": {
        "started": ("fired", "canceled", "cancel_failed"),
        "cancel_failed": ("fired", "canceled", "cancel_failed"),
    },
    "ChildWorkflowExecution": {
        "start_initiated": ("started", "start_failed"),
        "started": _CHILD_ENDS,
    },
    "ExternalWorkflowExecution": {
        "signal_initiated": ("signaled", "signal_failed"),
        "request_cancel_initiated": ("cancel_requested", "request_cancel_failed"),
    },
    "LambdaFunction": {
        "scheduled": ("started", "start_failed"),
        "started": _LAMBDA_ENDS,
    },
    "Marker": {},
}

# Entity -> the states in which it may begin, the usual one first. A refused decision begins an
# attempt, and so does the failure of a child, signal or cancellation that was never initiated.
INITIAL_STATES: dict[str, tuple[str, ...]] = {
    "WorkflowExecution": ("started",),
    "DecisionTask": ("scheduled",),
    "ActivityTask": ("scheduled", "schedule_failed", "request_cancel_failed"),
    "Timer": ("started", "start_failed", "cancel_failed"),
    "ChildWorkflowExecution": ("start_initiated", "start_failed"),
    "ExternalWorkflowExecution": (
        "signal_initiated",
        "request_cancel_initiated",
        "signal_failed",
        "request_cancel_failed",
    ),
    "LambdaFunction": ("scheduled", "schedule_failed"),
    "Marker": ("recorded", "record_failed"),
}

# Entity -> all its states, in the order of the table of event types.
STATES: dict[str, tuple[str, ...]] = {
    entity: tuple(kind.state for kind in EVENT_TYPES.values() if kind.entity == entity)
    for entity in TRANSITIONS
}


def next_states(entity: str, state: str) -> tuple[str, ...]:
    """Return the states that may follow; none after the last state or for an unknown entity.

    :param entity: the entity, e.g. `"Timer"`.
    :param state: its current state.
    """
    return TRANSITIONS.get(entity, {}).get(state, ())
