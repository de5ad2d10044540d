"""Fixtures of the conformance tests: a service, its clients, and helpers for SWF operations.

The tests share one service on a manual clock; each test starts with an empty one. They run in
process: `test_transports` compares the transports for every operation and fault. With SWF_SOAK they
run over HTTP too.
"""

import http.client
import json
import re
from contextlib import contextmanager
from urllib.parse import urlsplit

import boto3
import pytest
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import ClientError

from swf.local import LocalSWF, ManualClock
from swf.models.history.invariants import check, open_counts

KEYS = {"aws_access_key_id": "AKIDEXAMPLE", "aws_secret_access_key": "secret"}
REGION = "us-east-1"
ONCE = Config(retries={"total_max_attempts": 1}, max_pool_connections=20)
EPOCH = {"oldestDate": 0}


class Transport:
    """A service and its clients on one transport."""

    def __init__(self, service, clock, name):
        self.service, self.clock, self.name = service, clock, name
        self.url = service.serve() if name == "http" else None
        self.clients = {}

    def client(self, region=REGION):
        if region not in self.clients:
            options = {**KEYS, "region_name": region, "config": ONCE}
            if self.url:
                session = boto3.session.Session()
                client = session.client("swf", endpoint_url=self.url, **options)
            else:
                client = self.service.client(**options)
            self.clients[region] = client
        return self.clients[region]


def pytest_generate_tests(metafunc):
    if "session_transport" in metafunc.fixturenames:
        names = ["in process", "http"] if metafunc.config.option.soak else ["in process"]
        metafunc.parametrize("session_transport", names, indirect=True, scope="session")


@pytest.fixture(scope="session")
def session_transport(request):
    clock = ManualClock()
    with LocalSWF(clock=clock, poll_timeout=0) as service:
        yield Transport(service, clock, request.param)


@pytest.fixture
def transport(session_transport):
    session_transport.service.reset()
    return session_transport


@pytest.fixture
def client(transport):
    return transport.client()


@pytest.fixture
def orders(transport):
    """A registered domain with a workflow type and an activity type that have all defaults.

    After each test, the invariants of all histories and open counts are checked.
    """
    domain = Domain(transport.client(), transport.clock).register()
    yield domain
    for run in domain.runs():
        assert check(run.history()) == []
        assert open_counts(run.history()) == run.open_counts


@pytest.fixture
def make(request):
    """Create a domain on a separate service, in process: `make(limits="strict")`."""

    def build(retention="7", **options):
        clock = options.setdefault("clock", ManualClock())
        service = LocalSWF(**options)
        service.__enter__()
        request.addfinalizer(lambda: service.__exit__(None, None, None))
        client = service.client(**KEYS, region_name=REGION, config=ONCE)
        domain = Domain(client, clock)
        domain.service = service
        return domain.register(retention=retention)

    return build


@pytest.fixture
def domain_class():
    """The helper for a test that creates its own services: `domain_class(client, clock)`."""
    return Domain


@pytest.fixture
def do():
    """The 13 decisions as one-liners: `do.timer("t", "5")`."""
    return Decisions


@pytest.fixture
def refused():
    """Expect a fault: `with refused("UnknownResourceFault", "Unknown domain: x"):`."""
    return _refused


@contextmanager
def _refused(code, message=None):
    """`message` is the whole message, or a pattern."""
    with pytest.raises(ClientError) as caught:
        yield caught
    error = caught.value.response["Error"]
    assert error["Code"] == code, error
    if isinstance(message, re.Pattern):
        assert message.search(error["Message"]), error["Message"]
    elif message is not None:
        assert error["Message"] == message


def _decision(kind, /, **attributes):
    member = f"{kind[0].lower()}{kind[1:]}DecisionAttributes"
    return {"decisionType": kind, member: attributes}


