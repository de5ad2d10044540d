"""Actions of the console on a real service."""

import json
import threading
from types import SimpleNamespace
from urllib.parse import unquote, urlencode

import pytest

from swf import WorkflowType
from swf.connection import using
from swf.console.page import address
from swf.console.pages import actions
from swf.flow import Flow, activity, runner
from swf.testing import run_until_closed


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
    form = {"form_token": token, "type": "order/1.0", "workflow_id": "o-9", "input": "{}"}

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


def test_plan_shows_the_effect_without_any_change(browser, order):
    opened, closed = order.start_execution("o-1"), order.start_execution("o-2")
    closed.terminate()
    keys = [address(each.workflow_id, each.run_id) for each in (opened, closed)]

    plans = {
        action: plan_effects(browser, action, keys)
        for action in ("signal", "cancel", "terminate", "restart")
    }

    assert plans == {
        "signal": ["send the signal", "nothing: it is closed (TERMINATED)"],
        "cancel": ["request its cancellation", "nothing: it is closed (TERMINATED)"],
        "terminate": ["terminate it", "nothing: it is closed (TERMINATED)"],
        "restart": [
            "terminate it and start it again with the same input",
            "start it again with the same input",
        ],
    }
    assert opened.upstream().status == "OPEN"


def plan_effects(browser, action, keys, **arguments):
    query = urlencode({"action": action, "execution": keys, **arguments}, doseq=True)
    data = json.loads(browser.get(f"/domains/shop/actions.json?{query}").text)
    return [row["effect"] for row in data["executions"]]


def test_restart_starts_a_new_run_with_the_same_input(browser, order):
    execution = order.start_execution("o-1", input="parcel")
    execution.terminate()

    act(browser, {"action": "restart", "execution": address("o-1", execution.run_id)})

    newest = order.domain.executions.get("o-1")
    assert newest.run_id != execution.run_id
    assert newest.history().execution.input == "parcel"


@pytest.mark.parametrize("deprecated", ["type", "domain"])
def test_restart_that_cannot_start_terminates_nothing(deprecated, browser, order):
    execution = order.start_execution("o-1")
    (order if deprecated == "type" else order.domain).delete()

    act(browser, {"action": "restart", "execution": address("o-1", execution.run_id)})

    assert "restart: 0 done, 1 failed" in browser.get("/domains/shop").text
    assert execution.upstream().status == "OPEN"


def test_second_restart_repeats_nothing(browser, order):
    execution = order.start_execution("o-1")
    execution.terminate()
    key = address("o-1", execution.run_id)

    act(browser, {"action": "restart", "execution": key})
    act(browser, {"action": "restart", "execution": key})
    page = browser.get("/domains/shop").text

    assert "restart: 0 done, 1 failed" in page
    assert "a newer run exists" in page
    assert len(list(order.domain.executions.filter(status=None))) == 2


@pytest.fixture
def flow(domain):
    create = activity.create("shop", "flow")
    bake = create(name="bake", run=runner.Sync(lambda context, activity: {"cake": 1}))
    serve = create(name="serve", run=runner.Sync(lambda context, activity: 1 / 0), requires=[bake])
    return Flow(SimpleNamespace(domain="shop", name="flow", bake=bake, serve=serve))


@pytest.fixture
def failed(flow, connection):
    """A failed execution of the flow."""
    with using(connection):
        decider, worker = flow.decider(), flow.worker()
        execution = flow.start({}, "f-1")
        run_until_closed(execution, decider.actor, *worker.actors)
        yield execution


def test_rerun_plans_and_repeats_from_a_step(serve, flow, failed):
    browser = serve(codes=(flow,))
    key = address("f-1", failed.run_id)

    rest = plan_effects(browser, "rerun", [key])
    everything = plan_effects(browser, "rerun", [key], **{"from": "bake"})
    unknown = plan_effects(browser, "rerun", [key], **{"from": "fry"})
    act(browser, {"action": "rerun", "execution": key, "from": "serve"})

    assert rest == ["keeps 1 instances: flow_bake-1\nruns flow_serve"]
    assert everything == ["keeps 0 instances: none\nruns flow_bake, flow_serve"]
    assert "step='fry'" in unknown[0]
    assert failed.domain.executions.get("f-1").run_id != failed.run_id


def test_rerun_without_code_is_explained(browser, failed):
    effects = plan_effects(browser, "rerun", [address("f-1", failed.run_id)])

    assert effects == ["nothing: no code of this type was named; start the console with --code"]


def test_rate_paces_the_executions(browser, order, monkeypatch):
    pauses = []
    monkeypatch.setattr(actions.time, "sleep", pauses.append)
    keys = [address(each.workflow_id, each.run_id) for each in map(order.start_execution, "abc")]

    act(browser, {"action": "terminate", "execution": keys, "rate": "0.1"})

    assert [round(pause) for pause in pauses] == [0, 10, 20]


@pytest.mark.parametrize("rate", ["0", "-1", "nan", "inf", "1e9", "fast"])
def test_invalid_rate_changes_nothing(rate, browser, order):
    execution = order.start_execution("o-1")

    response = act(browser, {"action": "cancel", "execution": "o-1", "rate": rate})

    assert response.status == 400
    assert not execution.upstream().cancel_requested


def test_type_with_spaces_is_started(browser, order, connection):
    WorkflowType(order.domain, "my order", "v 1", task_list="x", connection=connection).save()
    token = browser.form_token("/import")
    form = {"form_token": token, "type": "my%20order/v%201", "workflow_id": "o-9"}

    assert browser.post("/domains/shop/start", form).status == 303
    assert order.domain.executions.get("o-9").workflow_type.name == "my order"


def test_selection_of_long_ids_is_planned(browser, order):
    keys = [address("ö" * 200, f"run-{number}") for number in range(300)]
    query = urlencode({"action": "cancel", "execution": keys}, doseq=True)

    assert browser.get(f"/domains/shop/actions?{query}").status == 404


def test_form_sent_twice_at_once_is_carried_out_once(browser, browse, order):
    execution = order.start_execution("o-1")
    form = {"action": "signal", "execution": "o-1", "signal_name": "go", "form_id": "1"}
    form["form_token"] = browser.form_token("/import")
    notices = []

    def send():
        tab = browse(browser.port)
        tab.cookies = dict(browser.cookies)
        tab.post("/domains/shop/actions", form)
        notices.append(unquote(tab.cookies["swf_notice"]).strip('"'))

    threads = [threading.Thread(target=send) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    act(browser, {**form, "signal_name": "other"})

    history = execution.history()
    assert (len(history.signals["go"]), len(history.signals["other"])) == (1, 1)
    assert sorted(notices)[0] == "This form was sent before: signal: 1 done"
    assert sorted(notices)[-1] == "signal: 1 done"


def test_form_that_failed_can_be_sent_again(browser, order, connection):
    token = browser.form_token("/import")
    form = {"form_token": token, "form_id": "1", "type": "refund/1", "workflow_id": "o-9"}

    failed = browser.post("/domains/shop/start", form)
    WorkflowType(order.domain, "refund", "1", task_list="x", connection=connection).save()

    assert failed.status == 404
    assert browser.post("/domains/shop/start", form).status == 303


def test_execution_that_is_selected_twice_is_changed_once(browser, order):
    execution = order.start_execution("o-1")
    key = address("o-1", execution.run_id)

    act(browser, {"action": "signal", "execution": [key, key], "signal_name": "go"})

    assert len(execution.history().signals["go"]) == 1
