"""Fixtures of the model tests: accounts, and a service with scripted responses."""

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
    """A service that returns scripted responses in order and records the requests.

    It replaces the network, so that botocore validates and serializes the requests, and parses the
    responses.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.requests: list[tuple[str, dict]] = []
        self.answers: list[tuple[int, dict | None]] = []
        connection.client.meta.events.register_first("before-send.swf", self._send)

    def answer(self, *bodies: dict | None) -> None:
        """Add responses for the next requests; None is an empty body."""
        self.answers += [(200, body) for body in bodies]

    def refuse(self, code: str, message: str = "") -> None:
        """Add a fault for the next request."""
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
    """A service with scripted responses, through the current connection."""
    service = Service(Connection(client=new_client()))
    with using(service.connection):
        yield service


@pytest.fixture
def local():
    """An empty account of the embedded service, through the current connection."""
    with LocalSWF(clock=ManualClock()) as embedded, using(embedded.connection()) as connection:
        yield connection


@pytest.fixture
def moto():
    """An empty account of moto, through the current connection."""
    with mock_aws(), using(Connection(client=new_client())) as connection:
        yield connection


@pytest.fixture(params=["local", "moto"])
def account(request):
    """An empty account of the embedded service, and one of moto for comparison."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def domain():
    return Domain("orders")


@pytest.fixture
def recorded():
    """Return a function that returns a recorded response of the real service by name."""
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
    """Return a function that describes run `run-1` of `order-1`; arguments change its info."""
    return description
