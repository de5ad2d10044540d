"""The state of entities after the events of a history."""

import re
from datetime import datetime, timedelta, timezone

import pytest

from swf.constants import WAKE_UP_TIMER_ID
from swf.exceptions import InconsistentStateError, TransitionError
from swf.models.history import History, builder


def at(second):
    return datetime(2020, 1, 1, tzinfo=timezone.utc) + timedelta(seconds=second)


def without(history, *event_ids):
    return History(raw=[raw for raw in history.raw if raw["eventId"] not in event_ids])


def test_fired_timer_is_no_longer_open():
    history = builder.started().timer_started("t1").timer_fired("t1")

    assert history.timers["t1"].state == "fired"
    assert history.open_timers == []


@pytest.mark.parametrize(
    ("story", "kind", "entity_id", "state"),
    [
        ("activities", "activities", "done", "completed"),
        ("activities", "activities", "failed", "failed"),
        ("activities", "activities", "late", "timed_out"),
        ("activities", "activities", "never started", "timed_out"),
        ("activities", "activities", "unwanted", "canceled"),
        ("activities", "activities", "stopped", "canceled"),
        ("activities", "activities", "unknown", "schedule_failed"),
        ("children", "children", "completed", "completed"),
        ("children", "children", "failed", "failed"),
        ("children", "children", "timed_out", "timed_out"),
        ("children", "children", "canceled", "canceled"),
        ("children", "children", "terminated", "terminated"),
        ("children", "children", "running already", "start_failed"),
        ("children", "children", "no type", "start_failed"),
        ("timers_and_markers", "timers", "stops", "canceled"),
        ("functions", "lambdas", "fails", "failed"),
        ("functions", "lambdas", "times out", "timed_out"),
        ("functions", "lambdas", "has no role", "start_failed"),
        ("overdue", "activities", "open", "started"),
    ],
)
def test_every_end_is_a_state(stories, story, kind, entity_id, state):
    assert getattr(stories[story], kind)[entity_id].state == state


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


def test_reused_id_adds_an_attempt():
    history = builder.started().activity_scheduled("a").activity_failed("a", "first")
    history.activity_scheduled("a").activity_failed("a", "second").activity_scheduled("a")
    history.activity_completed("a", "third")

    activity = history.activities["a"]

    assert [(one.state, one.reason or one.result) for one in activity.attempts] == [
        ("failed", "first"),
        ("failed", "second"),
        ("completed", "third"),
    ]
    assert (activity.state, activity.result) == ("completed", "third")


def test_single_attempt_is_listed_too():
    activity = builder.started().activity_scheduled("a").activities["a"]

    assert activity.attempts == (activity,)


def test_refused_attempt_does_not_hide_the_open_one():
    history = builder.started().activity_scheduled("a").signaled("again")
    history.schedule_activity_failed("a", "ACTIVITY_ID_ALREADY_IN_USE")

    running = history.activities["a"]
    history.activity_completed("a", "done")

    assert (running.state, len(running.attempts)) == ("scheduled", 2)
    assert history.activities["a"].result == "done"


def test_last_refusal_is_the_current_attempt_without_an_open_one():
    history = builder.started().activity_scheduled("a").activity_completed("a")
    history.schedule_activity_failed("a", "OPEN_ACTIVITIES_LIMIT_EXCEEDED")

    assert history.activities["a"].cause == "OPEN_ACTIVITIES_LIMIT_EXCEEDED"


def test_timer_id_can_be_used_again():
    history = builder.started().timer_started("t", 5).timer_fired("t").timer_started("t", 7)

    assert [one.state for one in history.timers["t"].attempts] == ["fired", "started"]
    assert history.timers["t"].start_to_fire_timeout == 7


def test_attempt_is_found_by_the_event_that_began_it():
    history = builder.started().timer_started("t", 5).timer_fired("t").timer_started("t", 7)

    assert history.timers.by_event(5).state == "fired"


def test_value_does_not_change_when_its_history_grows():
    history = builder.started().activity_scheduled("a")
    before = history.activities["a"]

    history.activity_completed("a")

    assert before.state == "scheduled"
    assert history.activities["a"] != before


def test_values_cannot_be_changed():
    activity = builder.started().activity_scheduled("a").activities["a"]

    with pytest.raises(AttributeError):
        activity.state = "completed"


