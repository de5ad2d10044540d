"""Clients of botocore: settings, damaged responses, retries and local accounts."""

from __future__ import annotations

import json
import re
import time
import traceback

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError

import swf
from swf import settings
from swf.client import open_session
from swf.connection import Connection
from swf.exceptions import (
    EndpointError,
    EndpointUnreachableError,
    InvalidCredentialsError,
    SWFError,
    ValidationError,
)

KEYS = {"aws_access_key_id": "AKIA", "aws_secret_access_key": "s3cr3t"}


class Raw:
    def __init__(self, body: bytes) -> None:
        self.body = body

    def stream(self, *_args, **_kwargs):
        yield self.body


def test_the_client_follows_the_settings():
    client = swf.connect(
        region="eu-west-1", endpoint_url="http://127.0.0.1:4570", connection_retries=2, **KEYS
    ).client

    assert client.meta.region_name == "eu-west-1"
    assert client.meta.endpoint_url == "http://127.0.0.1:4570"
    assert client.meta.config.retries["total_max_attempts"] == 3


def test_explicit_region_overrides_settings():
    settings.set(region="eu-west-1")

    assert swf.connect(region="us-west-2").client.meta.region_name == "us-west-2"


def test_without_a_region_the_client_goes_to_us_east_1():
    assert swf.connect(**KEYS).client.meta.region_name == "us-east-1"


def test_the_client_waits_longer_than_a_long_poll():
    assert swf.connect(**KEYS).client.meta.config.read_timeout >= 70


def test_the_retry_mode_of_the_environment_is_kept(monkeypatch):
    monkeypatch.setenv("AWS_RETRY_MODE", "adaptive")

    assert swf.connect(region="eu-north-1", **KEYS).client.meta.config.retries["mode"] == "adaptive"


def test_missing_profile_is_named_without_keys():
    with pytest.raises(ValidationError, match="absent") as caught:
        _ = swf.connect(profile="absent", **KEYS).client

    assert "s3cr3t" not in str(caught.value)


def test_closed_port_is_unreachable():
    link = swf.connect(endpoint_url="http://127.0.0.1:9", connection_retries=0, **KEYS)

    with pytest.raises(EndpointUnreachableError, match=r"127\.0\.0\.1:9"):
        link.call("ListDomains", registrationStatus="REGISTERED")


def test_missing_credentials_are_named():
    link = swf.connect(region="us-east-1", connection_retries=0)

    with pytest.raises(InvalidCredentialsError, match="credentials"):
        link.call("ListDomains", registrationStatus="REGISTERED")


LISTING = {"domainInfos": []}


REGISTERED = {"registrationStatus": "REGISTERED"}


SIGNAL = {"domain": "d", "workflowId": "w", "signalName": "go"}


POLL = {"domain": "d", "taskList": {"name": "t"}}


class Script:
    """Sends scripted responses: a body, a pair (status, body), or an exception of botocore."""

    def __init__(self, *responses):
        self.responses = list(responses)
        self.operations = []

    def __call__(self, request, **_):
        self.operations.append(request.headers["X-Amz-Target"].decode().rpartition(".")[2])
        response = self.responses.pop(0)
        if isinstance(response, Exception):
            raise response
        status, body = response if isinstance(response, tuple) else (200, response)
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"Content-Type": "text/html" if content[:1] == b"<" else "application/json"}
        return AWSResponse(request.url, status, headers, Raw(content))


@pytest.fixture
def scripted(monkeypatch):
    """Return a function that makes a connection with its own clients and a script of responses."""
    monkeypatch.setattr(time, "sleep", lambda _: None)

    def connect(*responses, retries=2):
        link = Connection(settings.Settings(region="eu-west-1", connection_retries=retries, **KEYS))
        script = Script(*responses)
        for client in (link.client, link._single_attempt_client):
            client.meta.events.register_first("before-send.swf", script)
        return link, script

    return connect


def lost():
    return ReadTimeoutError(endpoint_url="https://swf")


def refused():
    return EndpointConnectionError(endpoint_url="https://swf")


@pytest.mark.parametrize(
    ("response", "words"),
    [
        (b"<html><h1>Sign in</h1>\n</html>", "status 200, text/html, '<html><h1>Sign in</h1>'"),
        (b'{"domainInfos": [', "status 200, application/json"),
        (b"[1]", "status 200"),
        (b"[" * 100_000, "status 200"),
        ((503, b"<html>Busy</html>"), "status 503, text/html, '<html>Busy</html>'"),
        ((404, b"<html>Nothing</html>"), "status 404, text/html"),
    ],
    ids=["html", "truncated", "list", "nested", "html 503", "html 404"],
)
@pytest.mark.parametrize("operation", ["ListDomains", "ListOpenWorkflowExecutions"])
def test_foreign_response_is_an_endpoint_error(scripted, operation, response, words):
    link, _ = scripted(*[response] * 9)
    times = {"domain": "d", "startTimeFilter": {"oldestDate": 0}}

    with pytest.raises(EndpointError, match=re.escape(words)) as refused:
        link.call(operation, **(REGISTERED if operation == "ListDomains" else times))

    assert str(refused.value).startswith(f"{operation}: ")


