"""Building, validating and displaying decisions."""

import copy
import inspect
import json
import pickle

import pytest

from swf.exceptions import InvalidKeywordArgumentError, ValidationError
from swf.models import decision as decisions
from swf.models.decision import (
    ActivityTaskDecision,
    ChildWorkflowExecutionDecision,
    Decision,
    ExternalWorkflowExecutionDecision,
    LambdaFunctionDecision,
    MarkerDecision,
    TimerDecision,
    WorkflowExecutionDecision,
)
from swf.models.decision.table import DECISIONS

CHARGE = ("charge", "1.0")
CHARGE_WIRE = {"name": "charge", "version": "1.0"}


# A decision by its class, the same by its function, and its wire dictionary.
THE_13 = {
    "ScheduleActivityTask": (
        ActivityTaskDecision(
            "schedule",
            activity_id="a",
            activity_type=CHARGE,
            control={"try": 1},
            heartbeat_timeout=0,
            input="",
            duration_timeout="NONE",
            schedule_timeout=10,
            task_timeout="300",
            task_list="fast",
            task_priority=-1,
        ),
        decisions.schedule_activity_task(
            "a",
            CHARGE,
            control={"try": 1},
            heartbeat_timeout=0,
            input="",
            schedule_to_close_timeout="NONE",
            schedule_to_start_timeout=10,
            start_to_close_timeout=300,
            task_list="fast",
            task_priority=-1,
        ),
        {
            "activityId": "a",
            "activityType": CHARGE_WIRE,
            "control": '{"try":1}',
            "heartbeatTimeout": "0",
            "input": "",
            "scheduleToCloseTimeout": "NONE",
            "scheduleToStartTimeout": "10",
            "startToCloseTimeout": "300",
            "taskList": {"name": "fast"},
            "taskPriority": "-1",
        },
    ),
    "RequestCancelActivityTask": (
        ActivityTaskDecision("request_cancel", activity_id="a"),
        decisions.request_cancel_activity_task("a"),
        {"activityId": "a"},
    ),
    "CompleteWorkflowExecution": (
        WorkflowExecutionDecision("complete", result=[1]),
        decisions.complete_workflow_execution([1]),
        {"result": "[1]"},
    ),
    "FailWorkflowExecution": (
        WorkflowExecutionDecision("fail", "Traceback", "boom"),
        decisions.fail_workflow_execution("boom", "Traceback"),
        {"reason": "boom", "details": "Traceback"},
    ),
    "CancelWorkflowExecution": (
        WorkflowExecutionDecision("cancel", details="asked to"),
        decisions.cancel_workflow_execution("asked to"),
        {"details": "asked to"},
    ),
    "ContinueAsNewWorkflowExecution": (
        WorkflowExecutionDecision(
            "continue_as_new",
            child_policy="ABANDON",
            execution_timeout=3600,
            task_timeout="NONE",
            input={},
            tag_list=("a", ""),
            task_list="fast",
            task_priority=2,
            workflow_type_version="2.0",
            lambda_role="arn:aws:iam::1:role/r",
        ),
        decisions.continue_as_new_workflow_execution(
            child_policy="ABANDON",
            execution_start_to_close_timeout=3600,
            task_start_to_close_timeout="NONE",
            input={},
            tag_list=["a", ""],
            task_list="fast",
            task_priority=2,
            workflow_type_version="2.0",
            lambda_role="arn:aws:iam::1:role/r",
        ),
        {
            "childPolicy": "ABANDON",
            "executionStartToCloseTimeout": "3600",
            "input": "{}",
            "lambdaRole": "arn:aws:iam::1:role/r",
            "tagList": ["a", ""],
            "taskList": {"name": "fast"},
            "taskPriority": "2",
            "taskStartToCloseTimeout": "NONE",
            "workflowTypeVersion": "2.0",
        },
    ),
    "RecordMarker": (
        MarkerDecision("record", name="step: 1/2", details=0),
        decisions.record_marker("step: 1/2", details=0),
        {"markerName": "step: 1/2", "details": "0"},
    ),
    "StartTimer": (
        TimerDecision("start", id="t", start_to_fire_timeout=0),
        decisions.start_timer("t", 0),
        {"timerId": "t", "startToFireTimeout": "0"},
    ),
    "CancelTimer": (
        TimerDecision("cancel", id="t"),
        decisions.cancel_timer("t"),
        {"timerId": "t"},
    ),
    "SignalExternalWorkflowExecution": (
        ExternalWorkflowExecutionDecision("signal", "go: now", "w", {"c": 1}, False, "r"),
        decisions.signal_external_workflow_execution(
            "w", "go: now", control={"c": 1}, input=False, run_id="r"
        ),
        {
            "signalName": "go: now",
            "workflowId": "w",
            "control": '{"c":1}',
            "input": "false",
            "runId": "r",
        },
    ),
    "RequestCancelExternalWorkflowExecution": (
        ExternalWorkflowExecutionDecision("request_cancel", "w", "because", "r"),
        decisions.request_cancel_external_workflow_execution("w", control="because", run_id="r"),
        {"workflowId": "w", "control": "because", "runId": "r"},
    ),
    "StartChildWorkflowExecution": (
        ChildWorkflowExecutionDecision(
            "start",
            CHARGE,
            "w",
            "TERMINATE",
            "300",
            "60",
            control="c",
            input=None,
            tag_list=[],
            task_list="fast",
        ),
        decisions.start_child_workflow_execution(
            "w",
            CHARGE,
            child_policy="TERMINATE",
            execution_start_to_close_timeout=300,
            task_start_to_close_timeout=60,
            control="c",
            tag_list=[],
            task_list="fast",
        ),
        {
            "workflowType": CHARGE_WIRE,
            "workflowId": "w",
            "childPolicy": "TERMINATE",
            "executionStartToCloseTimeout": "300",
            "taskStartToCloseTimeout": "60",
            "control": "c",
            "tagList": [],
            "taskList": {"name": "fast"},
        },
    ),
    "ScheduleLambdaFunction": (
        LambdaFunctionDecision("schedule", id="l", name="resize", start_to_close_timeout=900),
        decisions.schedule_lambda_function("l", "resize", start_to_close_timeout=900),
        {"id": "l", "name": "resize", "startToCloseTimeout": "900"},
    ),
}