class Decisions:
    CHARGE = {"name": "charge", "version": "1.0"}
    ORDER = {"name": "order", "version": "1.0"}

    @classmethod
    def activity(cls, activity_id="a", **more):
        more.setdefault("activityType", cls.CHARGE)
        return _decision("ScheduleActivityTask", activityId=activity_id, **more)

    @staticmethod
    def cancel_activity(activity_id="a"):
        return _decision("RequestCancelActivityTask", activityId=activity_id)

    @staticmethod
    def timer(timer_id="t", seconds="60", **more):
        return _decision("StartTimer", timerId=timer_id, startToFireTimeout=seconds, **more)

    @staticmethod
    def cancel_timer(timer_id="t"):
        return _decision("CancelTimer", timerId=timer_id)

    @staticmethod
    def marker(name="m", **more):
        return _decision("RecordMarker", markerName=name, **more)

    @classmethod
    def child(cls, workflow_id="child", **more):
        more.setdefault("workflowType", cls.ORDER)
        return _decision("StartChildWorkflowExecution", workflowId=workflow_id, **more)

    @staticmethod
    def signal(workflow_id, name="hello", **more):
        return _decision(
            "SignalExternalWorkflowExecution", workflowId=workflow_id, signalName=name, **more
        )

    @staticmethod
    def cancel_external(workflow_id, **more):
        return _decision("RequestCancelExternalWorkflowExecution", workflowId=workflow_id, **more)

    @staticmethod
    def function(function_id="f", name="double", **more):
        return _decision("ScheduleLambdaFunction", id=function_id, name=name, **more)

    @staticmethod
    def complete(**more):
        return _decision("CompleteWorkflowExecution", **more)

    @staticmethod
    def fail(**more):
        return _decision("FailWorkflowExecution", **more)

    @staticmethod
    def cancel(**more):
        return _decision("CancelWorkflowExecution", **more)

    @staticmethod
    def continue_as_new(**more):
        return _decision("ContinueAsNewWorkflowExecution", **more)


class Domain:
    """The domain `orders` with workflow type `order`, activity type `charge`, and helpers.

    No timeout of the types is in the way of a test, unless it asks for one.
    """

    name = "orders"

    def __init__(self, client, clock=None):
        self.client, self.clock = client, clock

    def register(self, retention="7"):
        self.call(
            "RegisterDomain", name=self.name, workflowExecutionRetentionPeriodInDays=retention
        )
        self.register_workflow()
        self.register_activity()
        return self

    def register_workflow(self, name="order", version="1.0", **changes):
        settings = {
            "defaultExecutionStartToCloseTimeout": "8640000",
            "defaultTaskStartToCloseTimeout": "NONE",
            "defaultTaskList": {"name": "deciders"},
            "defaultChildPolicy": "TERMINATE",
        }
        self.ask("RegisterWorkflowType", name=name, version=version, **_merge(settings, changes))

    def register_activity(self, name="charge", version="1.0", **changes):
        settings = {
            "defaultTaskScheduleToStartTimeout": "NONE",
            "defaultTaskScheduleToCloseTimeout": "NONE",
            "defaultTaskStartToCloseTimeout": "NONE",
            "defaultTaskHeartbeatTimeout": "NONE",
            "defaultTaskList": {"name": "workers"},
        }
        self.ask("RegisterActivityType", name=name, version=version, **_merge(settings, changes))

    def call(self, operation, **params):
        answer = getattr(self.client, xform_name(operation))(**params)
        return {member: value for member, value in answer.items() if member != "ResponseMetadata"}

    def ask(self, operation, **params):
        """Call an operation on this domain."""
        return self.call(operation, domain=self.name, **params)

    def start(self, workflow_id="w", **settings):
        settings.setdefault("workflowType", Decisions.ORDER)
        answer = self.ask("StartWorkflowExecution", workflowId=workflow_id, **settings)
        return Run(self, workflow_id, answer["runId"])

    def run(self, execution):
        return Run(self, execution["workflowId"], execution["runId"])

    def open_run(self, workflow_id):
        infos = self.ask(
            "ListOpenWorkflowExecutions",
            startTimeFilter=EPOCH,
            executionFilter={"workflowId": workflow_id},
        )["executionInfos"]
        return self.run(infos[0]["execution"])

    def runs(self):
        """Return every run of the domain, open ones first."""
        answers = [
            self.ask(f"List{kind}WorkflowExecutions", startTimeFilter=EPOCH)
            for kind in ("Open", "Closed")
        ]
        return [
            self.run(info["execution"]) for answer in answers for info in answer["executionInfos"]
        ]

    def poll(self, task_list="deciders", **options):
        return self.ask("PollForDecisionTask", taskList={"name": task_list}, **options)

    def respond(self, task, *decisions, **more):
        self.call(
            "RespondDecisionTaskCompleted",
            taskToken=task["taskToken"],
            decisions=list(decisions),
            **more,
        )

    def decide(self, *decisions, task_list="deciders", **more):
        """Take the next decision task and complete it."""
        task = self.poll(task_list)
        assert task["taskToken"], f"no decision task in {task_list}"
        self.respond(task, *decisions, **more)
        return task

    def work(self, task_list="workers", **options):
        return self.ask("PollForActivityTask", taskList={"name": task_list}, **options)

    def complete(self, task, **more):
        self.call("RespondActivityTaskCompleted", taskToken=task["taskToken"], **more)

    def heartbeat(self, task, **more):
        answer = self.call("RecordActivityTaskHeartbeat", taskToken=task["taskToken"], **more)
        return answer["cancelRequested"]

    def advance(self, seconds):
        self.clock.advance(seconds)


