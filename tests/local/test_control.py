"""The control API over HTTP: clock, fault rules, snapshots, limits, events, and its guards."""

import http.client
import json
import re
import socket
import time
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.config import Config

from swf.local import LocalSWF, ManualClock, SkippingClock, SystemClock
from swf.local.control import duration
from swf.local.control_rules import RULES, ControlError, read_rule
from swf.local.control_schema import OPENAPI

DAY = 86_400
JSON = {"Content-Type": "application/json"}


class Client:
    """Sends JSON to a served service."""

    def __init__(self, url):
        self.url = url
        self.place = urlsplit(url)

    def __call__(self, method, path, body=None, headers=JSON):
        connection = http.client.HTTPConnection(self.place.hostname, self.place.port, timeout=10)
        text = body if isinstance(body, (str, bytes, type(None))) else json.dumps(body)
        connection.request(method, f"/_swf/{path}", text, headers)
        response = connection.getresponse()
        answer = json.loads(response.read())
        connection.close()
        return response.status, answer

    def swf(self):
        return boto3.client(
            "swf",
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id="local",
            aws_secret_access_key="local",
            config=Config(retries={"total_max_attempts": 1}),
        )


@pytest.fixture
def serve():
    services = []

    def serve(clock=None, **options):
        services.append(LocalSWF(clock or ManualClock()))
        return Client(services[-1].serve(**options))

    yield serve
    for service in services:
        service.close()


def register(swf, name="d"):
    swf.register_domain(name=name, workflowExecutionRetentionPeriodInDays="7")


def start_with_timer(swf, seconds):
    """Start an execution that waits for a timer."""
    register(swf)
    swf.register_workflow_type(
        domain="d",
        name="w",
        version="1",
        defaultTaskList={"name": "t"},
        defaultTaskStartToCloseTimeout="60",
        defaultExecutionStartToCloseTimeout=str(365 * DAY),
        defaultChildPolicy="TERMINATE",
    )
    swf.start_workflow_execution(
        domain="d", workflowId="e", workflowType={"name": "w", "version": "1"}
    )
    task = swf.poll_for_decision_task(domain="d", taskList={"name": "t"})
    timer = {"timerId": "x", "startToFireTimeout": str(seconds)}
    swf.respond_decision_task_completed(
        taskToken=task["taskToken"],
        decisions=[{"decisionType": "StartTimer", "startTimerDecisionAttributes": timer}],
    )


def test_thirty_days_pass_at_once(serve):
    control = serve()
    swf = control.swf()
    start_with_timer(swf, 30 * DAY)

    status, clock = control("POST", "clock/advance", {"seconds": "30d"})

    assert status == 200
    assert clock["kind"] == "manual"
    task = swf.poll_for_decision_task(domain="d", taskList={"name": "t"})
    assert "TimerFired" in [event["eventType"] for event in task["events"]]


def test_clock_skips_to_the_next_deadline(serve):
    control = serve()
    start_with_timer(control.swf(), 3600)
    before = control("GET", "clock")[1]

    after = control("POST", "clock/skip")[1]

    assert before["next_deadline"] == after["now"] == before["now"] + 3600


def test_skip_without_a_deadline_is_refused(serve):
    assert serve()("POST", "clock/skip") == (409, {"error": "skip: nothing is due in future"})


@pytest.mark.parametrize("clock", [SystemClock, SkippingClock])
def test_running_clock_is_frozen_and_resumed(clock, serve):
    control = serve(clock())

    frozen = control("POST", "clock/freeze")[1]
    again = control("GET", "clock")[1]
    resumed = control("POST", "clock/resume")[1]

    assert frozen["frozen"] is True
    assert again["now"] == frozen["now"]
    assert resumed["frozen"] is False


def test_manual_clock_cannot_be_resumed(serve):
    status, answer = serve()("POST", "clock/resume")

    assert status == 409
    assert "manual clock" in answer["error"]


@pytest.mark.parametrize(
    ("value", "seconds"), [(5, 5), (1.5, 1.5), ("90", 90), ("30d", 30 * DAY), ("1.5h", 5400)]
)
def test_duration_is_a_number_or_has_a_unit(value, seconds):
    assert duration(value) == seconds


@pytest.mark.parametrize("value", [None, True, -1, "x", "1w", "-1s", [], 1e300, float("nan")])
def test_other_durations_are_refused(value):
    with pytest.raises(ControlError, match="seconds="):
        duration(value)


