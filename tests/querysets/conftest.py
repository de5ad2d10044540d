"""Fixtures of the queryset tests: an embedded service and a scripted one."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import datetime, timezone

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.config import Config

from swf import connection as connections
from swf.connection import Connection
from swf.local import LocalSWF, ManualClock
from swf.models import Domain, WorkflowType

START = datetime(2020, 2, 29, 12, tzinfo=timezone.utc)
DAY = 24 * 3600


class Calls(list):
    """The calls that a client made: operation and parameters, in order."""

    def __init__(self, client) -> None:
        super().__init__()
        client.meta.events.register("provide-client-params.swf", self._keep)

    def _keep(self, params, model, **_) -> None:
        self.append((model.name, params))

    @property
    def operations(self) -> list[str]:
        return [operation for operation, _ in self]


@pytest.fixture
def service():
    with LocalSWF(clock=ManualClock(START)) as service:
        yield service


@pytest.fixture
def connection(service):
    connection = Connection(client=service.client())
    connections.set_default(connection)
    return connection


@pytest.fixture
def calls(connection):
    return Calls(connection.client)


@pytest.fixture
def domain(connection):
    domain = Domain("orders", retention_period=90)
    domain.save()
    return domain


@pytest.fixture
def order(domain):
    return registered(domain, "order", "1")


def registered(domain, name, version, **settings):
    settings = {"task_list": "deciders", "execution_timeout": 7 * DAY} | settings
    workflow_type = WorkflowType(domain, name, version, **settings)
    workflow_type.save()
    return workflow_type


@pytest.fixture
def orders(service, domain, order):
    """Executions of three types, a day apart, open and closed in each way; newest first."""
    types = [order, registered(domain, "order", "2"), registered(domain, "refund", "1")]
    for number in range(12):
        execution = types[number % 3].start_execution(
            f"run-{number}",
            tag_list=["eu", f"shop-{number % 2}"] if number % 4 else None,
            execution_timeout=DAY // 2 if number % 6 == 5 else 99 * DAY,
        )
        service.clock.advance(DAY)
        if number % 6 == 1:
            execution.terminate()
        if number % 6 == 3:
            execution.request_cancel()
    types[0].start_execution("run-1")
    return domain


class Body:
    def __init__(self, content: bytes) -> None:
        self.content = content

    def stream(self, *_args, **_kwargs):
        yield self.content


class Stub:
    """Answers each operation with its scripted responses in order, and records the requests."""

    def __init__(self) -> None:
        client = boto3.client(
            "swf",
            region_name="us-east-1",
            aws_access_key_id="AKIA",
            aws_secret_access_key="s3cr3t",
            config=Config(retries={"total_max_attempts": 1}),
        )
        self.connection = Connection(client=client)
        self.requests: list[tuple[str, dict]] = []
        self.answers = defaultdict(list)
        client.meta.events.register_first("before-send.swf", self._send)

    def answer(self, operation: str, *bodies: dict) -> None:
        self.answers[operation] += [(200, body) for body in bodies]

    def refuse(self, operation: str, code: str) -> None:
        self.answers[operation].append((400, {"__type": code, "message": "no"}))

    def _send(self, request, **_):
        operation = request.headers["X-Amz-Target"].decode().rpartition(".")[2]
        self.requests.append((operation, json.loads(request.body)))
        status, body = self.answers[operation].pop(0)
        return AWSResponse(request.url, status, {}, Body(json.dumps(body).encode()))


@pytest.fixture
def stub():
    stub = Stub()
    connections.set_default(stub.connection)
    return stub


def info(number, *, status="OPEN", started=None, **more):
    """Return an execution of a list response; higher numbers started later."""
    return {
        "execution": {"workflowId": f"run-{number}", "runId": f"r{number}"},
        "workflowType": {"name": "order", "version": "1"},
        "startTimestamp": 1_500_000_000 + number if started is None else started,
        "executionStatus": status,
        "cancelRequested": False,
        **more,
    }


@pytest.fixture(name="info")
def _info():
    return info


@pytest.fixture(name="register")
def _register():
    return registered


@pytest.fixture
def shop(stub):
    """A domain whose calls are answered by `stub`."""
    return Domain("shop")


@pytest.fixture
def three_pages(stub, shop, info):
    """Six open executions, two a page."""
    pages = [{"executionInfos": [info(9 - 2 * n), info(8 - 2 * n)]} for n in range(3)]
    pages[0]["nextPageToken"], pages[1]["nextPageToken"] = "t1", "t2"
    stub.answer("ListOpenWorkflowExecutions", *pages, *pages)
    return shop.executions.filter(status="OPEN")
