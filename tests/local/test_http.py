import json
import re
import socket
from contextlib import closing
from http.client import HTTPConnection
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, HTTPClientError

from swf.local import (
    DuplicateDelivery,
    Latency,
    LostRequest,
    LostResponse,
    SkippingClock,
    Throttling,
)

SHORT, LONG = "SimpleWorkflowService.", "com.amazonaws.swf.service.model.SimpleWorkflowService."
JSON10, LEGACY = "application/x-amz-json-1.0", "application/json"
LIST = b'{"registrationStatus": "REGISTERED"}'


@pytest.fixture
def service(make_service):
    return make_service(poll_timeout=20)


@pytest.fixture
def url(service):
    return service.serve()


@pytest.fixture
def connection(url):
    with closing(HTTPConnection(urlsplit(url).netloc, timeout=20)) as connection:
        yield connection


def client_of(url, **options):
    defaults = {
        "region_name": "us-east-1",
        "aws_access_key_id": "local",
        "aws_secret_access_key": "any",
        "config": Config(retries={"total_max_attempts": 1}),
    }
    return boto3.session.Session().client("swf", endpoint_url=url, **{**defaults, **options})


@pytest.fixture
def remote(url, deciding):
    return deciding(client_of(url)).register()


def call(connection, target, body=b"{}", **headers):
    extra_headers = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(
        "POST", "/", body, {"X-Amz-Target": target, "Content-Type": JSON10, **extra_headers}
    )
    response = connection.getresponse()
    return response, response.read()


def fault(answer):
    response, body = answer
    return response.status, json.loads(body)["__type"].partition("#")[2]


# -- Requests and answers --------------------------------------------------------------------------


@pytest.mark.parametrize("prefix", [SHORT, LONG], ids=["short", "long"])
def test_both_forms_of_the_target_are_accepted(connection, prefix):
    response, body = call(connection, prefix + "ListDomains", LIST)

    assert (response.status, json.loads(body)) == (200, {"domainInfos": []})


@pytest.mark.parametrize(
    ("sent", "returned"),
    [(JSON10, JSON10), (f"{LEGACY}; charset=UTF-8", LEGACY), (LEGACY, LEGACY), ("text/x", JSON10)],
)
def test_response_content_type_matches_the_client(connection, sent, returned):
    response, _ = call(connection, SHORT + "ListDomains", LIST, Content_Type=sent)

    assert response.headers["Content-Type"] == returned


def test_content_encoding_of_old_clients_is_ignored(connection):
    response, _ = call(connection, SHORT + "ListDomains", LIST, Content_Encoding="amz-1.0")

    assert response.status == 200


def test_body_is_never_decompressed(connection):
    response, _ = call(connection, SHORT + "ListDomains", LIST, Content_Encoding="gzip")

    assert response.status == 200


def test_operation_without_output_has_an_empty_body(connection):
    body = b'{"name": "orders", "workflowExecutionRetentionPeriodInDays": "1"}'

    response, answer = call(connection, SHORT + "RegisterDomain", body)

    assert (response.status, response.headers["Content-Length"], answer) == (200, "0", b"")


def test_members_are_sorted_at_every_level(remote, connection):
    _, body = call(connection, SHORT + "DescribeDomain", b'{"name": "orders"}')

    for value in objects(json.loads(body)):
        assert list(value) == sorted(value)


def objects(value):
    if isinstance(value, dict):
        yield value
        for each in value.values():
            yield from objects(each)


