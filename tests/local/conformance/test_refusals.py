"""Refused polls claim no task (S-140)."""

import pytest

REFUSED = {
    "a page of 1001": {"maximumPageSize": 1001},
    "a long identity": {"identity": "x" * 257},
    "a page token of nothing": {"nextPageToken": "garbage"},
}


@pytest.mark.parametrize("options", REFUSED.values(), ids=REFUSED)
def test_s140_a_refused_poll_claims_no_decision_task(orders, refused, options):
    run = orders.start()

    with refused("ValidationException"):
        orders.poll(**options)

    assert run.types(after=2) == []
    assert orders.poll()["workflowExecution"] == run.execution


def test_s140_poll_for_page_size_minus_1_claims_nothing(wire):
    run = wire.orders.start()
    params = {"domain": "orders", "taskList": {"name": "deciders"}, "maximumPageSize": -1}

    status, _ = wire.fault("PollForDecisionTask", params)

    assert (status, run.types(after=2)) == (400, [])
    assert wire.orders.poll()["workflowExecution"] == run.execution


def test_s140_a_poll_of_a_forbidden_list_claims_nothing(orders, refused):
    run = orders.start()

    for poll in (orders.poll, orders.work):
        with refused("ValidationException"):
            poll("a/b")

    assert orders.poll()["workflowExecution"] == run.execution


def test_s140_a_refused_poll_claims_no_activity(orders, do, refused):
    run = orders.start()
    orders.decide(do.activity())

    with refused("ValidationException"):
        orders.work(identity="x" * 257)

    assert run.types(after=5) == []
    assert orders.work()["activityId"] == "a"
