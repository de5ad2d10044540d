"""Actions of the console on a real service."""

import pytest

from swf.console.rendering import address


@pytest.fixture
def browser(serve):
    return serve()


def act(browser, form):
    token = browser.form_token("/import")
    return browser.post("/domains/shop/actions", {"form_token": token, **form})


def test_selection_is_terminated_with_a_reason(browser, order):
    ids = [order.start_execution(f"o-{n}") for n in range(3)]
    keys = [address(each.workflow_id, each.run_id) for each in ids[:2]]

    act(browser, {"action": "terminate", "execution": keys, "reason": "stale"})

    states = [each.upstream().close_status for each in ids]
    assert states == ["TERMINATED", "TERMINATED", None]
    assert ids[0].history().execution.reason == "stale"


def test_signal_carries_its_input(browser, order):
    execution = order.start_execution("o-1")

    act(browser, {"action": "signal", "execution": "o-1", "signal_name": "go", "input": "now"})

    assert execution.history().signals["go"][0].input == "now"


def test_cancel_is_requested(browser, order):
    execution = order.start_execution("o-1")

    act(browser, {"action": "cancel", "execution": address("o-1", execution.run_id)})

    assert execution.upstream().cancel_requested


def test_failed_part_of_a_selection_is_reported(browser, order):
    first, second = order.start_execution("o-1"), order.start_execution("o-2")
    second.terminate()
    keys = [address(each.workflow_id, each.run_id) for each in (first, second)]

    act(browser, {"action": "terminate", "execution": keys})
    page = browser.get("/domains/shop").text

    assert "terminate: 1 done, 1 failed" in page


def test_execution_is_started(browser, order):
    token = browser.form_token("/import")
    form = {"form_token": token, "type": "order 1.0", "workflow_id": "o-9", "input": "{}"}

    response = browser.post("/domains/shop/start", form)

    assert response.status == 303
    assert order.domain.executions.get("o-9").status == "OPEN"


def test_type_is_deprecated_and_undeprecated(browser, order):
    token = browser.form_token("/import")
    form = {"form_token": token, "kind": "workflow", "name": "order", "version": "1.0"}

    browser.post("/domains/shop/types/status", {**form, "action": "deprecate"})
    deprecated = order.upstream().status
    browser.post("/domains/shop/types/status", {**form, "action": "undeprecate"})

    assert (deprecated, order.upstream().status) == ("DEPRECATED", "REGISTERED")


def test_unknown_action_is_refused(browser, order):
    order.start_execution("o-1")

    assert act(browser, {"action": "delete", "execution": "o-1"}).status == 400