def _merge(settings, changes):
    return {name: value for name, value in {**settings, **changes}.items() if value is not None}


class Run:
    """One run of a workflow execution."""

    def __init__(self, domain, workflow_id, run_id):
        self.domain, self.workflow_id, self.run_id = domain, workflow_id, run_id

    @property
    def execution(self):
        return {"workflowId": self.workflow_id, "runId": self.run_id}

    @property
    def unknown(self):
        """The message of the fault for an unknown run."""
        return (
            "Unknown execution: WorkflowExecution="
            f"[workflowId={self.workflow_id}, runId={self.run_id}]"
        )

    def page(self, **options):
        return self.domain.ask("GetWorkflowExecutionHistory", execution=self.execution, **options)

    def history(self):
        page = self.page()
        events = page["events"]
        while "nextPageToken" in page:
            page = self.page(nextPageToken=page["nextPageToken"])
            events += page["events"]
        return events

    def types(self, after=0):
        return [event["eventType"] for event in self.history() if event["eventId"] > after]

    def since(self, event_id):
        """Return the events after an event, as (type, attributes) pairs."""
        return [
            (event["eventType"], _attributes(event))
            for event in self.history()
            if event["eventId"] > event_id
        ]

    def last(self, event_type):
        """Return the attributes of the last event of a type."""
        return [attributes for kind, attributes in self.since(0) if kind == event_type][-1]

    def event_id(self, event_type):
        """Return the id of the last event of a type."""
        return [e["eventId"] for e in self.history() if e["eventType"] == event_type][-1]

    def describe(self):
        return self.domain.ask("DescribeWorkflowExecution", execution=self.execution)

    @property
    def info(self):
        return self.describe()["executionInfo"]

    @property
    def status(self):
        return self.info.get("closeStatus", "OPEN")

    @property
    def open_counts(self):
        return self.describe()["openCounts"]

    def signal(self, name="hello", **more):
        self.domain.ask(
            "SignalWorkflowExecution", workflowId=self.workflow_id, signalName=name, **more
        )

    def request_cancel(self, **more):
        self.domain.ask("RequestCancelWorkflowExecution", workflowId=self.workflow_id, **more)

    def terminate(self, **more):
        self.domain.ask("TerminateWorkflowExecution", workflowId=self.workflow_id, **more)


def _attributes(event):
    return next(value for member, value in event.items() if member.endswith("EventAttributes"))


class Wire:
    """Raw requests over HTTP, without botocore."""

    CREDENTIAL = f"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/{REGION}/swf/aws4_request"

    def __init__(self, url):
        parts = urlsplit(url)
        self.connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=30)

    def send(self, operation, body="{}", target="SimpleWorkflowService.{}", **headers):
        """Return the status, headers and body of the response, as bytes."""
        if not isinstance(body, (str, bytes)):
            body = json.dumps(body)
        all_headers = {
            "Content-Type": "application/x-amz-json-1.0",
            "X-Amz-Target": target.format(operation),
            "Authorization": f"{self.CREDENTIAL}, SignedHeaders=host, Signature=0",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        self.connection.request("POST", "/", body, all_headers)
        answer = self.connection.getresponse()
        return answer.status, answer.headers, answer.read()

    def ask(self, operation, **params):
        """Return the JSON of a response, with the order of members."""
        status, _, body = self.send(operation, {"domain": Domain.name, **params})
        assert status == 200, body
        return json.loads(body, parse_float=Number, object_pairs_hook=Ordered)

    def fault(self, operation, params, **options):
        status, _, body = self.send(operation, params, **options)
        return status, json.loads(body)


class Ordered(dict):
    """A JSON object with the order of its members."""

    def __init__(self, pairs):
        super().__init__(pairs)
        self.order = [name for name, _ in pairs]


class Number(float):
    """A JSON number with its original text."""

    def __new__(cls, text):
        number = super().__new__(cls, text)
        number.text = text
        return number


@pytest.fixture(scope="session")
def session_wire():
    clock = ManualClock()
    with LocalSWF(clock=clock, poll_timeout=0) as service:
        transport = Transport(service, clock, "http")
        wire = Wire(transport.url)
        yield wire, transport
        wire.connection.close()


@pytest.fixture
def wire(session_wire):
    """Raw requests to a service with the domain `orders` of the other tests."""
    wire, transport = session_wire
    transport.service.reset()
    wire.orders = Domain(transport.client(), transport.clock).register()
    return wire


@pytest.fixture
def one_attempt():
    """Options of a boto3 client that makes no retries."""
    return {**KEYS, "config": ONCE}
