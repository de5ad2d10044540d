"""Retries of failed instances."""

import pytest

from swf.constants import PAUSE_TIMER_ID
from swf.retry import Retry


def scheduled(decisions):
    """Return the ids of the activities that are scheduled."""
    return [d.attributes["activityId"] for d in decisions if d.type == "ScheduleActivityTask"]


def types(decisions):
    return [d.type for d in decisions]


FAILURES = {
    "failed": lambda h, i: h.scheduled(i).activity_failed(i, "ValueError: no"),
    "timed_out": lambda h, i: h.scheduled(i).activity_timed_out(i, "HEARTBEAT"),
    "canceled": lambda h, i: h.scheduled(i).activity_cancel_requested(i),
    "schedule_failed": lambda h, i: h.refused(i, "ACTIVITY_TYPE_DOES_NOT_EXIST"),
}


@pytest.mark.parametrize("how", FAILURES)
def test_retry_n_allows_n_plus_one_attempts(how, create, flow_of, tasks, decisions_of, history):
    flow = flow_of(create(name="a", run=tasks(), retry=2))
    for _ in range(2):
        FAILURES[how](history, "flow_a-1")
        assert scheduled(decisions_of(flow, history)) == ["flow_a-1"]

    FAILURES[how](history, "flow_a-1")

    assert types(decisions_of(flow, history)) == ["FailWorkflowExecution"]
    assert "flow_a-1 failed 3 times" in str(decisions_of.errors[0])


def test_quota_refusal_uses_up_no_attempt(create, flow_of, tasks, decisions_of, history):
    flow = flow_of(create(name="a", run=tasks()))
    history.refused("flow_a-1", "OPEN_ACTIVITIES_LIMIT_EXCEEDED")

    assert decisions_of(flow, history) == []  # the decider starts the timer of a pause

    history.timer_started(PAUSE_TIMER_ID, 1).later(1).timer_fired(PAUSE_TIMER_ID)
    assert scheduled(decisions_of(flow, history)) == ["flow_a-1"]

    assert types(decisions_of(flow, history.broken("flow_a-1"))) == ["FailWorkflowExecution"]


def test_delayed_retry_waits_for_its_own_timer(create, flow_of, tasks, decisions_of, history):
    flow = flow_of(create(name="a", run=tasks(), retry=Retry(3, delay=10)))

    [first] = decisions_of(flow, history.broken("flow_a-1"))
    assert first.attributes == {"timerId": "flow_a-1.retry-1", "startToFireTimeout": "10"}

    history.timer_started("flow_a-1.retry-1", 10).timer_fired("flow_a-1.retry-1")
    [second] = decisions_of(flow, history.broken("flow_a-1"))
    assert second.attributes == {"timerId": "flow_a-1.retry-2", "startToFireTimeout": "20"}


def test_retry_fails_if_its_timer_is_refused_permanently(
    create, flow_of, tasks, decisions_of, history
):
    flow = flow_of(create(name="a", run=tasks(), retry=Retry(3, delay=10)))
    history.broken("flow_a-1").start_timer_failed("flow_a-1.retry-1", "OPERATION_NOT_PERMITTED")

    assert types(decisions_of(flow, history)) == ["FailWorkflowExecution"]


def test_only_errors_named_by_the_policy_are_retried(create, flow_of, tasks, decisions_of, history):
    flow = flow_of(create(name="a", run=tasks(), retry=Retry(3, on=[OSError])))

    again = decisions_of(flow, history.broken("flow_a-1", "ConnectionError: reset"))
    never = decisions_of(flow, history.broken("flow_a-1", "KeyError: 'x'"))

    assert scheduled(again) == ["flow_a-1"]
    assert types(never) == ["FailWorkflowExecution"]