ROWS = pytest.mark.parametrize(
    ("decision", "same", "members"), list(THE_13.values()), ids=list(THE_13)
)


def schedule(**attributes):
    return ActivityTaskDecision("schedule", activity_id="a", activity_type=CHARGE, **attributes)


def start_child(**attributes):
    return ChildWorkflowExecutionDecision(
        "start", workflow_type=CHARGE, workflow_id="w", **attributes
    )


def test_cases_cover_every_decision():
    assert set(THE_13) == set(DECISIONS)


@ROWS
def test_decision_is_its_wire_dictionary(decision, same, members):
    key = decision.type[0].lower() + decision.type[1:] + "DecisionAttributes"

    assert decision.to_wire() == {"decisionType": decision.type, key: members}
    assert json.loads(json.dumps(decision)) == decision.to_wire()
    assert decision.attributes == members


@ROWS
def test_class_and_function_give_the_same_decision(decision, same, members):
    assert same == decision
    assert type(same) is type(decision)


@ROWS
def test_decision_is_read_back_from_the_wire(decision, same, members):
    back = Decision.from_wire(json.loads(json.dumps(decision.to_wire())))

    assert back == decision
    assert type(back) is type(decision)


@ROWS
def test_repr_of_a_decision_evaluates_to_it(decision, same, members):
    assert eval(repr(decision), vars(decisions)) == decision


@ROWS
def test_decision_can_be_copied_and_pickled(decision, same, members):
    for twin in (
        copy.copy(decision),
        copy.deepcopy(decision),
        pickle.loads(pickle.dumps(decision)),
    ):
        assert twin == decision
        assert repr(twin) == repr(decision)


def test_repr_of_a_decision_has_its_arguments():
    decision = schedule(input={"amount": 3}, start_to_close_timeout="30", task_list="fast")

    assert repr(decision) == (
        "ActivityTaskDecision('schedule', activity_id='a', activity_type=('charge', '1.0'), "
        "input='{\"amount\":3}', start_to_close_timeout=30, task_list='fast')"
    )


def test_method_of_an_instance_builds_a_decision():
    decision = TimerDecision()

    returned = decision.start("t", 60)

    assert returned is decision
    assert decision == TimerDecision("start", id="t", start_to_fire_timeout=60)


def test_second_action_replaces_the_first():
    decision = TimerDecision("start", "t", 60).cancel("t")

    assert decision == TimerDecision("cancel", "t")


def test_failed_action_does_not_change_the_decision():
    decision = TimerDecision("start", "t", 60)

    with pytest.raises(ValidationError):
        decision.start("t", -1)

    assert decision == TimerDecision("start", "t", 60)


def test_decision_without_an_action_cannot_be_sent():
    with pytest.raises(ValidationError, match="decisionType"):
        TimerDecision().to_wire()

    assert repr(TimerDecision()) == "TimerDecision()"
    assert TimerDecision().type is None


def test_decisions_that_differ_are_not_equal():
    assert TimerDecision("cancel", "t") != TimerDecision("cancel", "u")