def test_fault_rule_applies_until_it_is_removed(serve):
    control = serve()
    swf = control.swf()
    rule = {"kind": "Refusal", "operation": "RegisterDomain", "code": "LimitExceededFault"}

    _, added = control("POST", "faults", rule)
    listed = control("GET", "faults")[1]["faults"]
    with pytest.raises(swf.exceptions.LimitExceededFault):
        register(swf)
    control("DELETE", f"faults/{added['id']}")
    register(swf)

    assert listed == [added]
    assert control("GET", "faults")[1]["faults"] == []


@pytest.mark.parametrize("kind", RULES)
def test_every_kind_of_rule_can_be_added(kind, serve):
    control = serve()
    operation = "StartTimer" if kind == "FailedDecision" else "ListDomains"

    status, rule = control("POST", "faults", {"kind": kind, "operation": operation, "times": 1})

    assert (status, rule["kind"]) == (200, kind)


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({}, "kind=None"),
        ({"kind": "Explosion"}, "kind='Explosion': must be one of Throttling"),
        ({"kind": "Latency", "minutes": 1}, "minutes: Latency has no such parameter"),
        ({"kind": "Latency", "seconds": "long"}, "seconds='long': must be float"),
        ({"kind": "Latency", "when": "os.system"}, "when: Latency has no such parameter"),
        ({"kind": "Latency", "probability": 2}, "probability=2: must be 0 to 1"),
        ({"kind": "Latency", "times": True}, "times=True"),
    ],
)
def test_wrong_rule_is_refused_by_name(members, message):
    with pytest.raises(ControlError, match=re.escape(message)):
        read_rule(members)


def test_snapshot_is_saved_downloaded_uploaded_and_restored(serve):
    control, other = serve(), serve()
    register(control.swf())
    control("POST", "snapshots/before")
    _, downloaded = control("GET", "snapshots/before")
    register(control.swf(), "later")

    control("POST", "snapshots/before/restore")
    other("POST", "snapshots/copy", downloaded)
    other("POST", "snapshots/copy/restore")

    for each in (control, other):
        domains = each.swf().list_domains(registrationStatus="REGISTERED")["domainInfos"]
        assert [domain["name"] for domain in domains] == ["d"]


@pytest.mark.parametrize(
    "body", [{"tenants": 1}, {"tenants": [{}]}, {"tenants": [], "now": "soon"}]
)
def test_damaged_snapshot_is_refused(body, serve):
    status, answer = serve()("POST", "snapshots/x", body)

    assert status == 400
    assert "snapshot" in answer["error"]


@pytest.mark.parametrize(
    "damage",
    [
        {"now": 5.0},
        {"checksum": 1},
        {"checksum": "x"},
        {"tenants": []},
    ],
)
def test_changed_snapshot_is_refused(damage, serve):
    control = serve()
    register(control.swf())
    control("POST", "snapshots/before")
    _, downloaded = control("GET", "snapshots/before")

    status, answer = control("POST", "snapshots/copy", {**downloaded, **damage})

    assert (status, "checksum does not match" in answer["error"]) == (400, True)


def test_accounts_are_listed_with_their_counts(serve):
    control = serve()
    start_with_timer(control.swf(), 60)

    assert control("GET", "accounts")[1]["accounts"] == [
        {
            "access_key": "local",
            "region": "us-east-1",
            "domains": 1,
            "executions": 1,
            "open_executions": 1,
        }
    ]


def test_limits_are_changed_while_the_service_runs(serve):
    control = serve()
    swf = control.swf()
    register(swf)

    control("PUT", "limits", {"limits": "strict"})
    for number in range(99):
        register(swf, f"d{number}")
    with pytest.raises(swf.exceptions.ClientError, match=r"LimitExceeded|Throttling"):
        register(swf, "one too many")


def test_reset_removes_everything(serve):
    control = serve()
    register(control.swf())

    control("POST", "reset")

    assert control.swf().list_domains(registrationStatus="REGISTERED")["domainInfos"] == []


class Stream:
    """A connection that reads server-sent events."""

    def __init__(self, control, query="", last=None):
        place = control.place
        self.connection = http.client.HTTPConnection(place.hostname, place.port, timeout=10)
        headers = (
            {}
            if last is None
            else {"Last-Event-ID": last if isinstance(last, bytes) else str(last)}
        )
        self.connection.request("GET", f"/_swf/events{query}", headers=headers)
        self.response = self.connection.getresponse()

    def next(self):
        fields = {}
        while line := self.response.readline().decode().strip():
            name, _, value = line.partition(": ")
            fields[name] = value
        return int(fields["id"]), fields["event"], json.loads(fields["data"])

    def close(self):
        self.response.close()
        self.connection.close()


def test_stream_sends_the_events_of_the_service(serve):
    control = serve()
    stream = Stream(control)
    register(control.swf())

    _, _, first = stream.next()
    _, kind, _ = stream.next()
    stream.close()

    assert first["access_key"] == "local"
    assert kind == "domain"


