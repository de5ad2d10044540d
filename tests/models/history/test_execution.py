"""The execution of a history: its settings and its close."""

from datetime import datetime, timedelta, timezone

import pytest

from swf.models.history import builder


def at(second):
    return datetime(2020, 1, 1, tzinfo=timezone.utc) + timedelta(seconds=second)


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
