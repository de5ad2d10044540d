from __future__ import annotations

from swf.models.history import builder
from swf.report.why import why


def text_of(history, later):
    return str(why(history, later(history, minutes=3)))


def test_scheduled_decision_task_waits_for_a_decider(later):
    text = text_of(builder.started("flow"), later)

    assert (
        "A decision task has waited on task list 'deciders' for 3 min; no decider has taken it."
    ) in text


def test_started_decision_task_names_its_decider(later):
    text = text_of(builder.started("flow").decision_task_started("host-1"), later)

    assert "Decider 'host-1' has had its decision task for 3 min." in text


def test_scheduled_activity_waits_for_a_worker(later, open_activity):
    assert (
        "Activity 'a' (flow_a) has waited on task list 'work' for 3 min; no worker has taken it, "
        "and no timeout ends the wait. Task list 'work' has no poller, or all of its pollers are "
        "busy: no worker has taken a task of this execution from it yet."
    ) in text_of(open_activity(), later)


def test_schedule_to_start_timeout_ends_the_wait(later, open_activity):
    text = text_of(open_activity(schedule_to_start_timeout=600), later)

    assert "no worker has taken it. Task list" in text


def test_started_activity_names_its_worker(later, open_activity):
    text = text_of(open_activity().activity_started("a"), later)

    assert "Activity 'a' (flow_a) has been running on worker 'worker' for 3 min." in text


def test_started_activity_without_timeout_is_reported(later):
    history = builder.started("flow")
    history.activity_scheduled("a", name="flow_a", start_to_close_timeout="NONE")

    text = text_of(history.activity_started("a"), later)

    assert "has been running on worker 'worker' for 3 min; it has no timeout." in text


def test_retry_timer_names_the_activity_that_it_retries(later, open_activity):
    history = open_activity().activity_failed("a", "no").timer_started("a.retry-1", 600)

    assert ("Activity 'a' has failed once and is retried when timer 'a.retry-1' fires.") in text_of(
        history, later
    )


def test_open_timer_is_reported(later):
    text = text_of(builder.started("flow").timer_started("t", 600), later)

    assert "It waits for timer 't'." in text


def test_timer_is_reported_with_its_control(later):
    history = builder.started("flow").timer_started("t", 600, control="approve")

    assert "It waits for timer 't' (control: approve)." in text_of(history, later)


def test_initiated_child_is_reported(later):
    assert (
        "It waits for child 'c' (child, not started for 3 min); see the history of the child."
    ) in text_of(builder.started("flow").child_initiated("c"), later)


def test_started_child_is_reported_with_its_age(later):
    history = builder.started("flow").child_initiated("c").child_started("c")

    assert "It waits for child 'c' (child, running for 3 min)" in text_of(history, later)


def test_execution_without_open_entities_waits_for_a_signal(later):
    history = builder.started("flow").decision_task_started().decision_task_completed()

    assert (
        "It waits for a signal or a cancel request: no activity, timer, child or decision task is "
        "open. Its last decision task, 3 min ago, completed without a decision (event 4)."
    ) in text_of(history, later)


def test_cancel_request_is_reported(later):
    text = text_of(builder.started("flow").cancel_requested(), later)

    assert "Its cancellation was requested 3 min ago, and its decider has not closed it." in text


def test_awaited_signals_are_named(later):
    history = builder.started("flow").decision_task_started()
    history.decision_task_completed(execution_context='{"waiting_signals":["go","stop"]}')

    text = text_of(history, later)

    assert "It waits for 2 signals 'go' and 'stop'." in text
    assert "no activity, timer, child" not in text


def test_activities_of_one_type_show_their_input(later):
    history = builder.started("flow")
    for number in (1, 2):
        context = {"page": number, "execution.domain": "d"}
        history.activity_scheduled(f"read-{number}", name="read", input=context)
    history.activity_started("read-1")

    text = text_of(history, later)

    assert "Activity 'read-1' (read, input {'page': 1}) has been running on worker 'worker'" in text
    assert "Activity 'read-2' (read, input {'page': 2}) has waited" in text


def test_long_input_is_cut(later):
    history = builder.started("flow")
    for number in (1, 2):
        history.activity_scheduled(f"read-{number}", name="read", input="x" * 500)

    assert len(text_of(history, later)) < 700
