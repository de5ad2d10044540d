"""The 13 decisions and their attributes, as the service has them: the one place that knows.

The rows are in the order of the API reference's list of decision types. The attributes of a row are
in the order in which a decision's method takes them, and the name on the wire is the attribute's
name in camel case. `alias` is another name that the method takes for the attribute.

Source: API Reference, Decision.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from attrs import field, frozen

from swf.constants import ID_LIMIT, RUN_ID_LIMIT
from swf.models import fields
from swf.models.decision.attributes import DATA, TYPE, task_list
from swf.models.fields import NAME, FieldType, seconds, text


@frozen
class Attribute:
    """An attribute of a decision: what it is called, what it may be, whether it must be."""

    name: str
    kind: FieldType
    alias: str | None = None
    required: bool = False
    wire_name: str = field(init=False)

    @wire_name.default
    def _camel_case(self) -> str:
        first, *rest = self.name.split("_")
        return first + "".join(word.capitalize() for word in rest)


def _must(name: str, kind: FieldType, alias: str | None = None) -> Attribute:
    return Attribute(name, kind, alias, required=True)


def _may(name: str, kind: FieldType, alias: str | None = None) -> Attribute:
    return Attribute(name, kind, alias)


LABEL: Final = text(ID_LIMIT, minimum=1)  # a signal's, marker's or lambda task's name: any text
CONTROL: Final = _may("control", DATA)
INPUT: Final = _may("input", DATA)
RUN_ID: Final = _may("run_id", text(RUN_ID_LIMIT))
TASK_PRIORITY: Final = _may("task_priority", fields.PRIORITY)
TAG_LIST: Final = _may("tag_list", fields.TAG_LIST)
LAMBDA_ROLE: Final = _may("lambda_role", fields.LAMBDA_ROLE)
CHILD_POLICY: Final = _may("child_policy", fields.CHILD_POLICY)
EXECUTION_TIMEOUT: Final = _may(
    "execution_start_to_close_timeout",
    fields.EXECUTION_TIMEOUT,
    "execution_timeout",
)
DECISION_TASK_TIMEOUT: Final = _may("task_start_to_close_timeout", seconds(), "task_timeout")

DECISIONS: Final[Mapping[str, tuple[Attribute, ...]]] = {
    "ScheduleActivityTask": (
        _must("activity_id", NAME),
        _must("activity_type", TYPE),
        CONTROL,
        _may("heartbeat_timeout", seconds()),
        INPUT,
        _may("schedule_to_close_timeout", seconds(), "duration_timeout"),
        _may("schedule_to_start_timeout", seconds(), "schedule_timeout"),
        _may("start_to_close_timeout", seconds(), "task_timeout"),
        _may("task_list", task_list()),
        TASK_PRIORITY,
    ),
    "RequestCancelActivityTask": (_must("activity_id", NAME),),
    "CompleteWorkflowExecution": (_may("result", DATA),),
    "FailWorkflowExecution": (
        _may("details", DATA),
        _may("reason", fields.REASON),
    ),
    "CancelWorkflowExecution": (_may("details", DATA),),
    "ContinueAsNewWorkflowExecution": (
        CHILD_POLICY,
        EXECUTION_TIMEOUT,
        DECISION_TASK_TIMEOUT,
        INPUT,
        TAG_LIST,
        _may("task_list", task_list()),
        TASK_PRIORITY,
        _may("workflow_type_version", fields.VERSION),
        LAMBDA_ROLE,
    ),
    "RecordMarker": (
        _must("marker_name", LABEL, "name"),
        _may("details", DATA),
    ),
    "StartTimer": (
        _must("timer_id", NAME, "id"),
        _must("start_to_fire_timeout", seconds(unlimited=False)),
        CONTROL,
    ),
    "CancelTimer": (_must("timer_id", NAME, "id"),),
    "SignalExternalWorkflowExecution": (
        _must("signal_name", LABEL),
        _must("workflow_id", LABEL),
        CONTROL,
        INPUT,
        RUN_ID,
    ),
    "RequestCancelExternalWorkflowExecution": (
        _must("workflow_id", LABEL),
        CONTROL,
        RUN_ID,
    ),
    "StartChildWorkflowExecution": (
        _must("workflow_type", TYPE),
        _must("workflow_id", NAME),
        CHILD_POLICY,
        EXECUTION_TIMEOUT,
        DECISION_TASK_TIMEOUT,
        CONTROL,
        INPUT,
        TAG_LIST,
        _may("task_list", task_list(stripped=True)),
        TASK_PRIORITY,
        LAMBDA_ROLE,
    ),
    "ScheduleLambdaFunction": (
        _must("id", LABEL),
        _must("name", text(64, minimum=1)),
        CONTROL,
        INPUT,
        _may("start_to_close_timeout", seconds(900, minimum=1, unlimited=False)),
    ),
}

CLOSING: Final = (
    "CompleteWorkflowExecution",
    "FailWorkflowExecution",
    "CancelWorkflowExecution",
    "ContinueAsNewWorkflowExecution",
)
