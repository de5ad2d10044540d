"""Fixtures of the history tests."""

import json
from pathlib import Path

import pytest

from swf.models.history import History, builder

RECORDED = Path(__file__).parents[2] / "data" / "recorded"


@pytest.fixture
def recorded():
    """Return a function that returns a recorded history by the name of its scenario."""

    def read(scenario):
        path = RECORDED / f"{scenario}.GetWorkflowExecutionHistory.json"
        return History.from_event_list(json.loads(path.read_text())["response"]["events"])

    return read


@pytest.fixture
def stories():
    """Histories that together contain every event type, by name."""
    return {name: write() for name, write in STORIES.items()}


def activities():
    history = builder.started(input={"n": 1}, tag_list=["a", "b"]).activity_scheduled(
        "done", input=[1]
    )
    history.activity_scheduled("failed").activity_scheduled("late").activity_scheduled("stopped")
    history.activity_scheduled("never started").activity_scheduled("unwanted")
    history.activity_cancel_requested("unwanted")
    history.activity_completed("done", {"ok": True}).activity_failed("failed", "why", "trace")
    history.activity_timed_out("late", "HEARTBEAT", "half")
    history.activity_timed_out("never started", "SCHEDULE_TO_START")
    history.activity_started("stopped").activity_cancel_requested("stopped")
    history.activity_canceled("stopped", "tidied up")
    history.schedule_activity_failed("unknown").request_cancel_activity_failed("unknown")
    return history.completed({"total": 3})


def children():
    history = builder.started()
    for end in ("completed", "failed", "timed_out", "canceled", "terminated"):
        history.child_initiated(end, input=end, control="c")
    history.child_initiated("running already")
    history.child_completed("completed", "r").child_failed("failed", "why", "how")
    history.child_timed_out("timed_out").child_canceled("canceled").child_terminated("terminated")
    history.start_child_failed("running already", "WORKFLOW_ALREADY_RUNNING")
    history.start_child_failed("no type")
    return history.failed("tired", {"d": 1})


def timers_and_markers():
    history = builder.started().timer_started("fires", 30, control={"c": 1}).timer_started("stops")
    history.timer_fired("fires").timer_canceled("stops").start_timer_failed("fires")
    history.cancel_timer_failed("stops").marker_recorded("step", {"n": 1}).marker_recorded("step")
    history.record_marker_failed("step").decision_task_started().decision_task_timed_out()
    return history.cancel_requested().canceled("as asked")


def others():
    history = builder.started()
    history.signal_external_initiated("w-1", "go", input="x", control="c")
    history.signal_external_initiated("w-2", "go", run_id="r-2")
    history.request_cancel_external_initiated("w-3").request_cancel_external_initiated("w-4")
    history.external_signaled().signal_external_failed()
    history.external_cancel_requested().request_cancel_external_failed()
    history.signaled("news", {"n": 2}).complete_failed().decision_task_started()
    history.fail_failed().decision_task_started().cancel_failed().decision_task_started()
    history.continue_as_new_failed().decision_task_started()
    return history.continued_as_new("run-2", input="again")


def functions():
    history = builder.started(lambda_role="arn:aws:iam::1:role/r")
    for end in ("completes", "fails", "times out", "has no role"):
        history.lambda_scheduled(end, input={"f": end})
    history.lambda_completed("completes", {"r": 1}).lambda_failed("fails", "Unhandled", "boom")
    history.lambda_timed_out("times out").start_lambda_failed("has no role", message="no role")
    history.schedule_lambda_failed("completes")
    return history.terminated("enough", "details")


def overdue():
    return builder.started().activity_scheduled("open").activity_started("open").timed_out()


STORIES = {
    story.__name__: story
    for story in (activities, children, timers_and_markers, others, functions, overdue)
}


@pytest.fixture
def history():
    """A history with an open timer and one that has fired."""
    return builder.started().timer_started("t1").timer_started("t2").timer_fired("t1")[:]
