"""Static validation: model constraints, messages, and rules beyond the model."""

import pytest

from swf.local.faults import Fault
from swf.local.validation import validate

TOKEN = {"taskToken": "t"}


def refusal(operation, params):
    with pytest.raises(Fault) as caught:
        validate(operation, params)[1].refuse_beyond()
    return caught.value


def test_a_valid_request_is_copied_without_nulls_and_unknown_members():
    params = {"name": "d", "description": None, "colour": "blue"}

    cleaned, _ = validate("DescribeDomain", params)

    assert cleaned == {"name": "d"}


def test_the_copy_shares_nothing_with_the_request():
    task_list = {"name": "l"}

    cleaned, _ = validate("CountPendingActivityTasks", {"domain": "d", "taskList": task_list})
    task_list["name"] = "changed"

    assert cleaned["taskList"] == {"name": "l"}


def test_a_null_tag_is_kept():
    params = {
        "domain": "d",
        "workflowId": "w",
        "workflowType": {"name": "n", "version": "1"},
        "tagList": [None],
    }

    cleaned, _ = validate("StartWorkflowExecution", params)

    assert cleaned["tagList"] == [None]


NOT_NULL = "failed to satisfy constraint: Member must not be null"


@pytest.mark.parametrize(
    ("operation", "params", "message"),
    [
        pytest.param("DescribeDomain", {}, f"Value null at 'name' {NOT_NULL}", id="missing"),
        pytest.param(
            "DescribeDomain",
            {"name": ""},
            "Value '' at 'name' failed to satisfy constraint: "
            "Member must have length greater than or equal to 1",
            id="too short",
        ),
        pytest.param(
            "RespondActivityTaskFailed",
            {**TOKEN, "reason": "r" * 257},
            f"Value '{'r' * 257}' at 'reason' failed to satisfy constraint: "
            "Member must have length less than or equal to 256",
            id="too long",
        ),
        pytest.param(
            "ListDomains",
            {"registrationStatus": "GONE"},
            "Value 'GONE' at 'registrationStatus' failed to satisfy constraint: "
            "Member must satisfy enum value set: [REGISTERED, DEPRECATED]",
            id="enum",
        ),
        pytest.param(
            "ListDomains",
            {"registrationStatus": "REGISTERED", "maximumPageSize": 1001},
            "Value '1001' at 'maximumPageSize' failed to satisfy constraint: "
            "Member must have value less than or equal to 1000",
            id="too much",
        ),
        pytest.param(
            "ListDomains",
            {"registrationStatus": "REGISTERED", "maximumPageSize": -1},
            "Value '-1' at 'maximumPageSize' failed to satisfy constraint: "
            "Member must have value greater than or equal to 0",
            id="too little",
        ),
        pytest.param(
            "StartWorkflowExecution",
            {
                "domain": "d",
                "workflowId": "w",
                "workflowType": {"name": "n", "version": "1"},
                "tagList": list("abcdef"),
            },
            "Value '[a, b, c, d, e, f]' at 'tagList' failed to satisfy constraint: "
            "Member must have length less than or equal to 5",
            id="six tags",
        ),
        pytest.param(
            "RespondDecisionTaskCompleted",
            {
                **TOKEN,
                "decisions": [{"decisionType": "StartTimer", "startTimerDecisionAttributes": {}}],
            },
            "Value null at "
            f"'decisions.1.member.startTimerDecisionAttributes.startToFireTimeout' {NOT_NULL}; "
            "Value null at "
            f"'decisions.1.member.startTimerDecisionAttributes.timerId' {NOT_NULL}",
            id="empty attributes",
        ),
        pytest.param(
            "RespondDecisionTaskCompleted",
            {
                **TOKEN,
                "decisions": [
                    {
                        "decisionType": "CompleteWorkflowExecution",
                        "cancelTimerDecisionAttributes": {},
                    }
                ],
            },
            f"Value null at 'decisions.1.member.cancelTimerDecisionAttributes.timerId' {NOT_NULL}",
            id="attributes of another type",
        ),
        pytest.param(
            "RespondDecisionTaskCompleted",
            {**TOKEN, "decisions": [None]},
            f"Value null at 'decisions.1.member' {NOT_NULL}",
            id="null decision",
        ),
    ],
)
def test_violation_has_the_message_of_aws(operation, params, message):
    fault = refusal(operation, params)

    count = message.count("Value ")
    noun = "error" if count == 1 else "errors"
    assert fault.code == "ValidationException"
    assert fault.message == f"{count} validation {noun} detected: {message}"


def test_all_violations_come_in_one_message():
    fault = refusal("ListDomains", {"registrationStatus": "GONE", "maximumPageSize": 1001})

    assert fault.message.startswith("2 validation errors detected: ")


