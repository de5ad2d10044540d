"""The two transports return the same responses: every operation and every kind of fault."""

import re

import boto3
import botocore.session
import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from swf.local import (
    FailedDecision,
    LocalSWF,
    LostRequest,
    LostResponse,
    ManualClock,
    Refusal,
    ServerError,
    Throttling,
)

MODEL = botocore.session.get_session().get_service_model("swf")
OPAQUE = re.compile(r"22.{43}=|AAAA.{40,}")
ORDER = {"name": "order", "version": "1.0"}
CHARGE = {"name": "charge", "version": "1.0"}
LIST = {"name": "main"}
EPOCH = {"oldestDate": 0}
FAULTS = [
    Refusal("CountOpenWorkflowExecutions", message="not allowed", times=1),
    Throttling("CountPendingActivityTasks", times=1),
    ServerError("CountPendingDecisionTasks", times=1),
    LostRequest("ListDomains", times=1),
    LostResponse("CountClosedWorkflowExecutions", times=1),
    FailedDecision("RecordMarker", times=1),
]


class Session:
    """Calls one service and collects its responses, with ids and tokens replaced by numbers."""

    def __init__(self, client):
        self.client = client
        self.operations = set()
        self.responses = []
        self.numbers = {}

    def call(self, operation, **params):
        """Call an operation; return the response, or None for a fault."""
        self.operations.add(operation)
        method = re.sub(r"(?<!^)(?=[A-Z])", "_", operation).lower()
        try:
            response = getattr(self.client, method)(**params)
        except ClientError as error:
            fault = error.response
            status = fault["ResponseMetadata"]["HTTPStatusCode"]
            self.responses.append((operation, status, self.normalize(fault["Error"])))
            return None
        except ConnectionClosedError as error:
            self.responses.append((operation, type(error)))
            return None
        status = response.pop("ResponseMetadata")["HTTPStatusCode"]
        self.responses.append((operation, status, self.normalize(response)))
        return response

    def normalize(self, value):
        if isinstance(value, dict):
            return {name: self.normalize(each) for name, each in value.items()}
        if isinstance(value, list):
            return [self.normalize(each) for each in value]
        if isinstance(value, str) and OPAQUE.search(value):
            return OPAQUE.sub(
                lambda m: f"#{self.numbers.setdefault(m[0], len(self.numbers))}", value
            )
        return value


def decision(kind, **attributes):
    member = f"{kind[0].lower()}{kind[1:]}DecisionAttributes"
    return {"decisionType": kind, member: attributes}


def register(call):
    retention = {"workflowExecutionRetentionPeriodInDays": "7"}
    for name in ("orders", "orders", "old"):
        call("RegisterDomain", name=name, **retention, tags=[{"key": "team", "value": "shop"}])
    call("RegisterDomain", name="bad:name", **retention)
    for _ in range(2):
        call("DeprecateDomain", name="old")
    for _ in range(2):
        call("UndeprecateDomain", name="old")
    arn = call("DescribeDomain", name="orders")["domainInfo"]["arn"]
    call("DescribeDomain", name="nowhere")
    call("ListDomains", registrationStatus="REGISTERED")
    call("TagResource", resourceArn=arn, tags=[{"key": "cost"}])
    call("TagResource", resourceArn=arn, tags=[{"key": f"k{n}"} for n in range(51)])
    call("UntagResource", resourceArn=arn, tagKeys=["cost"])
    call("ListTagsForResource", resourceArn=arn)
    timeouts = {
        "defaultTaskScheduleToStartTimeout": "NONE",
        "defaultTaskScheduleToCloseTimeout": "NONE",
        "defaultTaskStartToCloseTimeout": "60",
        "defaultTaskHeartbeatTimeout": "NONE",
    }
    settings = {
        "defaultChildPolicy": "TERMINATE",
        "defaultTaskStartToCloseTimeout": "60",
        "defaultExecutionStartToCloseTimeout": "3600",
        "defaultTaskList": LIST,
    }
    for version in ("1.0", "1.0", "2.0"):
        reference = {"domain": "orders", "version": version}
        call("RegisterActivityType", name="charge", **reference, **timeouts, defaultTaskList=LIST)
        call("RegisterWorkflowType", name="order", **reference, **settings)
    call("RegisterWorkflowType", domain="orders", name="bare", version="1")
    for kind, member, name in (
        ("Activity", "activityType", "charge"),
        ("Workflow", "workflowType", "order"),
    ):
        version = {"domain": "orders", member: {"name": name, "version": "2.0"}}
        for operation in ("Delete", "Describe", "Deprecate", "Deprecate", "Undeprecate"):
            call(f"{operation}{kind}Type", **version)
        call(f"Undeprecate{kind}Type", **version)
        call(f"Deprecate{kind}Type", **version)
        call(f"Delete{kind}Type", **version)
        call(f"Describe{kind}Type", **version)
        call(f"List{kind}Types", domain="orders", registrationStatus="REGISTERED")


