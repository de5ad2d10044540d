from __future__ import annotations

from swf.models.domain import PendingTasks
from swf.models.history import builder
from swf.report.why import task_lists, why


def test_busy_worker_is_named_with_its_last_task(later, open_activity):
    history = open_activity().activity_started("a").signaled("more")
    history.activity_scheduled("b", task_list="work")

    assert (
        "Task list 'work' has no poller, or all of its pollers are busy: worker 'worker' took the "
        "last task of this execution from it 3 min 3 s ago."
    ) in str(why(history, later(history, minutes=3)))


def test_backlog_of_a_waiting_task_list_is_reported(later, open_activity):
    history = open_activity()

    text = str(
        why(history, later(history), {"work": PendingTasks(0, 4), "other": PendingTasks(9, 9)})
    )

    assert task_lists(history) == ("work",)
    assert "are busy: 4 activity tasks wait there, of all executions, and no worker" in text
    assert "'other'" not in text


def test_truncated_backlog_is_a_lower_bound(later, open_activity):
    history = open_activity()

    text = str(why(history, later(history), {"work": PendingTasks(0, 1000, truncated=True)}))

    assert "are busy: at least 1000 activity tasks wait there" in text


def test_refused_decision_is_reported_with_its_meaning(later):
    history = builder.started("flow").schedule_activity_failed("a", "ACTIVITY_TYPE_DOES_NOT_EXIST")

    assert (
        "The service refused its last decision: ScheduleActivityTaskFailed of 'a', activity 1.0 "
        "(event 5) with ACTIVITY_TYPE_DOES_NOT_EXIST, because the type is not registered in this "
        "domain."
    ) in str(why(history, later(history)))


def test_refusal_is_not_reported_after_a_later_decision(later):
    history = builder.started("flow")
    history.schedule_activity_failed("a", "OPEN_ACTIVITIES_LIMIT_EXCEEDED")
    refused = str(why(history, later(history)))
    history.signaled("again").activity_scheduled("a", name="flow_a")

    assert "because too many are open" in refused
    assert "refused" not in str(why(history, later(history)))


def test_timed_out_decision_task_names_its_decider(later):
    history = builder.started("flow").decision_task_started().decision_task_timed_out()

    assert (
        "The last decision task timed out: decider 'decider' took it and did not respond."
    ) in str(why(history, later(history)))


def test_consecutive_timed_out_decision_tasks_are_counted(later):
    history = builder.started("flow")
    for _ in range(3):
        history.decision_task_started().decision_task_timed_out()

    assert (
        "The last 3 decision tasks timed out: deciders took them and did not respond, the last "
        "one was 'decider'."
    ) in str(why(history, later(history)))
