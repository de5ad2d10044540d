"""Every page of the console, as HTML and as JSON, over HTTP."""

import json
import re

import pytest

from swf.console import rendering

HOSTILE = "<script>alert(1)</script>\x1b[2J\u202e"


@pytest.fixture
def execution(order):
    return order.start_execution("o-1", input='{"customer": "c3"}', tag_list=["eu"])


def address(execution, tab=""):
    ids = rendering.address(execution.workflow_id, execution.run_id)
    return f"/domains/shop/executions/{ids}{tab}"


PAGES = [
    "/",
    "/domains/shop",
    "/domains/shop/counts",
    "/domains/shop/executions?status=OPEN&tag=eu&sort=workflow_id",
    "/domains/shop/failures",
    "/domains/shop/stuck",
    "/domains/shop/compare",
    "/domains/shop/compare?a=o-1&b=o-1",
    "/domains/shop/task-lists?list=orders",
    "/domains/shop/types",
    "/domains/shop/start",
    "/domains/shop/actions?action=signal&execution=o-1",
    "/import",
]
TABS = [
    "",
    "/timeline",
    "/events",
    "/events/rows",
    "/activities",
    "/pending",
    "/payloads",
    "/family",
]


@pytest.mark.parametrize("path", PAGES)
def test_page_is_shown(path, serve, execution):
    response = serve().get(path)

    assert response.status == 200, response.text


@pytest.mark.parametrize("tab", TABS)
def test_tab_of_an_execution_is_shown(tab, serve, execution):
    response = serve().get(address(execution, tab))

    assert response.status == 200, response.text


@pytest.mark.parametrize("tab", TABS)
def test_tab_is_available_as_json(tab, serve, execution):
    path = address(execution, tab)
    browser = serve()

    by_name = json.loads(browser.get(f"{path}.json").text)
    by_header = json.loads(browser.get(path, Accept="application/json").text)

    assert by_name["execution"]["workflow_id"] == "o-1"
    assert by_name.keys() == by_header.keys()


def test_execution_page_explains_first_and_names_its_command(serve, execution):
    page = serve().get(address(execution)).text

    assert "A decision task has waited on task list" in page
    assert f"swf execution show o-1 {execution.run_id} --domain shop" in page


def test_newest_run_of_a_workflow_id_has_an_address(serve, execution):
    response = serve().get("/domains/shop/executions/o-1")

    assert response.status == 303
    assert response.headers["Location"] == address(execution)


def test_event_has_a_permanent_address(serve, execution):
    page = serve().get(address(execution, "/events")).text

    assert '<tr id="e2"' in page
    assert 'events?from=2#e2"' in page


def test_search_finds_events_by_their_text(serve, execution):
    rows = json.loads(serve().get(address(execution, "/events.json?q=c3")).text)

    assert [event["id"] for event in rows["events"]] == [1]


def test_payload_is_shown_only_when_its_event_is_named(serve, execution):
    browser = serve()

    hidden = browser.get(address(execution, "/events")).text
    payload = browser.get(address(execution, "/payloads?event=1")).text

    assert "customer" not in hidden
    assert "customer" in payload


def test_redacted_console_masks_payloads(serve, execution):
    page = serve(is_redacted=True).get(address(execution, "/payloads?event=1")).text

    assert "customer" not in page
    assert "redacted 18 characters" in page


def test_pages_of_a_list_follow_each_other(serve, order):
    for number in range(5):
        order.start_execution(f"o-{number}")
    browser = serve()

    pages = [
        json.loads(browser.get(f"/domains/shop/executions.json?rows=2&page={page}").text)
        for page in (1, 2, 3)
    ]

    ids = [row["workflow_id"] for page in pages for row in page["executions"]]
    assert sorted(ids) == [f"o-{number}" for number in range(5)]
    assert [page["has_more"] for page in pages] == [True, True, False]


def test_partial_id_finds_executions(serve, order):
    order.start_execution("order-17")
    order.start_execution("refund-1")

    listed = json.loads(serve().get("/domains/shop/executions.json?id=order").text)

    assert [row["workflow_id"] for row in listed["executions"]] == ["order-17"]


def test_hostile_text_is_inert(serve, order):
    execution = order.start_execution("o-1", input=HOSTILE, tag_list=[HOSTILE])
    execution.signal(HOSTILE, HOSTILE)
    execution.terminate(reason=HOSTILE)
    browser = serve()

    for path in ("/domains/shop", "/domains/shop/failures", *(address(execution, t) for t in TABS)):
        text = browser.get(path).text
        assert "<script>alert" not in text, path
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text), path


def test_unknown_domain_is_explained(serve):
    response = serve().get("/domains/nowhere")

    assert response.status == 404
    assert "Unknown domain: nowhere" in response.text


def test_unknown_page_is_explained(serve):
    assert serve().get("/nothing/here").status == 404


def test_number_out_of_range_is_named(serve, domain):
    response = serve().get("/domains/shop?page=0")

    assert response.status == 400
    assert "page=0: must be a whole number from 1 to 10000" in response.text


def test_history_file_is_explained_without_a_call(serve, execution):
    from swf import connection

    history = execution.history().to_json()
    browser = serve()
    token = browser.form_token("/import")

    answer = browser.post("/import", {"form_token": token, "file": history})
    page = browser.get(answer.headers["Location"]).text

    assert "The history is consistent." in page
    assert "0 calls of the service" in page
    assert connection.current() is not None


@pytest.mark.parametrize("text", ["", "no json", "[]", "{}", '{"events": [1]}', "[" * 100_000])
def test_damaged_history_file_is_refused(text, serve):
    browser = serve()

    response = browser.post("/import", {"form_token": browser.form_token("/import"), "file": text})

    assert response.status == 400


@pytest.mark.parametrize("path", ["/", "/domains/shop", "/static/console.css"])
def test_head_has_the_headers_of_get(path, serve, domain):
    browser = serve()

    head, get = browser.request("HEAD", path), browser.get(path)

    assert (head.status, head.text) == (200, "")
    assert head.headers["Content-Length"] == get.headers["Content-Length"]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_method_of_another_page_is_not_allowed(method, serve, domain):
    response = serve().request(method, "/domains/shop/types")

    assert response.status == 405
    assert response.headers["Allow"] == "GET"


def test_long_notice_fits_into_a_cookie(serve, order):
    browser = serve()
    form = {
        "form_token": browser.form_token("/import"),
        "action": "signal",
        "signal_name": "\u202e",
    }

    response = browser.post("/domains/shop/actions", {**form, "execution": "é" * 250})

    assert response.status == 303
    assert len(response.headers["Set-Cookie"]) < 4000


def test_json_address_of_the_newest_run_leads_to_json(serve, execution):
    response = serve().get("/domains/shop/executions/o-1.json")

    assert response.headers["Location"] == address(execution, ".json")
