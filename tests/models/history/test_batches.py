"""The events of a history by decision task."""

import pytest

from swf.models.history import builder


def names(events):
    return [event.name for event in events]


def test_decision_task_has_the_events_before_its_start():
    history = builder.started().timer_started("t").timer_fired("t").decision_task_started()

    first, second = history.decision_batches()

    assert [event.id for event in first.new_events] == [1, 2, 3]
    assert [event.id for event in second.new_events] == [4, 5, 6, 7, 8]
    assert (second.previous_started_event_id, second.started_event_id) == (3, 8)


def test_event_during_a_decision_task_is_new_to_the_next():
    history = builder.started().decision_task_started().signaled("late").timer_started("t")
    history.decision_task_started()

    first, second = history.decision_batches()

    assert names(first.news) == ["WorkflowExecutionStarted"]
    assert names(second.news) == ["WorkflowExecutionSignaled"]


def test_decisions_belong_to_their_decision_task():
    history = builder.started().decision_task_started().signaled("late").timer_started("t")
    history.activity_scheduled("a").decision_task_started().decision_task_completed()

    first, second = history.decision_batches()

    assert names(first.decisions) == ["TimerStarted", "ActivityTaskScheduled"]
    assert second.decisions == []


def test_refused_decision_is_a_decision_and_new():
    history = builder.started().start_timer_failed("t").decision_task_started()

    first, second = history.decision_batches()

    assert names(first.decisions) == ["StartTimerFailed"]
    assert names(second.news) == ["StartTimerFailed"]


def test_failure_after_initiation_is_new_but_no_decision():
    history = builder.started().signal_external_initiated("w", "go").signal_external_failed()
    history.decision_task_started()

    first, second = history.decision_batches()

    assert names(first.decisions) == ["SignalExternalWorkflowExecutionInitiated"]
    assert names(second.news) == ["SignalExternalWorkflowExecutionFailed"]


def test_events_of_a_timed_out_decision_task_are_new_again():
    history = builder.started().signaled("go").decision_task_started().decision_task_timed_out()
    history.timer_started("t")

    (batch,) = history.decision_batches()

    assert names(batch.news) == ["WorkflowExecutionStarted", "WorkflowExecutionSignaled"]
    assert names(batch.decisions) == ["TimerStarted"]


def test_open_decision_task_has_no_decisions():
    (batch,) = builder.started().decision_task_started().decision_batches()

    assert (batch.completed_event_id, batch.decisions) == (None, [])


def test_scheduled_decision_task_has_no_batch():
    assert builder.started().decision_batches() == []


@pytest.mark.parametrize("after", [0, 3, 8, 11])
def test_after_selects_later_batches(recorded, after):
    history = recorded("wait_signal")

    later = history.decision_batches(after=after)

    assert later == [b for b in history.decision_batches() if b.started_event_id > after]


def test_new_events_are_those_between_two_starts():
    history = builder.started().timer_started("t").timer_fired("t").decision_task_started()

    assert [event.id for event in history.new_events(3, 8)] == [4, 5, 6, 7, 8]
    assert history.new_events(3) == history.new_events(3, 8)


def test_recorded_decision_batches_are_in_order_of_starts(recorded):
    history = recorded("wait_signal")

    news = [names(batch.news) for batch in history.decision_batches()]

    assert news[1] == ["ActivityTaskStarted", "ActivityTaskStarted", "WorkflowExecutionSignaled"]
    assert news[2] == ["ActivityTaskCompleted"]


@pytest.mark.parametrize(
    "scenario",
    [
        "chain_send_result",
        "child_workflow",
        "simpleflow_idempotent",
        "timer_and_cancel",
        "wait_signal",
    ],
)
def test_batches_cover_a_closed_history_once(recorded, scenario):
    history = recorded(scenario)

    batches = history.decision_batches()

    event_ids = [event.id for batch in batches for event in batch.new_events]
    assert event_ids == list(range(1, batches[-1].started_event_id + 1))
    assert batches[-1].decisions[-1] == history.last
