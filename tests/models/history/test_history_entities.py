"""The attributes of each kind of entity."""

from datetime import datetime, timedelta, timezone

from swf.models.history import builder


def at(second):
    return datetime(2020, 1, 1, tzinfo=timezone.utc) + timedelta(seconds=second)


def test_external_entities_have_the_id_of_their_initiated_event(stories):
    history = stories["others"]

    assert {event_id: signal.state for event_id, signal in history.external_signals.items()} == {
        5: "signaled",
        6: "signal_failed",
    }
    assert {event_id: cancel.state for event_id, cancel in history.external_cancels.items()} == {
        7: "cancel_requested",
        8: "request_cancel_failed",
    }


def test_activity_has_the_attributes_of_its_events():
    history = builder.started().activity_scheduled(
        "a", "resize", "2.0", {"w": 3}, control="c", task_list="images", start_to_close_timeout=60
    )
    history.later(9).activity_started("a", "worker-1").later(4).activity_completed("a", {"ok": 1})

    activity = history.activities["a"]

    assert (activity.id, activity.name, activity.version) == ("a", "resize", "2.0")
    assert (activity.input, activity.control, activity.result) == ({"w": 3}, "c", {"ok": 1})
    assert (activity.task_list, activity.start_to_close_timeout) == ("images", 60)
    assert (activity.heartbeat_timeout, activity.identity) == ("NONE", "worker-1")
    assert (activity.scheduled_event_id, activity.started_event_id, activity.closed_event_id) == (
        5,
        6,
        7,
    )
    assert activity.decision_event_id == 4
    assert (activity.scheduled_at, activity.started_at, activity.closed_at) == (
        at(2),
        at(12),
        at(17),
    )
    assert (activity.queued, activity.running) == (timedelta(seconds=10), timedelta(seconds=5))
    assert (activity.is_open, activity.is_failed, activity.cancel_requested) == (
        False,
        False,
        False,
    )
    assert [event.id for event in activity.events] == [5, 6, 7]
    assert activity.text("result") == '{"ok":1}'


def test_failed_activity_has_its_reason(stories):
    activities = stories["activities"].activities

    failed, late = activities["failed"], activities["late"]

    assert (failed.reason, failed.details, failed.is_failed) == ("why", "trace", True)
    assert (late.timeout_type, late.details, late.is_failed) == ("HEARTBEAT", "half", True)


def test_activity_that_never_started_has_no_start(stories):
    activity = stories["activities"].activities["never started"]

    assert (activity.started_event_id, activity.started_at, activity.running) == (None, None, None)
    assert activity.timeout_type == "SCHEDULE_TO_START"


def test_refused_activity_shows_the_cause(stories):
    activity = stories["activities"].activities["unknown"]

    assert (activity.cause, activity.name, activity.is_open) == (
        "ACTIVITY_TYPE_DOES_NOT_EXIST",
        "activity",
        False,
    )
    assert activity.is_failed


def test_cancel_request_shows_on_a_running_activity():
    history = builder.started().activity_scheduled("a").timer_started("t", 0).activity_started("a")
    history.timer_fired("t").activity_cancel_requested("a")

    assert (history.activities["a"].state, history.activities["a"].cancel_requested) == (
        "started",
        True,
    )


def test_canceled_activity_is_no_longer_open(stories):
    activities = stories["activities"].activities

    assert (activities["stopped"].state, activities["stopped"].is_failed) == ("canceled", False)
    assert activities.open == []


def test_activity_may_complete_after_a_cancel_request():
    history = builder.started().activity_scheduled("a").timer_started("t", 0).activity_started("a")
    history.timer_fired("t").activity_cancel_requested("a").activity_completed("a", 1)

    assert history.activities["a"].result == 1
    assert history.problems == []


def test_child_knows_its_execution():
    history = builder.started().child_initiated("w", "sub", "3.0", input=1, tag_list=["x"])
    history.child_started("w", "run-1").child_completed("w", [2])

    child = history.children["w"]

    assert (child.workflow_id, child.run_id, child.name, child.version) == (
        "w",
        "run-1",
        "sub",
        "3.0",
    )
    assert (child.initiated_event_id, child.started_event_id, child.closed_event_id) == (5, 6, 8)
    assert (child.input, child.result, child.tag_list, child.child_policy) == (
        1,
        [2],
        ["x"],
        "TERMINATE",
    )


def test_child_without_initiation_has_its_cause(stories):
    child = stories["children"].children["no type"]

    assert (child.cause, child.initiated_event_id, child.name) == (
        "WORKFLOW_TYPE_DOES_NOT_EXIST",
        None,
        "child",
    )


def test_lambda_function_has_name_and_result(stories):
    function = stories["functions"].lambdas["completes"].attempts[0]

    assert (function.name, function.input, function.result) == (
        "function",
        {"f": "completes"},
        {"r": 1},
    )


def test_external_signal_has_the_run_that_received_it(stories):
    reached, lost = stories["others"].external_signals.values()

    assert (reached.workflow_id, reached.run_id, reached.signal_name, reached.control) == (
        "w-1",
        "run-of-w-1",
        "go",
        "c",
    )
    assert (lost.run_id, lost.cause) == ("r-2", "UNKNOWN_EXTERNAL_WORKFLOW_EXECUTION")


def test_child_has_the_settings_of_its_start():
    history = builder.started().child_initiated(
        "c",
        execution_start_to_close_timeout=60,
        task_priority=3,
        lambda_role="arn:aws:iam::1:role/l",
    )

    child = history.children["c"]
    assert (child.execution_timeout, child.decision_tasks_timeout) == (60, 300)
    assert (child.task_priority, child.lambda_role) == (3, "arn:aws:iam::1:role/l")


def test_decision_task_has_its_timeouts():
    task = builder.started(task_start_to_close_timeout=30).open_decision_tasks[0]

    assert (task.schedule_to_start_timeout, task.start_to_close_timeout) == ("NONE", 30)
    assert task.task_priority is None


def test_decision_tasks_have_the_id_of_their_scheduled_event():
    history = builder.started().decision_task_started("decider-1")
    history.decision_task_completed(execution_context="ctx")

    task = history.decision_tasks[2]

    assert (task.state, task.identity, task.execution_context) == ("completed", "decider-1", "ctx")
    assert task.task_list == "deciders"
