from __future__ import annotations

import json
import os
import subprocess
import sys
import threading

import boto3
import pytest
from botocore.awsrequest import AWSResponse

import swf
from swf import connection, settings
from swf.connection import Connection
from swf.exceptions import (
    BudgetExceeded,
    DoesNotExistError,
    InvalidKeywordArgumentError,
    InvalidTypeError,
    RateLimitExceededError,
    ResponseError,
    ValidationError,
)

KEYS = {"aws_access_key_id": "AKIA", "aws_secret_access_key": "s3cr3t"}


class Raw:
    def __init__(self, body: bytes) -> None:
        self.body = body

    def stream(self, *_args, **_kwargs):
        yield self.body


def answer(client, *bodies, status=200):
    """Answer the client's next requests with these bodies, and return the requests as they come."""
    requests, responses = [], list(bodies)

    def send(request, **_):
        requests.append(json.loads(request.body))
        body = json.dumps(responses.pop(0)).encode()
        return AWSResponse(request.url, status, {"x-amzn-RequestId": "r-1"}, Raw(body))

    client.meta.events.register_first("before-send.swf", send)
    return requests


@pytest.fixture
def boto_client():
    from botocore.config import Config

    return boto3.client(
        "swf", region_name="us-east-1", config=Config(retries={"total_max_attempts": 1}), **KEYS
    )


@pytest.fixture
def stubbed(boto_client):
    return Connection(client=boto_client)


def test_importing_swf_loads_no_dependencies():
    code = "import sys, swf; print([m for m in ('boto3', 'botocore', 'attr') if m in sys.modules])"

    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert out.stdout.strip() == "[]"


def test_calls_of_an_embedded_service_do_not_load_botocore():
    code = (
        "import sys, swf; from swf.local import LocalSWF; LocalSWF().install();"
        "swf.Domain('d').save(); print('boto3' in sys.modules, 'botocore.session' in sys.modules)"
    )

    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert out.stdout.strip() == "False False"


def test_every_public_name_is_importable():
    for name in dir(swf):
        assert getattr(swf, name) is not None


def test_an_unknown_public_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="'swf' has no attribute 'Dommain'"):
        swf.Dommain  # noqa: B018


def test_equal_settings_share_a_connection():
    assert swf.connect(region="eu-west-1", **KEYS) is swf.connect(region="eu-west-1", **KEYS)


def test_different_settings_have_different_connections():
    assert swf.connect(region="eu-west-1") is not swf.connect(region="eu-west-2")


def test_an_unknown_setting_is_refused():
    with pytest.raises(InvalidKeywordArgumentError, match="regin"):
        swf.connect(regin="eu-west-1")


def test_pool_grows_with_reservations():
    link = Connection(settings.resolve(**KEYS))
    before = link.client.meta.config.max_pool_connections

    link.reserve(30)

    assert link.client.meta.config.max_pool_connections == before + 30


