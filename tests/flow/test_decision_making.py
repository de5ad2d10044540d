"""Decisions for a history: complete, fail, cancel, continue as new."""

import pytest

from swf.exceptions import ValidationError
from swf.flow import runner, task


def scheduled(decisions):
    """Return the ids of the activities that are scheduled."""
    return [d.attributes["activityId"] for d in decisions if d.type == "ScheduleActivityTask"]


def types(decisions):
    return [d.type for d in decisions]


def task_of(key):
    """Return a runner of a task that is sent one key of the context."""

    @task.decorate()
    def reads(value):
        """Do nothing."""

    return runner.Sync(reads.fill(value=key))


def test_execution_completes_with_the_merged_results(create, flow_of, tasks, decisions_of, history):
    a = create(name="a", run=tasks())
    b = create(name="b", run=tasks(), requires=[a])
    history.done("flow_a-1", {"price": 1, "size": "s"}).done("flow_b-1", {"price": 2})

    [decision] = decisions_of(flow_of(a, b), history)

    assert decision.type == "CompleteWorkflowExecution"
    assert decision.attributes == {"result": '{"price":2,"size":"s"}'}


@pytest.mark.parametrize("result", [None, [1, 2], "done", 7, True])
def test_result_that_is_not_an_object_is_ignored(
    result, create, flow_of, tasks, decisions_of, history
):
    a = create(name="a", run=tasks())

    assert types(decisions_of(flow_of(a), history.done("flow_a-1", result))) == [
        "CompleteWorkflowExecution"
    ]


def test_failure_reason_is_truncated_and_details_are_complete(
    create, flow_of, tasks, decisions_of, history
):
    flow = flow_of(create(name="a", run=tasks()))
    history.broken("flow_a-1", "ValueError: " + "x" * 240, details="Traceback ...")

    [decision] = decisions_of(flow, history)

    assert len(decision.attributes["reason"]) == 256
    assert decision.attributes["details"] == "Traceback ..."


def test_cyclic_requirements_are_a_bug(create, flow_of, tasks, decisions_of, history):
    a = create(name="a", run=tasks())
    b = create(name="b", run=tasks(), requires=[a])
    a.requires = [b]

    with pytest.raises(ValidationError, match="requires='flow_a, flow_b': cannot be satisfied"):
        decisions_of(flow_of(a, b), history)


def test_cancellation_cancels_open_activities_and_then_the_execution(
    create, flow_of, tasks, decisions_of, history
):
    a = create(name="a", run=tasks())
    flow = flow_of(a, create(name="b", run=tasks(), requires=[a]))
    history.scheduled("flow_a-1").activity_started("flow_a-1").cancel_requested()

    assert types(decisions_of(flow, history)) == ["RequestCancelActivityTask"]

    history.activity_cancel_requested("flow_a-1")
    assert decisions_of(flow, history) == []

    history.activity_canceled("flow_a-1")
    assert types(decisions_of(flow, history)) == ["CancelWorkflowExecution"]


def test_execution_completes_without_results_that_are_too_long(
    create, flow_of, tasks, decisions_of, history, caplog
):
    a = create(name="a", run=tasks())
    b = create(name="b", run=tasks())
    history.done("flow_a-1", {"x": "x" * 20_000}).done("flow_b-1", {"y": "y" * 20_000})

    [decision] = decisions_of(flow_of(a, b), history)

    assert (decision.type, decision.attributes) == ("CompleteWorkflowExecution", {})
    assert "without its results" in caplog.text


def test_flow_over_its_event_budget_continues_as_new(
    create, flow_of, tasks, decisions_of, history, new_history, caplog
):
    a = create(name="a", run=tasks())
    b = create(name="b", run=tasks(), requires=[a])
    flow = flow_of(a, b, create(name="c", run=tasks()), event_budget=10)
    history.done("flow_a-1", {"x": 1}).scheduled("flow_c-1").signaled("news")
    assert decisions_of(flow, history) == []
    assert "Event budget exceeded, continuing as new: 13 of 10 events" in caplog.text

    history.activity_completed("flow_c-1", {"y": 2})
    [decision] = decisions_of(flow, history)
    assert decision.type == "ContinueAsNewWorkflowExecution"
    assert decision.attributes["taskList"] == {"name": "deciders"}

    following = new_history().started(input=decision.attributes["input"])
    assert scheduled(decisions_of(flow, following)) == ["flow_b-1"]
    following.done("flow_b-1", {"z": 3})
    [last] = decisions_of(flow, following)
    assert last.attributes == {"result": '{"x":1,"y":2,"z":3}'}


def test_flow_proceeds_if_its_continuation_is_too_long(
    create, flow_of, tasks, decisions_of, history, caplog
):
    steps = [create(name=f"s{i}", run=tasks()) for i in range(3)]
    steps.append(create(name="last", run=task_of("x"), requires=steps))
    for i in range(3):
        history.done(f"flow_s{i}-1", {f"k{i}": "x" * 15_000})

    decisions = decisions_of(flow_of(*steps, event_budget=5), history)

    assert scheduled(decisions) == ["flow_last-1"]
    assert "Cannot continue as new" in caplog.text
