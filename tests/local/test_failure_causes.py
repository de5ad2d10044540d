"""Every failure cause of the service model occurs.

The causes in `UNRULED` have no rule in the engine; they come from `State.refuse`.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import botocore.session
import pytest

from swf.local import limits

ORDER = {"name": "order", "version": "1"}
SECOND = {"name": "order", "version": "2"}
UNKNOWN = {"name": "order", "version": "9"}
CHARGE = {"name": "charge", "version": "1"}
CHARGE_2 = {"name": "charge", "version": "2"}

WORKFLOW_DEFAULTS = {
    "defaultTaskList": {"name": "list"},
    "defaultChildPolicy": "TERMINATE",
    "defaultTaskStartToCloseTimeout": "NONE",
    "defaultExecutionStartToCloseTimeout": "86400",
}
ACTIVITY_DEFAULTS = {
    "defaultTaskList": {"name": "list"},
    "defaultTaskScheduleToStartTimeout": "NONE",
    "defaultTaskScheduleToCloseTimeout": "NONE",
    "defaultTaskStartToCloseTimeout": "NONE",
    "defaultTaskHeartbeatTimeout": "NONE",
}

Decisions = list[tuple[str, dict[str, Any]]]


class Case(NamedTuple):
    """The decisions that lead to a cause, with the preparation of the engine."""

    decisions: Decisions
    before: Callable[[Any], object] = lambda engine: None
    limit: str | None = None
    """The bound that is lowered to 1."""
    rate: str | None = None
    """The kind of decision whose bucket holds one token only."""
    meanwhile: Callable[[Any], object] = lambda engine: None
    """What happens while the decider decides."""


def activity(activity_id="a", activity_type=CHARGE):
    return "ScheduleActivityTask", {"activityId": activity_id, "activityType": activity_type}


def timer(timer_id="t"):
    return "StartTimer", {"timerId": timer_id, "startToFireTimeout": "9"}


def child(workflow_id="child", workflow_type=ORDER):
    attributes = {"workflowId": workflow_id, "workflowType": workflow_type}
    return "StartChildWorkflowExecution", attributes


def function(function_id="f"):
    return "ScheduleLambdaFunction", {"id": function_id, "name": "f"}


CONTINUE = ("ContinueAsNewWorkflowExecution", {"workflowTypeVersion": "2"})


def signal(workflow_id="nobody"):
    return "SignalExternalWorkflowExecution", {"workflowId": workflow_id, "signalName": "s"}


def cancel(workflow_id="nobody"):
    return "RequestCancelExternalWorkflowExecution", {"workflowId": workflow_id}


def deprecate_activity(engine):
    engine.call("DeprecateActivityType", domain="d", activityType=CHARGE)


def second_workflow(missing=None):
    """Register version 2 of the workflow type without one of its defaults."""
    settings = {name: value for name, value in WORKFLOW_DEFAULTS.items() if name != missing}
    return lambda engine: engine.call("RegisterWorkflowType", domain="d", **SECOND, **settings)


def deprecated_workflow(engine):
    second_workflow()(engine)
    engine.call("DeprecateWorkflowType", domain="d", workflowType=SECOND)


def second_activity(missing):
    settings = {name: value for name, value in ACTIVITY_DEFAULTS.items() if name != missing}
    return lambda engine: engine.call("RegisterActivityType", domain="d", **CHARGE_2, **settings)


def closing(decision):
    return Case([(decision, {})], meanwhile=lambda engine: engine.signal())


CASES = {
    ("CompleteWorkflowExecutionFailed", "UNHANDLED_DECISION"): closing("CompleteWorkflowExecution"),
    ("FailWorkflowExecutionFailed", "UNHANDLED_DECISION"): closing("FailWorkflowExecution"),
    ("CancelWorkflowExecutionFailed", "UNHANDLED_DECISION"): closing("CancelWorkflowExecution"),
    ("ContinueAsNewWorkflowExecutionFailed", "UNHANDLED_DECISION"): closing(
        "ContinueAsNewWorkflowExecution"
    ),
    ("ContinueAsNewWorkflowExecutionFailed", "WORKFLOW_TYPE_DOES_NOT_EXIST"): Case([CONTINUE]),
    ("ContinueAsNewWorkflowExecutionFailed", "WORKFLOW_TYPE_DEPRECATED"): Case(
        [CONTINUE], before=deprecated_workflow
    ),
    ("StartChildWorkflowExecutionFailed", "WORKFLOW_TYPE_DOES_NOT_EXIST"): Case(
        [child(workflow_type=UNKNOWN)]
    ),
    ("StartChildWorkflowExecutionFailed", "WORKFLOW_TYPE_DEPRECATED"): Case(
        [child(workflow_type=SECOND)], before=deprecated_workflow
    ),
    **{
        (event, cause): Case([decision], before=second_workflow(missing))
        for event, decision in (
            ("ContinueAsNewWorkflowExecutionFailed", CONTINUE),
            ("StartChildWorkflowExecutionFailed", child(workflow_type=SECOND)),
        )
        for cause, missing in (
            (
                "DEFAULT_EXECUTION_START_TO_CLOSE_TIMEOUT_UNDEFINED",
                "defaultExecutionStartToCloseTimeout",
            ),
            ("DEFAULT_TASK_LIST_UNDEFINED", "defaultTaskList"),
            ("DEFAULT_TASK_START_TO_CLOSE_TIMEOUT_UNDEFINED", "defaultTaskStartToCloseTimeout"),
            ("DEFAULT_CHILD_POLICY_UNDEFINED", "defaultChildPolicy"),
        )
    },
    ("StartChildWorkflowExecutionFailed", "WORKFLOW_ALREADY_RUNNING"): Case([child("w")]),
    ("StartChildWorkflowExecutionFailed", "OPEN_CHILDREN_LIMIT_EXCEEDED"): Case(
        [child("one"), child("two")], limit="OPEN_CHILDREN"
    ),
    ("StartChildWorkflowExecutionFailed", "OPEN_WORKFLOWS_LIMIT_EXCEEDED"): Case(
        [child()], limit="OPEN_EXECUTIONS_PER_DOMAIN"
    ),
    ("StartChildWorkflowExecutionFailed", "CHILD_CREATION_RATE_EXCEEDED"): Case(
        [child("one"), child("two")], rate="StartChildWorkflowExecution"
    ),
    ("ScheduleActivityTaskFailed", "ACTIVITY_TYPE_DOES_NOT_EXIST"): Case(
        [activity(activity_type=CHARGE_2)]
    ),
    ("ScheduleActivityTaskFailed", "ACTIVITY_TYPE_DEPRECATED"): Case(
        [activity()], before=deprecate_activity
    ),
    ("ScheduleActivityTaskFailed", "ACTIVITY_ID_ALREADY_IN_USE"): Case([activity(), activity()]),
    ("ScheduleActivityTaskFailed", "OPEN_ACTIVITIES_LIMIT_EXCEEDED"): Case(
        [activity("one"), activity("two")], limit="OPEN_ACTIVITIES"
    ),
    ("ScheduleActivityTaskFailed", "ACTIVITY_CREATION_RATE_EXCEEDED"): Case(
        [activity("one"), activity("two")], rate="ScheduleActivityTask"
    ),
    **{
        ("ScheduleActivityTaskFailed", cause): Case(
            [activity(activity_type=CHARGE_2)], before=second_activity(missing)
        )
        for cause, missing in (
            ("DEFAULT_TASK_LIST_UNDEFINED", "defaultTaskList"),
            ("DEFAULT_SCHEDULE_TO_START_TIMEOUT_UNDEFINED", "defaultTaskScheduleToStartTimeout"),
            ("DEFAULT_SCHEDULE_TO_CLOSE_TIMEOUT_UNDEFINED", "defaultTaskScheduleToCloseTimeout"),
            ("DEFAULT_START_TO_CLOSE_TIMEOUT_UNDEFINED", "defaultTaskStartToCloseTimeout"),
            ("DEFAULT_HEARTBEAT_TIMEOUT_UNDEFINED", "defaultTaskHeartbeatTimeout"),
        )
    },
    ("RequestCancelActivityTaskFailed", "ACTIVITY_ID_UNKNOWN"): Case(
        [("RequestCancelActivityTask", {"activityId": "a"})]
    ),
    ("StartTimerFailed", "TIMER_ID_ALREADY_IN_USE"): Case([timer(), timer()]),
    ("StartTimerFailed", "OPEN_TIMERS_LIMIT_EXCEEDED"): Case(
        [timer("one"), timer("two")], limit="OPEN_TIMERS"
    ),
    ("StartTimerFailed", "TIMER_CREATION_RATE_EXCEEDED"): Case(
        [timer("one"), timer("two")], rate="StartTimer"
    ),
    ("CancelTimerFailed", "TIMER_ID_UNKNOWN"): Case([("CancelTimer", {"timerId": "t"})]),
    ("SignalExternalWorkflowExecutionFailed", "UNKNOWN_EXTERNAL_WORKFLOW_EXECUTION"): Case(
        [signal()]
    ),
    (
        "SignalExternalWorkflowExecutionFailed",
        "SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_RATE_EXCEEDED",
    ): Case([signal("w"), signal("w")], rate="SignalExternalWorkflowExecution"),
    ("RequestCancelExternalWorkflowExecutionFailed", "UNKNOWN_EXTERNAL_WORKFLOW_EXECUTION"): Case(
        [cancel()]
    ),
    (
        "RequestCancelExternalWorkflowExecutionFailed",
        "REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_RATE_EXCEEDED",
    ): Case([cancel("w"), cancel("w")], rate="RequestCancelExternalWorkflowExecution"),
    ("ScheduleLambdaFunctionFailed", "ID_ALREADY_IN_USE"): Case([function(), function()]),
    ("ScheduleLambdaFunctionFailed", "OPEN_LAMBDA_FUNCTIONS_LIMIT_EXCEEDED"): Case(
        [function("one"), function("two")], limit="OPEN_LAMBDAS"
    ),
    ("StartLambdaFunctionFailed", "ASSUME_ROLE_FAILED"): Case([function()]),
}

DECISION_OF = {
    "ScheduleActivityTaskFailed": activity(),
    "RequestCancelActivityTaskFailed": ("RequestCancelActivityTask", {"activityId": "a"}),
    "CompleteWorkflowExecutionFailed": ("CompleteWorkflowExecution", {}),
    "FailWorkflowExecutionFailed": ("FailWorkflowExecution", {}),
    "CancelWorkflowExecutionFailed": ("CancelWorkflowExecution", {}),
    "ContinueAsNewWorkflowExecutionFailed": ("ContinueAsNewWorkflowExecution", {}),
    "RecordMarkerFailed": ("RecordMarker", {"markerName": "m"}),
    "StartTimerFailed": timer(),
    "CancelTimerFailed": ("CancelTimer", {"timerId": "t"}),
    "SignalExternalWorkflowExecutionFailed": signal(),
    "RequestCancelExternalWorkflowExecutionFailed": cancel(),
    "StartChildWorkflowExecutionFailed": child(),
    "ScheduleLambdaFunctionFailed": function(),
}

UNRULED = {
    *((event, "OPERATION_NOT_PERMITTED") for event in DECISION_OF if "Lambda" not in event),
    (
        "ContinueAsNewWorkflowExecutionFailed",
        "CONTINUE_AS_NEW_WORKFLOW_EXECUTION_RATE_EXCEEDED",
    ),
    ("ScheduleLambdaFunctionFailed", "LAMBDA_FUNCTION_CREATION_RATE_EXCEEDED"),
    ("ScheduleLambdaFunctionFailed", "LAMBDA_SERVICE_NOT_AVAILABLE_IN_REGION"),
}


def causes_of_the_model():
    """Return every event of a failure with each of its causes."""
    model = botocore.session.get_session().get_service_model("swf")
    suffix = "EventAttributes"
    return [
        (name.removesuffix(suffix), cause)
        for name in model.shape_names
        if name.endswith(f"Failed{suffix}") and "cause" in model.shape_for(name).members
        for cause in model.shape_for(name).members["cause"].enum
    ]


def test_every_cause_of_the_model_has_a_case():
    assert sorted([*CASES, *UNRULED]) == sorted(causes_of_the_model())


@pytest.mark.parametrize(("event", "cause"), CASES)
def test_every_cause_can_occur(make_engine, monkeypatch, event, cause):
    case = CASES[event, cause]
    engine = make_engine(limits="strict").register()
    case.before(engine)
    if case.limit:
        monkeypatch.setattr(limits, case.limit, 1)
    if case.rate:
        monkeypatch.setitem(limits.DECISION_RATES, case.rate, (1, 1))
    engine.start(**({"lambdaRole": "any"} if event.startswith("Schedule") else {}))
    task = engine.poll()
    case.meanwhile(engine)

    engine.complete(task["taskToken"], *case.decisions)

    assert [each["cause"] for each in attributes_of(engine, event)] == [cause]
    assert engine.run().queued_decision_task is not None


@pytest.mark.parametrize(("event", "cause"), sorted(UNRULED))
def test_cause_without_a_rule_can_be_injected(engine, event, cause):
    engine.start()
    engine.state.refuse = lambda kind, attributes: cause

    engine.decide(DECISION_OF[event])

    assert [each["cause"] for each in attributes_of(engine, event)] == [cause]
    assert engine.run().queued_decision_task is not None


def attributes_of(engine, event):
    member = f"{event[0].lower()}{event[1:]}EventAttributes"
    return [each[member] for each in engine.events(of=event)]
