"""The builder writes histories that the service could have written."""

import pytest

from swf.exceptions import HistoryError, InvalidKeywordArgumentError, ValidationError
from swf.models.event import EVENT_TYPES
from swf.models.history import builder
from swf.models.history.builder import HistoryBuilder
from swf.models.history.invariants import check


def names(history):
    return [event.name for event in history]


def test_builder_can_write_every_event_type(stories):
    written = {event.name for history in stories.values() for event in history}

    assert written == set(EVENT_TYPES)


@pytest.mark.parametrize(
    "story", ["activities", "children", "timers_and_markers", "others", "functions", "overdue"]
)
def test_written_history_is_sound(stories, story):
    assert check(stories[story].raw) == []
    assert stories[story].problems == []


def test_every_required_attribute_is_written(stories):
    model = pytest.importorskip("botocore.session").get_session().get_service_model("swf")
    shapes = model.shape_for("HistoryEvent").members

    missing = [
        (event.name, member)
        for history in stories.values()
        for event in history
        for member in shapes[event.kind.key].required_members
        if member not in event.attributes
    ]

    assert missing == []


def test_execution_starts_with_a_decision_task():
    assert names(builder.started()) == ["WorkflowExecutionStarted", "DecisionTaskScheduled"]


def test_decision_starts_and_completes_the_scheduled_decision_task():
    history = builder.started().timer_started("t1")

    assert names(history)[2:] == ["DecisionTaskStarted", "DecisionTaskCompleted", "TimerStarted"]
    assert history.last.decision_task_completed_event_id == 4


def test_consecutive_decisions_share_a_decision_task():
    history = builder.started().timer_started("t1").timer_started("t2")

    assert history[-1].decision_task_completed_event_id == 4
    assert history[-1].timestamp == history[-2].timestamp == history.event(4).timestamp


def test_events_schedule_one_decision_task():
    history = builder.started().timer_started("t1").timer_started("t2")

    history.timer_fired("t1").timer_fired("t2")

    assert names(history)[-3:] == ["TimerFired", "DecisionTaskScheduled", "TimerFired"]


def test_event_during_a_decision_task_queues_the_next():
    history = builder.started().decision_task_started().signaled("go").timer_started("t1")

    assert names(history)[2:] == [
        "DecisionTaskStarted",
        "WorkflowExecutionSignaled",
        "DecisionTaskScheduled",
        "DecisionTaskCompleted",
        "TimerStarted",
    ]


def test_refused_decision_schedules_a_decision_task_behind_its_batch():
    history = builder.started().start_timer_failed("t1").timer_started("t2")

    assert names(history)[4:] == ["StartTimerFailed", "TimerStarted", "DecisionTaskScheduled"]


def test_activity_that_ends_is_started_first():
    history = builder.started().activity_scheduled("a").activity_completed("a")

    assert names(history)[5:7] == ["ActivityTaskStarted", "ActivityTaskCompleted"]
    assert (history[6].scheduled_event_id, history[6].started_event_id) == (5, 6)


def test_unstarted_activity_is_canceled_in_the_same_batch():
    history = builder.started().activity_scheduled("a").activity_cancel_requested("a")

    assert names(history)[5:] == [
        "ActivityTaskCancelRequested",
        "ActivityTaskCanceled",
        "DecisionTaskScheduled",
    ]
    assert (history[6].started_event_id, history[6].latest_cancel_requested_event_id) == (0, 6)


def test_timer_fires_after_its_timeout():
    history = builder.started().timer_started("t1", 3600).timer_fired("t1")

    assert history.timers["t1"].running.total_seconds() == 3600


def test_time_is_the_same_in_every_run(stories):
    assert builder.started().first.timestamp.isoformat() == "2020-01-01T00:00:00+00:00"


def test_time_can_pass():
    history = builder.started().later(600).signaled("go")

    assert (history[2].timestamp - history[0].timestamp).total_seconds() == 601


def test_parsed_history_can_be_extended(recorded):
    begun = recorded("wait_signal").raw[:14]

    history = HistoryBuilder(raw=begun).signaled("go").marker_recorded("seen")

    assert check(history.raw) == []
    assert history.markers[0].decision_event_id == history.last.id - 1


def test_further_attributes_are_taken_by_name():
    history = builder.started().activity_scheduled("a", task_priority=3, heartbeat_timeout=60)

    assert (history.activities["a"].task_priority, history.activities["a"].heartbeat_timeout) == (
        3,
        60,
    )


def test_unknown_attributes_are_refused():
    with pytest.raises(InvalidKeywordArgumentError, match="heartbeat_timeout"):
        builder.started().activity_scheduled("a", heartbeat=60)


def test_payloads_keep_to_the_services_limits():
    with pytest.raises(ValidationError, match="32768"):
        builder.started(input="x" * 32769)


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (lambda history: history.timer_fired("t2"), "not open: 't2'; open entities: 't1'"),
        (lambda history: history.activity_completed("a"), "not open: 'a'; open entities: none"),
        (lambda history: history.timer_started("t1"), r"TimerStarted \(event 6\).*\(event 5\)"),
        (lambda history: history.started(), "WorkflowExecutionStarted"),
        (lambda history: history.decision_task_started(), "no decision task is scheduled"),
        (lambda history: history.decision_task_completed(), "no decision task is started"),
        (lambda history: history.external_signaled(), "open entities: none"),
    ],
)
def test_impossible_event_is_refused_and_not_written(step, message):
    history = builder.started().timer_started("t1")

    with pytest.raises(HistoryError, match=message):
        step(history)

    assert len(history) == 5
    assert history.problems == []


def test_nothing_is_written_after_the_close():
    history = builder.started().completed()

    with pytest.raises(HistoryError, match="the execution is closed"):
        history.signaled("too late")


def test_decision_needs_a_decision_task():
    history = builder.started().activity_scheduled("a").activity_started("a")

    with pytest.raises(HistoryError, match="no decision task is scheduled"):
        history.timer_started("t1")


def test_close_is_refused_while_a_decision_task_is_queued():
    history = builder.started().decision_task_started().signaled("go")

    with pytest.raises(HistoryError, match="queued"):
        history.completed()
