"""Imported histories: every tab works without a call."""

import json

import pytest

from swf.console import application
from swf.models.history import builder

TABS = ["", "/timeline", "/events", "/events/rows", "/activities", "/pending", "/payloads?event=1",
        "/family"]  # fmt: skip


@pytest.fixture
def browser(serve):
    return serve()


@pytest.fixture
def history():
    history = builder.started("order", "1.0", input={"customer": "c3"})
    history = history.activity_scheduled("pack").activity_failed("pack", "no box")
    return history.child_initiated("child-1").child_started("child-1")


def load(browser, text):
    form = {"form_token": browser.form_token("/import"), "file": text}
    return browser.post("/import", form)


@pytest.mark.parametrize("tab", TABS)
def test_tab_of_a_file_costs_no_call(tab, browser, history):
    base = load(browser, history.to_json()).headers["Location"]

    page = browser.get(base + tab)

    assert page.status == 200
    assert "/rows" in tab or "0 calls of the service" in page.text
    assert "/domains/imported" not in page.text


def test_summary_explains_and_checks_the_file(browser, history):
    base = load(browser, history.to_json()).headers["Location"]

    data = json.loads(browser.get(f"{base}.json").text)

    assert data["why"]["last_failure"].endswith("no box")
    assert data["violations"] == []


def test_facts_count_open_entities(browser, history):
    history = history.activity_scheduled("a").activity_scheduled("b")
    base = load(browser, history.to_json()).headers["Location"]

    facts = json.loads(browser.get(f"{base}.json").text)["facts"]

    assert facts["Open"] == "2 activities, 1 child"


def test_long_timeout_has_larger_units(browser):
    settings = {"execution_start_to_close_timeout": 5400, "task_start_to_close_timeout": 60}
    history = builder.started("order", **settings)
    base = load(browser, history.to_json()).headers["Location"]

    facts = json.loads(browser.get(f"{base}.json").text)["facts"]

    assert facts["Execution timeout"] == "5,400 s (1 h 30 min)"
    assert facts["Decision task timeout"] == "60 s"


def test_contradiction_is_reported(browser, history):
    raw = json.loads(history.to_json())["events"]
    raw[-1]["eventId"] = 99

    page = browser.get(load(browser, json.dumps({"events": raw})).headers["Location"]).text

    assert "The history is consistent." not in page
    assert 'class="wrong"' in page


def test_ids_of_the_file_are_shown(browser, history):
    content = {
        **json.loads(history.to_json()),
        "domain": "shop",
        "workflowExecution": {"workflowId": "o-1", "runId": "r-1"},
    }

    page = browser.get(load(browser, json.dumps(content)).headers["Location"]).text

    assert "<h1>o-1</h1>" in page
    assert "run r-1" in page


def test_file_that_was_dropped_is_explained(browser):
    response = browser.get("/imports/unknown")

    assert response.status == 400
    assert "import the file again" in response.text


@pytest.mark.parametrize(
    "text", ['{"events": [{"eventId": "hunter2"}]}', '{"events": ["hunter2"]}', "hunter2"]
)
def test_error_about_a_damaged_file_is_redacted(text, serve):
    response = load(serve(is_redacted=True), text)

    assert response.status == 400
    assert "hunter2" not in response.text


STARTED = {"eventId": 1, "eventType": "WorkflowExecutionStarted", "eventTimestamp": 1}


@pytest.mark.parametrize(
    "event",
    [
        {"eventType": 5},
        {"eventTimestamp": 1e300},
        {"workflowExecutionStartedEventAttributes": {"workflowType": "x", "tagList": 5}},
        {"workflowExecutionStartedEventAttributes": [1]},
        {"eventId": "1"},
    ],
    ids=lambda event: json.dumps(event)[:30],
)
def test_damaged_event_is_never_an_internal_error(event, browser):
    answer = load(browser, json.dumps({"events": [{**STARTED, **event}]}))

    statuses = {answer.status}
    if answer.status == 303:
        statuses = {browser.get(answer.headers["Location"] + tab).status for tab in TABS}

    assert statuses <= {200, 400}


def test_lone_surrogates_and_markup_are_inert(browser):
    hostile = "\ud800<script>alert(1)</script>\u202e\x1b" + "x" * 32_000
    event = {
        **STARTED,
        "workflowExecutionStartedEventAttributes": {
            "input": hostile,
            "workflowType": {"name": hostile, "version": hostile},
            "tagList": [hostile],
        },
    }
    content = {
        "events": [event],
        "workflowExecution": {"workflowId": hostile[1:99], "runId": "/../x"},
    }
    base = load(browser, json.dumps(content)).headers["Location"]

    for tab in TABS:
        page = browser.get(base + tab)
        data = browser.get(base + tab, Accept="application/json")
        assert (page.status, data.status) == (200, 200)
        assert "<script>alert" not in page.text
        assert not set("\u202e\x1b") & set(page.text)
        assert data.text.isascii()


@pytest.mark.parametrize("name", ["domain", "workflowId", "runId"])
def test_id_that_no_service_has_is_refused(name, browser, history):
    ids = {name: "x" * 257}
    content = {**json.loads(history.to_json()), **ids, "workflowExecution": ids}

    response = load(browser, json.dumps(content))

    assert response.status == 400
    assert f"{name} has 257 characters, at most 256" in response.text


def upload(browser, content):
    token = browser.form_token("/import")
    parts = [("form_token", token.encode()), ('file"; filename="../x.json', content)]
    body = b"".join(
        f'--X\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode() + value + b"\r\n"
        for name, value in parts
    )
    headers = {"Content-Type": "multipart/form-data; boundary=X"}
    return browser.request("POST", "/import", body + b"--X--\r\n", headers)


def test_large_file_is_uploaded(browser, history):
    assert upload(browser, history.to_json().encode() + b" " * 3_000_000).status == 303


def test_file_above_the_limit_is_refused(browser, monkeypatch):
    monkeypatch.setattr(application, "FORM_LIMIT", 1000)

    response = upload(browser, b"x" * 2000)

    assert response.status == 400
    assert "larger than 1,000 bytes" in response.text


def test_binary_file_is_refused(browser):
    assert upload(browser, bytes(range(256))).status == 400
