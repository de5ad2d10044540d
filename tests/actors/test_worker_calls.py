"""The calls of an activity worker, against scripted responses."""

from __future__ import annotations

import pytest

from swf.actors import ActivityWorker, Backoff
from swf.exceptions import (
    PollTimeout,
    RateLimitExceededError,
    ValidationError,
)
from swf.models import ActivityTask

AT_ONCE = Backoff(base=0)


THROTTLED = {"__type": "ThrottlingException", "message": "Rate exceeded"}


ACTIVITY = {
    "taskToken": "a-token",
    "activityId": "resize-1",
    "startedEventId": 6,
    "workflowExecution": {"workflowId": "w", "runId": "r"},
    "activityType": {"name": "resize", "version": "1"},
    "input": '{"width": 3}',
}


@pytest.fixture
def worker(domain):
    return ActivityWorker(domain, "list", backoff=AT_ONCE)


def test_heartbeat_gap_must_not_be_negative(domain):
    ActivityWorker(domain, "list", heartbeat_gap=0)

    with pytest.raises(ValidationError, match="heartbeat_gap=-1: must be a number, 0 or more"):
        ActivityWorker(domain, "list", heartbeat_gap=-1)


@pytest.mark.parametrize(
    ("name", "version", "perform", "field"),
    [
        ("a:b", "1", print, "name"),
        ("a", 1, print, "version"),
        ("a", "1", "print", "perform"),
    ],
)
def test_invalid_type_cannot_be_registered(worker, name, version, perform, field):
    with pytest.raises(ValidationError, match=f"^{field}="):
        worker.register(name, version, perform)

    assert worker.activities == {}


@pytest.mark.parametrize(
    ("verb", "arguments"),
    [
        ("complete", {"result": "r"}),
        ("fail", {"details": "d", "reason": "r"}),
        ("cancel", {"details": "d"}),
        ("heartbeat", {"details": "d"}),
    ],
)
def test_worker_methods_accept_task_token_keyword(script, worker, verb, arguments):
    script.will({"cancelRequested": False} if verb == "heartbeat" else {})

    getattr(worker, verb)(task_token="T", **arguments)

    assert script.requests[0][1] == {"taskToken": "T", **arguments}


def test_activity_poll_without_task_raises_poll_timeout(script, worker):
    script.will({"taskToken": "", "startedEventId": 0})

    with pytest.raises(PollTimeout):
        worker.poll()


def test_activity_poll_unpacks_as_token_and_task(script, worker):
    script.will(ACTIVITY)

    token, task = worker.poll()

    assert token == worker.last_token == "a-token"
    assert isinstance(task, ActivityTask)
    assert (task.activity_id, task.input) == ("resize-1", {"width": 3})
    assert script.requests[0][1]["taskList"] == {"name": "list"}


def test_activity_poll_accepts_task_list_and_identity(script, worker):
    script.will(ACTIVITY)

    worker.poll(task_list="other", identity="me")

    assert script.requests[0][1] == {
        "domain": "d",
        "taskList": {"name": "other"},
        "identity": "me",
    }


@pytest.mark.parametrize(
    ("call", "operation", "sent"),
    [
        (
            lambda worker: worker.complete("t", [1, "a"]),
            "RespondActivityTaskCompleted",
            {"result": '[1,"a"]'},
        ),
        (lambda worker: worker.complete("t"), "RespondActivityTaskCompleted", {}),
        (
            lambda worker: worker.fail("t", "long story", "short"),
            "RespondActivityTaskFailed",
            {"details": "long story", "reason": "short"},
        ),
        (
            lambda worker: worker.cancel("t", {"left": 3}),
            "RespondActivityTaskCanceled",
            {"details": '{"left":3}'},
        ),
    ],
)
def test_response_is_one_call(script, worker, call, operation, sent):
    script.will({})

    call(worker)

    assert script.requests == [(operation, {"taskToken": "t", **sent})]


@pytest.mark.parametrize("requested", [True, False])
def test_heartbeat_returns_cancel_requested(script, worker, requested):
    script.will({"cancelRequested": requested})

    assert worker.heartbeat("t", "half") == {"cancelRequested": requested}
    assert script.requests == [
        ("RecordActivityTaskHeartbeat", {"taskToken": "t", "details": "half"})
    ]


def test_throttled_heartbeat_raises_rate_limit_error(script, worker):
    script.will(THROTTLED)

    with pytest.raises(RateLimitExceededError):
        worker.heartbeat("t")


@pytest.mark.parametrize(
    ("call", "field"),
    [
        (lambda worker: worker.complete("t", "x" * 32769), "result"),
        (lambda worker: worker.fail("t", reason="x" * 257), "reason"),
        (lambda worker: worker.fail("t", details="x" * 32769), "details"),
        (lambda worker: worker.heartbeat("t", "x" * 2049), "details"),
    ],
)
def test_too_long_field_is_named_and_not_sent(script, worker, call, field):
    with pytest.raises(ValidationError, match=field):
        call(worker)

    assert script.requests == []
