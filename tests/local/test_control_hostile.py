"""Hostile requests to the control API are refused by name, and leave the service usable."""

import base64
import json

import pytest

from swf.local import LocalSWF, ManualClock, SkippingClock, SystemClock
from swf.local.clock import MAX_TIME
from swf.local.control import ControlApi, ControlRequest

DEEP = "[" * 100_000 + "]" * 100_000
TENANT = ["tenant", {"account": "1", "region": "r", "secret": "", "runs": 0}]
DOMAIN = {"name": "d", "status": "REGISTERED", "retention": "1", "description": None, "tags": {}}


@pytest.fixture
def api(make_service):
    return ControlApi(make_service(ManualClock())._core)


def send(api, method, path, body="{}", **options):
    data = body if isinstance(body, bytes) else body.encode("utf-8", "surrogatepass")
    return api.respond(ControlRequest(method, path, data, **options))


def is_usable(api):
    status, answer = send(api, "GET", "clock")
    json.dumps(answer)
    return status == 200


HOSTILE_SECONDS = (
    *("-1", "-1e-9", "NaN", "Infinity", "-Infinity", "1e999", "1e300", "true", "null", "[]", "{}"),
    *('"1e3"', '"-5s"', '"5 weeks"', '"\\u0663d"', '""', "1" + "0" * 400, "1" * 5000),
    '"' + "9" * 400 + '"',
)


@pytest.mark.parametrize("clock", [ManualClock, SkippingClock, SystemClock])
def test_hostile_advance_is_refused(make_service, clock):
    api = ControlApi(make_service(clock())._core)
    before = send(api, "GET", "clock")[1]["now"]

    for seconds in HOSTILE_SECONDS:
        status, answer = send(api, "POST", "clock/advance", f'{{"seconds": {seconds}}}')
        assert (status, "error" in answer) == (400, True), seconds

    assert 0 <= send(api, "GET", "clock")[1]["now"] - before < 60


@pytest.mark.parametrize("clock", [ManualClock, SkippingClock, SystemClock])
def test_clock_cannot_leave_the_calendar(make_service, clock):
    api = ControlApi(make_service(clock())._core)
    statuses = [send(api, "POST", "clock/advance", '{"seconds": "36500d"}')[0] for _ in range(90)]

    assert statuses[0] == 200
    assert statuses[-1] == 409
    assert is_usable(api)


@pytest.mark.parametrize(
    "body",
    [DEEP, "{", "", "[]", "5", '"x"', b"\xff\xfe", b"\x00", '{"seconds": \ud800}', "{'a': 1}"],
)
@pytest.mark.parametrize("path", ["clock/advance", "faults", "polls/end"])
def test_body_that_is_no_object_is_refused(api, path, body):
    status, answer = send(api, "POST", path, body)

    assert (status, "error" in answer) == (400, True)


@pytest.mark.parametrize(
    "rule",
    [
        '{"kind": []}',
        '{"kind": {}}',
        '{"kind": "Latency", "seconds": -1}',
        '{"kind": "Latency", "seconds": NaN}',
        '{"kind": "Latency", "seconds": Infinity}',
        '{"kind": "ClockJump", "seconds": -3600}',
        '{"kind": "ClockJump", "seconds": 1e300}',
        '{"kind": "ShortPollTokens", "seconds": -1}',
        '{"kind": "ShortPages", "size": 0}',
        '{"kind": "ShortPages", "size": -5}',
        '{"kind": "ServerError", "status": 99}',
        '{"kind": "ServerError", "status": 200}',
        '{"kind": "Throttling", "times": -1}',
        '{"kind": "Throttling", "probability": NaN}',
        '{"kind": "Throttling", "probability": -0.1}',
        '{"kind": "Throttling", "probability": true}',
        '{"kind": "Throttling", "operation": ["a"]}',
        '{"kind": "Throttling", "operation": "RespondActivityTaskComplete"}',
        '{"kind": "FailedDecision", "operation": "PollForDecisionTask"}',
        '{"kind": "Throttling", "when": "os.system"}',
        '{"kind": "Throttling", "__class__": "x"}',
    ],
)
def test_hostile_rule_is_refused(api, rule):
    status, answer = send(api, "POST", "faults", rule)

    assert (status, "error" in answer) == (400, True)
    assert send(api, "GET", "faults")[1] == {"faults": []}


@pytest.mark.parametrize("number", ["-1", "1.0", "x", "9" * 5000, "\u0663", "\u00b2", "1/2", ""])
def test_rule_of_a_hostile_number_is_unknown(api, number):
    send(api, "POST", "faults", '{"kind": "Throttling"}')

    assert send(api, "DELETE", f"faults/{number}")[0] in (200, 404)
    assert is_usable(api)