def test_each_response_has_a_request_id(connection):
    ids = {
        call(connection, SHORT + "ListDomains", LIST)[0].headers["x-amzn-RequestId"] for _ in "ab"
    }

    assert len(ids) == 2
    assert all(re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", each) for each in ids)


def test_non_ascii_text_is_returned_unchanged(remote):
    run_id = remote.client.start_workflow_execution(
        domain="orders",
        workflowId="größe-🚀",
        workflowType={"name": "order", "version": "1.0"},
        input="naïve \u2028 🚀",
    )["runId"]

    events = remote.client.get_workflow_execution_history(
        domain="orders", execution={"workflowId": "größe-🚀", "runId": run_id}
    )["events"]

    assert events[0]["workflowExecutionStartedEventAttributes"]["input"] == "naïve \u2028 🚀"


def test_lone_surrogate_does_not_break_the_response(remote, connection):
    body = (
        rb'{"domain":"orders","workflowId":"\ud83d",'
        rb'"workflowType":{"name":"order","version":"1.0"}}'
    )
    call(connection, SHORT + "StartWorkflowExecution", body)

    response, answer = call(
        connection,
        SHORT + "ListOpenWorkflowExecutions",
        b'{"domain":"orders","startTimeFilter":{"oldestDate":0}}',
    )

    assert response.status == 200
    assert rb'"workflowId":"\ud83d"' in answer


# -- Malformed requests ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "body", "expected"),
    [
        ("", b"{}", (404, "UnknownOperationException")),
        ("ListDomains", b"{}", (404, "UnknownOperationException")),
        ("OtherService.ListDomains", b"{}", (404, "UnknownOperationException")),
        (SHORT + "ListUniverses", b"{}", (404, "UnknownOperationException")),
        (SHORT, b"{}", (404, "UnknownOperationException")),
        (SHORT + "ListDomains", b"", (400, "SerializationException")),
        (SHORT + "ListDomains", b'{"registrationStatus":', (400, "SerializationException")),
        (SHORT + "ListDomains", b"[]", (400, "SerializationException")),
        (SHORT + "ListDomains", b"null", (400, "SerializationException")),
        (SHORT + "ListDomains", b"7", (400, "SerializationException")),
        (SHORT + "ListDomains", b'{"registrationStatus": 7}', (400, "SerializationException")),
        (SHORT + "ListDomains", b'{"maximumPageSize": NaN}', (400, "SerializationException")),
        (SHORT + "ListDomains", b'{"name": "\xff\xfe"}', (400, "SerializationException")),
        (SHORT + "ListDomains", b"\xef\xbb\xbf{}", (400, "SerializationException")),
        (SHORT + "ListDomains", b"[" * 100_000, (400, "SerializationException")),
        (SHORT + "ListDomains", b"9" * 10_000, (400, "SerializationException")),
        (SHORT + "ListDomains", b"x" * (1024 * 1024 + 1), (413, "RequestEntityTooLargeException")),
        (SHORT + "ListDomains", b"{}", (400, "ValidationException")),
    ],
)
def test_malformed_request_is_refused_and_the_connection_reused(connection, target, body, expected):
    assert fault(call(connection, target, body)) == expected
    assert call(connection, SHORT + "ListDomains", LIST)[0].status == 200


def test_a_body_of_one_megabyte_is_read(connection):
    body = LIST[:-1] + b', "comment": "' + b"x" * (1024 * 1024 - len(LIST) - 16) + b'"}'

    assert call(connection, SHORT + "ListDomains", body)[0].status == 200


def test_fault_type_has_a_namespace(connection):
    _, body = call(connection, SHORT + "DescribeDomain", b'{"name": "nowhere"}')

    assert json.loads(body) == {
        "__type": "com.amazonaws.swf.base.model#UnknownResourceFault",
        "message": "Unknown domain: nowhere",
    }


@pytest.mark.parametrize(("method", "path"), [("GET", "/"), ("PUT", "/"), ("POST", "/elsewhere")])
def test_other_paths_and_methods_are_unknown_operations(connection, method, path):
    connection.request(method, path)
    response = connection.getresponse()

    assert fault((response, response.read())) == (404, "UnknownOperationException")


def raw(url, data):
    address = urlsplit(url)
    with socket.create_connection((address.hostname, address.port), timeout=20) as connection:
        connection.sendall(data)
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
    return received


