"""Replay of a recorded history: the first decision that differs."""

from __future__ import annotations

import pytest

from swf.actors import ActivityWorker, Decider
from swf.models import ActivityType, WorkflowType
from swf.models.decision import (
    complete_workflow_execution,
    record_marker,
    schedule_activity_task,
    start_timer,
)
from swf.testing import replay, run_until_closed


def decide(task, *, width=3, timer=60, result="done", greet=False, complete=True):
    """Packs, waits and completes, as its arguments define."""
    history = task.history
    if not history.activities:
        decisions = [schedule_activity_task("a", ("pack", "1"), input={"width": width})]
        return [*decisions, record_marker("hello")] if greet else decisions
    if history.activities["a"].is_open:
        return []
    if not history.timers:
        return [start_timer("t", timer)]
    return [complete_workflow_execution(result)] if complete else []


class Pack(Decider):
    def decide(self, task):
        return decide(task)


@pytest.fixture
def history(swf_domain):
    """The history of an execution that `Pack` decided."""
    ActivityType(
        swf_domain,
        "pack",
        "1",
        task_list="activities",
        task_heartbeat_timeout="NONE",
        task_schedule_to_close_timeout="NONE",
        task_schedule_to_start_timeout="NONE",
        task_start_to_close_timeout="NONE",
    ).save()
    ship = WorkflowType(swf_domain, "ship", "1", task_list="decisions")
    ship.save()
    worker = ActivityWorker(swf_domain, "activities")
    worker.register("pack", "1", lambda task: "packed")
    execution = ship.start_execution()
    return run_until_closed(execution, Pack(swf_domain, "decisions"), worker).history()


def test_same_code_has_no_divergence(history, swf_domain):
    assert replay(history, Pack(swf_domain, "decisions")) is None


def test_function_can_be_replayed(history):
    assert replay(history, decide) is None


@pytest.mark.parametrize(
    ("changed", "started_event_id", "attribute"),
    [
        ({"width": 4}, 3, "input"),
        ({"timer": 61}, 9, "startToFireTimeout"),
        ({"result": "finished"}, 14, "result"),
        ({"result": None}, 14, "result"),
    ],
)
def test_an_attribute_that_differs_is_named(history, changed, started_event_id, attribute):
    divergence = replay(history, lambda task: decide(task, **changed))

    assert (divergence.started_event_id, divergence.position) == (started_event_id, 0)
    assert divergence.attribute == attribute


def test_additional_decision_is_reported(history):
    divergence = replay(history, lambda task: decide(task, greet=True))

    assert (divergence.position, divergence.recorded) == (1, None)
    assert divergence.decided.type == "RecordMarker"


def test_missing_decision_is_reported(history):
    divergence = replay(history, lambda task: decide(task, complete=False))

    assert divergence.recorded.name == "WorkflowExecutionCompleted"
    assert divergence.decided is None


def test_a_decision_of_another_type_is_reported(history):
    divergence = replay(history, lambda task: [start_timer("t", 1)])

    assert divergence.attribute is None
    assert str(divergence) == (
        "decision 0 of the decision task started by event 3 differs\n"
        "  recorded: ActivityTaskScheduled (event 5): " + _attributes(history.event(5)) + "\n"
        "  decided:  TimerDecision('start', timer_id='t', start_to_fire_timeout=1)"
    )


def _attributes(event):
    return ", ".join(f"{name}={value!r}" for name, value in event.attributes.items())


def test_state_survives_between_tasks(history):
    counts = []

    def counting(task):
        task.state = (task.state or 0) + 1
        counts.append(task.state)
        return decide(task)

    assert replay(history, counting) is None
    assert counts == [1, 2, 3]


def test_replay_shows_history_of_the_time(history):
    lengths = []

    def look(task):
        lengths.append((len(task.history), task.previous_started_event_id, task.started_event_id))
        return decide(task)

    replay(history, look)

    assert lengths == [(3, 0, 3), (9, 3, 9), (14, 9, 14)]


def test_refused_decision_is_compared(swf_domain):
    ship = WorkflowType(swf_domain, "ship", "1", task_list="decisions")
    ship.save()

    class Unknown(Decider):
        def decide(self, task):
            if "a" in task.history.activities:
                return [complete_workflow_execution()]
            return [schedule_activity_task("a", ("unknown", "1"))]

    decider = Unknown(swf_domain, "decisions")
    history = run_until_closed(ship.start_execution(), decider).history()

    assert [event.name for event in history.refusals] == ["ScheduleActivityTaskFailed"]
    assert replay(history, decider) is None