@pytest.mark.parametrize(
    "response",
    [
        b'{"typeInfo": {"creationDate": "soon"}}',
        b'{"typeInfo": {"creationDate": 1e400}}',
        b'{"typeInfo": {"creationDate": NaN}}',
        b'{"typeInfo": {"creationDate": {}}}',
        b'{"typeInfo": 5}',
    ],
)
def test_response_that_botocore_cannot_parse_is_an_endpoint_error(scripted, response):
    link, script = scripted(*[response] * 9)

    with pytest.raises(EndpointError, match="DescribeWorkflowType: not a response of the service"):
        link.call("DescribeWorkflowType", domain="d", workflowType={"name": "w", "version": "1"})

    assert len(script.operations) == 3  # repeated like a lost response


def test_error_of_a_handler_of_the_client_is_raised_unchanged(scripted):
    link, _ = scripted(LISTING)

    def fail(**_):
        raise KeyError("mine")

    link.client.meta.events.register("after-call.swf", fail)

    with pytest.raises(KeyError, match="mine"):
        link.call("ListDomains", **REGISTERED)


def test_damaged_response_is_retried(scripted):
    link, script = scripted(b'{"domainInf', LISTING)

    assert link.call("ListDomains", **REGISTERED) == LISTING
    assert len(script.operations) == 2


def test_direct_use_of_the_client_is_unchanged(scripted):
    link, _ = scripted(LISTING)

    assert link.client.list_domains(**REGISTERED)["domainInfos"] == []


@pytest.mark.parametrize("operation", ["PollForActivityTask", "PollForDecisionTask"])
def test_polls_are_not_retried(scripted, operation):
    for failure in (lost(), refused(), (500, {"__type": "x#InternalFailure"}), b"<html>"):
        link, script = scripted(*[failure] * 9)

        with pytest.raises(SWFError):
            link.call(operation, **POLL)

        assert script.operations == [operation]


@pytest.mark.parametrize(
    ("operation", "params"),
    [
        ("SignalWorkflowExecution", SIGNAL),
        ("RequestCancelWorkflowExecution", {"domain": "d", "workflowId": "w"}),
    ],
)
@pytest.mark.parametrize(
    "failure",
    [lost(), b"<html>", (500, {"__type": "x#InternalFailure"})],
    ids=["lost", "html", "500"],
)
def test_signal_that_may_have_arrived_is_not_repeated(scripted, operation, params, failure):
    link, script = scripted(*[failure] * 9)

    with pytest.raises(SWFError):
        link.call(operation, **params)

    assert len(script.operations) == 1


@pytest.mark.parametrize(
    "failure",
    [
        refused(),
        (400, {"__type": "x#ThrottlingException"}),
        (503, {"__type": "x#ServiceUnavailable"}),
    ],
    ids=["refused", "throttled", "unavailable"],
)
def test_signal_that_did_not_arrive_is_repeated(scripted, failure):
    link, script = scripted(failure, failure, b"")

    assert link.call("SignalWorkflowExecution", **SIGNAL) == {}
    assert len(script.operations) == 3


@pytest.fixture
def aws_home(tmp_path, monkeypatch):
    """A home directory with AWS's files, empty at first."""
    (tmp_path / ".aws").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / ".aws"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
def test_loopback_endpoint_defaults_to_the_local_account(aws_home, host):
    link = Connection(settings.Settings(endpoint_url=f"http://{host}:4567", region="eu-west-1"))

    keys = link.client._request_signer._credentials

    assert (keys.access_key, keys.secret_key) == ("local", "local")


def test_profile_without_credentials_keeps_the_local_account(aws_home):
    (aws_home / "config").write_text("[profile dev]\nsso_start_url=https://x\nregion=us-west-2\n")
    link = Connection(settings.Settings(endpoint_url="http://127.0.0.1:1", region="eu-west-1"))

    assert link.client._request_signer._credentials.access_key == "local"


def test_credentials_override_the_local_account(aws_home):
    (aws_home / "credentials").write_text(
        "[default]\naws_access_key_id=AKIAFILE\naws_secret_access_key=file\n"
    )
    url = "http://127.0.0.1:1"
    of_file = Connection(settings.Settings(endpoint_url=url, region="eu-west-1"))
    of_settings = Connection(settings.Settings(endpoint_url=url, region="eu-west-1", **KEYS))

    assert of_file.client._request_signer._credentials.access_key == "AKIAFILE"
    assert of_settings.client._request_signer._credentials.access_key == "AKIA"


def test_other_endpoints_have_no_local_account(aws_home):
    link = Connection(settings.Settings(endpoint_url="https://swf.example", region="eu-west-1"))

    assert link.client._request_signer._credentials is None


def test_password_in_the_endpoint_url_is_in_no_error():
    ours = swf.connect(endpoint_url="http://me:pa55word@127.0.0.1:1", connection_retries=0, **KEYS)

    with pytest.raises(EndpointUnreachableError) as caught:
        ours.call("ListDomains", registrationStatus="REGISTERED")

    assert "pa55word" not in "".join(traceback.format_exception(caught.value))
    assert ours.endpoint_url == "http://...@127.0.0.1:1"


def test_sessions_share_no_event_handlers():
    one, other = (open_session(settings.resolve()) for _ in range(2))
    calls = []
    one.register("an-event", lambda **_: calls.append("one"))

    other.emit("an-event")
    assert calls == []
    one.emit("an-event")
    assert calls == ["one"]
