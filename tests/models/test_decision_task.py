from __future__ import annotations

import pytest

from swf.models import DecisionTask, History


@pytest.fixture
def polled(recorded):
    return {
        "taskToken": "token",
        "startedEventId": 3,
        "previousStartedEventId": 0,
        "workflowExecution": {"workflowId": "order-1", "runId": "run-1"},
        "workflowType": {"name": "order", "version": "1.0"},
        "events": recorded("wait_signal.GetWorkflowExecutionHistory")["events"][:3],
    }


def test_task_is_read_from_a_poll(domain, polled):
    task = DecisionTask.from_poll(domain, "deciders", polled)

    assert (task.domain, task.task_list, task.task_token) == (domain, "deciders", "token")
    assert (task.started_event_id, task.previous_started_event_id) == (3, 0)
    assert (task.workflow_type.name, task.workflow_type.version) == ("order", "1.0")
    assert (task.workflow_execution.workflow_id, task.workflow_execution.run_id) == (
        "order-1",
        "run-1",
    )


def test_task_brings_its_history(domain, polled):
    task = DecisionTask.from_poll(domain, "deciders", polled)

    assert isinstance(task.history, History)
    assert [event.id for event in task.history] == [1, 2, 3]


@pytest.mark.parametrize("name", ["exists", "is_synced", "changes", "save", "delete", "upstream"])
def test_task_is_a_plain_value(name):
    assert not hasattr(DecisionTask, name)