@pytest.mark.parametrize(
    "data",
    [
        b"HELLO\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: many\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        b"POST / HTTP/1.1\r\nX-Amz-Target: " + b"x" * 20_000 + b"\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"POST / HTTP/1.1\r\nbad header\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: -5\r\n\r\n{}",
        b"POST / HTTP/1.1\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\n{}\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nConnection: close\r\nHost: localhost\r\nHost: example.com\r\n\r\n",
        b"POST / HTTP/1.1\r\nX-A: \x00\r\n\r\n",
        b"POST / HTTP/1.1\r\nX-A: a\r\n folded\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ],
)
def test_malformed_http_is_refused_with_a_fault(url, connection, data):
    received = raw(url, data)

    assert re.match(rb"HTTP/1\.[01] 4", received)
    assert b"com.amazon.coral.service#" in received
    assert call(connection, SHORT + "ListDomains", LIST)[0].status == 200


def test_half_closed_client_gets_its_response(url):
    address = urlsplit(url)
    with socket.create_connection((address.hostname, address.port), timeout=20) as connection:
        connection.sendall(
            b"POST / HTTP/1.1\r\nHost: localhost\r\n"
            b"X-Amz-Target: SimpleWorkflowService.ListDomains\r\n"
            b"Content-Length: %d\r\n\r\n%s" % (len(LIST), LIST)
        )
        connection.shutdown(socket.SHUT_WR)

        received = b"".join(iter(lambda: connection.recv(65536), b""))

    assert received.endswith(b'\r\n\r\n{"domainInfos":[]}')


def test_headers_ignore_case_and_bodies_may_be_chunked(url):
    received = raw(
        url,
        b"POST / HTTP/1.1\r\nhost: localhost\r\nx-AMZ-target: SimpleWorkflowService.ListDomains\r\n"
        b"connection: close\r\ntransfer-encoding: chunked\r\n\r\n"
        + b"".join(b"%x\r\n%s\r\n" % (1, bytes([byte])) for byte in LIST)
        + b"0\r\n\r\n",
    )

    assert received.endswith(b'{"domainInfos":[]}')


def test_requests_can_be_pipelined(url):
    request = (
        b"POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: SimpleWorkflowService.ListDomains\r\n"
        b"Connection: %s\r\nContent-Length: %d\r\n\r\n%s"
    )
    requests = [
        request % (connection_header, len(LIST), LIST)
        for connection_header in (b"keep-alive", b"", b"close")
    ]

    assert raw(url, b"".join(requests)).count(b"HTTP/1.1 200 OK") == 3


# -- Worlds and visitors ---------------------------------------------------------------------------


def test_region_and_access_key_select_the_tenant(remote, url):
    for other in ({"region_name": "eu-west-1"}, {"aws_access_key_id": "AKIDOTHER"}):
        value = client_of(url, **other).list_domains(registrationStatus="REGISTERED")
        assert value["domainInfos"] == []


def test_both_transports_share_their_tenants(remote, service):
    domains = service.client().list_domains(registrationStatus="REGISTERED")["domainInfos"]

    assert [domain["name"] for domain in domains] == ["orders"]


@pytest.mark.parametrize(
    "header",
    [
        "nonsense",
        "AWS4-HMAC-SHA256 Credential=, SignedHeaders=, Signature=",
        "AWS4-HMAC-SHA256 Credential=/////",
        "Basic dXNlcjpwYXNz",
    ],
)
def test_malformed_authorization_selects_the_default_tenant(remote, connection, header):
    _, body = call(connection, SHORT + "ListDomains", LIST, Authorization=header)

    assert [each["name"] for each in json.loads(body)["domainInfos"]] == ["orders"]


@pytest.mark.parametrize(
    "name", ["127.0.0.1:1", "localhost", "[::1]:4570", "swf.localhost", "10.1.2.3"]
)
def test_local_names_and_addresses_are_allowed(connection, name):
    assert call(connection, SHORT + "ListDomains", LIST, Host=name)[0].status == 200


@pytest.mark.parametrize("name", ["evil.example", "127.0.0.1.evil.example:4570", "", "[::1"])
def test_other_names_are_refused(connection, name):
    assert fault(call(connection, SHORT + "ListDomains", LIST, Host=name)) == (
        403,
        "AccessDeniedException",
    )


def test_additional_names_can_be_allowed(service):
    with closing(
        HTTPConnection(urlsplit(service.serve(allowed_hosts=["swf"])).netloc)
    ) as connection:
        assert call(connection, SHORT + "ListDomains", LIST, Host="swf:4570")[0].status == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost:9"])
def test_cross_origin_requests_are_refused(connection, origin):
    answer = call(connection, SHORT + "ListDomains", LIST, Host="localhost:1", Origin=origin)

    assert fault(answer) == (403, "AccessDeniedException")


def test_same_origin_request_is_allowed(connection):
    answer = call(
        connection, SHORT + "ListDomains", LIST, Host="localhost:1", Origin="http://localhost:1"
    )

    assert answer[0].status == 200


# -- Pages -----------------------------------------------------------------------------------------


def get(connection, path, method="GET"):
    connection.request(method, path)
    response = connection.getresponse()
    return response, response.read().decode()


def test_metrics_are_in_prometheus_text_form(remote, connection):
    remote.start()
    call(connection, SHORT + "ListUniverses")

    response, body = get(connection, "/metrics")

    assert response.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    lines = body.splitlines()
    assert 'swf_requests_total{operation="StartWorkflowExecution",code="OK"} 1' in lines
    assert 'swf_requests_total{operation="Unknown",code="UnknownOperationException"} 1' in lines
    assert "swf_open_executions 1" in lines
    assert all(
        line.startswith("#") or re.fullmatch(r'\w+({\w+="\w+"(,\w+="\w+")*})? [0-9.]+', line)
        for line in lines
    )


# -- Long polls ------------------------------------------------------------------------------------


def test_call_on_the_other_transport_wakes_a_poll(
    remote, service, deciding, threads, until_polls_wait
):
    local = deciding(service.client())
    for name, poller, starter in (("w1", remote, local), ("w2", local, remote)):
        polling = threads.start(poller.poll)
        until_polls_wait(service, 1)
        run_id = starter.start(name)
        assert polling()["workflowExecution"]["runId"] == run_id


def test_timer_wakes_a_waiting_poll(remote, service, decisions, threads, until_polls_wait):
    remote.start()
    task = remote.poll()
    polling = threads.start(remote.poll)
    until_polls_wait(service, 1)

    remote.decide(task, decisions.timer(1))

    assert "TimerFired" in [event["eventType"] for event in polling()["events"]]


POLL = b'{"domain":"orders","taskList":{"name":"main"}}'


def open_poll(url):
    address = urlsplit(url)
    connection = socket.create_connection((address.hostname, address.port), timeout=20)
    connection.sendall(
        b"POST / HTTP/1.1\r\nHost: localhost\r\n"
        b"X-Amz-Target: SimpleWorkflowService.PollForDecisionTask\r\n"
        b"Content-Length: %d\r\n\r\n%s" % (len(POLL), POLL)
    )
    return connection


def test_disconnected_client_receives_no_task(remote, url, service, until_polls_wait):
    connection = open_poll(url)
    until_polls_wait(service, 1)

    connection.close()
    run_id = remote.start()

    assert remote.poll()["workflowExecution"]["runId"] == run_id


def test_disconnected_client_leaves_the_queue(remote, url, service, until_polls_wait):
    connection = open_poll(url)
    until_polls_wait(service, 1)

    connection.close()

    until_polls_wait(service, 0)


def test_waiting_polls_use_no_threads(remote, url, service, until_polls_wait):
    connections = [open_poll(url) for _ in range(300)]
    until_polls_wait(service, 300)

    runs = [remote.start(f"w{number}") for number in range(300)]

    tasks = [connection.recv(65536) for connection in connections]
    for connection in connections:
        connection.close()
    assert sorted(runs) == sorted(re.search(rb'"runId":"([^"]*)"', t)[1].decode() for t in tasks)


def test_closing_ends_waiting_polls(remote, url, service, until_polls_wait):
    connection = open_poll(url)
    until_polls_wait(service, 1)

    service.close()

    received = connection.recv(65536)
    connection.close()
    assert received.endswith(b'{"previousStartedEventId":0,"startedEventId":0}')
    assert b"Connection: close" in received  # or else the client would poll again


# -- Trouble on purpose, clocks, addresses ---------------------------------------------------------


@pytest.mark.parametrize(("rule", "is_done"), [(LostRequest, False), (LostResponse, True)])
def test_connection_breaks_before_or_after_the_call(make_service, rule, is_done):
    url = make_service(faults=[rule("RegisterDomain")]).serve()
    client = client_of(url)

    with pytest.raises(HTTPClientError):
        client.register_domain(name="orders", workflowExecutionRetentionPeriodInDays="1")

    value = client.list_domains(registrationStatus="REGISTERED")["domainInfos"]
    assert bool(value) is is_done


def test_call_can_be_throttled_and_delayed(make_service):
    rules = [Latency(seconds=0.01), Throttling()]
    client = client_of(make_service(faults=rules).serve())

    with pytest.raises(ClientError, match="ThrottlingException"):
        client.list_domains(registrationStatus="REGISTERED")


def test_task_can_be_delivered_twice(make_service, deciding):
    rules = [DuplicateDelivery("PollForDecisionTask", times=1)]
    swf = deciding(client_of(make_service(faults=rules).serve())).register()
    swf.start()

    assert swf.poll()["taskToken"] == swf.poll()["taskToken"] != ""


def test_lambda_function_can_call_its_own_server(make_service, deciding):
    urls = []

    def function(_):
        return len(client_of(urls[0]).list_domains(registrationStatus="REGISTERED")["domainInfos"])

    service = make_service(SkippingClock(), lambda_functions={"count": function})
    urls.append(service.serve())
    swf = deciding(client_of(urls[0])).register()
    swf.start()
    swf.decide(
        swf.poll(),
        {
            "decisionType": "ScheduleLambdaFunction",
            "scheduleLambdaFunctionDecisionAttributes": {"id": "l1", "name": "count"},
        },
    )

    assert '"result": "1"' in json.dumps(swf.poll()["events"], default=str)


def test_skipping_clock_works_over_http(make_service, deciding):
    swf = deciding(client_of(make_service(SkippingClock()).serve())).register()
    swf.start_timer(31_000_000)

    assert "TimerFired" in [event["eventType"] for event in swf.poll()["events"]]


def test_an_address_in_use_is_an_error(service, url):
    with pytest.raises(OSError, match="in use"):
        service.serve(port=urlsplit(url).port)


def test_server_listens_on_ipv6(service):
    url = service.serve("::1")

    assert url.startswith("http://[::1]:")
    assert client_of(url).list_domains(registrationStatus="REGISTERED")["domainInfos"] == []
