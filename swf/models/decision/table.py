"""The 13 decisions and their attributes.

The rows are in the order of the API Reference. The attributes of a row are in the order of the
parameters of a decision's method; their name on the wire is the name in camel case. `alias` is
another name of the parameter.

A decision is a row of `DECISIONS`, an `Action` and a function in the module of its subject, such as
`timer.py`. The local service applies it in `swf/local/decisions.py`.

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
    """An attribute of a decision.

    :param name: its name in snake case.
    :param kind: its field type.
    :param alias: another name of the parameter.
    :param required: whether the service requires it.
    """

    name: str
    kind: FieldType
    alias: str | None = None
    required: bool = False
    wire_name: str = field(init=False)

    @wire_name.default
    def _camel_case(self) -> str:
        first, *rest = self.name.split("_")
        return first + "".join(word.capitalize() for word in rest)


def _required(name: str, kind: FieldType, alias: str | None = None) -> Attribute:
    return Attribute(name, kind, alias, required=True)


def _optional(name: str, kind: FieldType, alias: str | None = None) -> Attribute:
    return Attribute(name, kind, alias)


LABEL: Final = text(ID_LIMIT, minimum=1)  # a signal's, marker's or lambda task's name: any text
CONTROL: Final = _optional("control", DATA)
INPUT: Final = _optional("input", DATA)
RUN_ID: Final = _optional("run_id", text(RUN_ID_LIMIT))
TASK_PRIORITY: Final = _optional("task_priority", fields.PRIORITY)
TAG_LIST: Final = _optional("tag_list", fields.TAG_LIST)
LAMBDA_ROLE: Final = _optional("lambda_role", fields.LAMBDA_ROLE)
CHILD_POLICY: Final = _optional("child_policy", fields.CHILD_POLICY)
EXECUTION_TIMEOUT: Final = _optional(
    "execution_start_to_close_timeout",
    fields.EXECUTION_TIMEOUT,
    "execution_timeout",
)
DECISION_TASK_TIMEOUT: Final = _optional("task_start_to_close_timeout", seconds(), "task_timeout")

DECISIONS: Final[Mapping[str, tuple[Attribute, ...]]] = {
    "ScheduleActivityTask": (
        _required("activity_id", NAME),
        _required("activity_type", TYPE),
        CONTROL,
        _optional("heartbeat_timeout", seconds()),
        INPUT,
        _optional("schedule_to_close_timeout", seconds(), "duration_timeout"),
        _optional("schedule_to_start_timeout", seconds(), "schedule_timeout"),
        _optional("start_to_close_timeout", seconds(), "task_timeout"),
        _optional("task_list", task_list()),
        TASK_PRIORITY,
    ),
    "RequestCancelActivityTask": (_required("activity_id", NAME),),
    "CompleteWorkflowExecution": (_optional("result", DATA),),
    "FailWorkflowExecution": (
        _optional("details", DATA),
        _optional("reason", fields.REASON),
    ),
    "CancelWorkflowExecution": (_optional("details", DATA),),
    "ContinueAsNewWorkflowExecution": (
        CHILD_POLICY,
        EXECUTION_TIMEOUT,
        DECISION_TASK_TIMEOUT,
        INPUT,
        TAG_LIST,
        _optional("task_list", task_list()),
        TASK_PRIORITY,
        _optional("workflow_type_version", fields.VERSION),
        LAMBDA_ROLE,
    ),
    "RecordMarker": (
        _required("marker_name", LABEL, "name"),
        _optional("details", DATA),
    ),
    "StartTimer": (
        _required("timer_id", NAME, "id"),
        _required("start_to_fire_timeout", seconds(unlimited=False)),
        CONTROL,
    ),
    "CancelTimer": (_required("timer_id", NAME, "id"),),
    "SignalExternalWorkflowExecution": (
        _required("signal_name", LABEL),
        _required("workflow_id", LABEL),
        CONTROL,
        INPUT,
        RUN_ID,
    ),
    "RequestCancelExternalWorkflowExecution": (
        _required("workflow_id", LABEL),
        CONTROL,
        RUN_ID,
    ),
    "StartChildWorkflowExecution": (
        _required("workflow_type", TYPE),
        _required("workflow_id", NAME),
        CHILD_POLICY,
        EXECUTION_TIMEOUT,
        DECISION_TASK_TIMEOUT,
        CONTROL,
        INPUT,
        TAG_LIST,
        _optional("task_list", task_list(stripped=True)),
        TASK_PRIORITY,
        LAMBDA_ROLE,
    ),
    "ScheduleLambdaFunction": (
        _required("id", LABEL),
        _required("name", text(64, minimum=1)),
        CONTROL,
        INPUT,
        _optional("start_to_close_timeout", seconds(900, minimum=1, unlimited=False)),
    ),
}

CLOSING: Final = (
    "CompleteWorkflowExecution",
    "FailWorkflowExecution",
    "CancelWorkflowExecution",
    "ContinueAsNewWorkflowExecution",
)