def upload(records, now=1.0, **members):
    text = records if isinstance(records, bytes) else json.dumps(records).encode()
    tenant = {"access_key": "k", "region": "r", "state": base64.b64encode(text).decode(), **members}
    return json.dumps({"now": now, "tenants": [tenant]})


def run_at(timestamp, **settings):
    attributes = {"childPolicy": "TERMINATE", "executionStartToCloseTimeout": "10", **settings}
    attributes |= {"taskList": {"name": "l"}, "workflowType": {"name": "w", "version": "1"}}
    event = {
        "eventId": 1,
        "eventTimestamp": timestamp,
        "eventType": "WorkflowExecutionStarted",
        "workflowExecutionStartedEventAttributes": attributes,
    }
    return [TENANT, ["domain", DOMAIN], ["run", "d", "w", "r1", 1, event]]


HOSTILE_SNAPSHOTS = (
    upload([]),
    upload({}),
    upload(b"\xff"),
    upload(DEEP.encode()),
    upload([TENANT, TENANT]),
    upload([["domain", DOMAIN]]),
    upload([["tenant", {**TENANT[1], "secret": "00" * 65}]]),
    upload([["tenant", {**TENANT[1], "secret": "no"}]]),
    upload([TENANT, ["domain", {**DOMAIN, "extra": 1}]]),
    upload([TENANT, ["closed", "d", "w", "r", 1, {}, ["x"]]]),
    upload([TENANT, ["event", "missing", {}]]),
    upload([TENANT, ["__init__"]]),
    upload(run_at("now")),
    upload(run_at(float("nan"))),
    upload(run_at(float("inf"))),
    upload(run_at(1e300)),
    upload(run_at(1.0, executionStartToCloseTimeout="NaN")),
    upload(run_at(1.0, executionStartToCloseTimeout="x")),
    upload([TENANT], now=-1),
    upload([TENANT], now=1e300),
    upload([TENANT], now="soon"),
    upload([TENANT], now=[]),
    '{"now": NaN, "tenants": []}',
    '{"now": 1' + "0" * 400 + ', "tenants": []}',
    upload([TENANT], access_key=5),
    upload([TENANT], access_key=[]),
    upload([TENANT], region="\ud800"),
    upload([TENANT], region="r" * 1000),
    upload([TENANT], state="*"),
    upload([TENANT], state=None),
    '{"now": 1, "tenants": {"a": 1}}',
    '{"now": 1, "tenants": ["a"]}',
    '{"now": 1, "tenants": 5}',
)


def test_hostile_snapshot_changes_nothing(api):
    send(api, "POST", "snapshots/before")
    before = send(api, "GET", "snapshots/before")[1]

    for body in HOSTILE_SNAPSHOTS:
        status, answer = send(api, "POST", "snapshots/x", body)
        if status == 200:
            status, answer = send(api, "POST", "snapshots/x/restore")
        assert (status, "snapshot" in answer["error"]) == (400, True), body[:200]

    send(api, "POST", "snapshots/after")
    assert send(api, "GET", "snapshots/after")[1] == before


@pytest.mark.parametrize("token", ["", "wrong", "é", "\udcff", "s" * 8000])
def test_wrong_token_is_refused(make_service, token):
    api = ControlApi(make_service(ManualClock())._core, "secret")

    assert send(api, "GET", "clock", token=token)[0] == 401
    assert send(api, "GET", "clock", token="secret")[0] == 200


@pytest.mark.parametrize("identities", ["null", "{}", '"x"', "5"])
def test_identities_that_are_no_list_are_refused(api, identities):
    assert send(api, "POST", "polls/end", f'{{"identities": {identities}}}')[0] == 400


def test_identities_of_any_type_end_no_polls(api):
    body = '{"identities": [null, {}, [], 5, "", "\\ud800"]}'

    assert send(api, "POST", "polls/end", body) == (200, {"ended": 0})


@pytest.mark.parametrize("path", ["", "/", "clock/", "clock/clock", "../clock", "é", "x" * 5000])
def test_unknown_path_is_named(api, path):
    status, answer = send(api, "POST", path)

    assert status in (400, 404)
    assert "error" in answer


def test_system_clock_survives_a_snapshot_of_the_far_future(tmp_path):
    with LocalSWF(SystemClock(), tmp_path / "swf.db") as service:
        api = ControlApi(service._core)
        send(api, "POST", "snapshots/x", upload(run_at(MAX_TIME + 1)))

        assert send(api, "POST", "snapshots/x/restore")[0] == 400
        assert send(api, "GET", "clock")[1]["now"] < MAX_TIME
