"""Why: what an open execution waits for, and how a closed one ended."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from swf.models.history import History, builder
from swf.report.deadlines import deadlines
from swf.report.why import task_lists, why

RECORDED = Path(__file__).parents[1] / "data" / "recorded"


def later(history, **since):
    return history.last.timestamp + timedelta(**since)


def open_activity(**more):
    timeouts = {"start_to_close_timeout": 600, "heartbeat_timeout": 60, **more}
    return builder.started("flow").activity_scheduled(
        "a", name="flow_a", task_list="work", **timeouts
    )


@pytest.mark.parametrize(
    ("history", "told"),
    [
        pytest.param(
            builder.started("flow"),
            "A decision task has waited on task list 'deciders' for 3 min; "
            "no decider has taken it.",
            id="no decider",
        ),
        pytest.param(
            open_activity(),
            "Activity 'a' (flow_a) has waited on task list 'work' for 3 min; no worker has "
            "taken it, and no timeout ends that wait. Task list 'work' has no poller, or its "
            "pollers are all busy: nobody has taken one of this execution's yet.",
            id="no worker",
        ),
        pytest.param(
            open_activity(schedule_to_start_timeout=600),
            "no worker has taken it. Task list",
            id="no worker, for a time",
        ),
        pytest.param(
            open_activity()
            .activity_started("a")
            .signaled("more")
            .activity_scheduled("b", task_list="work"),
            "Task list 'work' has no poller, or its pollers are all busy: worker took the last "
            "one of this execution's 3 min 3 s ago.",
            id="a worker that is busy",
        ),
        pytest.param(
            builder.started("flow")
            .activity_scheduled("a", name="flow_a", start_to_close_timeout="NONE")
            .activity_started("a"),
            "has run by worker for 3 min; no timeout of its own ends it.",
            id="a worker without an end",
        ),
        pytest.param(
            open_activity().activity_failed("a", "no").timer_started("a.retry-1", 600),
            "Activity 'a' has failed once and is tried again when timer 'a.retry-1' fires.",
            id="a retry",
        ),
        pytest.param(
            builder.started("flow").timer_started("t", 600, control="approve"),
            "It waits for timer 't' (control: approve).",
            id="a timer with a control",
        ),
        pytest.param(
            open_activity().activity_started("a"),
            "Activity 'a' (flow_a) has run by worker for 3 min.",
            id="a worker",
        ),
        pytest.param(
            builder.started("flow").timer_started("t", 600),
            "It waits for timer 't'.",
            id="a timer",
        ),
        pytest.param(
            builder.started("flow").child_initiated("c"),
            "It waits for child 'c' (child, not started for 3 min); what holds that up, its "
            "own history tells.",
            id="a child",
        ),
        pytest.param(
            builder.started("flow").child_initiated("c").child_started("c"),
            "It waits for child 'c' (child, running for 3 min)",
            id="a child that runs",
        ),
        pytest.param(
            builder.started("flow").decision_task_started().decision_task_completed(),
            "so that nothing else can move it. Its last decision, 3 min ago, asked for "
            "nothing (event 4).",
            id="nothing is open",
        ),
        pytest.param(
            builder.started("flow").cancel_requested(),
            "Its cancellation was requested 3 min ago, and its decider has not closed it.",
            id="cancellation",
        ),
        pytest.param(
            builder.started("flow").schedule_activity_failed("a", "ACTIVITY_TYPE_DOES_NOT_EXIST"),
            "The service refused 1 of its decisions, the last one with "
            "ACTIVITY_TYPE_DOES_NOT_EXIST, which means that the type is not registered in this "
            "domain: ScheduleActivityTaskFailed of 'a', ",
            id="a refusal",
        ),
        pytest.param(
            builder.started("flow").decision_task_started().decision_task_timed_out(),
            "The last decision task timed out: a decider (decider) took it and said nothing.",
            id="a decision that timed out",
        ),
        pytest.param(
            open_activity().activity_failed("a", "ValueError: no"),
            "What failed last, 3 min ago: activity 'a' (flow_a) failed: ValueError: no.",
            id="a failure",
        ),
    ],
)
def test_it_says_what_an_open_execution_waits_for(history, told):
    found = why(history, later(history, minutes=3))

    assert found.status == "OPEN"
    assert told in str(found)


@pytest.mark.parametrize(
    ("history", "told"),
    [
        (open_activity().activity_completed("a").completed(), "It completed after"),
        (builder.started("flow").failed("too late"), "Reason: too late."),
        (
            open_activity().terminated("enough"),
            "Open at that time: activity 'a' (on task list 'work').",
        ),
        (
            open_activity().activity_started("a").terminated("enough"),
            "Open at that time: activity 'a'.",
        ),
        (
            builder.started("flow").terminated(cause="CHILD_POLICY_APPLIED"),
            "Cause: CHILD_POLICY_APPLIED, its parent closed, and by its child policy so did it.",
        ),
        (
            builder.started("flow").failed(details="line 1\nValueError: no"),
            "No reason was given; details: line 1 ValueError: no.",
        ),
        (builder.started("flow").timed_out(), "It timed out after"),
        (builder.started("flow").canceled(), "It was canceled after"),
        (builder.started("flow").continued_as_new(), "goes on with it."),
    ],
)
def test_it_says_how_a_closed_execution_ended(history, told):
    found = why(history, later(history, minutes=3))

    assert told in str(found)
    assert found.waits == ()
    assert found.next_deadline is None


def test_the_next_timeout_is_told_with_the_time_that_is_left():
    history = open_activity().activity_started("a")

    told = str(why(history, later(history, seconds=30)))

    assert "Next: HEARTBEAT timeout of activity 'a', if no heartbeat came" in told
    assert ", in 30.0 s, at " in told


def test_a_heartbeat_timeout_that_has_passed_is_not_told_since_heartbeats_leave_no_event():
    history = open_activity().activity_started("a")

    assert why(history, later(history, seconds=90)).next_deadline.kind == "START_TO_CLOSE"


def test_a_backlog_is_told_of_the_lists_that_are_concerned():
    history = open_activity()

    told = str(why(history, later(history), {"work": (0, 4), "other": (9, 9)}))

    assert task_lists(history) == ("work",)
    assert "are all busy: 4 activity tasks wait there, of all executions, and nobody" in told
    assert "'other'" not in told


def test_a_refusal_is_not_told_any_more_when_something_else_was_done_since():
    history = builder.started("flow")
    history.schedule_activity_failed("a", "OPEN_ACTIVITIES_LIMIT_EXCEEDED")
    refused = str(why(history, later(history)))
    history.signaled("again").activity_scheduled("a", name="flow_a")

    assert "which means that too many are open" in refused
    assert "refused" not in str(why(history, later(history)))


def test_what_people_wrote_is_cut_and_stays_on_a_line():
    history = builder.started("flow").failed("why\n" * 200)

    assert len(str(why(history, later(history)))) < 400
    assert "\n" not in str(why(history, later(history)))


def test_deadlines_come_in_order_and_none_is_made_of_none():
    history = builder.started("flow").timer_started("t", 10)
    history.activity_scheduled("a", name="x", start_to_close_timeout="NONE")

    kinds = [(deadline.kind, deadline.subject) for deadline in deadlines(history)]

    assert kinds[0] == ("TIMER", "timer 't'")
    assert kinds[-1] == ("START_TO_CLOSE", "the whole execution")
    assert all(
        deadline.kind != "START_TO_CLOSE" or "whole" in deadline.subject
        for deadline in deadlines(history)
    )


@pytest.mark.parametrize(
    "path",
    sorted(RECORDED.rglob("*.GetWorkflowExecutionHistory.json")),
    ids=lambda p: p.name.split(".")[0],
)
def test_at_every_moment_of_a_recorded_execution_there_is_something_to_say(path):
    events = json.loads(path.read_text())["response"]["events"]

    for length in range(1, len(events) + 1):
        history = History.from_event_list(events[:length])
        assert str(why(history, later(history, hours=1)))
