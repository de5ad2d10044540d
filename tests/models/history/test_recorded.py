"""Five histories recorded from the real service."""

import json

import botocore.session
import pytest
from botocore.parsers import JSONParser

from swf.models.history import History
from swf.models.history.invariants import open_counts

SCENARIOS = [
    "chain_send_result",
    "child_workflow",
    "simpleflow_idempotent",
    "timer_and_cancel",
    "wait_signal",
]


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_recorded_history_has_no_problems(recorded, scenario):
    assert recorded(scenario).problems == []


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_recorded_history_compiles(recorded, scenario):
    history = recorded(scenario)

    assert sum(len(entity) for entity in history.by_entity) == len(history)
    assert history.compile()[0].state == "completed"


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_recorded_execution_completed_with_nothing_open(recorded, scenario):
    history = recorded(scenario)

    assert history.finished
    assert history.execution.close_status == "COMPLETED"
    assert history.summary().open == {}


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_open_entities_equal_the_independent_count_at_every_event(recorded, scenario):
    history = recorded(scenario)

    for end in range(1, len(history) + 1):
        part = history[:end]
        counted = open_counts(part.raw)
        assert len(part.open_activities) == counted["openActivityTasks"]
        assert len(part.open_timers) == counted["openTimers"]
        assert len(part.open_children) == counted["openChildWorkflowExecutions"]
        assert len(part.open_lambdas) == counted["openLambdaFunctions"]


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_recorded_history_survives_json(recorded, scenario):
    history = recorded(scenario)

    assert History.from_json(history.to_json()) == history


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_history_parsed_by_botocore_is_equal(recorded, scenario):
    history = recorded(scenario)
    model = botocore.session.get_session().get_service_model("swf")
    shape = model.operation_model("GetWorkflowExecutionHistory").output_shape
    response = {"status_code": 200, "headers": {}, "body": history.to_json().encode()}

    parsed = History.from_event_list(JSONParser().parse(response, shape)["events"])

    assert history == parsed == History.from_json(parsed.to_json())
    assert history.diff(parsed, ignore_times=False) is None
    assert str(parsed.summary()) == str(history.summary())
    assert json.loads(parsed.to_json()) == json.loads(history.to_json())


def test_results_are_passed_along_a_chain(recorded):
    results = [one.result for one in recorded("chain_send_result").activities.values()]

    assert results == [6, 12]


def test_timers_fire_or_are_canceled(recorded):
    timers = recorded("timer_and_cancel").timers

    assert {name: timer.state for name, timer in timers.items()} == {
        "timer 2": "canceled",
        "timer 1": "fired",
        "_simpleflow_wake_up_timer": "fired",
    }
    assert timers["timer 1"].running.total_seconds() == pytest.approx(2, abs=0.1)


def test_signals_are_received_in_order(recorded):
    assert [signal.name for signal in recorded("wait_signal").signals] == ["signal", "signal 2"]


def test_recorded_child_has_completed(recorded):
    (child,) = recorded("child_workflow").children.values()

    assert (child.state, child.version) == ("completed", "example")
    assert child.name == "tests.integration.workflow.ChainTestWorkflow"
    assert child.initiated_event_id == 5
