"""A console with `--redact` shows no payload on any page, and search does not find them."""

import json

import pytest

from swf import ActivityType
from swf.console.page import address
from swf.models import decision

SECRET = "hunter2"

TABS = ["", "/timeline", "/events", "/events/rows", "/activities", "/pending", "/payloads?event=1",
        "/family"]  # fmt: skip


@pytest.fixture
def executions(order, connection):
    """A failed and an open execution whose payloads and reasons are secret."""
    domain = order.domain
    ActivityType(domain, "pack", "1", task_list="packing", connection=connection).save()
    failed, opened = (order.start_execution(each, input=SECRET) for each in ("failed", "open"))
    for execution in (failed, opened):
        execution.signal("go", SECRET)
        task = connection.call("PollForDecisionTask", domain="shop", taskList={"name": "orders"})
        decisions = [
            decision.record_marker("m", details=SECRET),
            decision.start_timer("t", 60, control=SECRET),
        ]
        if execution is failed:
            decisions = [decision.fail_workflow_execution(SECRET, SECRET)]
        connection.call(
            "RespondDecisionTaskCompleted",
            taskToken=task["taskToken"],
            decisions=list(decisions),
            executionContext=SECRET,
        )
    return failed, opened


def paths(executions):
    bases = [f"/domains/shop/executions/{address(e.workflow_id, e.run_id)}" for e in executions]
    return [
        *(base + tab for base in bases for tab in TABS),
        *(f"{base}/payloads?event={number}" for base in bases for number in range(1, 9)),
        "/domains/shop",
        "/domains/shop/failures",
        "/domains/shop/stuck",
        "/domains/shop/compare?a=failed&b=open",
        "/domains/shop/task-lists",
    ]


def test_no_page_shows_a_payload(serve, executions):
    browser = serve(is_redacted=True)

    for path in paths(executions):
        for headers in ({}, {"Accept": "application/json"}):
            response = browser.get(path, **headers)
            assert response.status == 200, path
            assert SECRET not in response.text, path


def test_pages_show_payloads_without_redaction(serve, executions):
    browser = serve()

    assert SECRET in browser.get("/domains/shop/failures").text
    assert SECRET in browser.get(paths(executions)[0]).text


@pytest.mark.parametrize("text", ["hunter2", "hunter", "HUNTER2"])
def test_search_does_not_reveal_payloads(text, serve, executions):
    base = paths(executions)[0]

    rows = json.loads(serve(is_redacted=True).get(f"{base}/events.json?q={text}").text)

    assert rows["events"] == []


def test_errors_quote_no_values(serve, order):
    browser = serve(is_redacted=True)
    form = {"form_token": browser.form_token("/import"), "type": "order 1.0", "workflow_id": "x"}

    response = browser.post("/domains/shop/start", {**form, "input": SECRET * 6000})

    assert response.status == 400
    assert SECRET not in response.text
