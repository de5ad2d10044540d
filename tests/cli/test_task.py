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
