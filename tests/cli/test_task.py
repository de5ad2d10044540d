"""`swf task info`."""

from __future__ import annotations

import json

import pytest

import swf as library


def test_info_shows_input_and_result(swf, closed):
    closed()
    output = json.loads(swf("task", "info", "o-1", "p-1", "-o", "json").out)

    assert (output["input"], output["result"]) == ({"box": 3}, {"packed": True})


def test_unknown_activity_is_reported_with_alternatives(swf, packing):
    done = swf("task", "info", "o-1", "p-2")

    assert done.code == 3
    assert "there are p-1" in done.err


@pytest.fixture
def token(orders, schedule_packing):
    """The token of a started activity task."""
    schedule_packing("o-2", "p-2")
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