def test_entities_are_in_order_of_first_appearance():
    history = builder.started().activity_scheduled("b").activity_scheduled("a")
    history.activity_completed("b").activity_scheduled("b")

    assert list(history.activities) == ["b", "a"]
    assert [activity.id for activity in history.open_activities] == ["a", "b"]
    assert len(history.activities) == 2
    assert "b" in history.activities


def test_unknown_id_is_a_key_error():
    with pytest.raises(KeyError):
        _ = builder.started().activities["a"]


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


def test_signals_are_accessible_by_order_and_name():
    history = builder.started().signaled("go", 1).signaled("stop").signaled("go", 2)

    assert [signal.name for signal in history.signals] == ["go", "stop", "go"]
    assert [signal.input for signal in history.signals["go"]] == [1, 2]
    assert history.signals.with_name("other") == []
    assert history.signals.names == ["go", "stop"]
    assert "stop" in history.signals
    assert "other" not in history.signals
    assert history.signals[-1].event_id == 5


def test_signal_names_its_sender():
    history = builder.started().signaled(
        "go",
        external_workflow_execution={"workflowId": "w", "runId": "r"},
        external_initiated_event_id=9,
    )

    signal = history.signals[0]

    assert (signal.workflow_id, signal.run_id, signal.external_initiated_event_id) == ("w", "r", 9)


def test_unknown_name_raises_key_error():
    with pytest.raises(KeyError):
        _ = builder.started().signals["go"]


def test_markers_keep_every_recording(stories):
    markers = stories["timers_and_markers"].markers

    assert [marker.details for marker in markers["step"]] == [{"n": 1}, None]


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


def test_refused_decisions_are_listed(stories):
    refusals = stories["timers_and_markers"].refusals

    assert [event.name for event in refusals] == [
        "StartTimerFailed",
        "CancelTimerFailed",
        "RecordMarkerFailed",
    ]


@pytest.mark.parametrize(
    ("story", "close_status", "state"),
    [
        ("activities", "COMPLETED", "completed"),
        ("children", "FAILED", "failed"),
        ("timers_and_markers", "CANCELED", "canceled"),
        ("others", "CONTINUED_AS_NEW", "continued_as_new"),
        ("functions", "TERMINATED", "terminated"),
        ("overdue", "TIMED_OUT", "timed_out"),
    ],
)
def test_each_close_event_closes_the_execution(stories, story, close_status, state):
    history = stories[story]

    execution = history.execution

    assert (execution.status, execution.close_status, execution.state) == (
        "CLOSED",
        close_status,
        state,
    )
    assert history.finished


def test_open_execution_is_open():
    history = builder.started()

    assert (history.execution.status, history.execution.close_status) == ("OPEN", None)
    assert (history.execution.closed_at, history.execution.duration) == (None, None)
    assert not history.finished


def test_execution_has_the_attributes_of_its_start():
    history = builder.started(
        "order",
        "2.0",
        input={"n": 1},
        tag_list=["a"],
        task_priority=5,
        lambda_role="role",
        parent_workflow_execution={"workflowId": "p", "runId": "r"},
        parent_initiated_event_id=7,
        continued_execution_run_id="before",
    )

    execution = history.execution

    assert (execution.workflow_type.name, execution.workflow_type.version) == ("order", "2.0")
    assert (execution.input, execution.tag_list, execution.task_list) == (
        {"n": 1},
        ["a"],
        "deciders",
    )
    assert (execution.task_priority, execution.lambda_role) == (5, "role")
    assert (execution.execution_timeout, execution.decision_tasks_timeout) == (3600, 300)
    assert (execution.parent.workflow_id, execution.parent_initiated_event_id) == ("p", 7)
    assert (execution.continued_execution_run_id, execution.child_policy) == ("before", "TERMINATE")
    assert execution.text("input") == '{"n":1}'


def test_execution_has_its_close_status(stories):
    failed = stories["children"].execution
    continued = stories["others"].execution
    terminated = stories["functions"].execution

    assert (failed.reason, failed.details) == ("tired", {"d": 1})
    assert continued.new_execution_run_id == "run-2"
    assert (terminated.reason, terminated.cause) == ("enough", "OPERATOR_INITIATED")
    assert stories["activities"].execution.result == {"total": 3}
    assert stories["overdue"].execution.timeout_type == "START_TO_CLOSE"


def test_cancel_request_to_the_execution_shows():
    history = builder.started().later(9).cancel_requested()

    assert history.execution.cancel_requested
    assert history.execution.cancel_requested_at == at(10)


