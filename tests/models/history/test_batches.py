"""A history as its deciders saw it."""

import pytest

from swf.models.history import builder


def names(events):
    return [event.name for event in events]


def test_a_decision_task_sees_what_came_before_its_start():
    history = builder.started().timer_started("t").timer_fired("t").decision_task_started()

    first, second = history.decision_batches()

    assert [event.id for event in first.new_events] == [1, 2, 3]
    assert [event.id for event in second.new_events] == [4, 5, 6, 7, 8]
    assert (second.previous_started_event_id, second.started_event_id) == (3, 8)


def test_what_arrives_during_a_decision_task_is_news_to_the_next_one():
    history = builder.started().decision_task_started().signaled("late").timer_started("t")
    history.decision_task_started()

    first, second = history.decision_batches()

    assert names(first.news) == ["WorkflowExecutionStarted"]
    assert names(second.news) == ["WorkflowExecutionSignaled"]


def test_decisions_are_attached_to_the_decision_task_that_made_them():
    history = builder.started().decision_task_started().signaled("late").timer_started("t")
    history.activity_scheduled("a").decision_task_started().decision_task_completed()

    first, second = history.decision_batches()

    assert names(first.decisions) == ["TimerStarted", "ActivityTaskScheduled"]
    assert second.decisions == []


def test_a_refused_decision_is_a_decision_and_news():
    history = builder.started().start_timer_failed("t").decision_task_started()

    first, second = history.decision_batches()

    assert names(first.decisions) == ["StartTimerFailed"]
    assert names(second.news) == ["StartTimerFailed"]


def test_what_fails_after_it_was_initiated_is_news_only():
    history = builder.started().signal_external_initiated("w", "go").signal_external_failed()
    history.decision_task_started()

    first, second = history.decision_batches()

    assert names(first.decisions) == ["SignalExternalWorkflowExecutionInitiated"]
    assert names(second.news) == ["SignalExternalWorkflowExecutionFailed"]


def test_what_a_timed_out_decision_task_saw_is_new_again():
    history = builder.started().signaled("go").decision_task_started().decision_task_timed_out()
    history.timer_started("t")

    (batch,) = history.decision_batches()

    assert names(batch.news) == ["WorkflowExecutionStarted", "WorkflowExecutionSignaled"]
    assert names(batch.decisions) == ["TimerStarted"]


def test_a_decision_task_that_is_worked_on_has_decided_nothing_yet():
    (batch,) = builder.started().decision_task_started().decision_batches()

    assert (batch.completed_event_id, batch.decisions) == (None, [])


def test_a_decision_task_that_waits_has_seen_nothing_yet():
    assert builder.started().decision_batches() == []


@pytest.mark.parametrize("after", [0, 3, 8, 11])
def test_only_later_batches_are_given_when_asked(recorded, after):
    history = recorded("wait_signal")

    later = history.decision_batches(after=after)

    assert later == [b for b in history.decision_batches() if b.started_event_id > after]


def test_new_events_are_those_between_two_starts():
    history = builder.started().timer_started("t").timer_fired("t").decision_task_started()

    assert [event.id for event in history.new_events(3, 8)] == [4, 5, 6, 7, 8]
    assert history.new_events(3) == history.new_events(3, 8)


def test_a_recorded_interleaving_is_put_in_the_order_of_starts(recorded):
    history = recorded("wait_signal")

    seen = [names(batch.news) for batch in history.decision_batches()]

    assert seen[1] == ["ActivityTaskStarted", "ActivityTaskStarted", "WorkflowExecutionSignaled"]
    assert seen[2] == ["ActivityTaskCompleted"]


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

    seen = [event.id for batch in batches for event in batch.new_events]
    assert seen == list(range(1, batches[-1].started_event_id + 1))
    assert batches[-1].decisions[-1] == history.last
