"""Every page of the console, as HTML and as JSON, over HTTP."""

import json
import re
import shlex

import click
import pytest

from swf.cli.app import app
from swf.console import rendering
from swf.models import decision

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


class BrokenCodec:
    """A codec whose store has lost the payload."""

    def encode(self, value, field):
        return value

    def decode(self, text):
        raise LookupError("no such object <b>")


def test_payload_that_cannot_be_decoded_is_shown_with_the_error(serve, execution):
    page = serve(codec=BrokenCodec()).get(address(execution, "/payloads?event=1"))

    assert page.status == 200
    assert "customer" in page.text
    assert "(LookupError: no such object &lt;b&gt;)" in page.text


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


def test_events_are_grouped_by_entity(serve, execution):
    data = json.loads(serve().get(address(execution, "/events.json?view=entities")).text)
    page = serve().get(address(execution, "/events?view=entities")).text

    assert [(row["kind"], row["state"]) for row in data["events"]] == [
        ("WorkflowExecution", "started"),
        ("DecisionTask", "scheduled"),
    ]
    assert "By entity" in page


def test_raw_events_have_their_payloads(serve, execution):
    browser = serve()

    data = json.loads(browser.get(address(execution, "/events.json?view=raw")).text)
    page = browser.get(address(execution, "/events?view=raw")).text

    [attributes] = [
        value for name, value in data["events"][0]["raw"].items() if name.endswith("Attributes")
    ]
    assert attributes["input"] == '{"customer": "c3"}'
    assert "customer" in page
    assert "swf execution history --raw" in page


def test_unknown_view_of_events_is_refused(serve, execution):
    assert serve().get(address(execution, "/events?view=all")).status == 400


def test_home_counts_open_old_and_failed_executions(serve, service, order):
    order.start_execution("old")
    counts = json.loads(serve().get("/domains/shop/counts.json").text)

    assert {name: counts[name] for name in ("open", "old", "failed", "truncated")} == {
        "open": 1,
        "old": 0,
        "failed": 0,
        "truncated": [],
    }


def test_failures_are_grouped_by_type_and_reason(serve, order, fail):
    for workflow_id, reason in (("a", "no box"), ("b", "no box"), ("c", "no label")):
        order.start_execution(workflow_id)
        fail(reason)
    browser = serve()

    groups = json.loads(browser.get("/domains/shop/failures.json").text)["groups"]

    assert [(group["reason"], group["count"]) for group in groups] == [
        ("no box", 2),
        ("no label", 1),
    ]


@pytest.fixture
def fail(connection):
    """Return a function that fails the execution with the next decision task."""

    def respond(reason):
        task = connection.call("PollForDecisionTask", domain="shop", taskList={"name": "orders"})
        connection.call(
            "RespondDecisionTaskCompleted",
            taskToken=task["taskToken"],
            decisions=[decision.fail_workflow_execution(reason)],
        )

    return respond


def test_oldest_open_executions_are_grouped_by_their_wait(serve, order):
    for workflow_id in "ab":
        order.start_execution(workflow_id)

    [group] = json.loads(serve().get("/domains/shop/stuck.json").text)["groups"]

    assert (group["waits_for"], group["count"]) == ("decider on orders", 2)


@pytest.mark.parametrize(
    "path",
    [
        *PAGES,
        "/domains/shop?id=o-/1&since=3&sort=-close_timestamp",
        "/domains/shop/actions?action=rerun&execution=o-1&from=a%20step",
    ],
)
def test_command_of_a_page_is_valid(path, serve, execution):
    check_command(json.loads(serve().get(path, Accept="application/json").text)["command"])


@pytest.mark.parametrize("tab", [*TABS, "/events?view=raw"])
def test_command_of_a_tab_is_valid(tab, serve, execution):
    data = json.loads(serve().get(address(execution, tab), Accept="application/json").text)

    check_command(data["command"])


def check_command(text):
    """Check that the command line parses a command, up to its last argument."""
    name, *words = shlex.split(text, comments=True)
    command, context = app, None
    while isinstance(command, click.Group):
        context = command.make_context(name, words, parent=context)
        name, command, words = command.resolve_command(
            context, [*context._protected_args, *context.args]
        )
    command.make_context(name, words, parent=context)


@pytest.mark.parametrize("path", ["/swf/domains/shop", "/domains/shop"])
def test_links_begin_with_the_prefix_of_a_proxy(path, serve, execution):
    response = serve(prefix="/swf").get(path)

    addresses = re.findall(r'(?:href|src|action)="([^"]+)"', response.text)
    assert response.status == 200
    assert {text for text in addresses if not text.startswith(("/swf/", "#", "?"))} == set()
    assert "Path=/swf" in response.headers["Set-Cookie"]


def test_redirects_begin_with_the_prefix_of_a_proxy(serve, execution):
    response = serve(prefix="/swf").get("/swf/domains/shop/executions/o-1")

    assert response.headers["Location"] == f"/swf{address(execution)}"


def test_visit_with_the_token_leads_below_the_prefix(serve):
    response = serve(prefix="/swf", token="secret").get("/import?token=secret")

    assert response.headers["Location"] == "/swf/import"