def run(call, clock):
    start = {"domain": "orders", "workflowType": ORDER}
    call(
        "StartWorkflowExecution",
        domain="orders",
        workflowId="b",
        workflowType={"name": "bare", "version": "1"},
    )
    for _ in range(2):
        call(
            "StartWorkflowExecution",
            **start,
            workflowId="w1",
            input='{"item": "\u00e9\ud83d\ude00"}',
            tagList=["a"],
        )
    call("CountPendingDecisionTasks", domain="orders", taskList=LIST)
    call("SignalWorkflowExecution", domain="orders", workflowId="w1", signalName="s")
    call("RequestCancelWorkflowExecution", domain="orders", workflowId="w1")
    task = call("PollForDecisionTask", domain="orders", taskList=LIST, maximumPageSize=2)
    token = {"nextPageToken": task["nextPageToken"], "maximumPageSize": 2}
    call("PollForDecisionTask", domain="orders", taskList=LIST, **token)
    activities = [
        decision("ScheduleActivityTask", activityId=name, activityType=CHARGE) for name in "abcd"
    ]
    decisions = [
        *activities,
        decision("RecordMarker", markerName="refused"),
        decision("StartTimer", timerId="t", startToFireTimeout="5"),
    ]
    for _ in range(2):
        call("RespondDecisionTaskCompleted", taskToken=task["taskToken"], decisions=decisions)
    call("RespondDecisionTaskCompleted", taskToken="garbage")
    call(
        "RespondDecisionTaskCompleted",
        taskToken=task["taskToken"],
        decisions=[{"decisionType": "Nothing"}],
    )
    call("CountPendingActivityTasks", domain="orders", taskList=LIST)
    for operation in ("Completed", "Failed", "Canceled", None):
        work = call("PollForActivityTask", domain="orders", taskList=LIST)
        call("RecordActivityTaskHeartbeat", taskToken=work["taskToken"])
        if operation:
            call(f"RespondActivityTask{operation}", taskToken=work["taskToken"])
    call("PollForActivityTask", domain="orders", taskList=LIST)
    clock.advance(5)
    execution = call("ListOpenWorkflowExecutions", domain="orders", startTimeFilter=EPOCH)
    reference = {"domain": "orders", "execution": execution["executionInfos"][0]["execution"]}
    call("DescribeWorkflowExecution", **reference)
    call("TerminateWorkflowExecution", domain="orders", workflowId="w1", reason="over")
    call("GetWorkflowExecutionHistory", **reference)
    call("ListClosedWorkflowExecutions", domain="orders", closeTimeFilter=EPOCH)
    for _ in range(2):
        call("CountOpenWorkflowExecutions", domain="orders", startTimeFilter=EPOCH)
    for _ in range(2):
        call("CountClosedWorkflowExecutions", domain="orders", startTimeFilter=EPOCH)
    clock.advance(86400 * 7)
    call("GetWorkflowExecutionHistory", **reference)


@pytest.fixture
def responses(one_attempt):
    """Run the same calls on one transport; return the operations and the responses."""

    def collect(transport):
        clock = ManualClock()
        with LocalSWF(clock, faults=FAULTS, poll_timeout=0) as service:
            options = {**one_attempt, "region_name": "us-east-1"}
            if transport == "http":
                session = boto3.session.Session()
                client = session.client("swf", endpoint_url=service.serve(), **options)
            else:
                client = service.client(**options)
            session = Session(client)
            register(session.call)
            run(session.call, clock)
            client.close()
        return session.operations, session.responses

    return collect


def test_both_transports_give_the_same_responses(responses):
    operations, in_process = responses("in process")
    _, over_http = responses("http")

    assert operations == set(MODEL.operation_names)
    assert {
        response[2]["Code"]
        for response in in_process
        if response[1:2] != (200,) and len(response) == 3
    } >= {
        "DefaultUndefinedFault",
        "DomainAlreadyExistsFault",
        "DomainDeprecatedFault",
        "InternalFailure",
        "OperationNotPermittedFault",
        "ThrottlingException",
        "TooManyTagsFault",
        "TypeAlreadyExistsFault",
        "TypeDeprecatedFault",
        "TypeNotDeprecatedFault",
        "UnknownResourceFault",
        "ValidationException",
        "WorkflowExecutionAlreadyStartedFault",
    }
    assert over_http == in_process