def test_execution_context_is_the_last_one_that_was_set():
    history = builder.started().decision_task_started().decision_task_completed("one")
    history.signaled("a").decision_task_started().decision_task_completed()

    assert history.execution.execution_context == "one"


@pytest.mark.parametrize(
    ("missing", "error", "message"),
    [
        (5, InconsistentStateError, r"ActivityTaskStarted \(event 6\).*event 5"),
        (2, InconsistentStateError, r"DecisionTaskStarted \(event 3\).*event 2"),
    ],
)
def test_reference_to_a_missing_event_is_a_problem(missing, error, message):
    history = without(builder.started().activity_scheduled("a").activity_completed("a"), missing)

    messages = [str(problem) for problem in history.problems if isinstance(problem, error)]
    assert any(re.search(message, text) for text in messages)


def test_illegal_event_changes_nothing():
    raw = builder.started().timer_started("t").timer_fired("t").raw
    raw.append({**raw[-2], "eventId": 8})

    history = History(raw=raw)

    assert history.timers["t"].closed_event_id == 6
    with pytest.raises(TransitionError, match=r"TimerFired \(event 8\).*TimerFired \(event 6\)"):
        history.compile()


def test_event_without_attributes_is_a_problem():
    raw = builder.started().raw
    raw.append({"eventId": 3, "eventTimestamp": 0, "eventType": "DecisionTaskStarted"})

    problems = History(raw=raw).problems

    assert "decisionTaskStartedEventAttributes" in str(problems[0])


def test_unknown_event_type_is_skipped():
    raw = builder.started().raw
    raw.append({"eventId": 3, "eventTimestamp": 0, "eventType": "PigeonSent"})

    history = History(raw=raw)

    assert (history.last.type, history.problems, history.finished) == ("PigeonSent", [], False)


def test_wake_up_timer_is_not_among_the_timers():
    history = builder.started().timer_started(WAKE_UP_TIMER_ID, 0)

    assert (dict(history.timers), history.open_timers) == ({}, [])
    assert dict(history.timer_fired(WAKE_UP_TIMER_ID).timers) == {}
    assert history.problems == []


def test_canceled_wake_up_timer_is_not_among_the_timers():
    history = builder.started().timer_started(WAKE_UP_TIMER_ID, 0).timer_canceled(WAKE_UP_TIMER_ID)

    assert (dict(history.timers), history.problems) == ({}, [])


def test_refused_wake_up_timer_is_not_among_timers_and_refusals():
    history = builder.started().start_timer_failed(WAKE_UP_TIMER_ID)
    history.cancel_timer_failed(WAKE_UP_TIMER_ID)

    assert (dict(history.timers), history.refusals, history.problems) == ({}, [], [])


def test_wake_up_timer_that_fires_twice_is_a_problem():
    raw = builder.started().timer_started(WAKE_UP_TIMER_ID, 0).timer_fired(WAKE_UP_TIMER_ID).raw
    raw.append({**raw[5], "eventId": len(raw) + 1})

    assert len(History(raw=raw).problems) == 1


class CountingDict(dict):
    """A dictionary that counts how often any of its kind is read."""

    reads = 0

    def __getitem__(self, key):
        CountingDict.reads += 1
        return super().__getitem__(key)


@pytest.mark.parametrize("view", ["signals", "markers"])
def test_lookups_by_name_are_linear_in_events(view):
    def reads(count):
        history = builder.started()
        for number in range(count):
            if view == "signals":
                history.signaled(f"name-{number}")
            else:
                history.marker_recorded(f"name-{number}")
        history = History(raw=[CountingDict(event) for event in history.raw])
        CountingDict.reads = 0
        for number in range(count):
            assert f"name-{number}" in getattr(history, view)
            assert len(getattr(history, view).with_name(f"name-{number}")) == 1
        return CountingDict.reads

    assert reads(400) < 2.5 * reads(200)


def test_lookup_of_a_reused_id_is_independent_of_its_attempts():
    def reads(count):
        history = builder.started()
        for _ in range(count):
            history.timer_started("t", 1).timer_fired("t")
        history = History(raw=[CountingDict(event) for event in history.raw])
        assert history.timers["t"].state == "fired"
        CountingDict.reads = 0
        assert history.timers["t"].is_open is False
        return CountingDict.reads

    assert reads(20) == reads(10)
