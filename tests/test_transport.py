"""Calls through a transport, compared with the same calls through botocore."""

import json
from datetime import datetime, timezone

import pytest

from swf import transport
from swf.connection import Connection
from swf.exceptions import (
    EndpointError,
    EndpointUnreachableError,
    InvalidTypeError,
    RateLimitExceededError,
    ResponseError,
    SWFError,
)
from swf.local import LocalSWF, ManualClock

MOMENT = datetime(2024, 5, 1, tzinfo=timezone.utc)
TYPE = {"name": "order", "version": "1"}
ACTIVITY = {"name": "pay", "version": "1"}
EXECUTION = {"domain": "d", "workflowId": "o-1"}
TYPED = {"domain": "d", "name": "order", "version": "1"}
TIMEOUTS = {
    "defaultTaskStartToCloseTimeout": "300",
    "defaultTaskHeartbeatTimeout": "300",
    "defaultTaskScheduleToStartTimeout": "300",
    "defaultTaskScheduleToCloseTimeout": "300",
}

#: Calls in order; `{token}` stands for the task token of the last poll.
SCRIPT = [
    ("DescribeDomain", {"name": "d"}),
    ("RegisterDomain", {"name": "d", "workflowExecutionRetentionPeriodInDays": "7"}),
    ("RegisterDomain", {"name": "d", "workflowExecutionRetentionPeriodInDays": "7"}),
    ("RegisterDomain", {"name": "x", "workflowExecutionRetentionPeriodInDays": "1000"}),
    ("DescribeDomain", {"name": "d"}),
    ("ListDomains", {"registrationStatus": "REGISTERED"}),
    (
        "RegisterWorkflowType",
        {
            **TYPED,
            "defaultTaskList": {"name": "tl"},
            "defaultTaskStartToCloseTimeout": "30",
            "defaultExecutionStartToCloseTimeout": "300",
            "defaultChildPolicy": "TERMINATE",
        },
    ),
    ("RegisterActivityType", {"domain": "d", **ACTIVITY, **TIMEOUTS}),
    ("DescribeWorkflowType", {"domain": "d", "workflowType": TYPE}),
    ("DescribeActivityType", {"domain": "d", "activityType": ACTIVITY}),
    ("ListWorkflowTypes", {"domain": "d", "registrationStatus": "REGISTERED"}),
    ("ListActivityTypes", {"domain": "d", "registrationStatus": "REGISTERED"}),
    ("StartWorkflowExecution", {**EXECUTION, "workflowType": TYPE, "input": "\u00e9\u2028"}),
    ("StartWorkflowExecution", {**EXECUTION, "workflowType": TYPE}),
    ("StartWorkflowExecution", {**EXECUTION, "workflowType": {"name": "no", "version": "1"}}),
    ("SignalWorkflowExecution", {**EXECUTION, "signalName": "go", "input": "1"}),
    ("PollForDecisionTask", {"domain": "d", "taskList": {"name": "tl"}}),
    (
        "RespondDecisionTaskCompleted",
        {
            "taskToken": "{token}",
            "decisions": [
                {
                    "decisionType": "ScheduleActivityTask",
                    "scheduleActivityTaskDecisionAttributes": {
                        "activityType": ACTIVITY,
                        "activityId": "a",
                        "taskList": {"name": "tl"},
                    },
                },
                {
                    "decisionType": "StartTimer",
                    "startTimerDecisionAttributes": {"timerId": "t", "startToFireTimeout": "9"},
                },
            ],
        },
    ),
    ("CountPendingActivityTasks", {"domain": "d", "taskList": {"name": "tl"}}),
    ("CountPendingDecisionTasks", {"domain": "d", "taskList": {"name": "tl"}}),
    ("PollForActivityTask", {"domain": "d", "taskList": {"name": "tl"}, "identity": "w"}),
    ("RecordActivityTaskHeartbeat", {"taskToken": "{token}", "details": "half"}),
    ("RespondActivityTaskCompleted", {"taskToken": "{token}", "result": "done"}),
    ("RespondActivityTaskCompleted", {"taskToken": "{token}", "result": "done"}),
    ("RespondActivityTaskFailed", {"taskToken": "garbage"}),
    ("RespondActivityTaskCanceled", {"taskToken": "garbage"}),
    ("CountOpenWorkflowExecutions", {"domain": "d", "startTimeFilter": {"oldestDate": MOMENT}}),
    ("ListOpenWorkflowExecutions", {"domain": "d", "startTimeFilter": {"oldestDate": MOMENT}}),
    ("ListClosedWorkflowExecutions", {"domain": "d"}),
    ("RequestCancelWorkflowExecution", EXECUTION),
    ("TerminateWorkflowExecution", {**EXECUTION, "reason": "over"}),
    ("CountClosedWorkflowExecutions", {"domain": "d", "startTimeFilter": {"oldestDate": MOMENT}}),
    ("ListClosedWorkflowExecutions", {"domain": "d", "startTimeFilter": {"oldestDate": MOMENT}}),
    ("DeprecateActivityType", {"domain": "d", "activityType": ACTIVITY}),
    ("UndeprecateActivityType", {"domain": "d", "activityType": ACTIVITY}),
    ("DeleteActivityType", {"domain": "d", "activityType": ACTIVITY}),
    ("DeprecateWorkflowType", {"domain": "d", "workflowType": TYPE}),
    ("DeleteWorkflowType", {"domain": "d", "workflowType": TYPE}),
    ("DeprecateDomain", {"name": "d"}),
    ("UndeprecateDomain", {"name": "d"}),
]


