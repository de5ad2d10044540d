"""Fixtures of the actor tests: a scripted and an embedded service."""

from __future__ import annotations

import json

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.config import Config

from swf.actors import ActivityWorker, Backoff, Decider
from swf.connection import Connection
from swf.constants import NONE
from swf.local import LocalSWF, SkippingClock
from swf.models import ActivityType, Domain, WorkflowType
from swf.models.decision import complete_workflow_execution, schedule_activity_task
from swf.testing import run_until_closed


class Body:
    def __init__(self, content):
        self.content = content

    def stream(self, *_args, **_kwargs):
        yield self.content


class Script:
    """Answers requests with scripted responses in order, and records the requests."""

    def __init__(self):
        self.requests = []
        self.answers = []
        client = boto3.client(
            "swf",
            region_name="us-east-1",
            aws_access_key_id="AKIA",
            aws_secret_access_key="secret",
            config=Config(retries={"total_max_attempts": 1}),
        )
        client.meta.events.register_first("before-send.swf", self._send)
        self.connection = Connection(client=client)

    def will(self, *answers):
        self.answers.extend(answers)
        return self

    def _send(self, request, **_):
        operation = request.headers["X-Amz-Target"].decode().rpartition(".")[2]
        self.requests.append((operation, json.loads(request.body)))
        answer = self.answers.pop(0)
        status = 400 if "__type" in answer else 200
        body = Body(json.dumps(answer).encode())
        return AWSResponse(request.url, status, {"x-amzn-RequestId": "r-1"}, body)


@pytest.fixture
def script():
    return Script()


@pytest.fixture
def domain(script):
    return Domain("d", connection=script.connection)


@pytest.fixture
def local():
    """A service in virtual time, as the default of everything."""
    with LocalSWF(clock=SkippingClock()) as service:
        service.install()
        yield service


@pytest.fixture
def make_shop():
    """Return a function that registers a domain, a workflow type and an activity type."""

    def make(connection=None, heartbeat=NONE, start_to_close=NONE):
        shop = Domain("shop", connection=connection)
        shop.save()
        WorkflowType(
            shop, "ship", "1", task_list="decisions", execution_timeout=3600, connection=connection
        ).save()
        ActivityType(
            shop,
            "pack",
            "1",
            task_list="activities",
            task_heartbeat_timeout=heartbeat,
            task_schedule_to_close_timeout=NONE,
            task_schedule_to_start_timeout=NONE,
            task_start_to_close_timeout=start_to_close,
            connection=connection,
        ).save()
        return shop

    return make


@pytest.fixture
def shop(local, make_shop):
    """A domain with a workflow type and an activity type."""
    return make_shop(heartbeat=60, start_to_close=600)


@pytest.fixture
def ship(shop):
    """The workflow type of the domain."""
    return WorkflowType(shop, "ship", "1", task_list="decisions", connection=shop.connection)


class Pack(Decider):
    """Schedules one activity, and completes when it has closed."""

    def decide(self, task):
        pack = task.history.activities.get("a")
        if pack is None:
            return [schedule_activity_task("a", ("pack", "1"))]
        return [complete_workflow_execution()]


@pytest.fixture
def run_failing_activity(shop, ship):
    """Return a function that runs an execution whose activity sends a heartbeat and fails."""

    def run(hook):
        worker = ActivityWorker(shop, "activities", hooks=[hook], backoff=Backoff(base=0))

        @worker.activity("pack", "1")
        def pack(task):
            task.heartbeat()
            raise LookupError("no boxes")

        decider = Pack(shop, "decisions", hooks=[hook], backoff=Backoff(base=0))
        return run_until_closed(ship.start_execution("order-1"), decider, worker)

    return run