def test_stream_is_filtered_by_event_type(serve):
    control = serve()
    stream = Stream(control, "?event_type=TimerStarted")
    start_with_timer(control.swf(), 60)

    _, _, data = stream.next()
    stream.close()

    assert data["event_type"] == "TimerStarted"


def test_stream_resumes_after_an_id(serve):
    control = serve()
    start_with_timer(control.swf(), 60)
    stream = Stream(control, last=0)
    first = stream.next()
    second = stream.next()
    stream.close()

    resumed = Stream(control, last=first[0])
    again = resumed.next()
    resumed.close()

    assert again[0] >= second[0] >= first[0]


def test_server_with_an_open_stream_stops_at_once(monkeypatch, make_service):
    monkeypatch.setattr("swf.local.http.GRACE", 20)
    service = make_service()
    stream = Stream(Client(service.serve()))
    begin = time.monotonic()

    service.close()

    seconds = time.monotonic() - begin
    stream.close()

    assert seconds < 10


def test_change_without_json_content_type_is_refused(serve):
    control = serve()

    status, answer = control("POST", "reset", headers={"Content-Type": "text/plain"})

    assert status == 415
    assert "application/json" in answer["error"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({**JSON, "Authorization": "Bearer wrong"}, 401),
        ({"Content-Type": "text/plain", "Authorization": "Bearer secret"}, 415),
    ],
)
def test_refused_request_is_answered_before_its_body_arrives(serve, headers, status):
    place = serve(token="secret").place
    connection = http.client.HTTPConnection(place.hostname, place.port, timeout=10)
    connection.putrequest("POST", "/_swf/snapshots/x")
    for name, value in {**headers, "Content-Length": str(2**27)}.items():
        connection.putheader(name, value)
    connection.endheaders()

    assert connection.getresponse().status == status
    connection.close()


def test_body_that_ends_early_is_refused(serve):
    place = serve().place
    with socket.create_connection((place.hostname, place.port), timeout=10) as client:
        client.sendall(
            b"POST /_swf/reset HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n"
            b"Content-Type: application/json\r\n\r\n{"
        )
        client.shutdown(socket.SHUT_WR)

        assert b" 500 " not in client.recv(100)


@pytest.mark.parametrize("headers", [{"Host": "evil.example"}, {"Origin": "http://evil.example"}])
def test_request_of_a_foreign_page_is_refused(headers, serve):
    assert serve()("POST", "reset", headers={**JSON, **headers})[0] == 403


def test_token_is_required_when_one_is_set(serve):
    control = serve(token="secret")

    assert control("GET", "clock")[0] == 401
    assert control("GET", "clock", headers={"Authorization": "Bearer secret"})[0] == 200


@pytest.mark.parametrize("options", [{"control": False}, {"host": "0.0.0.0"}])
def test_control_is_absent_when_it_is_not_safe(options, serve):
    control = serve(**options)
    control.place = urlsplit(control.url.replace("0.0.0.0", "127.0.0.1"))

    status, _ = control("GET", "clock")

    assert status == 404


@pytest.mark.parametrize("body", ["{", "[]", "1", "[" * 100_000, b"\xff"])
def test_body_that_is_no_object_is_refused(body, serve):
    status, answer = serve()("POST", "faults", body)

    assert status == 400
    assert answer["error"].startswith("body: must be")


def test_unknown_path_names_the_known_ones(serve):
    status, answer = serve()("GET", "weather")

    assert status == 404
    assert "GET clock" in answer["error"]


def test_document_describes_every_path(serve):
    control = serve()

    assert control("GET", "openapi.json") == (200, OPENAPI)
    for path, methods in OPENAPI["paths"].items():
        name = path.removeprefix("/_swf/").replace("{id}", "7").replace("{name}", "n")
        for method in methods:
            if name != "events":
                status, _ = control(method.upper(), name, {"seconds": 1})
                assert status != 500, path
                assert (status == 404) <= ("faults/" in name or "snapshots/" in name), path


@pytest.mark.parametrize("last", ["x", "-1", "1.5", "٣", "9" * 5000])
def test_stream_from_an_id_that_is_no_number_starts_now(serve, last):
    control = serve()
    register(control.swf())
    stream = Stream(control, last=last.encode())
    register(control.swf(), "another")

    _, _, data = stream.next()
    stream.close()

    assert data["record"][0]["name"] == "another"


def test_stream_from_an_unknown_later_id_starts_at_first(serve):
    control = serve()
    register(control.swf())
    stream = Stream(control, last=5000)

    number, kind, _ = stream.next()
    stream.close()

    assert (number, kind) == (1, "tenant")
