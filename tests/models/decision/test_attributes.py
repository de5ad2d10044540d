"""The values of decision attributes: types, timeouts, priorities, policies, tags and names."""

from types import SimpleNamespace

import pytest

from swf.exceptions import InvalidTypeError, ValidationError
from swf.models.decision import (
    ActivityTaskDecision,
    ChildWorkflowExecutionDecision,
    LambdaFunctionDecision,
    TimerDecision,
)

CHARGE = ("charge", "1.0")
CHARGE_WIRE = {"name": "charge", "version": "1.0"}


def schedule(**attributes):
    return ActivityTaskDecision("schedule", activity_id="a", activity_type=CHARGE, **attributes)


def start_child(**attributes):
    return ChildWorkflowExecutionDecision(
        "start", workflow_type=CHARGE, workflow_id="w", **attributes
    )


def start_timer(seconds):
    return TimerDecision("start", timer_id="t", start_to_fire_timeout=seconds)


def lambda_function(**attributes):
    return LambdaFunctionDecision("schedule", **{"id": "l", "name": "f", **attributes})


@pytest.mark.parametrize(
    "activity_type",
    [CHARGE, list(CHARGE), CHARGE_WIRE, SimpleNamespace(name="charge", version="1.0")],
    ids=["pair", "list", "wire", "model"],
)
def test_type_is_a_model_a_pair_or_a_wire_structure(activity_type):
    decision = ActivityTaskDecision("schedule", activity_id="a", activity_type=activity_type)

    assert decision.attributes["activityType"] == CHARGE_WIRE


@pytest.mark.parametrize(
    "activity_type",
    ["charge", ("charge",), {"name": "charge"}, ("charge", 1), ("charge", ""), ("c:h", "1"), 5],
)
def test_value_without_a_type_is_refused(activity_type):
    with pytest.raises(ValidationError, match="activity_type"):
        ActivityTaskDecision("schedule", activity_id="a", activity_type=activity_type)


@pytest.mark.parametrize(
    ("seconds", "sent"), [(0, "0"), ("0", "0"), (99_999_999, "99999999"), ("NONE", "NONE")]
)
def test_timeout_is_seconds_or_none(seconds, sent):
    assert schedule(heartbeat_timeout=seconds).attributes["heartbeatTimeout"] == sent


@pytest.mark.parametrize(
    "seconds", [-1, 100_000_000, 1.5, "soon", "", "1" * 20, True, "none", [], "\u0661"]
)
def test_invalid_timeout_is_refused(seconds):
    with pytest.raises(ValidationError, match=r"heartbeat_timeout.*whole seconds"):
        schedule(heartbeat_timeout=seconds)


@pytest.mark.parametrize(
    ("build", "field"),
    [
        (lambda: start_timer("NONE"), "start_to_fire_timeout"),
        (lambda: start_child(execution_timeout="NONE"), "execution_timeout"),
        (lambda: start_child(execution_timeout=31_536_001), "execution_timeout"),
        (lambda: lambda_function(start_to_close_timeout="NONE"), "start_to_close_timeout"),
        (lambda: lambda_function(start_to_close_timeout=0), "start_to_close_timeout"),
        (lambda: lambda_function(start_to_close_timeout=901), "start_to_close_timeout"),
    ],
)
def test_some_timeouts_have_special_limits(build, field):
    with pytest.raises(ValidationError, match=rf"{field}.*NONE is not allowed"):
        build()


def test_execution_may_last_a_year():
    decision = start_child(execution_timeout=31_536_000)

    assert decision.attributes["executionStartToCloseTimeout"] == "31536000"


@pytest.mark.parametrize("priority", [-(2**31), 0, 2**31 - 1])
def test_priority_is_32_bits(priority):
    assert schedule(task_priority=priority).attributes["taskPriority"] == str(priority)


@pytest.mark.parametrize("priority", [-(2**31) - 1, 2**31, "high", 1.5, False])
def test_invalid_priority_is_refused(priority):
    with pytest.raises(ValidationError, match=r"task_priority.*32-bit"):
        schedule(task_priority=priority)


@pytest.mark.parametrize("policy", ["terminate", "", "KILL", 1])
def test_unknown_child_policy_is_refused_with_the_known(policy):
    with pytest.raises(ValidationError, match=r"child_policy.*TERMINATE, REQUEST_CANCEL, ABANDON"):
        start_child(child_policy=policy)


@pytest.mark.parametrize(
    ("tags", "words"),
    [
        (["t"] * 6, "at most 5 tags, not 6"),
        (["x" * 257], "256"),
        (["a", 1], r"\[1\]=1: must be a string"),
        ("tag", "list of tags"),
        ({"a"}, "list of tags"),
    ],
)
def test_bad_tags_are_refused(tags, words):
    with pytest.raises(ValidationError, match=rf"tag_list.*{words}"):
        start_child(tag_list=tags)


@pytest.mark.parametrize(
    ("build", "field"),
    [
        (lambda name: schedule(task_list=name), "task_list"),
        (lambda name: ActivityTaskDecision("schedule", name, CHARGE), "activity_id"),
        (lambda name: ActivityTaskDecision("request_cancel", name), "activity_id"),
        (lambda name: ActivityTaskDecision("schedule", "a", (name, "1")), "activity_type.name"),
        (lambda name: ActivityTaskDecision("schedule", "a", ("n", name)), "activity_type.version"),
        (lambda name: TimerDecision("cancel", timer_id=name), "timer_id"),
        (lambda name: ChildWorkflowExecutionDecision("start", CHARGE, name), "workflow_id"),
    ],
)
@pytest.mark.parametrize(
    "name", ["a:b", "a/b", "a|b", "a\x00", "a\x1f", "a\x7f", "a\x9f", "arn", "", "x" * 257]
)
def test_invalid_name_is_refused(build, field, name):
    with pytest.raises(ValidationError, match=field):
        build(name)


@pytest.mark.parametrize("name", ["a b", "a.b-c_d#1", "arn-1", "ARN", "\u00e9\u00a0", "x" * 256])
def test_other_names_are_taken(name):
    assert TimerDecision("cancel", name).attributes == {"timerId": name}


@pytest.mark.parametrize("name", [" a", "a ", "a\u2003"])
def test_task_list_of_a_child_refuses_surrounding_whitespace(name):
    with pytest.raises(ValidationError, match="whitespace"):
        start_child(task_list=name)


def test_id_must_be_text():
    with pytest.raises(InvalidTypeError, match="timer_id=5"):
        TimerDecision("cancel", timer_id=5)


def test_too_long_payload_is_refused():
    with pytest.raises(ValidationError, match=r"input.*40000.*32768"):
        schedule(input="x" * 40_000)
