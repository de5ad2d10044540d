"""What models are tested on: an account, and a service that answers what a test tells it to."""

from __future__ import annotations

import json
from pathlib import Path

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from moto import mock_aws

from swf.connection import Connection, using
from swf.local import LocalSWF, ManualClock
from swf.models import Domain

RECORDED = Path(__file__).parents[1] / "data" / "recorded"


def new_client():
    return boto3.client(
        "swf",
        region_name="us-east-1",
        aws_access_key_id="AKIA",
        aws_secret_access_key="s3cr3t",
        config=Config(retries={"total_max_attempts": 1}),
    )


class Body:
    def __init__(self, content: bytes) -> None:
        self.content = content

    def stream(self, *_args, **_kwargs):
        yield self.content


class Service:
    """Answers requests with what it was given, in order, and keeps the requests.

    It stands where the network begins, so that a request has passed botocore's validation and
    serialisation, and the answer passes its parser.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.requests: list[tuple[str, dict]] = []
        self.answers: list[tuple[int, dict | None]] = []
        connection.client.meta.events.register_first("before-send.swf", self._send)

    def answer(self, *bodies: dict | None) -> None:
        """Answer the next requests with these bodies; None is an empty one."""
        self.answers += [(200, body) for body in bodies]

    def refuse(self, code: str, message: str = "") -> None:
        """Answer the next request with a fault."""
        fault = {"__type": f"com.amazonaws.swf.base.model#{code}", "message": message}
        self.answers.append((400, fault))

    @property
    def operations(self) -> list[str]:
        return [operation for operation, _ in self.requests]

    def _send(self, request, **_):
        operation = request.headers["X-Amz-Target"].decode().rsplit(".", 1)[-1]
        self.requests.append((operation, json.loads(request.body)))
        assert self.answers, f"no answer left for {self.requests[-1]}"
        status, body = self.answers.pop(0)
        content = b"" if body is None else json.dumps(body).encode()
        return AWSResponse(request.url, status, {"x-amzn-RequestId": "r-1"}, Body(content))


@pytest.fixture
def service():
    """A service that says what the test tells it to; its connection is in force."""
    service = Service(Connection(client=new_client()))
    with using(service.connection):
        yield service


@pytest.fixture
def local():
    """An empty account on the embedded service; its connection is in force."""
    with LocalSWF(clock=ManualClock()) as embedded, using(embedded.connection()) as connection:
        yield connection


@pytest.fixture
def moto():
    """An empty account on moto; its connection is in force."""
    with mock_aws(), using(Connection(client=new_client())) as connection:
        yield connection


@pytest.fixture(params=["local", "moto"])
def account(request):
    """An empty account on the embedded service, and on moto as a second opinion."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def domain():
    return Domain("orders")


@pytest.fixture
def recorded():
    """Return the response of the real service that was recorded under a name."""
    return lambda name: json.loads((RECORDED / f"{name}.json").read_text())["response"]


def description(**info):
    execution = {"workflowId": "order-1", "runId": "run-1"}
    return {
        "executionInfo": {
            "execution": execution,
            "workflowType": {"name": "order", "version": "1.0"},
            "startTimestamp": 1487851963.534,
            "executionStatus": "OPEN",
            "cancelRequested": False,
        }
        | info,
        "executionConfiguration": {
            "taskStartToCloseTimeout": "NONE",
            "executionStartToCloseTimeout": "300",
            "taskList": {"name": "deciders"},
            "taskPriority": "5",
            "childPolicy": "TERMINATE",
            "lambdaRole": "arn:aws:iam::1:role/x",
        },
        "openCounts": {
            "openActivityTasks": 1,
            "openDecisionTasks": 0,
            "openTimers": 2,
            "openChildWorkflowExecutions": 3,
        },
    }


@pytest.fixture(name="description")
def _description():
    """Return what describes the run `run-1` of `order-1`; arguments are members of its info."""
    return description