@pytest.mark.parametrize("action", ["complete", "fail", "cancel", "continue_as_new"])
def test_closing_decisions_are_closing(action):
    assert WorkflowExecutionDecision(action).is_closing


def test_other_decisions_are_not_closing():
    assert not TimerDecision("cancel", "t").is_closing


@pytest.mark.parametrize(
    "terminate",
    [
        lambda: WorkflowExecutionDecision("terminate", reason="r", details="d"),
        lambda: WorkflowExecutionDecision().terminate(reason="r", details="d"),
    ],
)
def test_terminate_is_not_a_decision(terminate):
    with pytest.raises(ValidationError, match="no such decision"):
        terminate()


@pytest.mark.parametrize("action", ["stop", "update", "to_wire", ""])
def test_unknown_action_is_refused_with_those_that_exist(action):
    with pytest.raises(ValidationError, match="must be one of cancel, start"):
        TimerDecision(action)


def test_unknown_argument_is_refused_with_those_that_exist():
    with pytest.raises(InvalidKeywordArgumentError, match="control, id, start_to_fire_timeout"):
        TimerDecision("start", timer="t")


def test_attribute_cannot_have_two_names():
    with pytest.raises(InvalidKeywordArgumentError, match="given twice"):
        schedule(duration_timeout=1, schedule_to_close_timeout=1)


def test_too_many_arguments_are_refused():
    with pytest.raises(TypeError, match="at most"):
        TimerDecision("cancel", "t", 60)


def test_help_shows_the_arguments_of_an_action():
    assert str(inspect.signature(TimerDecision().start)) == (
        "(timer_id, start_to_fire_timeout, control=None)"
    )


def test_none_is_not_sent():
    decision = schedule(input=None, task_list=None, task_timeout=None)

    assert decision.attributes.keys() == {"activityId", "activityType"}


def test_completion_without_a_result_sends_none():
    assert WorkflowExecutionDecision("complete", None).attributes == {}


def test_error_names_the_argument_of_the_caller():
    with pytest.raises(ValidationError) as refused:
        schedule(duration_timeout=-1)

    assert refused.value.field == "duration_timeout"


@pytest.mark.parametrize(
    "wire",
    [
        {},
        {"decisionType": "StopTimer"},
        {"decisionType": "StartTimer"},
        {"decisionType": "CancelTimer", "cancelTimerDecisionAttributes": {"timer_id": "t"}},
        {
            "decisionType": "CancelTimer",
            "cancelTimerDecisionAttributes": {"timerId": "t"},
            "startTimerDecisionAttributes": {"timerId": "t", "startToFireTimeout": "1"},
        },
    ],
)
def test_invalid_wire_decision_is_refused(wire):
    with pytest.raises(ValidationError):
        Decision.from_wire(wire)


def test_attributes_without_required_ones_may_be_missing():
    decision = Decision.from_wire({"decisionType": "CompleteWorkflowExecution"})

    assert decision == WorkflowExecutionDecision("complete")


def test_attributes_can_be_changed_by_their_names_on_the_wire():
    decision = TimerDecision("start", "t", 60)

    decision.update_attributes({"startToFireTimeout": "0", "control": None})

    assert decision == TimerDecision("start", "t", 0)


def test_change_that_breaks_a_rule_is_refused():
    decision = TimerDecision("start", "t", 60)

    with pytest.raises(ValidationError, match="startToFireTimeout"):
        decision.update_attributes({"startToFireTimeout": "soon"})

    assert decision == TimerDecision("start", "t", 60)


def test_decision_without_an_action_cannot_change_attributes():
    with pytest.raises(ValidationError, match="decisionType"):
        TimerDecision().update_attributes({"timerId": "t"})


def test_changed_invalid_decision_is_not_sent():
    decision = TimerDecision("start", "t", 60)
    decision["startTimerDecisionAttributes"]["startToFireTimeout"] = "-1"

    with pytest.raises(ValidationError, match="startToFireTimeout"):
        decision.validate()


def test_wire_is_a_copy():
    decision = start_child(tag_list=["a"])

    decision.to_wire()["startChildWorkflowExecutionDecisionAttributes"]["tagList"].append("b")

    assert decision.attributes["tagList"] == ["a"]


@pytest.mark.parametrize(
    "function",
    [decisions.schedule_activity_task, decisions.start_child_workflow_execution],
    ids=lambda function: function.__name__,
)
def test_functions_take_the_id_before_the_type(function):
    decision = function("the-id", ("name", "1.0"))

    assert "the-id" in decision.attributes.values()
    with pytest.raises(ValidationError):
        function(("name", "1.0"), "the-id")