RANDOM = ("taskToken", "runId")


def plain(value):
    """Return an answer with times as seconds, and without the ids that are made at random."""
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items() if name not in RANDOM}
    if isinstance(value, list):
        return [plain(each) for each in value]
    return value.timestamp() if isinstance(value, datetime) else value


def play(connection):
    """Yield the outcome of each call of the script."""
    token = None
    for operation, params in SCRIPT:
        params = {k: token if v == "{token}" else v for k, v in params.items()}
        try:
            answer = connection.call(operation, **params)
        except SWFError as error:
            yield operation, type(error), str(error)
        else:
            token = answer.get("taskToken", token)
            yield operation, None, plain(answer)


def test_transport_gives_the_answers_and_faults_of_botocore():
    with LocalSWF(ManualClock(MOMENT)) as one, LocalSWF(ManualClock(MOMENT)) as other:
        by_botocore = list(play(Connection(client=one.client())))
        by_transport = list(play(other.connection()))

    assert by_transport == by_botocore


class Answers:
    """A transport that returns prepared responses; an exception is raised."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.bodies = []

    def __call__(self, operation, body):
        self.bodies.append(json.loads(body))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


THROTTLED = (400, b'{"__type": "com.amazon.coral.availability#ThrottlingException"}')


@pytest.fixture(autouse=True)
def no_pause(monkeypatch):
    monkeypatch.setattr(transport, "FIRST_PAUSE", 0.0)


def test_lost_answer_is_repeated():
    answers = Answers(ConnectionResetError("gone"), (200, b'{"runId": "r"}'))

    assert transport.send(answers, "StartWorkflowExecution", {}, 1) == {"runId": "r"}


@pytest.mark.parametrize(
    "body", [b"<html>", b'{"runId', b"[1]", b"null", b"5", b"\xff", b"[" * 100_000]
)
def test_damaged_answer_is_repeated_like_a_lost_one(body):
    answers = Answers((200, body), (200, b'{"runId": "r"}'))

    assert transport.send(answers, "StartWorkflowExecution", {}, 1) == {"runId": "r"}


@pytest.mark.parametrize("status", [200, 400, 502])
def test_answer_that_stays_damaged_is_an_endpoint_error(status):
    with pytest.raises(EndpointError, match="ListDomains: not a response of the service"):
        transport.send(Answers((status, b"[]")), "ListDomains", {}, 0)


def test_endpoint_that_never_answers_is_unreachable():
    with pytest.raises(EndpointUnreachableError, match="DescribeDomain: gone"):
        transport.send(Answers(*[ConnectionResetError("gone")] * 3), "DescribeDomain", {}, 2)


def test_throttled_call_is_repeated_until_the_last_attempt():
    with pytest.raises(RateLimitExceededError):
        transport.send(Answers(THROTTLED, THROTTLED), "ListDomains", {}, 1)


def test_refusal_is_not_repeated():
    answers = Answers((400, b'{"__type": "a#DomainDeprecatedFault", "message": "d"}'))

    with pytest.raises(ResponseError, match="DomainDeprecatedFault"):
        transport.send(answers, "StartWorkflowExecution", {}, 4)


def test_datetime_is_sent_as_seconds():
    answers = Answers((200, b""))

    transport.send(answers, "X", {"oldestDate": MOMENT}, 0)

    assert answers.bodies == [{"oldestDate": MOMENT.timestamp()}]


def test_value_without_json_is_refused_before_anything_is_sent():
    answers = Answers()

    with pytest.raises(InvalidTypeError, match="cannot be sent: object"):
        transport.send(answers, "X", {"input": object()}, 0)

    assert answers.bodies == []
