"""The console at `/ui` of a served local service, and its page about the service."""

import http.client
import json
import sys
import threading
from urllib.parse import urlsplit

import pytest

from swf import Domain, WorkflowType
from swf.console.page import address
from swf.local import LocalSWF, ManualClock

BASE = "/ui/local/us-east-1"


@pytest.fixture
def service():
    with LocalSWF(clock=ManualClock()) as service:
        yield service


@pytest.fixture
def browser(service, browse):
    return browse(urlsplit(service.serve()).port)


def test_ui_leads_to_the_only_account(browser, domain):
    response = browser.get("/ui")
    page = browser.get(response.headers["Location"])

    assert response.headers["Location"] == "/ui/local/us-east-1/"
    assert page.status == 200
    assert 'href="/ui/local/us-east-1/domains/shop"' in page.text


def test_ui_lists_several_accounts(browser, service, domain):
    other = service.connection(aws_access_key_id="tést/1", region_name="eu-west-1")
    Domain("other", connection=other).save()

    listed = json.loads(browser.get("/ui/local/us-east-1/accounts.json").text)["accounts"]
    page = browser.get(listed[1]["address"]).text

    assert browser.get("/ui").headers["Location"] == "/ui/local/us-east-1/accounts"
    assert [row["access_key"] for row in listed] == ["local", "tést/1"]
    assert "domains/other" in page
    assert "domains/shop" not in page


def test_ui_refuses_unknown_host_names(browser, domain):
    assert browser.get("/ui/local/us-east-1/", Host="evil.example").status == 403


def test_ui_without_the_extra_names_its_installation(browser, monkeypatch):
    monkeypatch.setitem(sys.modules, "swf.console.local", None)

    response = browser.get("/ui")

    assert response.status == 501
    assert "pip install '.[console]'" in response.text


@pytest.mark.parametrize(("token", "status"), [(None, 200), ("secret", 400)])
def test_ui_does_not_lend_the_control_token(browse, service, token, status):
    browser = browse(urlsplit(service.serve(token=token)).port)

    assert browser.get("/ui/local/us-east-1/service").status == status


def change(browser, **form):
    token = browser.form_token("/ui/local/us-east-1/import")
    return browser.post("/ui/local/us-east-1/service", {"form_token": token, **form})


def test_clock_is_advanced(browser, service):
    before = service.clock.now()

    response = change(browser, action="advance", duration="2h")

    assert response.status == 303
    assert service.clock.now() == before + 7200


def test_fault_rule_is_added_and_removed(browser, service):
    change(browser, action="add_fault", kind="Throttling", operation="ListDomains", times="2")
    page = browser.get("/ui/local/us-east-1/service").text
    rules = json.loads(browser.get("/ui/local/us-east-1/service.json").text)["faults"]
    change(browser, action="remove_fault", fault=rules[0]["id"])
    rest = json.loads(browser.get("/ui/local/us-east-1/service.json").text)["faults"]

    assert "operation=ListDomains" in page
    assert [rule["kind"] for rule in rules] == ["Throttling"]
    assert rest == []


def test_snapshot_is_saved_and_restored(browser, domain, connection):
    change(browser, action="save", name="début")
    Domain("later", connection=connection).save()
    change(browser, action="restore", name="début")

    assert [each.name for each in Domain.objects.using(connection)] == ["shop"]


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ({"action": "advance", "duration": "soon"}, "seconds=&#39;soon&#39;: must be a number"),
        ({"action": "skip"}, "skip: nothing is due"),
        ({"action": "explode"}, "action=explode: must be one of"),
        ({"action": "restore", "name": "x"}, "snapshots/x: no such snapshot"),
    ],
)
def test_refused_action_is_explained(form, message, browser, service):
    response = change(browser, **form)

    assert response.status == 400
    assert message in response.text


def test_console_without_control_api_explains_it(serve, domain):
    response = serve().get("/service")

    assert response.status == 400
    assert "control API" in response.text


def test_stream_of_the_service_needs_no_call(browser, service, domain, connection):
    order = WorkflowType(domain, "order", "1.0", task_list="orders", connection=connection)
    order.save()
    execution = order.start_execution("o-1")
    execution.terminate()
    before = service.metrics().count("GetWorkflowExecutionHistory")

    base = "/ui/local/us-east-1/domains/shop/executions"
    response = browser.get(f"{base}/{address('o-1', execution.run_id)}/stream")
    unknown = browser.get(f"{base}/o-1/unknown/stream")

    assert '{"events": 3}' in response.text
    assert "event: problem" in unknown.text
    assert service.metrics().count("GetWorkflowExecutionHistory") == before


def test_service_closes_without_errors_while_pages_are_open(browser, service, order, caplog):
    execution = order.start_execution("o-1")
    path = f"{BASE}/domains/shop/executions/{address('o-1', execution.run_id)}/stream?events=1"
    streams = [http.client.HTTPConnection("127.0.0.1", browser.port) for _ in range(20)]
    for stream in streams:
        stream.request("GET", path)
    responses = [stream.getresponse() for stream in streams]

    service.close()

    texts = [response.read() for response in responses]
    for stream in streams:
        stream.close()

    assert all(b"event: news" in text for text in texts)
    assert caplog.records == []


def test_task_lists_name_the_pollers_that_wait(browser, service, domain):
    client = service.connection()
    poll = threading.Thread(
        target=client.call,
        args=("PollForActivityTask",),
        kwargs={"domain": "shop", "taskList": {"name": "packing"}, "identity": "worker-7"},
    )
    poll.start()
    while "swf_waiting_polls 1\n" not in service.metrics():
        poll.join(0.01)

    lists = json.loads(browser.get(f"{BASE}/domains/shop/task-lists.json").text)["lists"]
    service.close()
    poll.join()

    assert [(each["name"], each["polling"]) for each in lists] == [("packing", ["worker-7"])]