def test_threads_share_one_client():
    link = Connection(settings.resolve(**KEYS))
    clients = []
    threads = [threading.Thread(target=lambda: clients.append(link.client)) for _ in range(8)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len({id(client) for client in clients}) == 1


def test_a_forked_child_builds_its_own_client():
    link = Connection(settings.resolve(**KEYS))
    ours = link.client
    read, write = os.pipe()

    pid = os.fork()
    if pid == 0:
        os.write(write, b"own" if link.client is not ours else b"shared")
        os._exit(0)
    os.waitpid(pid, 0)

    assert os.read(read, 10) == b"own"
    assert link.client is ours


def test_current_connection_is_default_outside_using():
    ours = swf.connect(region="eu-west-1")

    with swf.using(ours):
        assert connection.current() is ours

    assert connection.current() is connection.default()


def test_using_ends_with_its_block_even_after_an_error():
    with pytest.raises(RuntimeError), swf.using(swf.connect(region="eu-west-1")):
        raise RuntimeError

    assert connection.current() is connection.default()


def test_using_is_local_to_its_thread():
    connections = []

    with swf.using(swf.connect(region="eu-west-1")):
        thread = threading.Thread(target=lambda: connections.append(connection.current()))
        thread.start()
        thread.join()

    assert connections == [connection.default()]


@pytest.mark.parametrize(
    "give",
    [
        lambda other: swf.using(other).__enter__(),
        lambda other: swf.Domain("orders", connection=other),
        lambda other: swf.DomainQuerySet(connection=other),
        lambda other: swf.DomainQuerySet().using(other),
        lambda other: swf.WorkflowTypeQuerySet(swf.Domain("orders"), connection=other),
    ],
)
def test_connection_of_wrong_type_is_refused(boto_client, give):
    with pytest.raises(InvalidTypeError, match=r"connection=.*must be a Connection"):
        give(boto_client)


def test_using_none_is_refused():
    with pytest.raises(InvalidTypeError, match="connection=None"), swf.using(None):
        pass


def test_client_as_settings_is_refused(boto_client):
    with pytest.raises(InvalidTypeError, match=r"settings=.*must be a Settings"):
        Connection(boto_client)


def test_call_returns_response_without_metadata(stubbed, boto_client):
    answer(boto_client, {"domainInfos": []})

    assert stubbed.call("ListDomains", registrationStatus="REGISTERED") == {"domainInfos": []}


def test_none_parameters_are_omitted(stubbed, boto_client):
    requests = answer(boto_client, {"domainInfos": []})

    stubbed.call("ListDomains", registrationStatus="REGISTERED", nextPageToken=None)

    assert requests == [{"registrationStatus": "REGISTERED"}]


def test_pages_are_fetched_one_by_one(stubbed, boto_client):
    requests = answer(
        boto_client,
        {"domainInfos": [{"name": "a"}], "nextPageToken": "2"},
        {"domainInfos": [{"name": "b"}], "nextPageToken": ""},
    )
    pages = stubbed.pages("ListDomains", registrationStatus="REGISTERED")

    next(pages)
    assert len(requests) == 1
    assert len([*pages]) == 1
    assert requests[1]["nextPageToken"] == "2"


def test_a_fault_is_translated_and_keeps_its_cause(stubbed, boto_client):
    answer(
        boto_client,
        {
            "__type": "com.amazonaws.swf.base.model#UnknownResourceFault",
            "message": "Unknown domain: d",
        },
        status=400,
    )

    with pytest.raises(DoesNotExistError) as caught:
        stubbed.call("DescribeDomain", name="d")

    assert caught.value.message == "Unknown domain: d"
    assert caught.value.operation == "DescribeDomain"
    assert caught.value.request_id == "r-1"
    assert isinstance(caught.value.__cause__, boto_client.exceptions.UnknownResourceFault)


def test_throttling_has_its_own_class(stubbed, boto_client):
    answer(
        boto_client,
        {"__type": "com.amazon.coral.availability#ThrottlingException", "message": "Rate exceeded"},
        status=400,
    )

    with pytest.raises(RateLimitExceededError, match="Rate exceeded"):
        stubbed.call("ListDomains", registrationStatus="REGISTERED")


def test_a_failure_of_the_service_stays_a_response_error(stubbed, boto_client):
    answer(boto_client, {"__type": "com.amazon.coral.service#InternalFailure"}, status=500)

    with pytest.raises(ResponseError, match="InternalFailure"):
        stubbed.call("ListDomains", registrationStatus="REGISTERED")


def test_botocore_parameter_error_is_validation_error(stubbed):
    with pytest.raises(ValidationError, match="registrationStatus"):
        stubbed.call("ListDomains")


def test_budget_stops_first_excess_call(stubbed, boto_client):
    requests = answer(boto_client, *[{"domainInfos": [], "nextPageToken": "more"}] * 5)

    with pytest.raises(BudgetExceeded, match="3 calls allowed"), swf.budget(calls=3) as budget:
        for _ in stubbed.pages("ListDomains", registrationStatus="REGISTERED"):
            pass

    assert (len(requests), budget.spent) == (3, 3)


@pytest.mark.parametrize("calls", [-1, "5", 1.5, True, None])
def test_a_budget_is_a_number_of_calls(calls):
    with pytest.raises(ValidationError, match=r"calls=.*0 or more"), swf.budget(calls):
        pass


def test_inner_budget_counts_for_outer_one(stubbed, boto_client):
    answer(boto_client, *[{"domainInfos": []}] * 5)

    with swf.budget(calls=1) as outer, swf.budget(calls=5):
        stubbed.call("ListDomains", registrationStatus="REGISTERED")
        with pytest.raises(BudgetExceeded):
            stubbed.call("ListDomains", registrationStatus="REGISTERED")

    assert outer.spent == 1


HISTORY = {
    "events": [
        {
            "eventId": 1,
            "eventTimestamp": 1497371587.073,
            "eventType": "WorkflowExecutionSignaled",
            "workflowExecutionSignaledEventAttributes": {
                "externalInitiatedEventId": 0,
                "signalName": "go",
            },
        }
    ]
}


EXECUTION = {"domain": "d", "execution": {"workflowId": "w", "runId": "r"}}


def test_history_page_is_in_wire_format(stubbed, boto_client):
    answer(boto_client, HISTORY)

    assert stubbed.call("GetWorkflowExecutionHistory", **EXECUTION) == HISTORY


def test_history_page_equals_botocore_except_times(stubbed, boto_client):
    answer(boto_client, HISTORY, HISTORY)

    ours = stubbed.call("GetWorkflowExecutionHistory", **EXECUTION)["events"][0]
    theirs = boto_client.get_workflow_execution_history(**EXECUTION)["events"][0]

    assert theirs.pop("eventTimestamp").timestamp() == ours.pop("eventTimestamp")
    assert ours == theirs


def test_a_refused_history_is_still_a_fault(stubbed, boto_client):
    answer(boto_client, {"__type": "x#UnknownResourceFault", "message": "no"}, status=400)

    with pytest.raises(DoesNotExistError):
        stubbed.call("GetWorkflowExecutionHistory", **EXECUTION)


REGISTERED = {"registrationStatus": "REGISTERED"}