def test_unknown_decision_type_lists_the_13_types():
    decisions = [{"decisionType": "RecordMarker"}, {"decisionType": "Dance"}]
    decisions[0]["recordMarkerDecisionAttributes"] = {"markerName": "m"}

    fault = refusal("RespondDecisionTaskCompleted", {**TOKEN, "decisions": decisions})

    assert "Value 'Dance' at 'decisions.2.member.decisionType' failed" in fault.message
    assert "[CompleteWorkflowExecution, StartTimer, RequestCancelExternal" in fault.message


@pytest.mark.parametrize(
    ("operation", "params"),
    [
        ("DescribeDomain", {"name": 3}),
        ("DescribeDomain", []),
        ("CountPendingActivityTasks", {"domain": "d", "taskList": "l"}),
        ("ListDomains", {"registrationStatus": "REGISTERED", "maximumPageSize": "3"}),
        ("ListDomains", {"registrationStatus": "REGISTERED", "maximumPageSize": True}),
        ("ListDomains", {"registrationStatus": "REGISTERED", "reverseOrder": "yes"}),
        ("RespondDecisionTaskCompleted", {**TOKEN, "decisions": {}}),
        (
            "ListOpenWorkflowExecutions",
            {"domain": "d", "startTimeFilter": {"oldestDate": "today"}},
        ),
        (
            "ListOpenWorkflowExecutions",
            {"domain": "d", "startTimeFilter": {"oldestDate": float("nan")}},
        ),
    ],
)
def test_wrong_json_type_is_a_serialization_exception(operation, params):
    assert refusal(operation, params).code == "SerializationException"


def test_wrong_json_type_is_named_as_by_aws():
    message = refusal("DescribeDomain", {"name": 3}).message

    assert message == "class java.lang.Integer can not be converted to an String"


def start(**params):
    required = {"domain": "d", "workflowId": "w", "workflowType": {"name": "n", "version": "1"}}
    return "StartWorkflowExecution", {**required, **params}


def decision(kind, **attributes):
    member = f"{kind[0].lower()}{kind[1:]}DecisionAttributes"
    return "RespondDecisionTaskCompleted", {
        **TOKEN,
        "decisions": [{"decisionType": kind, member: attributes}],
    }


def registered(retention):
    params = {"name": "d", "workflowExecutionRetentionPeriodInDays": retention}
    return "RegisterDomain", params


@pytest.mark.parametrize(
    ("operation", "params"),
    [
        registered("91"),
        registered("-1"),
        registered("week"),
        start(executionStartToCloseTimeout="NONE"),
        start(executionStartToCloseTimeout="1.5"),
        start(taskStartToCloseTimeout="-1"),
        start(taskPriority="high"),
        start(taskPriority="2147483648"),
        start(workflowId="a:b"),
        start(workflowId="arn"),
        start(taskList={"name": "a/b"}),
        decision("StartTimer", timerId="t", startToFireTimeout="NONE"),
        decision("StartTimer", timerId="t\x7f", startToFireTimeout="1"),
        decision("ScheduleLambdaFunction", id="1", name="f", startToCloseTimeout="901"),
        decision("ScheduleLambdaFunction", id="1", name="f", startToCloseTimeout="0"),
        decision(
            "StartChildWorkflowExecution",
            workflowId="c",
            workflowType={"name": "n", "version": "1"},
            taskList={"name": " l"},
        ),
        ("PollForActivityTask", {"domain": "d", "taskList": {"name": "l "}}),
        ("PollForDecisionTask", {"domain": "d", "taskList": {"name": "l|m"}}),
        ("RegisterDomain", {**registered("1")[1], "name": " d"}),
        ("TagResource", {"resourceArn": "a", "tags": [{"key": "a(b"}]}),
    ],
)
def test_value_that_violates_a_rule_is_refused(operation, params):
    fault = refusal(operation, params)

    assert fault.code == "ValidationException"
    assert "validation error" not in fault.message


@pytest.mark.parametrize(
    ("operation", "params"),
    [
        registered("0"),
        registered("90"),
        registered("NONE"),
        start(taskStartToCloseTimeout="NONE"),
        start(taskPriority="-2147483648"),
        start(workflowId="arnold"),
        start(input="i" * 32768),
        decision("StartTimer", timerId="t", startToFireTimeout="0"),
        decision("RecordMarker", markerName="a:b/c|d"),
        decision(
            "StartChildWorkflowExecution",
            workflowId="22Od4CZ7N/C2G=:1",
            workflowType={"name": "n", "version": "1"},
        ),
        ("PollForDecisionTask", {"domain": "d", "taskList": {"name": " l "}}),
    ],
)
def test_values_that_aws_accepts_are_accepted(operation, params):
    _, violations = validate(operation, params)

    violations.refuse_beyond()


def test_an_empty_timeout_run_id_or_version_counts_as_absent():
    cleaned, _ = validate(*start(taskStartToCloseTimeout="", input=""))

    assert "taskStartToCloseTimeout" not in cleaned
    assert cleaned["input"] == ""
