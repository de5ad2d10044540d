"""`swf task info`."""

from __future__ import annotations

import json

import pytest

import swf as library
from swf.models.decision import (
    complete_workflow_execution,
    schedule_activity_task,
)

PACK = {
    "task_list": "packing",
    "heartbeat_timeout": "NONE",
    "schedule_to_close_timeout": "NONE",
    "schedule_to_start_timeout": "NONE",
    "start_to_close_timeout": "600",
}


@pytest.fixture
def packing(orders, start):
    """An execution whose activity waits for a worker."""
    library.ActivityType(orders, "pack", "1").save()
    (execution,) = start("o-1", input={"sku": "A1"})
    decider = library.actors.Decider(orders, "shipping")
    decision = schedule_activity_task("p-1", ("pack", "1"), input={"box": 3}, **PACK)
    decider.complete(decider.poll().token, [decision])
    return execution


@pytest.fixture
def closed(orders, packing):
    """Close it; `how` is the closing decision."""

    def close(how=None):
        worker = library.actors.ActivityWorker(orders, "packing")
        worker.complete(worker.poll().token, {"packed": True})
        decider = library.actors.Decider(orders, "shipping")
        decider.complete(decider.poll().token, [how or complete_workflow_execution("shipped")])

    return close


def test_info_shows_input_and_result(swf, closed):
    closed()
    output = json.loads(swf("task", "info", "o-1", "p-1", "-o", "json").out)

    assert (output["input"], output["result"]) == ({"box": 3}, {"packed": True})


def test_unknown_activity_is_reported_with_alternatives(swf, packing):
    done = swf("task", "info", "o-1", "p-2")

    assert done.code == 3
    assert "there are p-1" in done.err


@pytest.fixture
def token(swf, orders, start):
    """The token of a started activity task."""
    library.ActivityType(orders, "pack", "1").save()
    start("o-2")
    decider = library.actors.Decider(orders, "shipping")
    decision = schedule_activity_task("p-2", ("pack", "1"), **PACK)
    decider.complete(decider.poll().token, [decision])
    return library.actors.ActivityWorker(orders, "packing").poll().token


@pytest.mark.parametrize(
    ("command", "event", "attributes"),
    [
        (["complete", "--result", '"by hand"'], "ActivityTaskCompleted", {"result": "by hand"}),
        (["fail", "--reason", "no stock"], "ActivityTaskFailed", {"reason": "no stock"}),
    ],
)
def test_response_by_token(swf, orders, token, command, event, attributes):
    verb, *options = command

    done = swf("task", verb, token, *options)

    events = [e for e in orders.executions.get("o-2").history().events if e.name == event]
    assert done.code == 0, done.err
    assert len(events) == 1
    assert attributes.items() <= events[0].to_dict().items()


def test_heartbeat_shows_the_cancel_request(swf, token):
    done = swf("task", "heartbeat", token, "-o", "json")

    assert json.loads(done.out) == {"cancel_requested": False}


def test_unknown_token_is_refused(swf, orders):
    assert swf("task", "complete", "nonsense").code in (3, 4)
